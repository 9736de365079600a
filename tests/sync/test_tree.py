"""What lies in a checkout's tree."""

from __future__ import annotations

from pathlib import Path

import pytest

from village.sync.tree import is_pointer, pointer_error, printable, status, wants_history

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"4d" * 32 + b"\nsize 12345\n"


def test_pointers_are_known_by_their_first_line_and_size(tmp_path):
    file = tmp_path / "photo.jpg"
    for content, expected in (
        (POINTER, True),
        (POINTER[:50], False),
        (b"# about\n" + POINTER, False),
        (POINTER + b"x" * 1000, False),
        (b"", False),
    ):
        file.write_bytes(content)
        assert is_pointer(file) == expected
    assert not is_pointer(tmp_path / "nosuch")
    assert "LFS" in pointer_error(file).describe()


def test_a_status_is_what_differs_but_for_links_that_are_not_there():
    commit = "1" * 40
    zeros, ones = "0" * 40, "1" * 40
    rows = [
        f"# branch.oid {commit}",
        "# branch.head (detached)",
        f"1 .M N... 100644 100644 100644 {ones} {ones} content/a b.md",
        f"1 .D N... 120000 120000 000000 {ones} {ones} link",
        f"1 .T N... 120000 120000 100644 {ones} {ones} written/link",
        f"1 A. N... 000000 100644 100644 {zeros} {ones} staged",
        "? stray\nof two lines",
        "! public/index.html",
        "? python/__pycache__/x.pyc",
    ]
    found = status("\0".join(rows).encode() + b"\0\0? \xff\0")
    told = {"content/a b.md", "written/link", "staged", "stray\nof two lines", "public/index.html", "\udcff"}
    assert found == (commit, frozenset(map(Path, told)), True)
    for row in (b"? theme/\0", b"u UU N... 1 2 3 4 5 6 7 both\0"):
        assert not status(row).sure


def test_names_that_cannot_be_shown_are_shown_by_halves():
    assert printable("a\n\udcff é") == "a�� é"


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("hugo.toml", "enableGitInfo = true", True),
        ("hugo.toml", "title = 'x'\n  enablegitinfo=true", True),
        ("config.yml", "enableGitInfo: true", True),
        ("config.yaml", "'enableGitInfo': yes", False),
        ("config.json", '{"enableGitInfo":true}', True),
        ("config/production/hugo.toml", "enableGitInfo = true", True),
        ("hugo.toml", "# enableGitInfo = true", False),
        ("hugo.toml", "enableGitInfo = false", False),
        ("content/hugo.toml", "enableGitInfo = true", False),
        ("config/readme.md", "enableGitInfo = true", False),
    ],
)
def test_whether_the_configuration_asks_for_history(tmp_path, name, text, expected):
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text(text)
    assert wants_history(tmp_path) == expected
