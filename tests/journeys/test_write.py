"""Writing and exporting: from `new site` to files that any host serves."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.journeys.conftest import CONFIG, SEED, post
from tests.journeys.test_preview import village


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "blog"
    files = {
        "hugo.toml": CONFIG,
        "content/posts/first.md": post("First", "The first post.", tags="[one]", aliases="[/old/first/]"),
        "content/posts/docker.md": SEED.read_text("utf-8"),
        "content/posts/draft.md": post("Draft", draft="true"),
        "content/posts/future.md": post("Future", date=(datetime.now(UTC) + timedelta(days=400)).isoformat()),
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def test_a_new_site_builds_at_once(tmp_path: Path):
    village("new", "site", "blog", folder=tmp_path)
    village("new", "posts/hello.md", folder=tmp_path / "blog")
    village("build", "--drafts", folder=tmp_path / "blog")
    assert "Hello" in (tmp_path / "blog/public/posts/hello/index.html").read_text()


def test_the_export_is_whole(site: Path):
    said = village("build", folder=site).stdout
    public = site / "public"
    for name in ("index.html", "index.xml", "sitemap.xml", "404.html", "posts/first/index.html", "tags/one/index.html"):
        assert (public / name).is_file(), name
    assert (public / "posts/docker-in-the-village/index.html").is_file()
    assert not (public / "posts/draft").exists()
    assert not (public / "posts/future").exists()
    assert "draft.md (draft" in said
    assert re.search(r"future\.md \(future, until \d{4}-", said)
    stub = (public / "old/first/index.html").read_text()
    assert "https://example.com/posts/first/" in stub
    assert "https://example.com/posts/first/" in (public / "sitemap.xml").read_text()


def test_drafts_and_future_when_asked(site: Path):
    village("build", "--drafts", "--future", folder=site)
    assert (site / "public/posts/draft/index.html").is_file()
    assert (site / "public/posts/future/index.html").is_file()


def test_relative_links_work_in_any_folder(site: Path):
    village("build", "--base-url", ".", folder=site)
    page = (site / "public/posts/first/index.html").read_text()
    links = re.findall(r'(?:href|src)="?(/(?!/)[^"\s>]*)', page)
    assert links == []
    assert "../../" in page


def test_a_given_base_url(site: Path):
    village("build", "--base-url", "https://you.github.io/blog/", folder=site)
    assert "https://you.github.io/blog/posts/first/" in (site / "public/index.xml").read_text()


def test_one_line_changes_the_theme_and_another_adds_analytics(site: Path):
    village("build", folder=site)
    before = (site / "public/posts/first/index.html").read_text()
    config = site / "hugo.toml"
    config.write_text('theme = "plain"\n' + CONFIG + '[services.googleAnalytics]\nid = "G-1234567"\n')
    village("build", folder=site)
    after = (site / "public/posts/first/index.html").read_text()
    assert before != after
    assert "G-1234567" in after


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("content/posts/first.md", "---\ntitle: [x\n---\n", "first.md"),
        ("content/posts/first.md", "+++\ntitle = \n+++\n", "first.md:2"),
        ("content/posts/other.md", post("Other", url="/posts/first/"), "first.md"),
        ("layouts/page.html", "{{ page.titel }}", "did you mean"),
        ("layouts/page.html", "{% for x in %}", "page.html:1"),
        ("hugo.toml", 'theme = "nowhere"\n', "nowhere"),
        ("hugo.toml", "title = \n", "hugo.toml"),
        ("content/posts/first.md", post("First", "{{< nosuch >}}"), "nosuch"),
    ],
)
def test_the_authors_mistakes_are_exit_code_1_with_file_and_hint(site: Path, name: str, text: str, words: str):
    (site / name).parent.mkdir(parents=True, exist_ok=True)
    (site / name).write_text(text)
    done = village("build", folder=site, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_all_errors_of_a_build_are_told_at_once(site: Path):
    for number in range(3):
        (site / f"content/posts/broken{number}.md").write_text("---\ntitle: [x\n---\n")
    done = village("build", folder=site, check=False)
    assert all(f"broken{number}.md" in done.stderr for number in range(3))


def test_a_missing_folder_is_the_operators_move(tmp_path: Path):
    assert village("build", "nowhere", folder=tmp_path, check=False).returncode == 2
