"""Template functions on lists and tables, with Hugo's names. Lists of pages stay lazy; other lists are
handled in place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from village.render.functions import compare, gofmt
from village.render.templates.limits import LONGEST_LIST, check_length, counted, weighed
from village.render.views.lists import PageList, groups, read
from village.render.views.values import MISSING, MapView, plain, wrap


def where(items: Any, key: str, operator: Any, *value: Any) -> Any:
    """Elements whose key passes a test: ``where(pages, "section", "posts")`` or ``where(pages, "date", ">", then)``."""
    operation, wanted = (str(operator), value[0]) if value else ("=", operator)
    if isinstance(items, PageList):
        return items.then("where", key, operation, compare.frozen(plain(listed(wanted))))
    wanted = plain(listed(wanted))
    if isinstance(items, Mapping):
        return {name: item for name, item in items.items() if compare.test(read(item, key), operation, wanted)}
    return [item for item in items if compare.test(value_at(item, key), operation, wanted)]


def listed(value: Any) -> Any:
    return [page.identity for page in value] if isinstance(value, PageList) else value


def value_at(item: Any, key: str) -> Any:
    found = read(item, key)
    return None if found is MISSING else found


def first(items: Any, count: Any = None) -> Any:
    """The first element, or with a count the list of the first ones (Hugo's first)."""
    if isinstance(count, (list, tuple, PageList)):
        items, count = count, items
    if count is None:
        return next(iter(items[:1] if isinstance(items, PageList) else items), MISSING)
    return items[: int(count)] if isinstance(items, (PageList, str, list, tuple)) else list(items)[: int(count)]


def last(items: Any, count: Any = None) -> Any:
    """The last element, or with a count the list of the last ones."""
    if count is None:
        whole = items if isinstance(items, (PageList, list, tuple)) else list(items)
        return whole[len(whole) - 1] if len(whole) else MISSING
    if int(count) == 0:
        return items[:0]
    return items[-int(count) :] if isinstance(items, (PageList, str, list, tuple)) else list(items)[-int(count) :]


def after(items: Any, count: int) -> Any:
    """All but the first ``count``."""
    return items[int(count) :] if isinstance(items, (PageList, list, tuple)) else list(items)[int(count) :]


def sort(
    items: Any,
    key: Any = "",
    order: str = "asc",
    *,
    reverse: bool = False,
    attribute: str = "",
    case_sensitive: bool = False,
) -> Any:
    """Sorted by a dotted key (Hugo's sort); Jinja's own arguments are understood too."""
    del case_sensitive
    if isinstance(key, bool):
        key, reverse = "", key
    key = attribute or key
    order = "desc" if reverse else str(order)
    if isinstance(items, PageList):
        return items.then("sort", key or "", order if key else "default")
    if isinstance(items, Mapping):
        pairs = [(name, items[name]) for name in items]
        wanted = (
            (lambda pair: value_at(pair[1], key))
            if key and key != "value"
            else (lambda pair: pair[1] if key else pair[0])
        )
        return [
            item
            for _, item in sorted(
                pairs, key=lambda pair: compare.sort_key(plain(wanted(pair))), reverse=order == "desc"
            )
        ]
    rows = list(items)
    check_length(len(rows), rows)
    return sorted(
        rows,
        key=lambda item: compare.sort_key(plain(value_at(item, key) if key and key != "value" else item)),
        reverse=order == "desc",
    )


def reverse(items: Any) -> Any:
    if isinstance(items, PageList):
        return items.then("reverse")
    return items[::-1] if isinstance(items, str) else list(items)[::-1]


def identities(items: Any) -> tuple[str, ...]:
    return items.ids if isinstance(items, PageList) else tuple(page.identity for page in items)


def union(one: Any, other: Any) -> Any:
    one, other = one or [], other or []
    if isinstance(one, PageList):
        return one.then("union", identities(other))
    return uniq([*one, *other])


def intersect(one: Any, other: Any) -> Any:
    one, other = one or [], other or []
    if isinstance(one, PageList):
        return one.then("keep", identities(other))
    return uniq(item for item in one if compare.contains(other, item))


def complement(items: Any, *others: Any) -> Any:
    """What stands in ``items`` and in none of the others."""
    if isinstance(items, PageList):
        for other in others:
            items = items.then("drop", identities(other))
        return items
    return [item for item in items if not any(compare.contains(other, item) for other in others)]


def symdiff(one: Any, other: Any) -> list[Any]:
    return [*complement(list(other), list(one)), *complement(list(one), list(other))]


def uniq(items: Iterable[Any]) -> list[Any]:
    found: list[Any] = []
    for item in items:
        if item not in found:
            found.append(item)
    return found


def group_by(items: Any, *arguments: Any) -> Any:
    """Pages by a field: ``pages|group_by("section")``."""
    return groups(items, "group_by", *arguments)


def dictionary(*pairs: Any, **named: Any) -> dict[str, Any]:
    """Hugo's dict: key and value by turns; keywords too."""
    if len(pairs) == 1 and isinstance(pairs[0], Mapping):
        return weighed({**pairs[0], **named})
    return weighed({**{str(key): value for key, value in zip(pairs[::2], pairs[1::2], strict=False)}, **named})


def merge(*tables: Any) -> dict[str, Any]:
    """Deep merge, later ones win, whatever the case of a key; no heavier than all that is merged, which was weighed
    when it was made."""
    merged: dict[str, Any] = {}
    names: dict[str, str] = {}
    for table in tables:
        for name, value in dict(plain(table) or {}).items():
            key = str(name)
            present = names.get(key.lower()) or key
            names[key.lower()] = key
            if present != key:
                merged[key] = merged.pop(present)
            both = isinstance(value, Mapping) and isinstance(merged.get(key), Mapping)
            merged[key] = merge(merged[key], value) if both else value
    return merged


def seq(*numbers: int) -> list[int]:
    """Hugo's seq: last; first, last; first, step, last."""
    start, step, end = 1, 1, int(numbers[-1])
    if len(numbers) == 1 and end < 0:
        start, step = -1, -1
    if len(numbers) >= 2:
        start = int(numbers[0])
        step = int(numbers[1]) if len(numbers) == 3 else (1 if start <= end else -1)
    if not step or abs(end - start) / abs(step) > LONGEST_LIST / 10:
        raise ValueError("seq makes too many numbers")
    return list(range(start, end + (1 if step > 0 else -1), step))


def index(holder: Any, *keys: Any) -> Any:
    """An element by key or position, step by step; empty where nothing is."""
    for key in keys:
        if hasattr(holder, "lookup"):
            holder = holder.lookup(key)
        elif isinstance(holder, Mapping):
            holder = holder.get(key, MISSING)
        else:
            try:
                holder = holder[key]
            except (IndexError, KeyError, TypeError):
                return MISSING
    return wrap(holder) if isinstance(holder, dict) else holder


def delimit(items: Any, separator: str = ", ", last_separator: str = "") -> Any:
    """Joined, the last pair by its own separator; of a table the values, by their keys. Safe where an item is."""
    from markupsafe import Markup  # noqa: PLC0415

    if isinstance(items, Mapping):
        items = [items[key] for key in sorted(items)]
    given = list(counted(items, len(separator)))
    safe = Markup if any(isinstance(item, Markup) for item in given) else str
    *texts, end = [safe("").join([safe_text(item)]) for item in given] or [safe("")]
    return safe(last_separator or separator).join([safe(separator).join(texts), end]) if texts else end


def safe_text(item: Any) -> Any:
    return item if isinstance(item, str) else gofmt.shown(item)


def append(items: Any, *more: Any) -> list[Any]:
    return weighed([*items, *more])


def is_set(holder: Any, key: Any) -> bool:
    return index(holder, key) is not MISSING


FILTERS = {
    "where": where,
    "first": first,
    "last": last,
    "after": after,
    "sort": sort,
    "reverse": reverse,
    "union": union,
    "intersect": intersect,
    "complement": complement,
    "symdiff": symdiff,
    "uniq": uniq,
    "group_by": group_by,
    "merge": merge,
    "index": index,
    "delimit": delimit,
    "append": append,
    "is_set": is_set,
    "shuffle": lambda items: items.then("shuffle"),
    "limit": first,
    "group_by_date": lambda items, *rest: groups(items, "group_by_date", *rest),
    "group_by_param": lambda items, *rest: groups(items, "group_by_param", *rest),
    "in_list": lambda item, holder: compare.contains(holder, item),
}
GLOBALS = {
    "dict": dictionary,
    "slice": lambda *items: weighed(list(items)),
    "seq": seq,
    "merge": merge,
    "index": index,
    "append": append,
    "len": len,
    "cond": lambda test, yes, no: yes if test else no,
}
TESTS = {
    "set": lambda value: value is not None and value is not MISSING,
    "map": lambda value: isinstance(value, (Mapping, MapView)),
}
