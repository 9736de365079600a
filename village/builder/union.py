"""The union file system of one component: layers over one another, the first to have a file wins. Links are
not followed.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from village.site import globs
from village.site.guard import relative
from village.site.model import Layer


@dataclass(frozen=True, slots=True)
class UnionFile:
    """One file as the component shows it; (mtime_ns, size) tell whether it changed."""

    name: str
    location: str
    mtime_ns: int
    size: int
    lang: str = ""
    theme: str = ""

    def read(self) -> bytes:
        with open(self.location, "rb") as file:
            return file.read()


def scan(layers: Iterable[Layer], component: str) -> dict[str, UnionFile]:
    """Name below the component → file, in order of precedence."""
    found: dict[str, UnionFile] = {}
    for layer in layers:
        if layer.component == component:
            for file in walk(layer):
                found.setdefault(file.name, file)
    return found


def walk(layer: Layer) -> Iterator[UnionFile]:
    """Every regular file of a layer. Hidden files are part of a site (.well-known, .nojekyll); version
    control is not.
    """
    root = str(layer.folder)
    if layer.folder.is_file():
        yield described(layer, root, layer.target)
        return
    pending = [root]
    while pending:
        folder = pending.pop()
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if entry.name not in {".git", "node_modules"}:
                    pending.append(entry.path)
            elif entry.is_file(follow_symlinks=False) and wanted(layer, inner := relative(entry.path, root)):
                yield described(layer, entry.path, f"{layer.target}/{inner}" if layer.target else inner)


def described(layer: Layer, location: str, name: str) -> UnionFile:
    facts = os.stat(location)
    return UnionFile(name.replace(os.sep, "/"), location, facts.st_mtime_ns, facts.st_size, layer.lang, layer.theme)


def wanted(layer: Layer, name: str) -> bool:
    """Whether the globs of a mount take a file."""
    if layer.include and not any(globs.matches(pattern, name) for pattern in layer.include):
        return False
    return not any(globs.matches(pattern, name) for pattern in layer.exclude)


class Digests:
    """Hashes of files, remembered while time stamp and size stay."""

    def __init__(self) -> None:
        self.known: dict[str, tuple[int, int, str]] = {}

    def of(self, file: UnionFile) -> str:
        known = self.known.get(file.location)
        if known and known[:2] == (file.mtime_ns, file.size):
            return known[2]
        digest = hash_file(Path(file.location))
        self.known[file.location] = (file.mtime_ns, file.size, digest)
        return digest


def hash_file(path: Path) -> str:
    """sha256 in pieces: a film does not fit into memory, and each piece lets the other threads run."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
