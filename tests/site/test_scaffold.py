"""New sites and new pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.site.sites import NOW, write
from village import bundled
from village.errors import ContentError
from village.site import archetypes, loader, scaffold
from village.site.model import LoadOptions


def test_a_new_site_loads_without_a_warning(tmp_path: Path) -> None:
    folder = tmp_path / "blog"
    scaffold.new_site(folder, 'My: "Blog"', NOW)
    site = loader.load(folder, LoadOptions(theme_folders=(bundled.folder("themes"),)))
    assert site.warnings == []
    assert {"en:/", "en:/posts/first-post", "en:/about"} <= set(site.pages)
    with pytest.raises(ContentError):
        scaffold.new_site(folder)


def test_a_fresh_clone_becomes_a_site_and_what_the_forge_put_there_stays(tmp_path: Path) -> None:
    write(
        tmp_path, {".git/HEAD": "ref: refs/heads/main\n", "README.md": "mine", "LICENSE": "mine", ".gitignore": "mine"}
    )
    written = scaffold.new_site(tmp_path, "Blog", NOW)
    assert (tmp_path / "hugo.toml") in written
    assert {(tmp_path / name).read_text() for name in ("README.md", "LICENSE", ".gitignore")} == {"mine"}


def test_a_folder_with_a_life_of_its_own_is_left_alone(tmp_path: Path) -> None:
    write(tmp_path, {"notes.txt": "mine"})
    with pytest.raises(ContentError, match="not empty"):
        scaffold.new_site(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_new_pages_follow_their_archetype(tmp_path: Path) -> None:
    write(tmp_path, {"hugo.toml": "", "archetypes/posts.md": '---\ntitle: "{{ .Name | title }}"\n---\n', "archetypes/bun/index.md": "{{ .Name }}",
                     "archetypes/bun/pic.png": "png"})  # fmt: skip
    (one,) = scaffold.new_content(tmp_path, "posts/my-post.md", now=NOW)
    assert one.read_text() == '---\ntitle: "My-Post"\n---\n'
    (two,) = scaffold.new_content(tmp_path, "notes/my-note", now=NOW)
    assert 'title: "My Note"\ndate: 2026-11-22T00:00:00+00:00\ndraft: true' in two.read_text()
    made = scaffold.new_content(tmp_path, "bun/x", now=NOW)
    assert {path.name: path.read_text() for path in made} == {"index.md": "x", "pic.png": "png"}


@pytest.mark.parametrize("path", ["../x.md", "posts/../../x.md", "a.md"])
def test_refused_paths(tmp_path: Path, path: str) -> None:
    write(tmp_path, {"hugo.toml": "", "content/a.md": "x"})
    with pytest.raises(ContentError):
        scaffold.new_content(tmp_path, path)


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ('{{ replace .Name "-" " " | title }}', "My Post 1"),
        ('{{ now.Format "2006" }}-{{ dateFormat "Jan" .Date }}', "2026-Nov"),
        ("{{ .Name | urlize | upper }}{{/* note */}}", "MY-POST-1"),
        ('{{ (replaceRE `-(\\d)` "_$1" .Name) }}', "my-post_1"),
        ("{{ .Site.Unknown }}{{ if true }}x", "x"),
    ],
)
def test_expressions(text: str, filled: str) -> None:
    assert archetypes.fill(text, {"name": "my-post-1"}, NOW) == filled
