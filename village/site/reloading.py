"""Reading again only what differs. The law: the result is what a fresh load would give.

Three roads, the cheapest that is certain: a file whose front matter is byte for byte the same only gets a new
source; a page whose front
matter changed is made again; anything else (files come or go, a section hands down other values) looks at every
file again, or reads
everything where the config or the set of sections changed.
"""

from __future__ import annotations

import copy
import os
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from village.site import (
    assemble,
    bundles,
    component_files,
    content_files,
    content_reader,
    differences,
    frontmatter,
    git_history,
    mounts,
    preparation,
)
from village.site.bundles import Node
from village.site.content_files import Entry
from village.site.guard import Guard, read_bounded
from village.site.harvest import Harvest, Signature, read_node
from village.site.model import Changes, PageId, Site, Source, page_id


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
    if config_changed(old, paths) or (paths is None and new_layer(old)):
        return None
    parts = None if paths is None else sort_paths(old, paths)
    if paths is not None and parts is None:
        return None
    fresh = fork(old)
    result = Refreshed(fresh)
    if parts is None:
        wanted = {*component_files.COMPONENTS, "data", "i18n"}
        ok = rescan(old, fresh)
    else:
        wanted = set(parts) - {"content"}
        ok = read_content(old, result, parts.get("content", set()))
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
    return not moved or remake(old, fresh, moved)


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


def signature(path: str) -> Signature | None:
    """What tells one state of a file from another; None where there is no regular file."""
    try:
        info = os.lstat(path)
    except OSError:
        return None
    return (info.st_mtime_ns, info.st_size, info.st_ctime_ns)


def config_changed(old: Harvest, paths: set[str] | None) -> bool:
    """Whether a configuration file changed, came or went."""
    if paths is None:
        return preparation.config_signatures(old.config, old.guard.folder, old.options) != old.config_files
    return any(preparation.is_config(path, old.config, old.guard.folder) for path in paths)


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
    return mounts.layers(old.guard.folder, old.config.table, own, old.config.themes, guard) != old.layers


def read_content(old: Harvest, result: Refreshed, paths: set[str]) -> bool:
    """Read the content files that changed; False when everything must be read."""
    fresh = result.harvest
    known = [path for path in paths if path in old.content]
    if len(known) != len(paths) or any(not os.path.isfile(path) or os.path.islink(path) for path in paths):
        return rescan(old, fresh)
    sources = {}
    for path in known:
        source = body_only(old, path)
        if source is None:
            return remake(old, fresh, known)
        sources[path] = source
    for path, source in sources.items():
        key = key_of(old, path)
        fresh.files[path] = (source.mtime_ns, source.size, source.ctime_ns)
        fresh.pages[key] = with_source(old.pages[key], source)
        renew_entry(fresh, path)
        result.bodies[key] = source
    return True


def key_of(harvest: Harvest, path: str) -> PageId:
    """The page of a content file."""
    return page_id(harvest.content[path][1], harvest.content[path][2])


def body_only(old: Harvest, path: str) -> Source | None:
    """The new source of a file whose front matter did not change; None when it did, or when its dates come from
    outside it.
    """
    lang = old.content[path][1]
    before = old.pages[key_of(old, path)].source
    chains = old.rules[lang].chains.values()
    if before is None or old.rules[lang].git or any(":filemodtime" in chain for chain in chains):
        return None
    data, now = read_bounded(path), signature(path)
    if data is None or now is None:
        return None
    head = data[: before.body_start]
    if content_reader.digest(head) != before.matter_digest or closes_elsewhere(data, before):
        return None
    body = data[before.body_start :]
    page = old.pages[key_of(old, path)]
    if old.rules[lang].cjk and content_reader.has_cjk(data) != page.params.get("iscjklanguage"):
        return None
    digest, body_digest = content_reader.digest(data), content_reader.digest(body)
    return replace(before, digest=digest, body_digest=body_digest, mtime_ns=now[0], size=now[1], ctime_ns=now[2])


def closes_elsewhere(data: bytes, before: Source) -> bool:
    """Whether the front matter of the new bytes ends at another place (JSON, Org, or a file that had none)."""
    return frontmatter.find(data, before.path).body != before.body_start


