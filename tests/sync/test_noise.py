"""What is content of a watched folder, and what only lies beside it."""

from __future__ import annotations

import pytest

from village.sync.noise import is_noise


@pytest.mark.parametrize(
    "name",
    [
        ".git/HEAD", "content/a.md~", "content/.a.md.swp", "content/#a.md#", ".#a.md", "public/index.html", "4913",
        "themes/t/node_modules/x.js", ".hugo_build.lock",
    ],
)  # fmt: skip
def test_what_editors_and_builds_leave_is_not_content(name):
    assert is_noise(name)


@pytest.mark.parametrize(
    "name",
    [
        "content/a.md", "config.toml", "static/.well-known/x", "themes/t/layouts/index.html", "пост.md",
        "content/public/a.md",
    ],
)  # fmt: skip
def test_content_is_content(name):
    assert not is_noise(name)
