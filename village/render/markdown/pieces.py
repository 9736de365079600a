"""Rendered inline HTML that remembers what it means."""

from __future__ import annotations

import re

_TAG = re.compile(r"<[^>]*>")


class Piece(str):
    """HTML with its meaning: ``plain`` text, and ``title``, the HTML the table of contents shows."""

    __slots__ = ("plain", "title")
    plain: str
    title: str

    def __new__(cls, html: str, plain: str, title: str | None = None) -> Piece:
        self = super().__new__(cls, html)
        self.plain = plain
        self.title = html if title is None else title
        return self


def plain_text(pieces: list[str]) -> str:
    """The text of rendered pieces, as alternative texts and heading ids need it; still escaped."""
    text = "".join([piece.plain if type(piece) is Piece else piece for piece in pieces])
    if "<" not in text:
        return text
    return _TAG.sub("", text)


def title_html(pieces: list[str]) -> str:
    """The HTML of rendered pieces without links, for the table of contents."""
    return "".join([piece.title if type(piece) is Piece else piece for piece in pieces])
