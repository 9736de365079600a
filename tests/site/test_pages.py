"""What front matter says of a page: paths that no file of a site can have are refused where they stand."""

import pytest

from village.errors import FrontMatterError
from village.site import pages


@pytest.mark.parametrize("path", ["https://example.org/a/", "http://a", "/a\0b/"])
@pytest.mark.parametrize("field", ["url", "aliases"])
def test_a_path_that_cannot_be_one_is_refused(field: str, path: str):
    with pytest.raises(FrontMatterError, match=f"^{field}: "):
        pages.path_given(field, path)


@pytest.mark.parametrize("path", ["", "/", "about", "/über/мир/", "a b.html", "/:year/:slug/"])
def test_any_other_path_is_taken_as_it_is(path: str):
    assert pages.path_given("url", path) == path
