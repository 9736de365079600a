"""Segments: which outputs a build renders (Hugo's config/allconfig segments). All pages are there all the same: lists
and links are those of the whole site."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from village.site import globs, tables
from village.site.model import Site


@dataclass(frozen=True, slots=True)
class Matcher:
    """One entry of ``includes`` or ``excludes``: everything that it names must fit; "" fits all."""

    kind: str = ""
    path: str = ""
    output: str = ""
    languages: tuple[str, ...] = ()

    def fits(self, kind: str, path: str, lang: str, output: str) -> bool:
        """Whether an output is meant."""
        asked = ((self.kind, kind), (self.path, path), (self.output, output))
        return all(not glob or globs.matches(glob, value) for glob, value in asked) and (
            not self.languages or any(globs.matches(glob, lang) for glob in self.languages)
        )


@dataclass(frozen=True, slots=True)
class Segments:
    """The segments chosen for a build; without any, everything is rendered."""

    includes: tuple[Matcher, ...] = ()
    excludes: tuple[Matcher, ...] = ()
    chosen: bool = False

    def render(self, kind: str, path: str, lang: str, output: str) -> bool:
        """Whether an output is rendered: one that is excluded never, else one that is included."""
        if not self.chosen:
            return True
        if any(one.fits(kind, path, lang, output) for one in self.excludes):
            return False
        return any(one.fits(kind, path, lang, output) for one in self.includes)


def of(site: Site) -> Segments:
    """The segments that the caller or the config names. A name that the config does not define counts for nothing."""
    names = site.options.segments or tuple(tables.strings(site.config.get("rendersegments")))
    defined = site.config.get("segments")
    tables_of = defined if isinstance(defined, Mapping) else {}
    chosen = [tables_of[name] for name in names if isinstance(tables_of.get(name), Mapping)]
    if not chosen:
        return Segments()
    includes, excludes = (
        tuple(matcher(row) for table in chosen for row in rows(table.get(side))) for side in ("includes", "excludes")
    )
    return Segments(includes, excludes, chosen=True)


def rows(value: Any) -> Iterable[Mapping[str, Any]]:
    """The entries of a list of tables, or of one table."""
    found = value if isinstance(value, list) else [value]
    return [row for row in found if isinstance(row, Mapping)]


def matcher(row: Mapping[str, Any]) -> Matcher:
    """One entry of the config; ``lang`` is the older name of ``sites.matrix.languages``."""
    languages = tables.dotted(row, "sites.matrix.languages") or row.get("lang")
    kind, path, output = (tables.text(row.get(key) or "").lower() for key in ("kind", "path", "output"))
    return Matcher(kind, path, output, tuple(tables.strings(languages)))
