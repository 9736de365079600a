"""Hugo's ``truncate``: a text cut between two words; of HTML only what is shown counts, and tags are closed. Pure."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from markupsafe import Markup

TAG = re.compile(r"<(/?)([A-Za-z][^\s>/]*)[^<>]*?(/?)>")
VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"]
)
BREAKABLE = ("CJK", "HANGUL", "HIRAGANA", "KATAKANA")  # between two such letters a word may end


def truncate(value: Any, length: int, ellipsis: Any = " …") -> Any:
    """At most ``length`` characters, then the ellipsis."""
    whole = str(value)
    if len(whole) <= length:
        return value
    if not hasattr(value, "__html__"):
        end = end_of(whole, length, {})
        return whole if end is None else whole[:end] + str(ellipsis)
    tags = {found.start(): found for found in TAG.finditer(whole)}
    end = end_of(whole, length, tags)
    if end is None:
        return value
    return Markup(whole[:end] + str(ellipsis) + closing(tags, end))  # noqa: S704 - what was HTML stays it


def end_of(whole: str, length: int, tags: dict[int, re.Match[str]]) -> int | None:
    """Where to cut, so that ``length`` characters are shown; None when there are no more."""
    word, solid, seen, at = 0, 0, 0, 0
    while at < len(whole):
        if at in tags:
            at = tags[at].end()
            continue
        char = whole[at]
        seen += 1
        if char.isspace():
            word = solid
        elif breakable(char):
            word = at
        else:
            solid = at + 1
        if seen > length:
            return word or at
        at += 1
    return None


def breakable(char: str) -> bool:
    return char > "\u10ff" and unicodedata.name(char, "").startswith(BREAKABLE)


def closing(tags: dict[int, re.Match[str]], end: int) -> str:
    """The end tags of what is open at ``end``, the innermost first."""
    open_tags: list[str] = []
    for start, found in tags.items():
        name = found[2]
        if start >= end or found[3] or name.lower() in VOID:
            continue
        if not found[1]:
            open_tags.append(name)
        elif name in open_tags:
            del open_tags[len(open_tags) - 1 - open_tags[::-1].index(name) :]
    return "".join(f"</{name}>" for name in reversed(open_tags))
