"""Permalink patterns: forms, tokens, errors."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.site.sites import load, urls
from village.errors import BuildFailed, SiteConfigError
from village.site.addresses import permalinks
from village.site.addresses.urls import Style

FACTS = permalinks.Facts(
    "page",
    "/a/b/c/p",
    "My Title/x",
    "",
    "a",
    ["a", "b", "c"],
    ["A", "b", "C d"],
    "base name",
    datetime(2021, 3, 4, 5, 6, tzinfo=UTC),
)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("/:year/:month/:day/", "/2021/03/04/"),
        ("/:06/:1/:Jan/:monthname/:weekday/:weekdayname/:yearday", "/21/3/Mar/March/4/Thursday/63"),
        ("/:section/:sections/:sections[1:]/:sections[last]/:sections[:last]/:sections[9]/", "/a/a/b/c/b/c/c/a/b//"),
        ("/:sectionslug/:sectionslugs/:sectionslugs[1]/", "/a/a/b/c-d/b/"),
        (
            "/:title/:slug/:contentbasename/:slugorcontentbasename/:filename",
            "/my-title-x/my-title-x/base-name/base-name/base-name",
        ),
        ("/x\\:y/:year", "/x:y/2021"),
        ("/plain/", "/plain/"),
    ],
)
def test_tokens(pattern: str, path: str) -> None:
    assert permalinks.expand(pattern, FACTS, Style().urlize) == path


def test_an_unknown_token_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SiteConfigError, match="nonsense"):
        permalinks.expand("/:nonsense/", FACTS, Style().urlize)
    with pytest.raises(BuildFailed, match="1 error"):
        load(tmp_path, {"hugo.toml": '[permalinks]\nposts = "/:nonsense/"\n', "content/posts/a.md": "x"})


CONTENT = {
    "content/posts/a.md": "---\ntitle: The A\ndate: 2020-05-06\ntags: [t]\n---\n",
    "content/docs/s/_index.md": "---\ntitle: S\n---\n",
    "content/docs/s/b.md": "---\ntitle: B\n---\n",
    "content/root.md": "---\ntitle: R\n---\n",
}


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (
            '[permalinks]\nposts = "/:year/:title/"\ntags = "/topic/:slug/"\n',
            {"posts/a": "/2020/the-a/", "tags/t": "/topic/t/"},
        ),
        (
            '[permalinks.page]\n"/" = "/top/:title/"\n[permalinks.section]\ndocs = "/d/:title/"\n',
            {"root": "/top/r/", "docs/s": "/d/s/"},
        ),
        (
            '[[permalinks]]\npattern = "/x/:slug/"\n[permalinks.target]\nkind = "page"\npath = "/docs/**"\n',
            {"docs/s/b": "/x/b/"},
        ),
        ('[permalinks]\nposts = "/:year/:title.html"\n', {"posts/a": "/2020/the-a.html/"}),
    ],
)
def test_the_three_forms(tmp_path: Path, config: str, expected: dict[str, str]) -> None:
    found = urls(load(tmp_path, {"hugo.toml": config, **CONTENT}))
    assert {path: found[f"en:/{path}"] for path in expected} == expected
