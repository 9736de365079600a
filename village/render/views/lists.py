"""Lists of pages: lazy chains of operations over a source, noted as one question when they are looked into.

``site.regular_pages|where("type", "posts")|first(5)`` asks one thing: which five ids. A page whose body
changes, or a sixth
page, does not touch whoever asked it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from village.render.functions.compare import snake, sort_key, test
from village.render.lens import Lens, question
from village.render.views import grouping
from village.render.views.values import MISSING, plain
from village.site.order import ordering

Ids = tuple[str, ...]
Source = tuple[Any, ...]
Operation = tuple[Any, ...]
OPERATIONS: dict[str, Callable[..., Ids]] = {}


class PageList:
    """Pages in order, by id. Slicing, filtering and sorting give a new lazy list."""

    __slots__ = ("_ids", "lens", "operations", "source")

    def __init__(self, lens: Lens, source: Source, operations: tuple[Operation, ...] = ()) -> None:
        self.lens = lens
        self.source = source
        self.operations = operations
        self._ids: Ids | None = None

    @property
    def ids(self) -> Ids:
        """The page ids; asking is noted."""
        if self._ids is None:
            self._ids = resolve(self.lens, self.source, self.operations)
        return self._ids

    @property
    def literal(self) -> bool:
        """Whether the ids are known without asking anybody."""
        return self.source[0] == "ids" and all(operation[0] in ON_IDS for operation in self.operations)

    def then(self, *operation: Any) -> PageList:
        """This list with one more operation."""
        return PageList(self.lens, self.source, (*self.operations, operation))

    def __iter__(self) -> Iterator[Any]:
        view = self.lens.view
        return iter([view(identity) for identity in self.ids])

    def __len__(self) -> int:
        if self._ids is not None or self.literal:
            return len(self.ids)
        return int(self.lens.ask("count", self.source, self.operations))

    def __bool__(self) -> bool:
        if self._ids is not None or self.literal:
            return bool(self.ids)
        return bool(self.lens.ask("any", self.source, self.operations))

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            if index.step not in (None, 1):
                return [self.lens.view(identity) for identity in self.ids[index]]
            return self.then("slice", index.start, index.stop)
        if isinstance(index, int):
            ids = self.then("slice", index, index + 1 or None).ids
            if not ids:
                raise IndexError(index)
            return self.lens.view(ids[0])
        raise TypeError(index)

    def __contains__(self, page: object) -> bool:
        return getattr(page, "identity", None) in self.ids

    def __add__(self, other: Any) -> PageList:
        return PageList(self.lens, ("ids", (*self.ids, *(page.identity for page in other))))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PageList) and self.ids == other.ids

    def __hash__(self) -> int:
        return hash((self.source, self.operations))

    @property
    def len(self) -> int:
        return len(self)

    @property
    def reverse(self) -> PageList:
        return Callback(self.then("reverse"))

    def by(self, key: str, order: str = "asc") -> PageList:
        """Sorted by a field or a dotted param."""
        return self.then("sort", key, order)

    def __getattr__(self, name: str) -> Any:
        if name in SORTS:
            return Callback(self.then("sort", *SORTS[name]))
        if name in GROUPS:
            return lambda *arguments: groups(self, name, *arguments)
        raise AttributeError(name)

    def by_param(self, key: str) -> PageList:
        return Callback(self.then("by_param", f"params.{key}"))

    def limit(self, count: int) -> PageList:
        return self.then("slice", 0, count)

    def related(self, page: Any) -> PageList:
        """The pages of this list that are related to ``page``, nearest first (Hugo's ``related`` config)."""
        return self.then("related", page.identity)

    def next(self, page: Any) -> Any:
        """The page before ``page`` in this list (Hugo: Next goes up)."""
        return self.neighbour(page, -1)

    def prev(self, page: Any) -> Any:
        """The page after ``page`` in this list."""
        return self.neighbour(page, 1)

    def neighbour(self, page: Any, step: int) -> Any:
        found = self.lens.ask("neighbour", self.source, self.operations, page.identity, step)
        return self.lens.view(found) if found else None


class Callback(PageList):
    """A list that may also be called, because Hugo's methods have no brackets: ``pages.by_date`` and
    ``pages.by_date()``.
    """

    __slots__ = ()

    def __init__(self, pages: PageList) -> None:
        super().__init__(pages.lens, pages.source, pages.operations)

    def __call__(self) -> PageList:
        return self


ON_IDS = frozenset({"slice", "reverse", "keep", "drop", "union", "shuffle"})  # operations that read no page
SORTS = {
    "by_weight": ("", "default"),
    "by_title": ("title", "asc"),
    "by_link_title": ("link_title", "asc"),
    "by_date": ("date", "asc"),
    "by_publish_date": ("publish_date", "asc"),
    "by_expiry_date": ("expiry_date", "asc"),
    "by_lastmod": ("lastmod", "asc"),
    "by_length": ("len", "asc"),
    "by_language": ("language.weight", "asc"),
}
GROUPS = {
    "group_by",
    "group_by_date",
    "group_by_publish_date",
    "group_by_lastmod",
    "group_by_expiry_date",
    "group_by_param",
    "group_by_param_date",
}


class Group:
    """Pages with one key in common."""

    __slots__ = ("key", "pages")

    def __init__(self, key: Any, pages: PageList) -> None:
        self.key = key
        self.pages = pages

    def __iter__(self) -> Iterator[Any]:
        return iter((self.key, self.pages))

    def __len__(self) -> int:
        return len(self.pages)


def groups(pages: PageList, method: str, *arguments: Any) -> list[Group]:
    """Hugo's GroupBy…: a list of groups in order."""
    lens = pages.lens
    found = lens.ask("groups", pages.source, pages.operations, method, tuple(str(item) for item in arguments))
    return [Group(key, PageList(lens, ("ids", ids))) for key, ids in found]


# -- answers -----------------------------------------------------------------------------------------------------------


def resolve(lens: Lens, source: Source, operations: tuple[Operation, ...]) -> Ids:
    """The ids behind a list, asked the cheapest way."""
    if source[0] == "ids" and all(operation[0] in ON_IDS for operation in operations):
        ids: Ids = source[1]
        for name, *arguments in operations:
            ids = OPERATIONS[name](lens, ids, *arguments)
        return ids
    if operations:
        return lens.ask("query", source, operations)
    if source[0] == "page":
        return getattr(lens.view(source[1]), source[2] + "_ids")
    return lens.ask(*source)


@question("query")
def answer_query(lens: Lens, source: Source, operations: tuple[Operation, ...]) -> Ids:
    name, *arguments = operations[-1]
    return OPERATIONS[name](lens, resolve(lens, source, operations[:-1]), *arguments)


@question("count")
def answer_count(lens: Lens, source: Source, operations: tuple[Operation, ...]) -> int:
    return len(resolve(lens, source, operations))


@question("any")
def answer_any(lens: Lens, source: Source, operations: tuple[Operation, ...]) -> bool:
    return bool(resolve(lens, source, operations))


@question("neighbour")
def answer_neighbour(lens: Lens, source: Source, operations: tuple[Operation, ...], identity: str, step: int) -> str:
    ids = resolve(lens, source, operations)
    places = lens.once(("places", source, operations), lambda: {name: place for place, name in enumerate(ids)})
    place = places.get(identity)
    return ids[place + step] if place is not None and 0 <= place + step < len(ids) else ""


@question("groups")
def answer_groups(
    lens: Lens, source: Source, operations: tuple[Operation, ...], method: str, arguments: tuple[str, ...]
) -> tuple[tuple[Any, Ids], ...]:
    return grouping.group(lens, resolve(lens, source, operations), method, arguments, read)


def operation(name: str) -> Callable[[Callable[..., Ids]], Callable[..., Ids]]:
    def register(function: Callable[..., Ids]) -> Callable[..., Ids]:
        OPERATIONS[name] = function
        return function

    return register


@operation("slice")
def slice_ids(lens: Lens, ids: Ids, start: int | None, stop: int | None) -> Ids:
    del lens
    return ids[start:stop]


@operation("reverse")
def reverse_ids(lens: Lens, ids: Ids) -> Ids:
    del lens
    return ids[::-1]


@operation("where")
def where_ids(lens: Lens, ids: Ids, key: str, operator: str, value: Any) -> Ids:
    return tuple(identity for identity in ids if test(read(lens.view(identity), key), operator, value))


@operation("related")
def related_ids(lens: Lens, ids: Ids, identity: str) -> Ids:
    from village.render.views import related  # noqa: PLC0415 - related pages are read as views, which hold lists

    return related.related(lens, ids, identity)


@operation("sort")
def sort_ids(lens: Lens, ids: Ids, key: str, order: str) -> Ids:
    if order == "default":
        return tuple(sorted(ids, key=lambda identity: default_key(lens, identity)))
    rows = [(sort_key(read(lens.view(identity), key)), identity) for identity in ids]
    rows.sort(key=lambda row: row[0], reverse=order.lower() == "desc")
    return tuple(identity for _, identity in rows)


@operation("by_param")
def by_param_ids(lens: Lens, ids: Ids, key: str) -> Ids:
    """Hugo's ByParam, where pages without the param come last."""
    rows = [(read(lens.view(identity), key), identity) for identity in ids]
    rows.sort(key=lambda row: (row[0] is MISSING or row[0] is None, sort_key(row[0])))
    return tuple(identity for _, identity in rows)


@operation("keep")
def keep_ids(lens: Lens, ids: Ids, others: Ids) -> Ids:
    del lens
    known = set(others)
    return tuple(identity for identity in ids if identity in known)


@operation("drop")
def drop_ids(lens: Lens, ids: Ids, others: Ids) -> Ids:
    del lens
    known = set(others)
    return tuple(identity for identity in ids if identity not in known)


@operation("union")
def union_ids(lens: Lens, ids: Ids, others: Ids) -> Ids:
    del lens
    return tuple(dict.fromkeys((*ids, *others)))


@operation("shuffle")
def shuffle_ids(lens: Lens, ids: Ids) -> Ids:
    """A fixed disorder: the same site gives the same release on every replica."""
    del lens
    import hashlib  # noqa: PLC0415

    return tuple(sorted(ids, key=lambda identity: hashlib.sha256(identity.encode()).digest()))


def default_key(lens: Lens, identity: str) -> Any:
    """Hugo's default order; its fields are read through the view so that they count as grounds."""
    view = lens.view(identity)
    assert (view.weight, view.date, view.link_title, view.path) is not None
    return ordering.key(view.page)


def read(view: Any, dotted: str) -> Any:
    """A field or dotted param of a view; MISSING where nothing is. Names may be spelled as Hugo spells them."""
    value = view
    for depth, part in enumerate(dotted.lstrip(".").split(".")):
        if hasattr(value, "lookup"):
            value = value.lookup(part)
        elif isinstance(value, dict):
            value = value.get(part, MISSING)
        else:
            name = part if part.islower() else snake(part)
            if name.startswith("_"):
                return MISSING
            value = getattr(value, name, MISSING)
        if value is MISSING or value is None:
            return MISSING if depth or value is None else value
    return plain(value) if not isinstance(value, PageList) else value
