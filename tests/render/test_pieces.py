"""The text of rendered pieces."""

import pytest

from village.render.markdown.pieces import alternative_text, plain_text


def test_tags_go_and_what_is_none_stays():
    assert plain_text(["a <em>b</em>", " < c"]) == "a b < c"
    assert plain_text(["<b>x</b> <a <a"]) == "x <a <a"
    assert alternative_text(["<em>a</em><br>b <i"]) == "a<br>b <i"


@pytest.mark.timeout(60)
@pytest.mark.parametrize("piece", ["<a ", "</a ", "<img "])
def test_tags_that_never_end_are_looked_at_once(piece):
    """A heading whose formula holds nothing else; each of these was followed to the end of the heading."""
    assert plain_text(["<b>x</b>", piece * 400_000]) == "x" + piece * 400_000
    assert alternative_text([piece * 400_000]) == piece * 400_000
