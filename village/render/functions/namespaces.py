"""Hugo's functions under their full names, ``strings.to_lower(x)``, with Hugo's order of arguments.

The filters of ``catalogue`` take the value first, as Jinja2 does it; these are for whoever carries a Hugo theme over
call by call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from village.errors import TemplateError
from village.render.functions import compare, gofmt, lists
from village.render.functions import text as functions_text
from village.render.functions.encodings import CRYPTO, ENCODING, TRANSFORM, fnv32a
from village.render.functions.numbers import CAST, MATH, custom
from village.render.functions.paths import PATH, URLS
from village.render.functions.strings import STRINGS
from village.render.templates.limits import counted, weighed
from village.render.views.lists import Group, PageList
from village.render.views.page import PageView
from village.render.views.resources import PageResource
from village.render.views.scratch import Scratch
from village.render.views.site import SiteView
from village.render.views.values import MISSING, MapView, plain
from village.site import tables
from village.site.addresses import titles


class Namespace:
    """A table of functions. ``call``: what the bare name does where it is a function as well (Hugo's ``time``)."""

    __slots__ = ("_call", "_name", "_table")

    def __init__(self, name: str, table: Mapping[str, Any], call: Callable[..., Any] | None = None) -> None:
        self._name = name
        self._table = table
        self._call = call

    def __getattr__(self, name: str) -> Any:
        try:
            return self._table[name]
        except KeyError:
            raise AttributeError(name) from None

    def __dir__(self) -> list[str]:
        return sorted(self._table)

    def __call__(self, *arguments: Any) -> Any:
        if self._call is None:
            raise TemplateError(f"{self._name!r} is no function", hint=f"it has {', '.join(dir(self)[:12])}, …")
        return self._call(*arguments)

    def __str__(self) -> str:
        raise TemplateError(f"{self._name!r} is no text", hint=f"a name of your own? {self._name}.… are functions")


def given(value: Any) -> bool:
    """Hugo's truth: a date that is not set is false, so is zero, so is nothing."""
    return bool(value)


def otherwise(default: Any, value: Any = MISSING) -> Any:
    """``default DEFAULT INPUT``: false is a value, zero and nothing are not."""
    return value if value is False or given(value) else default


def any_equal(first: Any, *others: Any) -> bool:
    """``eq``: whether the first equals any of the others."""
    return any(compare.alike(plain(first), plain(other)) for other in others)


def ordered(*signs: int) -> Callable[..., bool]:
    """``lt 1 2 3``: whether the first stands so to all others."""
    return lambda first, *others: all(
        compare.order(*comparable(plain(first), plain(other))) in signs for other in others
    )


def comparable(left: Any, right: Any) -> tuple[Any, Any]:
    """A list counts as its length; a text beside a number as the number it holds, else as 0 (Hugo)."""
    left, right = (len(value) if isinstance(value, (list, tuple, Mapping)) else value for value in (left, right))
    if isinstance(left, str) and isinstance(right, (int, float)):
        return tables.real(left), right
    if isinstance(right, str) and isinstance(left, (int, float)):
        return left, tables.real(right)
    return left, right


COMPARE: dict[str, Any] = {
    "conditional": lambda test, yes, no: yes if given(test) else no,
    "default": otherwise,
    "eq": any_equal,
    "ne": lambda first, *others: not any_equal(first, *others),
    "lt": ordered(-1), "le": ordered(-1, 0), "gt": ordered(1), "ge": ordered(1, 0),
}  # fmt: skip


def mirrored(function: Callable[..., Any]) -> Callable[..., Any]:
    """Hugo's ``first N LIST`` by ours, which has the list first."""
    return lambda count, items: function(items, count)


def appended(*arguments: Any) -> Any:
    """``append ELEMENT… LIST``; a single list is appended item by item."""
    *more, items = arguments
    holder = items if items is not MISSING and items is not None else []
    if len(more) == 1 and isinstance(more[0], (list, tuple, PageList)) and not (holder and nested(holder)):
        more = list(more[0])
    return lists.append(holder, *more)


def nested(items: Any) -> bool:
    return isinstance(items, (list, tuple)) and isinstance(items[0], (list, tuple))


def applied(namespace: Mapping[str, Any]) -> Callable[..., Any]:
    """``apply LIST NAME ARGUMENT…``, where "." stands for the element."""

    def apply(items: Any, function: str, *arguments: Any) -> Any:
        call = namespace.get(compare.snake(str(function).rpartition(".")[2]))
        if call is None:
            raise TemplateError(f"apply: there is no function {function!r}", hint='as in apply(tags, "urlize", ".")')
        made = (call(*(item if one == "." else one for one in arguments)) for item in items)
        return weighed(list(counted(made)))

    return apply


COLLECTIONS: dict[str, Any] = {
    "after": mirrored(lists.after), "first": mirrored(lists.first), "last": mirrored(lists.last),
    "append": appended,
    "complement": lambda *all_lists: lists.complement(all_lists[-1], *all_lists[:-1]),
    "delimit": lists.delimit,
    "dictionary": lists.dictionary,
    "group": Group,
    "in": lambda holder, item: compare.contains(plain(holder), plain(item)),
    "index": lists.index,
    "intersect": lists.intersect,
    "is_set": lists.is_set,
    "merge": lists.merge,
    "new_scratch": lambda: Scratch({}),
    "querify": functions_text.querify,
    "reverse": lists.reverse,
    "seq": lists.seq,
    "shuffle": lambda items: items.then("shuffle") if isinstance(items, PageList) else list(items),
    "slice": lists.GLOBALS["slice"],
    "sort": lists.sort,
    "sym_diff": lists.symdiff,
    "union": lists.union,
    "uniq": lists.uniq,
    "where": lists.where,
}  # fmt: skip
INFLECT: dict[str, Any] = {
    "humanize": functions_text.humanize,
    "pluralize": lambda value: titles.pluralize(functions_text.text(value)),
    "singularize": functions_text.singularize,
}


def is_bitmap(value: Any) -> bool:
    """A picture that can be scaled; an SVG cannot."""
    return getattr(value, "resource_type", "") == "image" and getattr(value.media_type, "sub_type", "") != "svg"


REFLECT: dict[str, Any] = {
    "is_map": lambda value: isinstance(value, (Mapping, MapView)),
    "is_slice": lambda value: isinstance(value, (list, tuple, PageList)),
    "is_page": lambda value: isinstance(value, PageView),
    "is_site": lambda value: isinstance(value, SiteView),
    "is_resource": lambda value: isinstance(value, (PageView, PageResource)) or hasattr(value, "media_type"),
    "is_image_resource": lambda value: getattr(value, "resource_type", "") == "image",
    "is_image_resource_processable": is_bitmap,
    "is_image_resource_with_meta": is_bitmap,
}
SAFE: dict[str, Any] = dict.fromkeys(("css", "html", "html_attr", "js", "js_str", "url"), functions_text.markup)
FMT: dict[str, Any] = {"print": gofmt.sprint, "printf": gofmt.printf, "println": gofmt.sprintln}
UNITS = {
    "nanosecond": 1e-9, "ns": 1e-9, "microsecond": 1e-6, "us": 1e-6, "µs": 1e-6, "millisecond": 1e-3, "ms": 1e-3,
    "second": 1, "s": 1, "minute": 60, "m": 60, "hour": 3600, "h": 3600,
}  # fmt: skip


def duration(unit: str, number: Any) -> timedelta:
    """``time.Duration UNIT NUMBER``. Raises TemplateError for a unit nobody knows."""
    if unit not in UNITS:
        raise TemplateError(f"{unit!r} is not a unit of time", hint=", ".join(UNITS))
    return timedelta(seconds=UNITS[unit] * float(number))


def spaces(own: Any) -> dict[str, Namespace]:
    """All namespaces; ``own`` are the functions bound to the desk that renders."""
    tables: dict[str, Mapping[str, Any]] = {
        "strings": STRINGS, "math": MATH, "cast": CAST, "path": PATH, "encoding": ENCODING, "crypto": CRYPTO,
        "hash": {"fnv32a": fnv32a}, "compare": COMPARE, "inflect": INFLECT, "reflect": REFLECT, "safe": SAFE,
        "fmt": {**FMT, "warnf": own.warnf, "errorf": own.errorf,
                "warnidf": lambda _name, form, *values: own.warnf(form, *values),
                "erroridf": lambda _name, form, *values: own.errorf(form, *values)},
        "urls": {**URLS, "abs_url": own.absurl, "rel_url": own.relurl, "abs_lang_url": own.abslangurl,
                 "rel_lang_url": own.rellangurl, "anchorize": own.anchorize, "urlize": functions_text.urlize,
                 "ref": lambda page, path: own.ref(path, page), "rel_ref": lambda page, path: own.relref(path, page)},
        "transform": {**TRANSFORM, "markdownify": own.markdownify, "highlight": own.highlight,
                      "emojify": own.emojify, "can_highlight": own.can_highlight},
        "lang": {"translate": own.i18n, "format_number": own.format_number, "format_percent": own.format_percent,
                 "format_number_custom": custom, "format_currency": own.format_currency,
                 "format_accounting": own.format_currency,
                 "merge": own.merge_pages},
        "os": {name: getattr(own.surroundings, name)
               for name in ("file_exists", "read_file", "read_dir", "stat", "getenv")},
        "templates": {"exists": own.template_exists},
        "partials": {"include": own.partial, "include_cached": lambda name, context, *_: own.partial(name, context)},
    }  # fmt: skip
    clock = {"now": own.now, "format": lambda layout, value: own.date(value, layout), "as_time": own.as_time,
             "duration": duration, "in": own.in_zone}  # fmt: skip
    found = {name: Namespace(name, table) for name, table in tables.items()}
    everything = {name: call for table in tables.values() for name, call in table.items() if callable(call)}
    found["collections"] = Namespace("collections", {**COLLECTIONS, "apply": applied({**everything, **COLLECTIONS})})
    found["time"] = Namespace("time", clock, own.as_time)
    return found
