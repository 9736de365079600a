"""What lies in a checkout's tree."""

from __future__ import annotations

import pytest

from village.sync.tree import is_pointer, pointer_error, wants_history

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
