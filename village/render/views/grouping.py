"""Hugo's GroupBy… methods: ids dealt by a key."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from village.render.functions.compare import frozen, snake, sort_key
from village.render.lens import Lens
from village.render.views.values import MISSING
from village.site import dates, golayout

Ids = tuple[str, ...]
Read = Callable[[Any, str], Any]


def group(lens: Lens, ids: Ids, method: str, arguments: tuple[str, ...], read: Read) -> tuple[tuple[Any, Ids], ...]:
    """(key, ids) in order; within a group the list's own order stays. ``read``: a field of a view, by its name."""
    if method in ("group_by", "group_by_param"):
        key = arguments[0] if method == "group_by" else f"params.{arguments[0]}"
        order = arguments[1] if len(arguments) > 1 else "asc"
        rows = [(frozen(read(lens.view(identity), key)), identity) for identity in ids]
        dealt = deal((value, identity) for value, identity in rows if value is not MISSING)
        return tuple(sorted(dealt, key=lambda item: sort_key(item[0]), reverse=order.lower() == "desc"))
    return by_date(lens, ids, method, arguments, read)


def by_date(lens: Lens, ids: Ids, method: str, arguments: tuple[str, ...], read: Read) -> tuple[tuple[Any, Ids], ...]:
    """Groups of equal formatted dates, newest first unless asked otherwise."""
    if method == "group_by_param_date":
        field, arguments = f"params.{arguments[0]}", arguments[1:]
    else:
        field = snake(method.removeprefix("group_by_"))
    layout = arguments[0] if arguments else "2006-01"
    backward = (arguments[1] if len(arguments) > 1 else "desc").lower() != "asc"
    dated = [(read(lens.view(identity), field), identity) for identity in ids]
    known = [(moment, identity) for value, identity in dated if (moment := moment_of(value)) is not None]
    known.sort(key=lambda row: row[0].timestamp(), reverse=backward)
    return deal((golayout.format_go(moment, layout), identity) for moment, identity in known)


def moment_of(value: Any) -> datetime | None:
    """A date, also one that is text: YAML's dates are."""
    try:
        return None if value is MISSING else dates.parse(value)
    except (ValueError, TypeError, OverflowError):
        return None


def deal(rows: Any) -> tuple[tuple[Any, Ids], ...]:
    table: dict[Any, list[str]] = {}
    for key, identity in rows:
        table.setdefault(key, []).append(identity)
    return tuple((key, tuple(ids)) for key, ids in table.items())
