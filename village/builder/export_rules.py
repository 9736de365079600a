"""What holds for the site as a whole: redirects, headers, which 404 page answers where."""

from __future__ import annotations

from typing import Any

from village.release.manifest import Rules
from village.site.model import Site


def rules(site: Site, lens: Any) -> Rules:
    """The rules of a release."""
    del lens
    return Rules(not_found=not_found(site))


def not_found(site: Site) -> tuple[tuple[str, str], ...]:
    """(path prefix, 404 page) of each language, longest prefix first."""
    pairs = [(language.prefix + "/", f"{language.prefix}/404.html") for language in site.languages.values()]
    return tuple(sorted(set(pairs), key=lambda pair: (-len(pair[0]), pair[0])))
