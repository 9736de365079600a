"""Values that a section or the config hands down to pages (resources/page/pagemeta, page_matcher.go)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from village.site import globs, tables
from village.site.model import Page


@dataclass(slots=True)
class Cascade:
    """Values and the pages they are for; an empty matcher is for all."""

    values: dict[str, Any]
    path: str = ""
    kind: str = ""
    lang: str = ""
    environment: str = ""
    languages: list[str] = field(default_factory=list)

    def fits(self, path: str, kind: str, lang: str, environment: str) -> bool:
        """Whether the values are for this page."""
        return (
            (not self.kind or globs.matches(self.kind, kind))
            and (not self.lang or globs.matches(self.lang, lang))
            and (not self.environment or globs.matches(self.environment, environment))
            and (not self.path or globs.matches(self.path, path))
            and (not self.languages or any(globs.matches(pattern, lang) for pattern in self.languages))
        )


def site_cascade(configured: Any) -> list[Cascade]:
    """The cascades of a config or a front matter: one table, or a list of them."""
    entries = configured if isinstance(configured, list) else [configured] if configured else []
    return [one(tables.lower_keys(entry)) for entry in entries if isinstance(entry, Mapping) and entry]


def one(table: Mapping[str, Any]) -> Cascade:
    """One cascade; ``_target`` is the name before Hugo 0.156."""
    target = tables.lower_keys(table.get("target") or table.get("_target") or {})
    if not isinstance(target, Mapping):
        target = {}
    values = {key: value for key, value in table.items() if key not in {"target", "_target", "sites"}}
    return Cascade(
        values=values,
        path=tables.text(target.get("path", "")).lower(),
        kind=tables.text(target.get("kind", "")).lower(),
        lang=tables.text(target.get("lang", "")),
        environment=tables.text(target.get("environment", "")),
        languages=tables.strings(tables.dotted(target, "sites.matrix.languages")),
    )


def apply(own: dict[str, Any], chain: list[Cascade], page: Page, environment: str) -> dict[str, Any]:
    """A page's front matter with what is handed down to it, nearest first; its own values stay. ``params``
    merge key by key.
    """
    for cascade in chain:
        if not cascade.fits(page.path, page.kind, page.lang, environment):
            continue
        for key, value in cascade.values.items():
            if key == "params" and isinstance(own.get("params"), Mapping) and isinstance(value, Mapping):
                own["params"] = {**value, **own["params"]}
            else:
                own.setdefault(key, value)
    return own
