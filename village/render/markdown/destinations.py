"""Link destinations and titles as they stand in the text (CommonMark 0.31 section 6.3)."""

from __future__ import annotations

import re

_MAX_PARENTHESES = 32  # as cmark: keeps ``[a](`` repeated without end linear
_ANGLE = re.compile(r"<((?:[^<>\n\\]|\\.)*)>")
_PLAIN = re.compile(r"[^()\\< \t\n\r][^()\\ \t\n\r]*(?=[ \t\n)]|$)")
_PIECE = re.compile(r"[^()\\ \t\n\r]+|\\[!-/:-@\[-`{-~]|\\|[()]")
_TITLES = {
    '"': re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL),
    "'": re.compile(r"'((?:[^'\\]|\\.)*)'", re.DOTALL),
    "(": re.compile(r"\(((?:[^()\\]|\\.)*)\)", re.DOTALL),
}


def link_destination(text: str, position: int) -> tuple[str, int] | None:
    """The raw destination at ``position`` and where it ends; backslashes and entities still in it.

    As in goldmark a parenthesis may stay open: ``[a](b(c "t")`` leads to ``b(c``.
    """
    plain = _PLAIN.match(text, position)
    if plain is not None:
        return plain[0], plain.end()
    if text.startswith("<", position):
        angle = _ANGLE.match(text, position)
        return (angle[1], angle.end()) if angle else None
    start, depth = position, 0
    while True:
        piece = _PIECE.match(text, position)
        if piece is None:
            break
        if piece[0] == "(":
            depth += 1
            if depth > _MAX_PARENTHESES:
                return None
        elif piece[0] == ")":
            if not depth:
                break
            depth -= 1
        position = piece.end()
    return None if position == start else (text[start:position], position)


def link_title(text: str, position: int) -> tuple[str, int] | None:
    """The raw title at ``position``, which holds its opening mark, and where it ends."""
    pattern = _TITLES.get(text[position : position + 1])
    found = pattern.match(text, position) if pattern else None
    return (found[1], found.end()) if found else None
