"""Heading ids: Hugo's three ways (github, github-ascii, blackfriday) and their counting of duplicates."""

from __future__ import annotations

import re
from unicodedata import category, combining, normalize

_ASCII_WORD = re.compile(r"[^a-z0-9_\- ]+")


def heading_id(text: str, style: str = "github") -> str:
    """Hugo's ``anchorize``: the id of a heading with this plain text, before duplicates are told apart."""
    text = text.strip()
    if style == "blackfriday":
        return _blackfriday(text)
    if style == "github-ascii":
        text = "".join(each for each in normalize("NFD", text) if not combining(each))
        text = text.encode("ascii", "ignore").decode()
    if text.isascii():
        return _ASCII_WORD.sub("", text.lower()).replace(" ", "-")
    return "".join([_github(each) for each in text])


def _github(character: str) -> str:
    if character in "- ":
        return "-"
    if character == "_":
        return "_"
    kind = category(character)
    return character.lower()[0] if kind[0] == "L" or kind == "Nd" else ""


def _blackfriday(text: str) -> str:
    out: list[str] = []
    dash = False
    for each in text:
        if category(each)[0] in "LN":
            if dash and out:
                out.append("-")
            dash = False
            out.append(each.lower())
        else:
            dash = True
    return "".join(out)


class Anchors:
    """The ids of one page. ``github`` and ``blackfriday`` alike number duplicates from ``-1``."""

    def __init__(self, style: str) -> None:
        self.style = style
        self.taken: dict[str, int] = {}

    def reserve(self, identifier: str) -> None:
        """An id the author wrote."""
        self.taken.setdefault(identifier, 0)

    def unique(self, text: str, fallback: str = "heading") -> str:
        """A new id for this text."""
        base = heading_id(text, self.style) or fallback
        if base not in self.taken:
            self.taken[base] = 0
            return base
        number = self.taken[base]
        while True:
            number += 1
            identifier = f"{base}-{number}"
            if identifier not in self.taken:
                break
        self.taken[base] = number
        self.taken[identifier] = 0
        return identifier
