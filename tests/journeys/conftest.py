"""What every journey starts from: a forge with a small blog."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.parts.forge import Forge

SEED = Path(__file__).parent / "data" / "docker-in-the-village.md"
CONFIG = """baseURL = "https://example.com/"
title = "A small blog"
languageCode = "en"
"""


def post(title: str, body: str = "Some words.", date: str = "2024-05-01", **fields: str) -> str:
    """A post with YAML front matter."""
    more = "".join(f"{name}: {value}\n" for name, value in fields.items())
    return f"---\ntitle: {title}\ndate: {date}\n{more}---\n{body}\n"


@pytest.fixture
def forge(tmp_path: Path) -> Forge:
    """A forge with three posts, one of them the seed article."""
    made = Forge(tmp_path / "forge")
    made.push(
        {
            "hugo.toml": CONFIG,
            "content/posts/first.md": post("First", "The first post.", tags="[one]"),
            "content/posts/second.md": post("Second", "The second post.", "2024-06-01", tags="[one, two]"),
            "content/posts/docker.md": SEED.read_text("utf-8"),
        },
        "the blog",
    )
    return made
