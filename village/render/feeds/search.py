"""The search index: what the reader's browser needs to find a page, as JSON. Pure.

One array of objects with one-letter keys, because the file is fetched by everyone who searches: t title, u link, s
text, g tags,
k section, d date. The themes' ``search.js`` is its only reader.
"""

from __future__ import annotations

import html
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from village.render.feeds.syndication import dumps

LONGEST = 1200  # characters of text kept for each page


@dataclass(frozen=True, slots=True)
class SearchEntry:
    title: str
    url: str  # relative permalink
    text: str = ""  # plain text: the page's, or its summary
    tags: tuple[str, ...] = ()
    section: str = ""
    date: datetime | None = None


def search_index(entries: Iterable[str]) -> str:
    """``entries`` are the texts of ``search_entry``."""
    return f"[{','.join(entries)}]\n"


def search_entry(entry: SearchEntry, longest: int = LONGEST) -> str:
    found: dict[str, object] = {"t": entry.title, "u": entry.url, "s": cut(words(entry.text), longest)}
    if entry.tags:
        found["g"] = list(entry.tags)
    if entry.section:
        found["k"] = entry.section
    if entry.date:
        found["d"] = f"{entry.date:%Y-%m-%d}"
    return dumps(found)


def words(plain: str) -> str:
    """Plain text as it is read: Hugo's keeps its entities, a reader types the characters."""
    return " ".join(html.unescape(plain).split())


def cut(text: str, longest: int) -> str:
    """At most ``longest`` characters, ended at a word where there is one near."""
    if len(text) <= longest:
        return text
    head = text[:longest]
    space = head.rfind(" ")
    return head[:space] if space > longest * 0.8 else head
