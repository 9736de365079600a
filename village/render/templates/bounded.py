"""Jinja2's own filters, bounded: each of them can make much of little in one call that nothing interrupts."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from jinja2 import filters

from village.render.templates.limits import (
    check_format,
    check_indent,
    check_length,
    check_method,
    counted,
    too_large,
    weighed,
)

LARGEST_ARGUMENT = 10_000  # a width, a count, the length of a text that is put in many times

Filter = Callable[..., Any]


def before(name: str) -> Callable[[Callable[..., None]], Filter]:
    """Jinja's filter of that name, after a check of what it is given."""

    def wrap(check: Callable[..., None]) -> Filter:
        inner = filters.FILTERS[name]
        leading = 1 if hasattr(inner, "jinja_pass_arg") else 0

        @functools.wraps(inner)
        def bounded(*arguments: Any, **named: Any) -> Any:
            check(*arguments[leading:], **named)
            return inner(*arguments, **named)

        return bounded

    return wrap


def modest(*arguments: Any, **named: Any) -> None:
    """Numbers and texts beside the value must be small. Raises TemplateError."""
    for item in (*arguments[1:], *named.values()):
        if (isinstance(item, int) and abs(item) > LARGEST_ARGUMENT) or (
            isinstance(item, str) and len(item) > LARGEST_ARGUMENT
        ):
            raise too_large("what this filter makes")


def rows(value: Any, inserted: Any = 4, *arguments: Any, **named: Any) -> None:
    """A width or a text is put in once for each line."""
    inserted = named.get("width", inserted)
    modest(value, inserted, *arguments)
    check_length((str(value).count("\n") + 1) * (len(inserted) if isinstance(inserted, str) else int(inserted)), "")


def wrapped(
    value: Any, width: int = 79, break_long_words: bool = True, wrapstring: str | None = None, **_: Any
) -> None:
    """A text is put in between lines of ``width``."""
    del break_long_words
    lines = len(str(value)) // max(int(width), 1) + str(value).count("\n") + 1
    check_length(lines * len(wrapstring or "\n") + len(str(value)), "")


def linked(value: Any, *arguments: Any, **named: Any) -> None:
    """A text is put in once for each link."""
    longest = max((len(item) for item in (*arguments, *named.values()) if isinstance(item, str)), default=0)
    check_length(len(str(value)) // 3 * longest, "")


def precise(_value: Any, precision: int = 0, *_: Any, **__: Any) -> None:
    """10 to the power of the precision is worked out."""
    if abs(int(precision)) > 20:
        raise too_large("the precision")


def formatted(value: Any, *arguments: Any, **named: Any) -> None:
    check_format(str(value), (*arguments, *named.values()))


def replacing(value: Any, old: Any = "", new: Any = "", *_: Any, **__: Any) -> None:
    check_method("replace", str(value), (old, new))


def indented(_value: Any, indent: int | None = None) -> None:
    check_indent(indent or 0)


@filters.pass_eval_context
def join(context: Any, value: Any, d: Any = "", attribute: Any = None) -> Any:
    """Jinja's join, stopped while it collects."""
    return filters.FILTERS["join"](context, counted(value, len(str(d))), d, attribute)


def collect(value: Any) -> Any:
    """Jinja's list."""
    return weighed(list(counted(value)))


@functools.wraps(filters.FILTERS["map"])
def mapped(*arguments: Any, **named: Any) -> Any:
    """Jinja's map, stopped while it makes."""
    return counted(filters.FILTERS["map"](*arguments, **named))


FILTERS: dict[str, Filter] = {
    "join": join,
    "list": collect,
    "map": mapped,
    "batch": before("batch")(modest),
    "slice": before("slice")(modest),
    "center": before("center")(modest),
    "truncate": before("truncate")(modest),
    "indent": before("indent")(rows),
    "wordwrap": before("wordwrap")(wrapped),
    "urlize": before("urlize")(linked),
    "round": before("round")(precise),
    "format": before("format")(formatted),
    "replace": before("replace")(replacing),
    "tojson": before("tojson")(indented),
}
