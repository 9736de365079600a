"""Nothing outside the site is read, whatever a repository links to or mounts."""

from __future__ import annotations

import os
from pathlib import Path

from tests.site.sites import load, write
from village.site import component_files, loader
from village.site.guard import Guard, read_bounded

SECRET = "root:x:0:0"


def test_links_are_not_followed(tmp_path: Path) -> None:
    outside = write(tmp_path / "outside", {"passwd": SECRET, "folder/page.md": "---\ntitle: out\n---\n"})
    site_folder = write(
        tmp_path / "site", {"hugo.toml": "", "content/b/index.md": "x", "static/a.txt": "a", "data/d.yaml": "a: 1"}
    )
    for link, target in {
        "content/b/pw.txt": "passwd", "content/page.md": "folder/page.md", "content/all": "folder", "static/pw.txt": "passwd",
        "data/pw.yaml": "passwd", "layouts": "folder", "i18n": "folder", "assets": "passwd",
    }.items():  # fmt: skip
        (site_folder / link).symlink_to(outside / target)
    site = load(site_folder, {})
    assert set(site.pages) == {"en:/", "en:/b", "en:/tags", "en:/categories"}
    assert site.pages["en:/b"].resources == []
    assert site.data == {"d": {"a": 1}}
    for component in component_files.COMPONENTS:
        assert SECRET not in "".join(
            Path(f.location).read_text() for f in component_files.union(site, component).values()
        )
    refused = {warning.file for warning in site.warnings}
    assert {"content/b/pw.txt", "content/page.md", "content/all", "static/pw.txt", "data/pw.yaml", "layouts"} <= refused


def test_mounts_and_themes_stay_inside(tmp_path: Path) -> None:
    write(tmp_path / "outside", {"a.md": "out", "hugo.toml": "[params]\nx = 1\n", "content/t.md": "out"})
    files = {
        "hugo.yaml": "themesDir: ..\ntheme: outside\nmodule: {mounts: [{source: ../outside, target: content}, "
        "{source: /etc, target: static}, {source: pages, target: content}]}\n",
        "pages/in.md": "in",
    }
    site = load(tmp_path / "site", files)
    assert [key for key, page in site.pages.items() if page.kind == "page"] == ["en:/in"]
    assert site.config["params"] == {}
    assert component_files.union(site, "static") == {}
    wide = load(tmp_path / "site", {}, root=tmp_path)
    assert {"en:/a", "en:/in"} <= set(wide.pages)


def test_only_regular_files_are_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.md")
    assert read_bounded(str(tmp_path / "pipe.md")) is None
    assert read_bounded("/dev/zero") is None
    assert read_bounded(str(tmp_path)) is None
    assert Guard.of(tmp_path, None).read_text(tmp_path / "gone") is None


def test_a_folder_exchanged_for_a_link_is_not_followed(tmp_path: Path) -> None:
    outside = write(tmp_path / "outside", {"a.md": "---\ntitle: A\n---\nsecret"})
    site = load(
        tmp_path / "site", {"hugo.toml": "", "content/posts/a.md": "---\ntitle: A\n---\nmine", "content/b.md": "b"}
    )
    posts = tmp_path / "site/content/posts"
    (posts / "a.md").unlink()
    posts.rmdir()
    posts.symlink_to(outside)
    again, changes = loader.reload(site, {posts / "a.md"})
    assert "en:/posts/a" not in again.pages
    assert changes.removed == {"en:/posts/a", "en:/posts"}


def test_names_that_are_not_utf8_are_passed_over(tmp_path: Path) -> None:
    folder = write(tmp_path, {"hugo.toml": "", "content/a.md": "a", "static/b.txt": "b"})
    for place in ("content", "static"):
        with open(os.fsencode(folder / place) + b"/bad\xff.md", "wb") as file:
            file.write(b"x")
    site = load(folder, {})
    assert [key for key, page in site.pages.items() if page.kind == "page"] == ["en:/a"]
    assert {warning.message for warning in site.warnings} == {"the file name is not UTF-8"}
    assert all(warning.describe().encode() for warning in site.warnings)
