"""Hugo's comparisons: what ``where`` tests and what ``sort`` orders by. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from village import goregexp
from village.site.order import ordering

CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def snake(name: str) -> str:
    """Hugo's spelling as ours: RelPermalink → rel_permalink, URL → url."""
    return CAMEL.sub("_", name).lower()


def empty(value: Any) -> bool:
    """Whether Hugo sees no value: nil, "" or an empty list."""
    return value is None or (not value and not isinstance(value, (bool, int, float)))


def alike(left: Any, right: Any) -> bool:
    """Equality as Hugo's ``eq``: nothing equals nothing, numbers equal numbers, times equal times."""
    if empty(left) or empty(right):
        return empty(left) and empty(right)
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    return bool(left == right)


def order(left: Any, right: Any) -> int | None:
    """-1, 0, 1; None where the two cannot be compared."""
    try:
        if isinstance(left, datetime) and isinstance(right, str):
            right = datetime.fromisoformat(right)
            right = right if right.tzinfo else right.replace(tzinfo=left.tzinfo)
        return (left > right) - (left < right)
    except (TypeError, ValueError):
        return None


def contains(holder: Any, item: Any) -> bool:
    """Hugo's ``in``: an element of a list, a part of a string."""
    if isinstance(holder, str):
        return isinstance(item, str) and item in holder
    if isinstance(holder, Mapping):
        return False  # as in Hugo: a table is asked by its keys
    try:
        return any(alike(element, item) for element in holder)
    except TypeError:
        return False


def meet(left: Any, right: Any) -> bool:
    """Hugo's ``intersect``: whether the two lists have an element in common."""
    return isinstance(left, (list, tuple)) and any(contains(right, element) for element in left)


TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "=": alike,
    "!=": lambda left, right: not alike(left, right),
    ">": lambda left, right: order(left, right) == 1,
    ">=": lambda left, right: order(left, right) in {0, 1},
    "<": lambda left, right: order(left, right) == -1,
    "<=": lambda left, right: order(left, right) in {0, -1},
    "in": lambda left, right: contains(right, left),
    "not in": lambda left, right: not contains(right, left),
    "intersect": meet,
    "like": lambda left, right: isinstance(left, str) and goregexp.found(str(right), left),
}
ALIASES = {"": "=", "==": "=", "eq": "=", "<>": "!=", "ne": "!=", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}


def test(value: Any, operator: str, wanted: Any) -> bool:
    """Whether ``where key operator wanted`` keeps an element whose key has ``value``. ValueError: unknown operator."""
    name = ALIASES.get(operator, operator)
    if name not in TESTS:
        raise ValueError(f"where does not know the operator {operator!r}; it knows {', '.join(TESTS)}")
    return TESTS[name](value, wanted)


def sort_key(value: Any) -> tuple[int, Any]:
    """A total order over mixed values: nothing first, then numbers, dates, text as a
    dictionary has it (small letters before large), the rest by name.
    """
    if empty(value):
        return 0, 0
    if isinstance(value, (bool, int, float)):
        return 1, value
    if isinstance(value, datetime):
        return 2, value.timestamp()
    if isinstance(value, date):
        return 2, datetime(value.year, value.month, value.day).timestamp()  # noqa: DTZ001
    return 3, ordering.collate(str(value))


def frozen(value: Any) -> Any:
    """A value as a hashable part of a question."""
    if isinstance(value, dict):
        return tuple((key, frozen(item)) for key, item in value.items())
    if isinstance(value, (list, tuple, set)):
        return tuple(frozen(item) for item in value)
    return value
