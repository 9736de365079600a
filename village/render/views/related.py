"""Related pages: Hugo's inverted index (related/inverted_index.go). Keywords in common are weighed by index."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from village.render.lens import Lens
from village.render.views.values import plain
from village.site import golayout

Ids = tuple[str, ...]
DEFAULT: dict[str, Any] = {
    "threshold": 80,
    "includenewer": False,
    "tolower": False,
    "indices": [{"name": "keywords", "weight": 100}, {"name": "date", "weight": 10}, {"name": "tags", "weight": 80}],
}
Index = dict[str, dict[str, list[str]]]  # index name → keyword → ids


def related(lens: Lens, ids: Ids, identity: str) -> Ids:
    """Of ``ids`` those related to a page, the nearest first."""
    view = lens.view(identity)
    config = settings(lens, view.lang)
    index = lens.once(("related", ids, view.lang), lambda: build(lens, ids, config))
    weights: dict[str, list[int]] = {}
    for table in config["indices"]:
        for keyword in keywords(view, table, config):
            for other in index[table["name"]].get(keyword, ()):
                if other != identity:
                    weights.setdefault(other, []).append(int(table.get("weight", 0)))
    return ranked(lens, weights, config, None if config["includenewer"] else view.publish_date)


def settings(lens: Lens, lang: str) -> dict[str, Any]:
    """The site's ``related`` table; one of its own replaces Hugo's indices."""
    own = lens.ask("config", lang, "related")
    merged = {**DEFAULT, **(plain(own) if isinstance(own, Mapping) else {})}
    lowered = [{str(key).lower(): value for key, value in table.items()} for table in merged["indices"]]
    merged["indices"] = [
        {**table, "name": str(table.get("name", "")).lower()}
        for table in lowered
        if table.get("type", "basic") in ("basic", "fragments")
    ]
    return merged


def build(lens: Lens, ids: Ids, config: dict[str, Any]) -> Index:
    """Which pages have which keyword; one that stands on more than ``cardinalityThreshold`` percent of the pages that
    have any in its index says nothing and is left out."""
    index: Index = {}
    for table in config["indices"]:
        held = {identity: keywords(lens.view(identity), table, config) for identity in ids}
        found: dict[str, list[str]] = {}
        for identity, words in held.items():
            for word in words:
                found.setdefault(word, []).append(identity)
        most = float(table.get("cardinalitythreshold") or 0) * sum(map(bool, held.values())) / 100
        index[table["name"]] = {word: pages for word, pages in found.items() if not most or len(pages) <= most}
    return index


def keywords(view: Any, table: dict[str, Any], config: dict[str, Any]) -> list[str]:
    """The keywords of a page in one index: its param of that name; dates by ``pattern``, else by
    year; the ids of its headings where the index is one of fragments."""
    if table.get("type") == "fragments":
        return list(view.fragments.identifiers)
    value = view.date if table["name"] == "date" else plain(view.params.lookup(table["name"]))
    if not value:
        return []
    if isinstance(value, datetime):
        return [golayout.format_go(value, str(table.get("pattern") or "2006"))]
    words = [str(word) for word in value if word is not None] if isinstance(value, list) else [str(value)]
    return [word.lower() for word in words] if config["tolower"] or table.get("tolower") else words


def ranked(lens: Lens, weights: dict[str, list[int]], config: dict[str, Any], newest: datetime | None) -> Ids:
    """By weight, then newer first, then by title. The mean weight of the matches, as a percentage of the heaviest
    index, must reach the threshold divided by their number (Hugo's searchDate)."""
    heaviest = max((int(table.get("weight", 0)) for table in config["indices"]), default=0) or 1
    rows = []
    for identity, found in weights.items():
        view = lens.view(identity)
        published = view.publish_date
        if newest is not None and published is not None and published > newest:
            continue
        percentage = int(sum(found) // len(found) / heaviest * 100 + 0.5)
        if percentage >= int(config["threshold"]) // len(found):
            rows.append(
                (-sum(found), -(published.timestamp() if published else -1e12), view.title, view.path, identity)
            )
    return tuple(row[4] for row in sorted(rows))
