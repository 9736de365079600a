"""Free-form values (params, data, config) and the clock, as templates see them. Reading is noted, nothing can
be changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from village.render.lens import Lens, question

Note = Callable[[str], None]  # called with the dotted key that was read ("" = all of it)


class Missing:
    """A free-form value that is not there: empty, false, and so is everything asked of it (Hugo's habit)."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return False

    def __str__(self) -> str:
        return ""

    def __html__(self) -> str:
        return ""

    def __len__(self) -> int:
        return 0

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def __eq__(self, other: object) -> bool:
        return other is None or isinstance(other, Missing)

    def __hash__(self) -> int:
        return hash(None)

    def __contains__(self, item: object) -> bool:
        return False

    def get(self, key: Any, default: Any = None) -> Any:
        """Nothing is here: the default."""
        del key
        return default


MISSING = Missing()


class MapView(Mapping[str, Any]):
    """A table read key by key; what was read is told to ``note``. Keys are found as written, then lower-cased
    (Hugo).
    """

    __slots__ = ("note", "path", "table")

    def __init__(self, table: Mapping[str, Any], note: Note, path: str = "") -> None:
        self.table = table
        self.note = note
        self.path = path

    def __getitem__(self, key: Any) -> Any:
        name = str(key)
        dotted = f"{self.path}.{name}" if self.path else name
        value = self.table.get(name, MISSING)
        if value is MISSING and name != (lowered := name.lower()):
            value = self.table.get(lowered, MISSING)
        if isinstance(value, dict):
            return MapView(value, self.note, dotted)
        self.note(dotted)
        return wrap(value)

    def lookup(self, key: Any) -> Any:
        """What ``params.key`` means in a template: the value or MISSING."""
        return self[key]

    def get(self, key: Any, default: Any = None) -> Any:
        value = self[key]
        return default if value is MISSING else value

    def __contains__(self, key: object) -> bool:
        return self[key] is not MISSING

    def __iter__(self) -> Iterator[str]:
        self.note(self.path)
        return iter(self.table)

    def __len__(self) -> int:
        self.note(self.path)
        return len(self.table)

    def __bool__(self) -> bool:
        self.note(self.path)
        return bool(self.table)

    def __str__(self) -> str:
        self.note(self.path)
        return str(self.table)

    def __hash__(self) -> int:
        return id(self.table)

    def __eq__(self, other: object) -> bool:
        return self.plain() == (other.plain() if isinstance(other, MapView) else other)

    def plain(self) -> dict[str, Any]:
        """All of it, noted as such."""
        self.note(self.path)
        return dict(self.table)


def wrap(value: Any) -> Any:
    """Nested tables inside lists are lenient too; they are noted with the list they stand in."""
    if isinstance(value, dict):
        return MapView(value, ignore)
    if isinstance(value, (list, tuple)):
        return [wrap(item) for item in value]
    return MISSING if value is None else value


def ignore(path: str) -> None:
    del path


def plain(value: Any) -> Any:
    """Views taken off: for JSON, for keys of questions."""
    if isinstance(value, MapView):
        return plain(value.plain())
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return None if value is MISSING else value


def dig(table: Any, dotted: str) -> Any:
    """The value at "a.b.c", as written or lower-cased; None where nothing is."""
    for part in dotted.split(".") if dotted else ():
        if not isinstance(table, Mapping):
            return None
        value = table.get(part, MISSING)
        table = table.get(part.lower()) if value is MISSING else value
    return table


class Now:
    """The build's moment. A template that prints the year asks only for the year: it is made again when that changes.

    So a clean build a second later is the same release, unless a template really shows seconds.
    """

    __slots__ = ("lens",)

    def __init__(self, lens: Lens) -> None:
        self.lens = lens

    def strftime(self, layout: str) -> str:
        """The moment in a strftime layout; the question is the text itself."""
        return str(self.lens.ask("now", "strftime", layout))

    def format(self, layout: str) -> str:
        """The moment in a Go layout, in English."""
        return str(self.lens.ask("now", "go", f"en\n{layout}"))

    def exact(self) -> datetime:
        """The moment to the second: whoever asks is made again at every build."""
        return datetime.fromisoformat(self.lens.ask("now", "exact", ""))

    def __getattr__(self, name: str) -> Any:
        if name in NOW_PARTS:
            return self.lens.ask("now", "part", name)
        return getattr(self.exact(), name)

    def __lt__(self, other: datetime) -> bool:
        return bool(self.lens.ask("now", "before", other.isoformat()))

    def __le__(self, other: datetime) -> bool:
        return self < other

    def __gt__(self, other: datetime) -> bool:
        return not self < other

    __ge__ = __gt__

    def __add__(self, other: timedelta) -> datetime:
        return self.exact() + other

    def __sub__(self, other: Any) -> Any:
        return self.exact() - other

    def __rsub__(self, other: datetime) -> timedelta:
        return other - self.exact()

    def __str__(self) -> str:
        return self.exact().isoformat()


NOW_PARTS = ("year", "month", "day", "hour", "minute")


def tick(now: datetime, how: str, detail: str) -> datetime | None:
    """The next moment at which a question about the clock is answered otherwise; None where that cannot be told."""
    if how == "before":
        moment = datetime.fromisoformat(detail)
        return moment if moment > now else None
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if how == "part" and detail == "year":
        return midnight.replace(year=now.year + 1, month=1, day=1)
    return midnight + timedelta(days=1) if how == "part" and detail in ("month", "day") else None


@question("now")
def answer_now(lens: Lens, how: str, detail: str) -> Any:
    """Never more precise than asked."""
    moment = lens.services.moment()
    if how == "part":
        return getattr(moment, detail)
    if how == "before":
        return moment < datetime.fromisoformat(detail)
    if how == "strftime":
        return moment.strftime(detail)
    return moment.replace(microsecond=0).isoformat()
