"""What each content file is: a page, a leaf or branch bundle, or a resource of one (docs: page bundles)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from village.site.addresses import urls
from village.site.content.files import Entry, replaces


@dataclass(slots=True)
class Node:
    """A page to be: its logical path, its file in each language, the resources that are its own."""

    path: str
    bundle: str  # "" | "leaf" | "branch"
    folder: str  # directory its URL is made of, as written
    base: str  # last segment as written ("" for branches)
    files: dict[str, Entry] = field(default_factory=dict)  # lang → file
    resources: list[tuple[str, Entry]] = field(default_factory=list)  # (name below the bundle, file)


def logical(folder: str, base: str = "") -> str:
    """The logical path of a folder, or of a file in it."""
    return "/" + urls.normalize(f"{folder}/{base}".strip("/") if base else folder)


def arrange(entries: Iterable[Entry]) -> dict[str, Node]:
    """Every page with a file, by logical path. Content below a leaf bundle is its resource; other files belong
    to the nearest page above.
    """
    by_folder: dict[str, list[Entry]] = {}
    for entry in entries:
        by_folder.setdefault(entry.folder, []).append(entry)
    leaves = {folder for folder, inside in by_folder.items() if any(e.base == "index" and e.is_content for e in inside)}
    nodes: dict[str, Node] = {}
    loose: list[Entry] = []
    for folder, inside in sorted(by_folder.items()):
        leaf = owner_folder(folder, leaves)
        for entry in inside:
            if leaf is None and entry.is_content:
                place(nodes, entry)
            elif leaf == folder and entry.base == "index" and entry.is_content:
                place_leaf(nodes, entry)
            else:
                loose.append(entry)
    for node in list(nodes.values()):
        top = (node.folder or node.base).split("/", 1)[0]
        if "/" in node.path[1:]:  # each top-level folder with pages is a section
            nodes.setdefault(logical(top), Node(logical(top), "branch", top, ""))
    for entry in loose:
        attach(nodes, entry, owner_folder(entry.folder, leaves))
    return nodes


def owner_folder(folder: str, leaves: set[str]) -> str | None:
    """The outermost leaf bundle that holds ``folder``."""
    if not leaves:
        return None
    if "" in leaves:
        return ""
    parts = folder.split("/")
    for count in range(1, len(parts) + 1):
        head = "/".join(parts[:count])
        if head in leaves:
            return head
    return None


def place(nodes: dict[str, Node], entry: Entry) -> None:
    """A single page or a branch bundle."""
    if entry.base == "_index":
        path = logical(entry.folder)
        node = nodes.get(path)
        if node is None or node.bundle != "branch":
            node = nodes[path] = Node(path, "branch", entry.folder, "", resources=node.resources if node else [])
    else:
        path = logical(entry.folder, entry.base)
        node = nodes.get(path) or nodes.setdefault(path, Node(path, "", entry.folder, entry.base))
        if node.bundle == "branch":
            return
    known = node.files.get(entry.lang)
    if known is None or replaces(entry, known):
        node.files[entry.lang] = entry


def place_leaf(nodes: dict[str, Node], entry: Entry) -> None:
    """The index file of a leaf bundle: its folder is the page."""
    head, _, base = entry.folder.rpartition("/")
    path = logical(entry.folder)
    node = nodes.get(path)
    if node is None or node.bundle != "leaf":  # its translation may be a single file beside the folder
        node = nodes[path] = Node(path, "leaf", head, base, files=dict(node.files) if node else {})
    known = node.files.get(entry.lang)
    if known is None or known.base != "index" or replaces(entry, known):
        node.files[entry.lang] = entry


def attach(nodes: dict[str, Node], entry: Entry, leaf: str | None) -> None:
    """Give a file to its bundle: the leaf around it, else the nearest page or section above, else the top-level
    folder, else home.
    """
    if leaf is not None:
        owner, start = nodes.get(logical(leaf)), leaf
    else:
        owner, start = None, entry.folder
        while owner is None and start:
            owner = nodes.get(logical(start))
            if owner is None:
                start = start.rpartition("/")[0]
    if owner is None:
        owner = nodes.setdefault("/", Node("/", "branch", "", ""))
        start = ""
    inside = entry.folder[len(start) :].strip("/")
    owner.resources.append((f"{inside}/{entry.name}" if inside else entry.name, entry))
