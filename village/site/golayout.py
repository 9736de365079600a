"""Go's time layouts ("2 January 2006"): formatting and parsing by the reference moment Mon Jan 2 15:04:05 MST 2006."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, NamedTuple

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class Names(NamedTuple):
    """Names of months (from January) and weekdays (from Monday), long and short, and of the halves of the day."""

    months: tuple[str, ...]
    months_short: tuple[str, ...]
    days: tuple[str, ...]
    days_short: tuple[str, ...]
    am: str
    pm: str


ENGLISH = Names(MONTHS, tuple(m[:3] for m in MONTHS), DAYS, tuple(d[:3] for d in DAYS), "AM", "PM")

# Go's scanner (time.nextStdChunk) takes the longest piece at each place; "Jan" and "Mon" must not run on in lower case.
PIECE = re.compile(
    r"January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|002|01|02|03|04|05|06|2006|15|PM|pm"
    r"|-07:00:00|-07:00|-0700|-070000|-07|Z07:00:00|Z070000|Z07:00|Z0700|Z07|__2|_2006|_2|[.,]0+(?!\d)|[.,]9+(?!\d)|[1-5]"
)


def offset(moment: datetime, colon: bool, utc_letter: bool, minutes: bool = True) -> str:
    """The zone as ``+0100``, ``+01:00``, ``+01`` or ``Z``."""
    seconds = int((moment.utcoffset() or timedelta()).total_seconds())
    if utc_letter and seconds == 0:
        return "Z"
    sign, rest = ("-" if seconds < 0 else "+"), abs(seconds) // 60
    return f"{sign}{rest // 60:02d}" + (f"{':' if colon else ''}{rest % 60:02d}" if minutes else "")


def zone(moment: datetime) -> str:
    """The zone's name; a bare offset where it has none, as Go prints it."""
    name = moment.tzname() or "UTC"
    return offset(moment, False, False) if name.startswith(("UTC+", "UTC-")) else name


def fraction(moment: datetime, piece: str) -> str:
    """Fractional seconds: ``.000`` keeps the zeros, ``.999`` drops them."""
    digits = f"{moment.microsecond:06d}000"[: len(piece) - 1]
    if piece[1] == "0":
        return piece[0] + digits
    digits = digits.rstrip("0")
    return piece[0] + digits if digits else ""


def write_fraction(moment: datetime, _names: Names, piece: str) -> str:
    """Fractional seconds as a writer."""
    return fraction(moment, piece)


WRITERS: dict[str, Callable[[datetime, Names], str]] = {
    "January": lambda t, n: n.months[t.month - 1],
    "Jan": lambda t, n: n.months_short[t.month - 1],
    "Monday": lambda t, n: n.days[t.weekday()],
    "Mon": lambda t, n: n.days_short[t.weekday()],
    "MST": lambda t, _: zone(t),
    "002": lambda t, _: f"{t.timetuple().tm_yday:03d}",
    "01": lambda t, _: f"{t.month:02d}",
    "02": lambda t, _: f"{t.day:02d}",
    "03": lambda t, _: f"{(t.hour % 12) or 12:02d}",
    "04": lambda t, _: f"{t.minute:02d}",
    "05": lambda t, _: f"{t.second:02d}",
    "06": lambda t, _: f"{t.year % 100:02d}",
    "2006": lambda t, _: f"{t.year:04d}",
    "_2006": lambda t, _: f"_{t.year:04d}",
    "15": lambda t, _: f"{t.hour:02d}",
    "PM": lambda t, n: n.pm if t.hour >= 12 else n.am,
    "pm": lambda t, n: (n.pm if t.hour >= 12 else n.am).lower(),
    "-07:00:00": lambda t, _: offset(t, True, False) + ":00",
    "-07:00": lambda t, _: offset(t, True, False),
    "-0700": lambda t, _: offset(t, False, False),
    "-070000": lambda t, _: offset(t, False, False) + "00",
    "-07": lambda t, _: offset(t, False, False, minutes=False),
    "Z07:00:00": lambda t, _: offset(t, True, True),
    "Z070000": lambda t, _: offset(t, False, True),
    "Z07:00": lambda t, _: offset(t, True, True),
    "Z0700": lambda t, _: offset(t, False, True),
    "Z07": lambda t, _: offset(t, False, True, minutes=False),
    "__2": lambda t, _: f"{t.timetuple().tm_yday:3d}",
    "_2": lambda t, _: f"{t.day:2d}",
    "1": lambda t, _: str(t.month),
    "2": lambda t, _: str(t.day),
    "3": lambda t, _: str((t.hour % 12) or 12),
    "4": lambda t, _: str(t.minute),
    "5": lambda t, _: str(t.second),
}


