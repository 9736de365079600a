"""Typographer: quotes, dashes, ellipses and guillemets, decided as goldmark decides them."""

from __future__ import annotations

import re

from village.render.markdown.characters import CLASSES, is_punctuation
from village.render.markdown.inline import Inline, InlineState
from village.render.markdown.options import Typography

_AFTER_ELISION = frozenset("tenl")  # 'twas, 'em, 'net, 'less
_SHORT_ENDINGS = frozenset("smtd")  # 's, 'm, 't, 'd
_LONG_ENDINGS = ("ve", "ll", "re")
_QUOTES = {mark: re.compile(f"{mark}+") for mark in "'\""}
_ASCII_BREAK = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ \t\n\v\f\r")


def register(inline: Inline) -> None:
    """Adds the rules when the option is on."""
    marks = inline.options.typographer
    if marks is None:
        return
    rules = _Rules(marks)
    inline.trigger("'", rules.single_quote, only_with="'")
    inline.trigger('"', rules.double_quote)
    inline.trigger("-", rules.dash, only_with="--")
    inline.trigger(".", rules.ellipsis, only_with="...")
    inline.trigger("<", rules.left_angle)
    inline.trigger(">", rules.right_angle)


def _ends(src: str, at: int) -> bool:
    return at >= len(src) or src[at] in _ASCII_BREAK


class _Rules:
    """The rules with one set of replacements."""

    def __init__(self, marks: Typography) -> None:
        self.marks = marks

    def dash(self, state: InlineState, start: int) -> int:
        src, marks = state.src, self.marks
        if marks.em_dash and src.startswith("---", start):
            state.pieces.append(marks.em_dash)
            return start + 3
        if marks.en_dash and src.startswith("--", start):
            state.pieces.append(marks.en_dash)
            return start + 2
        return 0

    def ellipsis(self, state: InlineState, start: int) -> int:
        if not self.marks.ellipsis or not state.src.startswith("...", start):
            return 0
        state.pieces.append(self.marks.ellipsis)
        return start + 3

    def left_angle(self, state: InlineState, start: int) -> int:
        if not self.marks.left_angle_quote or not state.src.startswith("<<", start):
            return 0
        state.pieces.append(self.marks.left_angle_quote)
        return start + 2

    def right_angle(self, state: InlineState, start: int) -> int:
        if not self.marks.right_angle_quote or not state.src.startswith(">>", start):
            return 0
        state.pieces.append(self.marks.right_angle_quote)
        return start + 2

    def double_quote(self, state: InlineState, start: int) -> int:
        src, marks = state.src, self.marks
        opens, closes = _flanking(state, start)
        if opens and not closes:
            if not marks.left_double_quote:
                return 0
            state.page.double_quotes += 1
            state.pieces.append(marks.left_double_quote)
            return start + 1
        if not marks.right_double_quote or state.page.double_quotes <= 0 or not closes:
            return 0
        if opens and not _maybe_closes(src, start):
            return 0
        if src[start + 1 : start + 2] == '"' and start and src[start - 1].isdecimal():
            return 0  # "Monitor 21"": inches
        state.page.double_quotes -= 1
        state.pieces.append(marks.right_double_quote)
        return start + 1

    def single_quote(self, state: InlineState, start: int) -> int:
        src = state.src
        if start and src[start - 1].isalpha() and src[start + 1 : start + 2].isalpha() and self.marks.apostrophe:
            state.pieces.append(self.marks.apostrophe)  # don't
            return start + 1
        opens, closes = _flanking(state, start)
        mark = self._single_mark(state, src, start, opens=opens, closes=closes)
        if not mark:
            return 0
        state.pieces.append(mark)
        return start + 1

    def _single_mark(self, state: InlineState, src: str, start: int, *, opens: bool, closes: bool) -> str:
        marks = self.marks
        following = src[start + 1 : start + 2]
        before = src[start - 1 : start] or "\n"
        if marks.apostrophe and _is_apostrophe(src, start, before, following, opens=opens and not closes):
            return marks.apostrophe
        if marks.left_single_quote and opens and not closes:
            if _is_contraction(src, start):
                return marks.right_single_quote
            state.page.single_quotes += 1
            return marks.left_single_quote
        if not marks.right_single_quote:
            return ""
        end = src.find("\n", start) + 1 or len(src)
        if (end - start > 2 or not following.isascii()) and not following.isdecimal():
            return marks.right_single_quote  # plural possessives: Smiths', doin'
        if state.page.single_quotes > 0 and closes and (not opens or _maybe_closes(src, start)):
            state.page.single_quotes -= 1
            return marks.right_single_quote
        return ""


def _flanking(state: InlineState, start: int) -> tuple[bool, bool]:
    src = state.src
    if start >= state.quotes_end:
        state.quotes_end = _QUOTES[src[start]].match(src, start).end()  # type: ignore[union-attr]
    stop = state.quotes_end  # flanking is that of the whole run, which is measured once
    before = CLASSES[src[start - 1]] if start else 1
    after = CLASSES[src[stop]] if stop < len(src) else 1
    opens = after != 1 and (after == 0 or before != 0)
    closes = before != 1 and (before == 0 or after != 0)
    return opens, closes


def _maybe_closes(src: str, start: int) -> bool:
    following = src[start + 1 : start + 2]
    # goldmark looks at the byte after, which of a character beyond ASCII is no punctuation
    return following.isascii() and bool(following) and is_punctuation(following) and _ends(src, start + 2)


def _is_apostrophe(src: str, start: int, before: str, following: str, *, opens: bool) -> bool:
    if opens and src[start + 1 : start + 3].isdigit() and src[start + 3 : start + 4] == "s":
        after = src[start + 4 : start + 5]
        if not after or CLASSES[after]:
            return True  # the '90s
    if following in _AFTER_ELISION and (before.isspace() or is_punctuation(before)):
        return True
    return bool(following) and (before.isdecimal() or before.isalpha()) and following.isalpha()


def _is_contraction(src: str, start: int) -> bool:
    following = src[start + 1 : start + 2]
    if following in _SHORT_ENDINGS and following and _ends(src, start + 2):
        return True
    return src.startswith(_LONG_ENDINGS, start + 1) and _ends(src, start + 3)
