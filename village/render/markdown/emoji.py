"""Emoji by name: ``:smile:``."""

from __future__ import annotations

import html
import re
from functools import lru_cache
from importlib import resources

from village.render.markdown.inline import Inline, InlineState
from village.render.markdown.pieces import Piece

_NAME = re.compile(r":([a-zA-Z0-9+_-]{1,60}):")
_JOINER = "200d"


def register(inline: Inline) -> None:
    """Adds the rule when the option is on."""
    if inline.options.emoji:
        names = emoji_names()

        def rule(state: InlineState, start: int) -> int:
            found = _NAME.match(state.src, start)
            html = names.get(found[1]) if found else None
            if found is None or html is None:
                return 0
            state.pieces.append(Piece(html, html, html, found[0]))
            return found.end()

        inline.trigger(":", rule, only_with=":")


@lru_cache(maxsize=1)
def emoji_names() -> dict[str, str]:
    """GitHub's names and the character references Hugo writes for them."""
    names: dict[str, str] = {}
    text = resources.files("village.render").joinpath("data/emoji.txt").read_text("utf-8")
    for line in text.splitlines():
        if not line.startswith("#"):
            code, *aliases = line.split(" ")
            html = "".join("&zwj;" if part == _JOINER else f"&#x{part};" for part in code.split("-"))
            names.update(dict.fromkeys(aliases, html))
    return names


def replace(text: str) -> str:
    """A text with the emoji for their names (``emojify``); a name nobody knows stays."""
    names = emoji_names()
    return _NAME.sub(lambda found: html.unescape(names.get(found[1]) or found[0]), text)
