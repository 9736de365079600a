"""Rendered inline HTML that remembers what it means."""

from __future__ import annotations

import re
from html import unescape
from typing import Self

_TAG = re.compile(r"<[^>]*>")
_TAG_NOT_BREAK = re.compile(r"<(?!br)[^>]*>")
_OUTSIDE, _BEGUN, _INSIDE, _DONE = range(4)  # of a container
_EMPTY = "\x02"  # a node without text
_BREAK = "\x01"  # where one text node ends and the next begins
_NAMED = re.compile(r"&[A-Za-z][A-Za-z0-9]*;")  # what Hugo resolves in code and after a backslash as well
_NODES = re.compile(
    r"(</?[a-z]+>)|([\x01\x02\n]|&(?!amp;|lt;|gt;|quot;)[#a-zA-Z0-9]+;)|([^<\x01\x02\n&]+|.)", re.DOTALL
)


class Piece(str):
    """HTML with its meaning: ``plain`` text, ``listed``, the HTML the table of contents shows, and ``anchor``,
    what heading ids are made of."""

    __slots__ = ("anchor", "listed", "plain")
    plain: str
    listed: str
    anchor: str

    def __new__(cls, html: str, plain: str, listed: str | None = None, anchor: str | None = None) -> Self:
        self = super().__new__(cls, html)
        self.plain = plain
        self.listed = html if listed is None else listed
        self.anchor = plain if anchor is None else anchor
        return self


class Untouched(Piece):
    """Passed-through text within a paragraph."""

    __slots__ = ()


class Numbered(Piece):
    """A character given by its number; heading ids keep the number, as part of the text around it."""

    __slots__ = ()


class Passed(str):
    """Passed-through text that is a block of its own."""

    __slots__ = ()


class Loose(str):
    """Delimiters that mean nothing: the text after them is a text node of its own, which heading ids show."""

    __slots__ = ()


def plain_text(pieces: list[str]) -> str:
    """The text of rendered pieces, still escaped."""
    text = "".join([piece.plain if isinstance(piece, Piece) else piece for piece in pieces])
    return without(_TAG, text) if "<" in text else text


def alternative_text(pieces: list[str]) -> str:
    """The same for an image's ``alt``, in which goldmark leaves hard line breaks and no passed-through text."""
    pieces = [piece for piece in pieces if type(piece) is not Untouched]
    text = "".join([piece.plain if type(piece) is Piece else piece for piece in pieces])
    return without(_TAG_NOT_BREAK, text) if "<" in text else text


def without(tags: re.Pattern[str], text: str) -> str:
    """A text without its tags. Behind the last ``>`` is none: each ``<`` there would be followed to the end in vain."""
    last = text.rfind(">") + 1
    return tags.sub("", text[:last]) + text[last:]


def title_html(pieces: list[str]) -> str:
    """The HTML of rendered pieces without links, for the table of contents."""
    return "".join([piece.listed if isinstance(piece, Piece) else piece for piece in pieces])


def _marked(piece: str) -> str:
    if type(piece) is Numbered:
        return piece.anchor
    if isinstance(piece, Piece):
        return f"{_BREAK}{piece.anchor}{_BREAK}" if piece.anchor else _EMPTY
    return piece + _BREAK if type(piece) is Loose else piece


def anchor_text(pieces: list[str]) -> str:
    """The text a heading's id is made of. Hugo takes of each container (emphasis, link, image) only the first
    text inside it, and of a bare address nothing; links into existing sites depend on it."""
    text = "".join([_marked(piece) for piece in pieces])
    if "<br" in text:
        text = text.replace("<br>\n", "\n").replace("<br />\n", "\n")
    if "<" not in text:
        return _plain(text)
    out: list[str] = []
    depth, state = 0, _OUTSIDE
    for tag, gap, word in _NODES.findall(text):
        if tag:
            depth += -1 if tag[1] == "/" else 1
            if not depth:
                state = _OUTSIDE
            elif state != _BEGUN or tag[1] == "/":
                state = _BEGUN if state == _OUTSIDE else _DONE
        elif state == _OUTSIDE:
            out.append(word or gap)
        elif word and state != _DONE:
            out.append(word)
            state = _INSIDE
        elif gap and gap != _BREAK and state == _BEGUN:
            out.append(gap)
            state = _DONE
        elif gap and state == _INSIDE:
            out.append("\n" if gap == "\n" else "")
            state = _DONE
    return _plain("".join(out))


def _plain(text: str) -> str:
    source = unescape(text.replace(_BREAK, "").replace(_EMPTY, ""))
    return _NAMED.sub(lambda found: unescape(found[0]), source) if "&" in source else source
