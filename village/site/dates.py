"""Dates as Hugo reads them: which text is a date, which field wins (resources/page/pagemeta/page_frontmatter.go)."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from village.site import golayout

# What nearly every post has; a space before the offset is only allowed where the clock is set off by a space as well.
ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:T(\d\d?):(\d\d):(\d\d)(?:[.,](\d{1,9}))?(Z|[+-]\d\d:?\d\d)?)?\Z")
SPACED = re.compile(r"(\d{4})-(\d\d)-(\d\d) (\d\d?):(\d\d):(\d\d)(?:[.,](\d{1,9}))?(Z| ?[+-]\d\d:?\d\d)?\Z")
LAYOUTS = (  # those of Go's cast library that ISO above does not read
    "Mon, 02 Jan 2006 15:04:05 -0700", "Mon, 02 Jan 2006 15:04:05 MST", "02 Jan 06 15:04 -0700", "02 Jan 06 15:04 MST",
    "Monday, 02-Jan-06 15:04:05 MST", "2006-01-02 15:04:05.999999999 -0700 MST", "Mon Jan _2 15:04:05 2006",
    "Mon Jan _2 15:04:05 MST 2006", "Mon Jan 02 15:04:05 -0700 2006", "02 Jan 2006", "3:04PM", "Jan _2 15:04:05",
)  # fmt: skip

ALIASES = {  # a main field and the names that count right after it
    "date": (),
    "lastmod": ("modified",),
    "publishdate": ("pubdate", "published"),
    "expirydate": ("unpublishdate",),
}
DEFAULT_CHAINS = {
    "date": ("date", "publishdate", "pubdate", "published", "lastmod", "modified"),
    "lastmod": (":git", "lastmod", "modified", "date", "publishdate", "pubdate", "published"),
    "publishdate": ("publishdate", "pubdate", "published", "date"),
    "expirydate": ("expirydate", "unpublishdate"),
}
FILENAME = re.compile(r"(\d{4}-\d\d-\d\d)(?:.(\d\d-\d\d-\d\d))?(.*)\Z", re.DOTALL)
ZERO = datetime(1, 1, 1, tzinfo=UTC)


@functools.lru_cache(maxsize=64)
def zone(name: str) -> tzinfo | None:
    """The time zone of an IANA name; UTC for "", None for a name nobody knows."""
    if name in {"", "UTC", "utc"}:
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def parse(value: Any, default: tzinfo = UTC) -> datetime | None:
    """An aware moment from what front matter holds; None for nothing and for Go's zero time.

    ``default`` is the zone of a date that names none. Raises ValueError for what is no date.
    """
    if isinstance(value, str):
        when = parse_text(value.strip(), default)
    elif isinstance(value, datetime):
        when = value if value.tzinfo else value.replace(tzinfo=default)
    elif isinstance(value, date):
        when = datetime.combine(value, time(), default)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        when = datetime.fromtimestamp(value, UTC)
    elif value is None:
        return None
    else:
        raise ValueError(f"{value!r} is not a date")
    return None if when is None or when.replace(tzinfo=UTC) == ZERO else when


def parse_text(text: str, default: tzinfo) -> datetime | None:
    """A moment from text in any layout that Hugo reads."""
    if not text:
        return None
    match = ISO.match(text) or SPACED.match(text)
    if match:
        year, month, day, hour, minute, second, part, offset = match.groups()
        micro = int((part + "000000")[:6]) if part else 0
        where = golayout.read_offset(offset and offset.lstrip()) or default
        whole = (int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0), micro)
        return datetime(*whole, tzinfo=where)
    for layout in LAYOUTS:
        when = golayout.parse_go(layout, text, default)
        if when is not None:
            return when
    raise ValueError(f"{text!r} is not a date")


def chains(configured: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """The order in which fields are asked for each date, from the config's ``frontmatter`` table."""
    result = {}
    for main, default in DEFAULT_CHAINS.items():
        names = configured.get(main)
        if names is None:
            result[main] = default
            continue
        order: list[str] = []
        for name in names if isinstance(names, (list, tuple)) else [names]:
            key = str(name).lower()
            order += default if key == ":default" else (key, *ALIASES.get(key, ()))
        result[main] = tuple(dict.fromkeys(order))
    return result


def from_filename(base: str) -> tuple[str, str]:
    """(date text, slug) of a base name like ``2024-05-06-hello``; empty where there is no date.

    The date may carry a time: ``2024-05-06-10-30-00-hello`` with any character between the two.
    """
    match = FILENAME.match(base)
    if match is None:
        return "", ""
    day, clock, rest = match.groups()
    try:
        date.fromisoformat(day)
        if clock:
            time.fromisoformat(clock.replace("-", ":"))
    except ValueError:
        return "", ""
    text = f"{day}T{clock.replace('-', ':')}" if clock else day
    return text, rest.strip(" -_")
