"""Content files read again: the bodies, pages and folders that a change touched (see ``reloading`` for the
three roads).
"""

from __future__ import annotations

import copy
import os
from dataclasses import replace
from typing import Any

from village.site.content import bundles, reader
from village.site.content import files as content_files
from village.site.content.bundles import Node
from village.site.content.files import Entry
from village.site.content.harvest import Harvest, Signature, hidden, read_node
from village.site.formats import frontmatter
from village.site.guard import read_bounded
from village.site.model import PageId, Source, page_id


def signature(path: str) -> Signature | None:
    """What tells one state of a file from another; None where there is no regular file."""
    try:
        info = os.lstat(path)
    except OSError:
        return None
    return (info.st_mtime_ns, info.st_size, info.st_ctime_ns)


def read_content(old: Harvest, fresh: Harvest, paths: set[str]) -> dict[PageId, Source] | None:
    """Read the content files that changed: the new sources of the pages of which only the body did, {} where
    more changed; None when everything must be read.
    """
    known = [path for path in paths if path in old.content]
    if len(known) != len(paths) or not all(plain(old, path) for path in paths):
        return {} if rescan(old, fresh) else None
    sources = {}
    for path in known:
        source = body_only(old, path)
        if source is None:
            return {} if remake(old, fresh, known) else None
        sources[path] = source
    for path, source in sources.items():
        fresh.files[path] = (source.mtime_ns, source.size, source.ctime_ns)
        fresh.pages[key_of(old, path)] = with_source(old.pages[key_of(old, path)], source)
        renew_entry(fresh, path)
    return {key_of(old, path): source for path, source in sources.items()}


def plain(old: Harvest, path: str) -> bool:
    """Whether a path is still a regular file and nothing on the way is, or has become, a symbolic link."""
    folder = str(old.guard.folder)
    inside = path.startswith(folder + os.sep)
    expected = str(old.guard.roots[0]) + path[len(folder) :] if inside else path
    return os.path.isfile(path) and os.path.realpath(path) == expected


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
    now, data = signature(path), read_bounded(path)  # in this order: a write in between shows at the next look
    if data is None or now is None:
        return None
    head = data[: before.body_start]
    if reader.digest(head) != before.matter_digest or closes_elsewhere(data, before):
        return None
    body = data[before.body_start :]
    page = old.pages[key_of(old, path)]
    if old.rules[lang].cjk and reader.has_cjk(data) != page.params.get("iscjklanguage"):
        return None
    digest, body_digest = reader.digest(data), reader.digest(body)
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
    """Look at every file of the content layers; make again what belongs to files that changed. False when
    sections changed.
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
    fresh.hidden = hidden(fresh, entries)
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
