"""error_page: every error of a build, everything quoted from the author's files escaped."""

from village.app import error_page
from village.errors import AuthorError, BuildFailed, FrontMatterError, OperatorError


def test_one_error_says_where_what_and_how_to_mend_it():
    error = FrontMatterError("no value", file="a.md", line=3, column=7, hint="quote it", excerpt='title: "x')
    text = error_page.page(error)
    assert "a.md:3:7" in text
    assert "no value" in text
    assert "quote it" in text
    assert "title: &quot;x" in text


def test_all_errors_of_a_build_stand_on_the_page():
    text = error_page.page(BuildFailed([AuthorError("one", file="a.md"), AuthorError("two", file="b.md")]))
    assert "2 errors" in text
    assert "a.md" in text
    assert "b.md" in text


def test_what_the_author_wrote_cannot_become_markup():
    evil = "<script>alert(1)</script>"
    error = AuthorError(evil, file=evil, hint=evil, excerpt=evil, chain=[evil])
    assert "<script" not in error_page.page(error)
    assert "<script" not in error_page.page(OperatorError(evil, hint=evil))
