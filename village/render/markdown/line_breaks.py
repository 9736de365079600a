"""Line ends between East Asian characters: which of them become a space in the browser, and which go."""

from __future__ import annotations

import re
import unicodedata
from typing import Self

from village.render.markdown.characters import ESCAPES
from village.render.markdown.delimiters import Delimiter
from village.render.markdown.pieces import Loose, Numbered, Piece

_SCRIPTS = re.compile(
    "[\u1100-\u11ff\u2e80-\u2fd5\u3001-\u309a\u309f\u30a1-\u30fa\u30ff\u3131-\u318e\u31f0-\u321e\u3260-\u327e\u32d0-\u32fe"
    "\u3300-\u3357\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97c\uac00-\ud7fb\uf900-\ufad9\uff66-\uffdc"
    "\U0001b000-\U0001b16f\U0001f200\U00020000-\U000323af]"
)
_ESCAPED = frozenset(ESCAPES.values())


class SoftBreak(str):
    """A line end after text: whether it stays shows only once what follows it is known to be text or markup."""

    __slots__ = ("after", "before")
    before: str
    after: str

    def __new__(cls, before: str, after: str) -> Self:
        self = super().__new__(cls, "\n")
        self.before = before
        self.after = after
        return self


def soft_break(src: str, start: int, pieces: list[str], runs: list[Delimiter]) -> str:
    """The piece for the line end at ``start``: after markup a plain one, which always stays."""
    if not pieces or not _is_text(pieces[-1]) or type(pieces[-1]) is Loose:
        return "\n"
    if runs and runs[-1].index == len(pieces) - 1:
        return "\n"
    return SoftBreak(src[start - 1], src[start + 1 : start + 2])


def settle(pieces: list[str], style: str) -> None:
    """Decides the line ends of a finished text. goldmark keeps one between two texts as the style says, and drops it
    before markup (it writes none there), typographer's marks included."""
    for at, piece in enumerate(pieces):
        if type(piece) is SoftBreak:
            joins = _css3_joins if style == "css3draft" else _simply_joins
            if at + 1 == len(pieces) or not _is_text(pieces[at + 1]) or joins(piece.before, piece.after):
                pieces[at] = Piece("", "", "", "\n")  # ids of headings still see it
            else:
                pieces[at] = "\n"


def _is_text(piece: str) -> bool:
    if isinstance(piece, Piece):
        return type(piece) is Numbered
    return not piece.startswith(("<", "&")) or piece in _ESCAPED


def _simply_joins(before: str, after: str) -> bool:
    return _is_east_asian(before) and _is_east_asian(after)


def _is_east_asian(character: str) -> bool:
    """goldmark's notion of the simple style: the scripts and their punctuation, not the full-width Latin forms (a
    line that ends in a full-width comma keeps its break); of modifier letters those of any script."""
    return _SCRIPTS.match(character) is not None or unicodedata.category(character) == "Lm"


def _css3_joins(before: str, after: str) -> bool:
    """Whether a line break between two characters goes: CSS Text 3's draft, as goldmark reads it (parser/cjk)."""
    if "\u200b" in (before, after):
        return True
    if _is_wide(before) and _is_wide(after):
        return not (_is_hangul(before) or _is_hangul(after))
    return any(
        unicodedata.category(char)[0] == "P" or (_is_wide(char) and not _is_hangul(char)) for char in (before, after)
    )


def _is_hangul(character: str) -> bool:
    return 0x1100 <= ord(character) <= 0x11FF or 0xAC00 <= ord(character) <= 0xD7A3


def _is_wide(character: str) -> bool:
    code = ord(character)
    return code >= 0x1100 and (
        code <= 0x115F or 0x2E80 <= code <= 0xA4CF or 0xAC00 <= code <= 0xD7A3 or 0xF900 <= code <= 0xFAFF
        or 0xFE30 <= code <= 0xFE6F or 0xFF00 <= code <= 0xFF60 or 0xFFE0 <= code <= 0xFFE6
        or 0x20000 <= code <= 0x3FFFD
    )  # fmt: skip
