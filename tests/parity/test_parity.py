"""village shows what Hugo shows: each specimen site is built by both and compared output by output, field by field."""

import pytest
from make_content import make
from parity_kit import allowed, archive, hugo, village_side
from parity_kit.compare import sites

MOST_SHOWN = 30


def differences(name, folder):
    theirs = hugo.build(folder / "hugo", folder / "public")
    ours = village_side.build(folder / "village", folder / "store")
    return sites(name, theirs, ours)


def check(name, folder):
    found = differences(name, folder)
    reviewed = allowed.read()
    left = allowed.remaining(found, reviewed)
    shown = "\n".join(map(str, left[:MOST_SHOWN]))
    assert not left, f"{len(left)} differences\n{shown}"
    assert not allowed.unused(name, found, reviewed)


@pytest.mark.parametrize("name", archive.names())
def test_a_specimen_is_the_same_site(name, tmp_path):
    archive.specimen(name, tmp_path)
    check(name, tmp_path)


def test_the_content_set_is_the_same_site(tmp_path):
    archive.content(tmp_path)
    check("content", tmp_path)


def test_the_content_set_is_large_and_speaks_five_languages(tmp_path):
    folder = make(tmp_path / "site")
    pages = list(folder.rglob("*.md"))
    assert len(pages) >= 300
    again = make(tmp_path / "again")
    assert all(page.read_bytes() == (again / page.relative_to(folder)).read_bytes() for page in pages)
