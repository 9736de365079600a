import pytest

from village.site.addresses import taxonomies


@pytest.mark.parametrize(
    ("plural", "term", "path"),
    [
        ("tags", "Go", "/tags/go"),
        ("tags", "Two Words", "/tags/two-words"),
        ("tags", "a/b", "/tags/a/b"),
        ("post tags", "x", "/post-tags/x"),
        ("теги", "Привет", "/теги/привет"),
    ],
)
def test_a_term_lies_below_its_taxonomy(plural: str, term: str, path: str):
    assert taxonomies.path_of(plural, term) == path
    assert path.startswith(taxonomies.root_of(plural) + "/")