def with_source(page: Any, source: Source) -> Any:
    """The page with a new source; nothing else of it is copied deeply."""
    other = copy.copy(page)
    other.source = source
    return other


def renew_entry(harvest: Harvest, path: str) -> Node:
    """The node of a file, with the file's present size and times."""
    node_path = harvest.content[path][0]
    node = harvest.nodes[node_path]
    now = harvest.files[path]
    files = {lang: renewed(entry, path, now) for lang, entry in node.files.items()}
    inner = [(name, renewed(entry, path, now)) for name, entry in node.resources]
    harvest.nodes[node_path] = node = replace(node, files=files, resources=inner)
    return node


def renewed(entry: Entry, path: str, now: Signature) -> Entry:
    """The entry, brought up to date if it is the one at ``path``."""
    if entry.location != path:
        return entry
    return replace(entry, mtime_ns=now[0], size=now[1], ctime_ns=now[2])


def remake(old: Harvest, fresh: Harvest, paths: list[str]) -> bool:
    """Make the pages of known files again; False when a section among them hands down something else than before."""
    nodes = {}
    for path in paths:
        now = signature(path)
        if now is None:
            return rescan(old, fresh)
        fresh.files[path] = now
        node = renew_entry(fresh, path)
        nodes[node.path] = node
    return all(remake_node(old, fresh, node) for node in nodes.values())


def remake_node(old: Harvest, fresh: Harvest, node: Node) -> bool:
    """Make the pages of one node again. Its old pages go first, those of its inner files included."""
    forget(fresh, node.path)
    read_node(fresh, node)
    if node.bundle != "branch":
        return True
    keys = [page_id(lang, node.path) for lang in node.files]
    return all(key not in fresh.pages or handed_down(old, key) == handed_down(fresh, key) for key in keys)


def handed_down(harvest: Harvest, key: PageId) -> tuple[Any, ...]:
    """What pages below read of a branch: its cascade, and its names where permalinks may use them."""
    page = harvest.pages.get(key)
    if page is None:
        return ()
    return (harvest.cascades.get(key), page.slug, page.title if harvest.rules[page.lang].permalinks else "")


def forget(harvest: Harvest, path: str) -> None:
    """Take the pages of a node out of the harvest."""
    for lang in harvest.rules:
        key = page_id(lang, path)
        page = harvest.pages.pop(key, None)
        harvest.cascades.pop(key, None)
        harvest.folders.pop(key, None)
        for resource in page.resources if page else ():
            if resource.page:
                harvest.pages.pop(resource.page, None)
                harvest.content.pop(resource.location, None)


def rescan(old: Harvest, fresh: Harvest) -> bool:
    """Look at every file of the content layers; make again what belongs to files that changed. False when sections
    changed.
    """
    fresh.guard.warnings = [w for w in old.guard.warnings if w not in old.link_warnings]
    kept = len(fresh.guard.warnings)
    entries = content_files.scan(fresh.layers, fresh.names, fresh.guard)
    fresh.link_warnings = fresh.guard.warnings[kept:]
    nodes = bundles.arrange(entries)
    if branches_of(old.nodes) != branches_of(nodes):
        return False
    fresh.files = {entry.location: (entry.mtime_ns, entry.size, entry.ctime_ns) for entry in entries}
    fresh.nodes = nodes
    for path in old.nodes.keys() - nodes.keys():
        drop(fresh, old.nodes[path])
    for path, node in nodes.items():
        before = old.nodes.get(path)
        if before != node:
            if before is not None:
                drop(fresh, before)
            if not remake_node(old, fresh, node):
                return False
    return True


def drop(fresh: Harvest, node: Node) -> None:
    """Take a node's pages and files out."""
    forget(fresh, node.path)
    for entry in node.files.values():
        fresh.content.pop(entry.location, None)


def branches_of(nodes: dict[str, Node]) -> dict[str, frozenset[str]]:
    """The sections there are, with their languages: pages below depend on them."""
    return {path: frozenset(node.files) for path, node in nodes.items() if node.bundle == "branch"}


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
        pages[key] = with_source(before, source)
    return replace(site, pages=pages, harvest=again.harvest, now=now), changes
