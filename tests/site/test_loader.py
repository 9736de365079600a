"""A folder read as a whole: addresses, kinds, lists, skipped pages, errors. Expected values were asked of the Hugo 0.168 binary."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.site.sites import NOW, load, urls, write
from village.errors import BuildFailed, UrlTaken
from village.site import loader
from village.site.model import LoadOptions
from village.site.order import assemble, queries

CONFIG = 'baseURL = "https://example.org/"\ntitle = "T"\n'


def page(title: str = "x", **fields: object) -> str:
    rows = [f"title: {title}", *(f"{name}: {value}" for name, value in fields.items())]
    return "---\n" + "\n".join(rows) + "\n---\nbody\n"


def test_kinds_and_addresses(tmp_path: Path) -> None:
    site = load(
        tmp_path,
        {
            "hugo.toml": CONFIG,
            "content/about.md": page(),
            "content/posts/First Post.md": page(tags='["C++ & Rust", "C#", a/b]'),
            "content/posts/bundle/index.md": page(slug="Other Slug"),
            "content/posts/nested/deep.md": page(),
            "content/Кот/мур.md": page(),
        },
    )
    assert urls(site) == {
        "en:/": "/",
        "en:/about": "/about/",
        "en:/posts": "/posts/",
        "en:/posts/first-post": "/posts/first-post/",
        "en:/posts/bundle": "/posts/other-slug/",
        "en:/posts/nested/deep": "/posts/nested/deep/",
        "en:/кот": "/кот/",
        "en:/кот/мур": "/кот/мур/",
        "en:/tags": "/tags/",
        "en:/tags/c++-&-rust": "/tags/c++--rust/",
        "en:/tags/c#": "/tags/c#/",
        "en:/tags/a/b": "/tags/a/b/",
        "en:/categories": "/categories/",
    }
    assert site.pages["en:/posts"].title == "Posts"
    assert queries.child_pages(site, "en:/") == ["en:/posts", "en:/about", "en:/кот"]
    assert queries.page_terms(site, "en:/posts/first-post", "tags") == [
        "en:/tags/c++-&-rust",
        "en:/tags/c#",
        "en:/tags/a/b",
    ]


def test_the_slug_of_a_section_stands_for_its_folder(tmp_path: Path) -> None:
    site = load(
        tmp_path,
        {
            "hugo.toml": CONFIG,
            "content/sec/_index.md": page(slug="mine"),
            "content/sec/sub/_index.md": page(slug="below"),
            "content/sec/sub/q.md": page(),
        },
    )
    assert urls(site)["en:/sec/sub/q"] == "/mine/below/q/"


def test_skipped_pages_say_why_and_until_when(tmp_path: Path) -> None:
    files = {
        "hugo.toml": CONFIG,
        "content/posts/draft.md": page(draft="true"),
        "content/posts/later.md": page(date="2027-01-01T00:00:00Z"),
        "content/posts/over.md": page(expiryDate="2020-01-01"),
        "content/posts/ends.md": page(expiryDate="2026-12-01"),
        "content/hidden/_index.md": page(draft="true"),
        "content/hidden/shown.md": page(),
    }
    site = load(tmp_path, files)
    until = datetime(2027, 1, 1, tzinfo=UTC)
    assert {(s.path, s.reason, s.until) for s in site.skipped} == {
        ("posts/draft.md", "draft", None),
        ("posts/later.md", "future", until),
        ("posts/over.md", "expired", None),
        ("hidden/_index.md", "draft", None),
    }
    assert site.next_moment == datetime(2026, 12, 1, tzinfo=UTC)
    assert queries.regular_pages(site, "en") == ["en:/hidden/shown", "en:/posts/ends"]
    assert site.pages["en:/hidden"].outputs == []
    assert queries.child_pages(site, "en:/") == ["en:/posts"]
    again, changes = loader.reload(site, set(), now=until.replace(second=1))
    assert changes.added == {"en:/posts/later"}
    assert changes.removed == {"en:/posts/ends"}
    assert again.next_moment is None
    assert "en:/posts/draft" in load(tmp_path, files, drafts=True, future=True).pages


def test_two_pages_for_one_address_name_both(tmp_path: Path) -> None:
    files = {"hugo.toml": CONFIG, "content/a.md": page(url="/x/"), "content/b.md": page(slug="x")}
    with pytest.raises(BuildFailed) as caught:
        load(tmp_path, files)
    (error,) = caught.value.errors
    assert isinstance(error, UrlTaken)
    assert "a.md" in error.message
    assert "b.md" in error.message
    assert "/x/" in error.message


def test_all_errors_at_once(tmp_path: Path) -> None:
    files = {
        "hugo.toml": CONFIG,
        "content/a.md": page(date="soon"),
        "content/b.md": "---\ntitle: [\n---\n",
        "content/c.md": page(outputs="[nope]"),
        "data/d.json": "{",
        "i18n/en.toml": "= 1",
    }
    with pytest.raises(BuildFailed) as caught:
        load(tmp_path, files)
    places = {(error.file, error.line) for error in caught.value.errors}
    assert places == {
        ("content/a.md", 3),
        ("content/b.md", 3),
        ("content/c.md", 3),
        ("data/d.json", 1),
        ("i18n/en.toml", 1),
    }


def test_dates_of_lists_are_those_of_their_pages(tmp_path: Path) -> None:
    site = load(
        tmp_path,
        {
            "hugo.toml": CONFIG,
            "content/posts/a.md": page(date="2020-01-01", tags="[t]"),
            "content/posts/b.md": page(lastmod="2022-02-03", tags="[t]"),
            "content/own/_index.md": page(date="2019-01-01"),
            "content/own/c.md": page(date="2021-01-01"),
        },
    )
    newest = datetime(2022, 2, 3, tzinfo=UTC)
    for key in ("en:/", "en:/posts", "en:/tags", "en:/tags/t"):
        assert site.pages[key].date == newest
    assert site.pages["en:/own"].date == datetime(2019, 1, 1, tzinfo=UTC)
    assert site.pages["en:/posts/b"].publish_date == newest


def test_build_options_decide_lists(tmp_path: Path) -> None:
    site = load(
        tmp_path,
        {
            "hugo.toml": CONFIG,
            "content/s/never.md": page(build="{list: never}", tags="[n]"),
            "content/s/local.md": page(build="{list: local}"),
            "content/s/link.md": page(build="{render: link}"),
            "content/s/headless/index.md": page(headless="true"),
            "content/s/plain.md": page(),
        },
    )
    assert queries.child_pages(site, "en:/s") == ["en:/s/link", "en:/s/local", "en:/s/plain"]
    assert queries.regular_pages(site, "en") == ["en:/s/link", "en:/s/plain"]
    assert [(o.target, o.url) for o in site.pages["en:/s/link"].outputs] == [("", "/s/link/")]
    assert site.pages["en:/s/headless"].outputs == []
    assert site.taxonomies["en"]["tags"] == {"n": ["en:/s/never"]}
    assert queries.child_pages(site, "en:/tags/n") == []


def test_the_default_order(tmp_path: Path) -> None:
    files = {"hugo.toml": CONFIG}
    for name, fields in {
        "w2": {"weight": 2}, "w1": {"weight": 1}, "new": {"date": "2021-01-01"}, "old": {"date": "2020-01-01"}, "é": {}, "f": {}, "D": {},
    }.items():  # fmt: skip
        files[f"content/s/{name}.md"] = page(name, **fields)
    site = load(tmp_path, files)
    titles = [site.pages[key].title for key in queries.child_pages(site, "en:/s")]
    assert titles == ["w1", "w2", "new", "old", "D", "é", "f"]
    assert queries.next_page(site, "en:/s/old") == "en:/s/new"
    assert queries.prev_in_section(site, "en:/s/new") == "en:/s/old"
    assert queries.prev_page(site, "en:/s/f") is None


def test_a_site_without_anything(tmp_path: Path) -> None:
    site = load(tmp_path, {})
    assert set(site.pages) == {"en:/", "en:/tags", "en:/categories"}
    assert assemble.next_moment(site) is None


def test_content_adapters_are_named(tmp_path: Path) -> None:
    site = load(tmp_path, {"content/x/_content.gotmpl": "{{ }}", "content/x/a.md": page()})
    assert [warning.file for warning in site.warnings] == ["content/x/_content.gotmpl"]
    assert site.pages["en:/x"].resources == []


def test_options_reach_the_config(tmp_path: Path) -> None:
    site = loader.load(
        write(tmp_path, {"hugo.toml": CONFIG}), LoadOptions(base_url="https://other.example/b/", now=NOW)
    )
    assert site.base_url == "https://other.example/b/"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("content/a.md", "content/a/index.md"),
        ("content/A.md", "content/a.md"),
        ("content/a.en.md", "content/a.md"),
        ("content/s/_index.md", "content/s/index.md"),
    ],
)
def test_a_file_that_another_one_hides_is_told(tmp_path: Path, first: str, second: str) -> None:
    site = load(tmp_path, {"hugo.toml": CONFIG, first: page(), second: page()})
    (warning,) = [each for each in site.warnings if "is not used" in each.message]
    assert {warning.file, warning.message.split()[3]} == {first, second}
