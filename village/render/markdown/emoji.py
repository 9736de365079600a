"""Emoji by name: ``:smile:``."""

from __future__ import annotations

from village.render.markdown.inline import Inline


def register(inline: Inline) -> None:
    """Adds the rule when the option is on."""
    del inline
