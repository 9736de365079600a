"""What differs between two moments of a site, at the grain the builder asks about."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

from village.site.model import Changes, Page, Site


def between(old: Site, new: Site, again: Any) -> Changes:
    """The changes from ``old`` to ``new``; ``again`` says which files of the other components changed."""
    changes = Changes(
        everything=again.everything,
        templates={Path(path) for path in again.templates},
        static={Path(path) for path in again.static},
        assets={Path(path) for path in again.assets},
        data=old.data != new.data,
        i18n=old.i18n != new.i18n,
    )
    changes.added = set(new.pages.keys() - old.pages.keys())
    changes.removed = set(old.pages.keys() - new.pages.keys())
    for key, page in new.pages.items():
        before = old.pages.get(key)
        if before is None or before is page:
            continue
        compare(changes, before, page)
    changes.structure = bool(changes.added or changes.removed) or orders(old) != orders(new)
    return changes


def orders(site: Site) -> tuple[Any, ...]:
    """Everything that lists are made of."""
    return site.order, site.children, site.taxonomies, site.menus


def compare(changes: Changes, before: Page, page: Page) -> None:
    """Note how one page changed."""
    if before == page:
        return
    if body_of(before) != body_of(page):
        changes.body.add(page.id)
    if before.resources != page.resources:
        changes.resources.add(page.id)
    if bare(before) != bare(page):
        changes.meta.add(page.id)


def body_of(page: Page) -> str:
    """What tells one body from another."""
    return page.source.body_digest if page.source else ""


def bare(page: Page) -> Page:
    """The page without its file's bytes and times."""
    other = copy.copy(page)
    if page.source:
        other.source = copy.copy(page.source)
        other.source.digest = other.source.body_digest = other.source.matter_digest = ""
        other.source.mtime_ns = other.source.ctime_ns = other.source.size = other.source.body_start = 0
    return other
