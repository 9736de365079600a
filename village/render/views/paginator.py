"""Pagination: one list cut into pagers, each an output of its own (Hugo's .Paginate)."""

from __future__ import annotations

from typing import Any

from village.render.views import paths
from village.render.views.base_url import relative
from village.render.views.lists import Group, PageList


def paginate(view: Any, pages: Any, size: int) -> Paginator:
    """The pager of the output being made. The first call of an output decides; later ones get the same pager."""
    rendering = view.lens.rendering
    if rendering.paginator is None:
        rendering.paginator = Paginator(view, view.regular_pages if pages is None else pages, size or pager_size(view))
    return rendering.paginator


def pager_size(view: Any) -> int:
    config = view.lens.ask("config", view.page.lang, "pagination.pagersize") or 10
    return max(1, int(config))


class Paginator:
    """One pager. ``pages`` is its share of the list; with groups, ``page_groups``."""

    def __init__(self, view: Any, pages: Any, size: int, number: int = 0) -> None:
        self.view = view
        self.all_pages = pages
        self.size = size
        self.page_number = number or view.lens.rendering.number
        self.grouped = isinstance(pages, list) and bool(pages) and isinstance(pages[0], Group)
        self.total = sum(len(group) for group in pages) if self.grouped else len(pages)

    pager_size = property(lambda self: self.size)
    page_size = pager_size
    total_number_of_elements = property(lambda self: self.total)
    total_pages = property(lambda self: max(1, -(-self.total // self.size)))
    has_prev = property(lambda self: self.page_number > 1)
    has_next = property(lambda self: self.page_number < self.total_pages)
    number_of_elements = property(lambda self: min(self.size, max(0, self.total - (self.page_number - 1) * self.size)))

    @property
    def pages(self) -> PageList:
        """The pages of this pager."""
        start = (self.page_number - 1) * self.size
        if self.grouped:
            ids = tuple(identity for group in self.page_groups for identity in group.pages.ids)
            return PageList(self.view.lens, ("ids", ids))
        return self.all_pages[start : start + self.size]

    @property
    def page_groups(self) -> list[Group]:
        """The groups of this pager; a group may be cut between two pagers."""
        start, groups, seen = (self.page_number - 1) * self.size, [], 0
        for group in self.all_pages if self.grouped else ():
            low, high = max(start - seen, 0), start + self.size - seen
            if high > 0 and low < len(group):
                groups.append(Group(group.key, group.pages[low:high]))
            seen += len(group)
        return groups

    def at(self, number: int) -> Paginator:
        return Paginator(self.view, self.all_pages, self.size, number)

    prev = property(lambda self: self.at(self.page_number - 1) if self.has_prev else None)
    next = property(lambda self: self.at(self.page_number + 1) if self.has_next else None)
    first = property(lambda self: self.at(1))
    last = property(lambda self: self.at(self.total_pages))
    pagers = property(lambda self: [self.at(number) for number in range(1, self.total_pages + 1)])

    @property
    def url(self) -> str:
        """Path of this pager below the host."""
        view = self.view
        own = next((o for o in view.page.outputs if o.format == view.lens.rendering.format), None)
        if own is None:
            return str(view.rel_permalink)
        assert view.rel_permalink is not None  # noted: a pager's address follows its page's
        path = pager_path(view.lens, view.page.lang)
        base = base_name(view.lens, own.format)
        return relative(view.lens, view.page.lang, numbered(own.url, path, self.page_number, base=base))

    def __bool__(self) -> bool:
        return True


def pager_path(lens: Any, lang: str) -> str:
    """The folder of pagers, made fit for a path like any other: "Seite 1" is seite-1 (MakePathSanitized)."""
    wanted = str(lens.ask("config", lang, "pagination.path") or "page").strip("/")
    return lens.site.harvest.rules[lang].style.make(wanted) or "page"


def base_name(lens: Any, form: str) -> str:
    """What the files of a format are called in their folders: "index", mostly."""
    known = paths.formats(lens).get(form)
    return known.base_name if known else "index"


def numbered(address: str, path: str, number: int, *, always: bool = False, base: str = "index") -> str:
    """The URL or file of a pager: "/posts/" → "/posts/page/2/", "/posts/index.xml" → "/posts/page/2/index.xml".

    The first one is the list itself; ``always`` gives it a number all the same.
    """
    if number == 1 and not always:
        return address
    folder, _, name = address.rpartition("/")
    stem, dot, suffix = name.rpartition(".")
    if name and stem not in ("index", base):  # ugly: /posts.html → /posts/page/2.html
        return f"{folder}/{stem}/{path}/{number}{dot}{suffix}"
    return f"{folder}/{path}/{number}/{name}"
