"""How errors are told."""

from village.app.error_page import page
from village.errors import BuildFailed, ContentError, FrontMatterError


def build_failed():
    missing = [ContentError("no such shortcode", file="a.md", line=line, hint="write it") for line in (1, 5, 9)]
    return BuildFailed([*missing, FrontMatterError("no such shortcode", file="b.md"), ContentError("other")])


def test_errors_of_a_build_that_say_the_same_are_told_once_with_all_their_places():
    assert build_failed().describe() == (
        "a.md:1: no such shortcode\n  also in a.md:5, a.md:9\n  hint: write it\n"
        "b.md: no such shortcode\nother\n5 errors in this build"
    )


def test_the_errors_themselves_stay_as_they_were():
    failed = build_failed()
    failed.describe()
    assert [each.where for each in failed.errors] == ["a.md:1", "a.md:5", "a.md:9", "b.md", ""]
    assert not any(each.also for each in failed.errors)


def test_the_preview_shows_each_cause_once():
    shown = page(build_failed())
    assert shown.count("<article>") == 3
    assert "also in a.md:5, a.md:9" in shown
