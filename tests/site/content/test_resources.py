"""Files of bundles: whose they are, where they go, what the front matter says of them."""

from __future__ import annotations

from pathlib import Path

from tests.site.sites import load

FILES = {
    "hugo.toml": 'baseURL = "https://example.org/"\n',
    "content/Posts/Foo Bar/index.md": "---\ntitle: F\nresources:\n"
    '- {src: "*.png", title: "T :counter", name: "n-:counter", params: {A: 1}}\n- {src: "**", params: {z: 1}}\n---\n',
    "content/Posts/Foo Bar/A B.png": "x",
    "content/Posts/Foo Bar/b.png": "x",
    "content/Posts/Foo Bar/Dir X/c.png": "x",
    "content/Posts/Foo Bar/d.JSON": "{}",
    "content/Posts/Foo Bar/My Note.md": "---\ntitle: note\ndraft: false\n---\n",
    "content/Posts/Foo Bar/sub/index.md": "---\ntitle: inner\n---\n",
    "content/Posts/loose.txt": "x",
    "content/Posts/deep/er/file.txt": "x",
    "content/Posts/single.md": "s",
    "content/Posts/single/of-single.txt": "x",
    "content/only/pic.png": "x",
    "content/.hidden/x.md": "x",
    "content/x.md~": "x",
}


def test_bundles(tmp_path: Path) -> None:
    site = load(tmp_path, FILES)
    found = {r.name: r for r in site.pages["en:/posts/foo-bar"].resources}
    assert list(found) == ["Dir X/c.png", "d.JSON", "n-1", "n-2", "sub/index.md", "my-note.md"] or set(found) == {
        "Dir X/c.png", "d.JSON", "n-1", "n-2", "my-note.md", "sub/index.md",
    }  # fmt: skip
    assert (found["n-1"].title, found["n-1"].target, found["n-1"].params) == (
        "T 1",
        "/posts/foo-bar/A B.png",
        {"a": 1, "z": 1},
    )
    assert found["Dir X/c.png"].media_type == "image/png"
    inner = site.pages[found["my-note.md"].page]
    assert (inner.owner, inner.outputs, inner.title) == ("en:/posts/foo-bar", [], "note")
    assert inner.id not in site.order["en"]


def test_other_files_belong_to_the_nearest_page_above(tmp_path: Path) -> None:
    site = load(tmp_path, FILES)
    names = {key: [r.name for r in page.resources] for key, page in site.pages.items() if page.resources}
    assert names["en:/posts"] == ["deep/er/file.txt", "loose.txt"]
    assert names["en:/posts/single"] == ["of-single.txt"]
    assert names["en:/"] == ["only/pic.png"]
    assert "en:/only" not in site.pages
    assert site.pages["en:/"].resources[0].target == "/only/pic.png"
    assert not any("hidden" in key or key == "en:/x" for key in site.pages)
