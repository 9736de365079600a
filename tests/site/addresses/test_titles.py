"""Titles of folders: Hugo's words for folders whose names are plurals already, asked of the real one."""

import pytest

from village.site.addresses import titles


@pytest.mark.parametrize(
    ("name", "plural"),
    [("men", "men"), ("of-mice-and-men", "of-mice-and-men"), ("dormice", "dormice"), ("oxen", "oxen"),
     ("boxen", "boxens"), ("slice", "slices"), ("jaundice", "jaundices"), ("radii", "radii"), ("agenda", "agendas"),
     ("post", "posts"), ("series", "series"), ("person", "people")],
)  # fmt: skip
def test_a_plural_stays(name, plural):
    assert titles.pluralize(name) == plural