@functools.lru_cache(maxsize=512)
def compile_layout(layout: str) -> tuple[str | Callable[[datetime, Names], str], ...]:
    """A layout as literal text and writers, in order."""
    parts: list[str | Callable[[datetime, Names], str]] = []
    at = 0
    for match in PIECE.finditer(layout):
        if match.start() > at:
            parts.append(layout[at : match.start()])
        piece = match[0]
        if piece[0] in ".,":  # Go: a fraction only counts where a digit does not follow
            parts.append(functools.partial(write_fraction, piece=piece))
        else:
            parts.append(WRITERS[piece])
        at = match.end()
    return (*parts, layout[at:]) if at < len(layout) else tuple(parts)


def format_go(moment: datetime, layout: str, names: Names = ENGLISH) -> str:
    """``moment`` in Go's layout."""
    return "".join([part if isinstance(part, str) else part(moment, names) for part in compile_layout(layout)])


READERS = {
    "January": r"(?P<month_name>[A-Za-z]{3,9})", "Jan": r"(?P<month_name>[A-Za-z]{3})",
    "Monday": r"[A-Za-z]{6,9}", "Mon": r"[A-Za-z]{3}", "MST": r"(?P<zone>[A-Z]{3,5}|[+-]\d\d(?:\d\d)?)",
    "01": r"(?P<month>\d\d)", "1": r"(?P<month>\d\d?)", "02": r"(?P<day>\d\d)", "2": r"(?P<day>\d\d?)",
    "_2": r" ?(?P<day>\d\d?)", "03": r"(?P<hour12>\d\d)", "3": r"(?P<hour12>\d\d?)", "15": r"(?P<hour>\d\d?)",
    "04": r"(?P<minute>\d\d)", "4": r"(?P<minute>\d\d?)",
    "05": r"(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,9}))?", "5": r"(?P<second>\d\d?)",
    "06": r"(?P<year2>\d\d)", "2006": r"(?P<year>\d{4})", "PM": r"(?P<half>AM|PM)", "pm": r"(?P<half>am|pm)",
    "002": r"(?P<yearday>\d{3})",
    "-0700": r"(?P<offset>[+-]\d{4})", "-07:00": r"(?P<offset>[+-]\d\d:\d\d)", "-07": r"(?P<offset>[+-]\d\d)",
    "Z07:00": r"(?P<offset>Z|[+-]\d\d:\d\d)", "Z0700": r"(?P<offset>Z|[+-]\d{4})", "Z07": r"(?P<offset>Z|[+-]\d\d)",
}  # fmt: skip


@functools.lru_cache(maxsize=256)
def reader(layout: str) -> re.Pattern[str]:
    """A pattern that reads a layout."""
    pattern, at = "", 0
    for match in PIECE.finditer(layout):
        pattern += re.escape(layout[at : match.start()])
        pattern += READERS.get(match[0], "" if match[0][0] in ".," else re.escape(match[0]))
        at = match.end()
    return re.compile(pattern + re.escape(layout[at:]) + r"\Z")


def parse_go(layout: str, text: str, default_zone: Any = UTC) -> datetime | None:
    """The moment ``text`` says in ``layout``, or None where it does not fit."""
    try:
        match = reader(layout).match(text)
        return moment(match.groupdict(), default_zone) if match else None
    except (ValueError, OverflowError, re.error):
        return None


def moment(parts: dict[str, str | None], default_zone: Any) -> datetime:
    """The moment behind the named parts of a layout; what is missing is Go's zero. Raises ValueError out of range."""
    hour = int(parts.get("hour") or 0)
    if parts.get("hour12"):
        late = (parts.get("half") or "").upper() == "PM"
        hour = int(parts["hour12"] or 0) % 12 + (12 if late else 0)
    year = int(parts.get("year") or 1)
    if parts.get("year2"):
        short = int(parts["year2"] or 0)
        year = short + (1900 if short >= 69 else 2000)
    month = int(parts.get("month") or 1)
    if name := parts.get("month_name"):
        month = 1 + [m[: len(name)].lower() for m in MONTHS].index(name.lower())
    micro = int(((parts.get("fraction") or "0") + "000000")[:6])
    when = datetime(  # noqa: DTZ001 — the zone is the next step
        year,
        month,
        int(parts.get("day") or 1),
        hour,
        int(parts.get("minute") or 0),
        int(parts.get("second") or 0),
        micro,
    )
    if parts.get("yearday"):
        when += timedelta(days=int(parts["yearday"] or 1) - 1)
    return when.replace(tzinfo=read_offset(parts.get("offset")) or default_zone)


def read_offset(word: str | None) -> Any:
    """A fixed zone from ``Z``, ``+01:00``, ``+0100`` or ``+01``; None for nothing."""
    if not word:
        return None
    if word == "Z":
        return UTC
    digits = word[1:].replace(":", "").ljust(4, "0")
    delta = timedelta(hours=int(digits[:2]), minutes=int(digits[2:4]))
    return timezone(-delta if word[0] == "-" else delta) if delta else UTC
