"""Pure comparison of what two builders made of one site: a list of differences, each with its URL and field."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote, urlsplit
from xml.etree.ElementTree import ParseError

from parity_kit import normal
from parity_kit.output import Output, Redirect

HTML = {"content", "summary", "content_without_summary", "table_of_contents"}
PROSE = {"plain"}
DATES = {"date", "lastmod", "publish_date", "expiry_date"}


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of one output that is not the same. ``field`` "output" means the output as a whole."""

    site: str
    url: str
    field: str
    hugo: Any
    village: Any

    def __str__(self) -> str:
        place = f"{self.site}{self.url} {self.field}"
        if isinstance(self.hugo, list) and isinstance(self.village, list):
            return place + "\n" + shorten(unified(self.hugo, self.village), 1200)
        return f"{place}\n    hugo    {shorten(self.hugo)}\n    village {shorten(self.village)}"


def unified(hugo: list[Any], village: list[Any]) -> str:
    """What differs between two lists, with one line around it."""
    theirs, ours = ([str(item) for item in side] for side in (hugo, village))
    return "\n".join(f"    {line}" for line in list(difflib.unified_diff(theirs, ours, lineterm="", n=1))[2:])


def shorten(value: Any, most: int = 400) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= most else text[:most] + "…"


def sites(name: str, hugo: dict[str, Output], village: dict[str, Output]) -> list[Difference]:
    """All differences of one site."""
    found = []
    for url in sorted(hugo.keys() | village.keys()):
        if url not in village:
            found.append(Difference(name, url, "output", describe(hugo[url]), "(missing)"))
        elif url not in hugo:
            found.append(Difference(name, url, "output", "(missing)", describe(village[url])))
        else:
            found += [Difference(name, url, *rest) for rest in outputs(hugo[url], village[url], url)]
    return found


def describe(output: Output) -> str:
    return f"→ {output.path()}" if isinstance(output, Redirect) else f"{len(output)} bytes"


def outputs(hugo: Output, village: Output, url: str) -> Iterator[tuple[str, Any, Any]]:
    """(field, Hugo's, village's) of one URL, where they differ."""
    if isinstance(hugo, Redirect) or isinstance(village, Redirect):
        if not isinstance(hugo, Redirect) or not isinstance(village, Redirect) or hugo.path() != village.path():
            yield "output", describe(hugo), describe(village)
    elif hugo == village:
        return
    elif (ours := dump(village)) is not None and (theirs := dump(hugo)) is not None:
        yield from tables("", theirs, ours)
    elif url.endswith(".xml"):
        yield from feeds(hugo, village)
    else:
        yield from texts(hugo, village)


def dump(data: bytes) -> dict[str, Any] | None:
    """The JSON document a dumping template wrote, or None."""
    try:
        value = json.loads(data)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def tables(prefix: str, hugo: dict[str, Any], village: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    for key in sorted(hugo.keys() | village.keys()):
        theirs, ours = hugo.get(key, "(absent)"), village.get(key, "(absent)")
        name = f"{prefix}{key}"
        if key == "site" and isinstance(theirs, dict) and isinstance(ours, dict):
            yield from tables("site.", theirs, ours)
        elif canonical(name, theirs) != canonical(name, ours):
            yield name, canonical(name, theirs), canonical(name, ours)


def canonical(name: str, value: Any) -> Any:
    """The form of a field in which only real differences remain."""
    field = name.rpartition(".")[2]
    if field in HTML and isinstance(value, str):
        return normal.markup(value)
    if field in PROSE and isinstance(value, str):
        return normal.prose(value)
    if field in DATES:
        return moment(value)
    if field == "raw":
        return str(value).replace("\r", "").rstrip()
    return deep(value)


def moment(value: Any) -> Any:
    """An instant with its offset; Hugo's zero date is no date."""
    if value in ("", None) or not isinstance(value, str) or value.startswith("0001-01-01T00:00:00"):
        return ""
    try:
        return datetime.fromisoformat(value).isoformat()
    except ValueError:
        return value


def deep(value: Any) -> Any:
    """Maps in key order, no distinction between null, "" and empty, dates as instants, 1.0 as 1."""
    if isinstance(value, dict):
        return {k: deep(v) for k, v in sorted(value.items()) if deep(v) != ""} or ""
    if isinstance(value, list):
        return [deep(item) for item in value] or ""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and value[4:5] == "-" and "T" in value:
        return moment(value)
    return value


def feeds(hugo: bytes, village: bytes) -> Iterator[tuple[str, Any, Any]]:
    """Element by element, so that a difference names its place."""
    try:
        theirs, ours = normal.feed(hugo), normal.feed(village)
    except ParseError as error:
        yield "xml", "well-formed", str(error)
        return
    yield from elements(short(theirs[0]), theirs, ours)


def elements(place: str, hugo: Any, village: Any) -> Iterator[tuple[str, Any, Any]]:
    if hugo[:3] != village[:3]:
        yield place, hugo[:3], village[:3]
    if [child[0] for child in hugo[3]] != [child[0] for child in village[3]]:
        yield f"{place}/*", [short(c[0]) for c in hugo[3]], [short(c[0]) for c in village[3]]
        return
    for theirs, ours in zip(hugo[3], village[3], strict=True):
        yield from elements(f"{place}/{short(theirs[0])}", theirs, ours)


def short(tag: str) -> str:
    return tag.rpartition("}")[2]


def texts(hugo: bytes, village: bytes) -> Iterator[tuple[str, Any, Any]]:
    theirs, ours = hugo.decode("utf-8", "replace").strip(), village.decode("utf-8", "replace").strip()
    if theirs != ours:
        yield "text", theirs, ours


def same_place(url: str) -> str:
    """A URL as a path, unescaped."""
    return unquote(urlsplit(url).path)
