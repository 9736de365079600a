"""What Go's ``time.Time`` can be asked, for the dates that templates see: ``page.date.unix()``. Pure."""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from village.site import golayout


def add_date(moment: datetime, years: int, months: int, days: int) -> datetime:
    """Years, months and days later; a day that a month lacks runs over into the next, as in Go."""
    count = moment.year * 12 + moment.month - 1 + int(years) * 12 + int(months)
    first = moment.replace(year=count // 12, month=count % 12 + 1, day=1)
    return first + timedelta(days=moment.day - 1 + int(days))


METHODS: dict[str, Callable[..., Any]] = {
    "format": golayout.format_go,
    "unix": lambda moment: int(moment.timestamp() // 1),
    "unix_milli": lambda moment: int(moment.timestamp() * 1000 // 1),
    "is_zero": lambda moment: moment.year == 1,
    "utc": lambda moment: moment.astimezone(UTC),
    "year_day": lambda moment: moment.timetuple().tm_yday,
    "add_date": add_date,
    "before": lambda moment, other: moment < other,
    "after": lambda moment, other: moment > other,
    "equal": lambda moment, other: moment == other,
}


def ask(moment: datetime, name: str) -> Callable[..., Any]:
    """A method bound to its moment."""
    return functools.partial(METHODS[name], moment)
