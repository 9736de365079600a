"""The preview in a real browser: saving shows, a broken file is explained, mending heals."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.parts.chromium import browser
from tests.parts.waiting import free_port, until


def village(*arguments: str, folder: Path, check: bool = True) -> subprocess.CompletedProcess:
    environment = {**os.environ, "XDG_CACHE_HOME": str(folder.parent / "cache")}
    command = [sys.executable, "-m", "village", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert not check or done.returncode == 0, done.stderr + done.stdout
    return done


@pytest.fixture
def site(tmp_path: Path) -> Path:
    village("new", "site", "blog", folder=tmp_path)
    village("new", "posts/hello.md", folder=tmp_path / "blog")
    page = tmp_path / "blog" / "content" / "posts" / "hello.md"
    page.write_text("---\ntitle: Hello\ndate: 2024-05-01\n---\nThe first words.\n")
    (tmp_path / "blog" / "static").mkdir(exist_ok=True)
    return tmp_path / "blog"


@pytest.fixture
def preview(site: Path) -> Iterator[tuple[str, Path]]:
    port = free_port()
    log = site.parent / "preview.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "village", "serve", str(site), "--port", str(port)],
            stdout=output,
            stderr=output,
            env={**os.environ, "XDG_CACHE_HOME": str(site.parent / "cache")},
        )
    try:
        until(lambda: f"127.0.0.1:{port}" in log.read_text(), "the preview says where it is")
        yield f"http://127.0.0.1:{port}", log
    finally:
        process.terminate()
        assert process.wait(timeout=20) == 0


def test_saving_shows_and_a_broken_file_heals(site: Path, preview: tuple[str, Path], tmp_path: Path):
    url, log = preview
    post = site / "content" / "posts" / "hello.md"
    with browser() as page:
        page.open(f"{url}/posts/hello/")
        page.shows("The first words.")
        post.write_text("---\ntitle: Hello\ndate: 2024-05-01\n---\nOther words.\n")
        page.shows("Other words.")
        post.write_text("---\ntitle: [Hello\n---\nBroken.\n")
        page.shows("hello.md")
        assert "hello.md" in log.read_text()
        post.write_text("---\ntitle: Hello\ndate: 31.12.2024\n---\nBroken.\n")
        page.shows("is not a date")
        assert "is not a date" in log.read_text()
        post.write_text("---\ntitle: Hello\ndate: 2024-05-01\n---\nHealed words.\n")
        page.shows("Healed words.")


def test_css_swaps_without_reloading_the_page(site: Path, preview: tuple[str, Path]):
    url, _ = preview
    (site / "static" / "own.css").write_text("body { color: rgb(1, 2, 3) }")
    post = site / "content" / "posts" / "hello.md"
    layouts = site / "layouts"
    layouts.mkdir(exist_ok=True)
    (layouts / "page.html").write_text(
        '<!doctype html><html><head><link rel="stylesheet" href="/own.css"></head><body>{{ page.content }}</body></html>'
    )
    with browser() as page:
        until(lambda: page.open(f"{url}/posts/hello/") or "own.css" in page.js("document.head.innerHTML"), "own layout")
        page.js("window.stayed = true")
        color = "getComputedStyle(document.body).color"
        until(lambda: page.js(color) == "rgb(1, 2, 3)", "the style is applied")
        (site / "static" / "own.css").write_text("body { color: rgb(9, 8, 7) }")
        until(lambda: page.js(color) == "rgb(9, 8, 7)", "the new style is applied")
        assert page.js("window.stayed") is True
    assert post.exists()
