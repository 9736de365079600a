"""A site in pieces, for a state that survives restarts: unpacking and ``loader.reload(site, None)`` takes a
third of a fresh load.

A piece holds at most a hundred pages, so that no single call keeps other threads waiting for more than a few
milliseconds. Pieces are pickles: they are read back only from the folder that village itself wrote.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from village.site.model import Site

STEP = 100
TABLES = ("pages", "nodes", "files", "content")  # the large tables of a harvest


def pack(site: Site) -> Iterator[bytes]:
    """The pieces of a site, in order."""
    harvest = site.harvest
    bare = replace(harvest, **{name: {} for name in TABLES})
    yield dump("site", replace(site, pages={}, index={}, harvest=bare))
    for name in TABLES:
        yield from chunks(name, list(getattr(harvest, name).items()))
    same = [key for key, page in site.pages.items() if harvest.pages.get(key) is page]
    yield dump("same", same)
    known = set(same)
    yield from chunks("shown", [(key, page) for key, page in site.pages.items() if key not in known])


def chunks(name: str, items: list[Any]) -> Iterator[bytes]:
    """A table in pieces."""
    for start in range(0, len(items), STEP):
        yield dump(name, items[start : start + STEP])


def dump(name: str, value: Any) -> bytes:
    return pickle.dumps((name, value), pickle.HIGHEST_PROTOCOL)


def unpack(pieces: Iterable[bytes]) -> Site:
    """The site that was packed. Raises ValueError when the pieces do not begin with a site."""
    site: Site | None = None
    for piece in pieces:
        name, value = pickle.loads(piece)  # noqa: S301 — written by pack into village's own cache folder
        if name == "site":
            site = value
        elif site is None:
            raise ValueError("the first piece is not a site")
        elif name == "same":
            site.pages.update((key, site.harvest.pages[key]) for key in value)
        elif name == "shown":
            site.pages.update(value)
        else:
            getattr(site.harvest, name).update(value)
    if site is None:
        raise ValueError("no pieces")
    return site
