"""Where a taxonomy and its terms lie (hugolib/content_map_page.go)."""

from __future__ import annotations

import functools

from village.site.addresses import urls


def root_of(plural: str) -> str:
    """The path of a taxonomy's list."""
    return "/" + urls.normalize(plural)


@functools.lru_cache(maxsize=65536)
def path_of(plural: str, term: str) -> str:
    """The path of a term: as written, in lower case with hyphens for spaces; a slash makes a folder."""
    return f"{root_of(plural)}/{urls.normalize(term).strip('/')}"
