"""Delimiter runs: emphasis, strikethrough, inserted and marked text, sub- and superscript."""

from __future__ import annotations

from village.render.markdown.characters import CLASSES
from village.render.markdown.pieces import Loose

TAGS = {
    ("*", 1): "em", ("*", 2): "strong", ("_", 1): "em", ("_", 2): "strong",
    ("~", 1): "del", ("~", 2): "del", ("+", 2): "ins", ("=", 2): "mark", ("^", 1): "sup",
}  # fmt: skip


class Delimiter:
    """A run of one character; ``index`` is its place among the pieces, ``length`` what is left of it."""

    __slots__ = ("can_close", "can_open", "character", "index", "length", "original", "tags")

    def __init__(self, index: int, character: str, length: int, *, can_open: bool, can_close: bool) -> None:
        self.index = index
        self.character = character
        self.length = self.original = length
        self.can_open = can_open
        self.can_close = can_close
        self.tags: dict[tuple[str, int], str] = TAGS


def run_delimiter(src: str, start: int, length: int, index: int) -> Delimiter:
    """The run at ``start`` with its flanking (CommonMark 0.31 section 6.2)."""
    character = src[start]
    before = CLASSES[src[start - 1]] if start else 1
    stop = start + length
    after = CLASSES[src[stop]] if stop < len(src) else 1
    left = after != 1 and (after == 0 or before != 0)
    right = before != 1 and (before == 0 or after != 0)
    if character == "_":
        left, right = left and (not right or before == 2), right and (not left or after == 2)
    return Delimiter(index, character, length, can_open=left, can_close=right)


def match_delimiters(pieces: list[str], runs: list[Delimiter]) -> None:
    """Pairs the runs and writes their tags into the pieces; what stays unpaired stays text."""
    stack: list[Delimiter] = []
    bottoms: dict[tuple[str, int, bool], int] = {}
    opening: dict[int, list[str]] = {}
    closing: dict[int, list[str]] = {}
    for run in runs:
        while run.can_close and run.length:
            key = (run.character, run.original if run.character not in "*_" else run.original % 3, run.can_open)
            opener_at = _opener(stack, run, bottoms.get(key, 0))
            if opener_at < 0:
                bottoms[key] = len(stack)
                break
            opener = stack[opener_at]
            used = _consumed(opener, run)
            tag = run.tags[run.character, used]
            opening.setdefault(opener.index, []).append(f"<{tag}>")
            closing.setdefault(run.index, []).append(f"</{tag}>")
            opener.length -= used
            run.length -= used
            del stack[opener_at + 1 :]
            if not opener.length:
                stack.pop()
            for each, depth in bottoms.items():
                if depth > len(stack):
                    bottoms[each] = len(stack)
        if run.can_open and run.length:
            stack.append(run)
    for run in runs:
        index = run.index
        if index in opening or index in closing:
            ends, begins = closing.get(index, ()), opening.get(index, ())
            pieces[index] = "".join([*ends, run.character * run.length, *reversed(begins)])
        else:
            pieces[index] = Loose(pieces[index])
    runs.clear()


def _opener(stack: list[Delimiter], closer: Delimiter, bottom: int) -> int:
    for at in range(len(stack) - 1, bottom - 1, -1):
        opener = stack[at]
        if opener.character == closer.character and _consumed(opener, closer):
            return at
    return -1


def _consumed(opener: Delimiter, closer: Delimiter) -> int:
    if opener.character not in "*_" and not opener.tags.get((opener.character, 3 - opener.original)):
        return opener.length if opener.length == closer.length else 0
    if (
        (opener.can_close or closer.can_open)
        and (opener.original + closer.original) % 3 == 0
        and closer.original % 3 != 0
    ):
        return 0
    return 2 if opener.length >= 2 and closer.length >= 2 else 1
