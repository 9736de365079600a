"""plain_words: what a person reads is short, complete and in units they know."""

from datetime import UTC, datetime

import pytest

from village.app import plain_words
from village.builder.options import BuildReport
from village.release.manifest import Manifest, Rules
from village.site.model import Skipped


def report(**changes) -> BuildReport:
    return BuildReport(release=Manifest("ab" * 32, {}, Rules()), **changes)


def test_a_build_names_what_it_remade():
    line = plain_words.remade(report(remade=["/b/", "/a/"], kept=7, seconds={"render": 0.012}), "c" * 40)
    assert "2 remade, 7 kept, 0 removed, 12 ms" in line
    assert line.endswith(": /a/, /b/")
    assert "c" * 10 in line
    assert "c" * 11 not in line


def test_a_preview_says_what_a_save_did():
    line = plain_words.previewed(report(remade=["/b/", "/a/"], kept=7, seconds={"render": 0.012}), healed=True)
    assert line == "mended: 2 of 0 remade in 12 ms: /a/, /b/"
    assert plain_words.previewed(report(removed=["/c/"])) == "nothing to remake of 0, 1 gone in 0 ms"


def test_a_long_list_is_cut_with_its_count():
    line = plain_words.remade(report(remade=[f"/{number:03}/" for number in range(100)]))
    assert "… 88 more" in line


def test_skipped_pages_say_why_and_until_when():
    moment = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
    lines = plain_words.skipped([Skipped("a.md", "draft"), Skipped("b.md", "future", moment)])
    assert lines == ["skipped 2:", "  a.md (draft)", "  b.md (future, until 2030-01-02 03:04:05+00:00)"]
    assert plain_words.skipped([]) == []


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 s"), (59.9, "59 s"), (61, "1 min 1 s"), (3700, "1 h 1 min"), (90000, "1 d 1 h")]
)
def test_spans_of_time(seconds: float, words: str):
    assert plain_words.ago(seconds) == words
