"""Related pages: Hugo's inverted index with weights and a threshold (related/inverted_index.go)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from village.site import golayout, queries, tables
from village.site.dates import ZERO
from village.site.model import Page, PageId, Site


@dataclass(frozen=True, slots=True)
class Index:
    """One configured index: the param it is about, how much a common word counts."""

    name: str
    weight: int
    pattern: str = "2006"
    lower: bool = False
    cardinality: float = 0.0  # percent of the pages with a value; a word on more of them is left out


@dataclass(slots=True)
class Inverted:
    """Which pages have which word, index by index."""

    indices: list[Index]
    threshold: int
    newer: bool
    words: dict[str, dict[str, list[PageId]]] = field(default_factory=dict)


def related(site: Site, key: PageId, within: Sequence[PageId] | None = None, names: Iterable[str] = ()) -> list[PageId]:
    """The pages related to one page, nearest first: among ``within`` (None: the site's regular pages), by the
    indices in ``names`` (none: all).
    """
    page = site.pages[key]
    if within is None:
        inverted = queries.remembered(
            site, f"related {page.lang}", lambda: invert(site, page.lang, queries.regular_pages(site, page.lang))
        )
    else:
        inverted = invert(site, page.lang, within)
    wanted = [name.lower() for name in names]
    return search(site, inverted, page, [index for index in inverted.indices if not wanted or index.name in wanted])


def configured(site: Site, lang: str) -> tuple[list[Index], int, bool]:
    """(indices, threshold, includeNewer) of a language's config."""
    table: Mapping[str, Any] = site.languages[lang].config.get("related") or {}
    lower = tables.truth(table.get("tolower", False))
    indices = []
    for raw in table.get("indices") or []:
        entry = tables.lower_keys(raw)
        indices.append(
            Index(
                name=tables.text(entry.get("name", "")).lower(),
                weight=tables.number(entry.get("weight", 0)),
                pattern=tables.text(entry.get("pattern") or "2006"),
                lower=lower or tables.truth(entry.get("tolower", False)),
                cardinality=float(entry.get("cardinalitythreshold") or 0),
            )
        )
    return indices, tables.number(table.get("threshold", 80)), tables.truth(table.get("includenewer", False))


def invert(site: Site, lang: str, keys: Sequence[PageId]) -> Inverted:
    """The index of some pages."""
    indices, threshold, newer = configured(site, lang)
    result = Inverted(indices, threshold, newer)
    for index in indices:
        if index.weight == 0:
            continue
        table: dict[str, list[PageId]] = {}
        holders = 0
        for key in keys:
            found = words(site.pages[key], index)
            holders += bool(found)
            for word in found:
                table.setdefault(word, []).append(key)
        if index.cardinality:
            table = {word: pages for word, pages in table.items() if len(pages) * 100 / holders <= index.cardinality}
        result.words[index.name] = table
    return result


def words(page: Page, index: Index) -> list[str]:
    """What a page says in an index: the words of its param; a date in the index's pattern."""
    value = page.date or ZERO if index.name == "date" else page.params.get(index.name)
    if index.name == "keywords":
        value = page.keywords
    if isinstance(value, datetime):
        return [golayout.format_go(value, index.pattern)]
    found = tables.strings(value) if isinstance(value, (str, list)) else []
    return [word.lower() for word in found] if index.lower else found


def search(site: Site, inverted: Inverted, page: Page, indices: list[Index]) -> list[PageId]:
    """Every page with a common word whose average weight reaches the threshold; the greatest total first, then
    the newest.
    """
    limit = published(page)
    weights: dict[PageId, list[int]] = {}
    for index in indices:
        table = inverted.words.get(index.name, {})
        for word in words(page, index):
            for other in table.get(word, ()):
                weights.setdefault(other, []).append(index.weight)
    weights.pop(page.id, None)
    low = min([0, *(index.weight for index in inverted.indices)])
    high = max([0, *(index.weight for index in inverted.indices)])
    found = [
        (-sum(counts), -published(site.pages[other]).timestamp(), site.pages[other].title, other)
        for other, counts in weights.items()
        if (inverted.newer or limit == ZERO or published(site.pages[other]) <= limit)
        and normal(sum(counts) // len(counts), low, high) >= inverted.threshold // len(counts)
    ]
    return [other for *_, other in sorted(found)]


def published(page: Page) -> datetime:
    """The date that decides what is newer."""
    return page.publish_date or page.date or ZERO


def normal(number: int, low: int, high: int) -> int:
    """A weight between 0 and 100."""
    return math.floor((number - low) / (high - low) * 100 + 0.5) if high > low else 0
