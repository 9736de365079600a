"""Where a page stands: parents, children, neighbours, translations. Answers are page ids, worked out by
``site.order.queries``.
"""

from __future__ import annotations

from village.render.lens import Lens
from village.site.model import Page
from village.site.order import queries

Ids = tuple[str, ...]
BRANCHES = ("home", "section", "taxonomy", "term")


def parent(lens: Lens, page: Page) -> str:
    """The page above; home has none."""
    return page.parent if page.parent in lens.site.pages else ""


def ancestors(lens: Lens, page: Page) -> Ids:
    return tuple(queries.ancestors(lens.site, page.id))


def current_section(lens: Lens, page: Page) -> str:
    found = queries.current_section(lens.site, page.id)
    return found if found in lens.site.pages else ""


def first_section(lens: Lens, page: Page) -> str:
    return queries.first_section(lens.site, page.id) if current_section(lens, page) else ""


def pages(lens: Lens, page: Page) -> Ids:
    """Hugo's .Pages: children of a branch, terms of a taxonomy, pages with a term."""
    return tuple(queries.child_pages(lens.site, page.id)) if page.kind in BRANCHES else ()


def regular_pages(lens: Lens, page: Page) -> Ids:
    return tuple(queries.child_regular_pages(lens.site, page.id)) if page.kind in BRANCHES else ()


def sections(lens: Lens, page: Page) -> Ids:
    return tuple(queries.section_list(lens.site, page.id)) if page.kind in ("home", "section") else ()


def regular_pages_recursive(lens: Lens, page: Page) -> Ids:
    return tuple(queries.recursive_pages(lens.site, page.id))


def neighbour(lens: Lens, page: Page, direction: int) -> str:
    """Hugo's .Next (0) and .Prev (1)."""
    if page.kind != "page":
        return ""
    return (queries.prev_page if direction else queries.next_page)(lens.site, page.id) or ""


def sibling(lens: Lens, page: Page, direction: int) -> str:
    """Hugo's .NextInSection (0) and .PrevInSection (1)."""
    return (queries.prev_in_section if direction else queries.next_in_section)(lens.site, page.id) or ""


def all_translations(lens: Lens, page: Page) -> Ids:
    return tuple(queries.all_translations(lens.site, page.id))


def translations(lens: Lens, page: Page) -> Ids:
    return tuple(queries.translations(lens.site, page.id))


def terms(lens: Lens, page: Page) -> tuple[tuple[str, Ids], ...]:
    """(plural, ids of term pages) of a page, in the order written."""
    return tuple((plural, tuple(queries.page_terms(lens.site, page.id, plural))) for plural in page.terms)
