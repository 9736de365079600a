"""Reading again only what differs. The law: the result is what a fresh load would give.

Three roads, the cheapest that is certain: a file whose front matter is byte for byte the same only gets a new
source; a page whose front matter changed is made again; anything else (files come or go, a section hands down
other values) looks at every file again, or reads everything where the config or the set of sections changed.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from village.site import component_files, preparation
from village.site.config import mounts, themes
from village.site.content import git_history
from village.site.content.harvest import Harvest
from village.site.guard import Guard
from village.site.model import Changes, PageId, Site, Source
from village.site.order import assemble
from village.site.reload import differences, rereading


@dataclass(slots=True)
class Refreshed:
    """A harvest read again: ``bodies`` are pages of which only the source is new, when nothing else changed."""

    harvest: Harvest
    everything: bool = False
    bodies: dict[PageId, Source] = field(default_factory=dict)
    quiet: bool = False  # nothing but ``bodies`` changed
    templates: set[str] = field(default_factory=set)
    static: set[str] = field(default_factory=set)
    assets: set[str] = field(default_factory=set)


def refresh(old: Harvest, paths: set[str] | None) -> Refreshed | None:
    """The harvest brought up to date; None when everything must be read (config, layers or sections changed)."""
    if config_changed(old, paths) or theme_awaited(old, paths) or (paths is None and new_layer(old)):
        return None
    parts = None if paths is None else sort_paths(old, paths)
    if paths is not None and parts is None:
        return None
    fresh = fork(old)
    result = Refreshed(fresh)
    if parts is None:
        wanted = {*component_files.COMPONENTS, "data", "i18n"}
        ok = rereading.rescan(old, fresh)
    else:
        wanted = set(parts) - {"content"}
        bodies = rereading.read_content(old, fresh, parts.get("content", set()))
        ok = bodies is not None
        result.bodies = bodies or {}
    if not ok or not read_history(old, fresh):
        return None
    result.quiet = bool(result.bodies) and not wanted
    for component in wanted:
        read_component(old, result, component)
    return result


def read_history(old: Harvest, fresh: Harvest) -> bool:
    """Where git's history counts and has grown: make the pages of every file with another last commit again."""
    if not any(rules.git for rules in old.rules.values()) or git_history.head(old.guard.folder) == old.git_head:
        return True
    preparation.read_history(fresh)
    names = {path: fresh.guard.shown(path) for path in fresh.content}
    moved = [path for path, name in names.items() if old.git.get(name) != fresh.git.get(name)]
    return not moved or rereading.remake(old, fresh, moved)


def fork(old: Harvest) -> Harvest:
    """A harvest that can be changed without the old one noticing."""
    return replace(
        old,
        nodes=dict(old.nodes),
        pages=dict(old.pages),
        cascades=dict(old.cascades),
        folders=dict(old.folders),
        files=dict(old.files),
        content=dict(old.content),
        data_files=dict(old.data_files),
        i18n_files=dict(old.i18n_files),
        components=dict(old.components),
        errors=[],
        warnings=list(old.warnings),
        guard=Guard(old.guard.folder, old.guard.roots, list(old.guard.warnings)),
        pending=set(),
    )


def config_changed(old: Harvest, paths: set[str] | None) -> bool:
    """Whether a configuration file changed, came or went."""
    if paths is None:
        return preparation.config_signatures(old.config, old.guard.folder, old.options) != old.config_files
    return any(preparation.is_config(path, old.config, old.guard.folder) for path in paths)


def theme_awaited(old: Harvest, paths: set[str] | None) -> bool:
    """Whether a theme that was missing may have come: then the configuration is read again."""
    if not themes.absent(old.config.table, old.config.themes):
        return False
    shelves = themes.shelves_of(old.guard.folder, old.config.table, ())
    return paths is None or any(Path(path).is_relative_to(shelf) for path in paths for shelf in shelves)


def sort_paths(old: Harvest, paths: set[str]) -> dict[str, set[str]] | None:
    """The paths by component; None when one may bring a new layer."""
    parts: dict[str, set[str]] = {}
    roots = [(str(layer.folder), layer.component) for layer in old.layers]
    for path in paths:
        inside = [component for root, component in roots if path == root or path.startswith(root + os.sep)]
        if any(path == root or root.startswith(path + os.sep) for root, _ in roots):
            return None
        if not (inside and os.path.isfile(path)) and new_layer(old):  # a folder came or went
            return None
        for component in inside:
            parts.setdefault(component, set()).add(path)
    return parts


def new_layer(old: Harvest) -> bool:
    """Whether the folders that exist now make other layers."""
    own = {lang: (old.config.table.get("languages") or {}).get(lang) or {} for lang in old.languages}
    guard = Guard(old.guard.folder, old.guard.roots)
    now = mounts.layers(old.guard.folder, old.config.table, own, old.config.themes, guard)
    return [*now, *preparation.made(old.options, old.languages)] != old.layers


def read_component(old: Harvest, result: Refreshed, component: str) -> None:
    """Read data or translations again, or list a component's files."""
    fresh = result.harvest
    if component == "data":
        preparation.read_data(fresh)
    elif component == "i18n":
        preparation.read_translations(fresh)
    else:
        fresh.components[component] = component_files.scan(fresh.layers, component, fresh.guard)
        before, after = set(old.components.get(component, ())), set(fresh.components[component])
        names = {file.location for file in before ^ after}
        target = {"layouts": result.templates, "static": result.static, "assets": result.assets}.get(component)
        if target is not None:
            target |= names


def settle(site: Site, again: Refreshed, now: datetime) -> tuple[Site, Changes]:
    """The new site and what differs from the old."""
    moment = site.next_moment
    if again.quiet and not (moment and moment <= now):
        return same_but_bodies(site, again, now)
    fresh = assemble.assemble(again.harvest, site.options, now)
    return fresh, differences.between(site, fresh, again)


def same_but_bodies(site: Site, again: Refreshed, now: datetime) -> tuple[Site, Changes]:
    """A site of which only bodies differ: what was worked out about the old one still holds."""
    pages = dict(site.pages)
    changes = Changes()
    for key, source in again.bodies.items():
        before = pages.get(key)
        if before is None:
            continue  # a draft: nobody sees its body
        if before.source and before.source.body_digest != source.body_digest:
            changes.body.add(key)
        pages[key] = rereading.with_source(before, source)
    return replace(site, pages=pages, harvest=again.harvest, now=now), changes
