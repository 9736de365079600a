"""Menus from config, front matter and sections."""

from __future__ import annotations

from pathlib import Path

from tests.site.sites import load

CONFIG = """
sectionPagesMenu = "main"
[[menus.main]]
name = "B"
url = "/b/"
[[menus.main]]
name = "A"
url = "/a/"
weight = 5
[[menus.main]]
identifier = "docs"
pageRef = "/docs"
weight = 1
params = {Icon = "x"}
[[menus.main]]
name = "child"
parent = "docs"
url = "https://example.com/"
[[menus.main]]
name = "gone"
pageRef = "/nope"
"""


def test_menus(tmp_path: Path) -> None:
    files = {
        "hugo.toml": CONFIG,
        "content/docs/_index.md": "---\ntitle: Docs\n---\n",
        "content/docs/a.md": "---\ntitle: Page A\nlinkTitle: PA\nweight: 7\nmenus: {main: {parent: docs}, foot: {}}\n---\n",
        "content/blog/b.md": "---\ntitle: B\nmenu: foot\n---\n",
    }
    site = load(tmp_path, files)
    main = site.menus["en"]["main"]
    assert [(e.name, e.url, e.weight) for e in main] == [
        ("Docs", "/docs/", 1), ("A", "/a/", 5), ("B", "/b/", 0), ("Blogs", "/blog/", 0), ("gone", "", 0),
    ]  # fmt: skip
    assert [(e.name, e.url, e.page) for e in main[0].children] == [
        ("PA", "/docs/a/", "en:/docs/a"), ("child", "https://example.com/", ""),
    ]  # fmt: skip
    assert main[0].params == {"icon": "x"}
    assert [e.name for e in site.menus["en"]["foot"]] == ["PA", "B"]
