"""Whether anything that a site is made of changed since the state was written: a walk over time stamps,
nothing is read.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from village import __version__
from village.builder import site_python
from village.builder.options import BuildOptions
from village.site.model import Site

SKIPPED = {".git", "node_modules", ".village", "__pycache__", ".hugo_build.lock"}
Signature = tuple[int, int, int]
GRANULARITY = 10_000_000  # nanoseconds between two time stamps that a file system tells apart, with room to spare


@dataclass(frozen=True, slots=True)
class Moment:
    """When the reading of a site began (UNIX nanoseconds) and which files it was told of (None: it looked at all)."""

    began: int
    changed: set[Path] | None

    def settled(self, found: Signature) -> Signature:
        """A file touched while it was read, or so shortly before that a later touch would leave no trace,
        matches nothing.
        """
        return found if max(found[0], found[2]) < self.began - GRANULARITY else (0, 0, 0)


def of(path: str) -> Signature | None:
    """The signature of one file; None when it is gone."""
    try:
        facts = os.lstat(path)
    except OSError:
        return None
    return facts.st_mtime_ns, facts.st_size, facts.st_ctime_ns


def files(site: Site) -> dict[str, Signature]:
    """(mtime_ns, size, ctime_ns) of every file under the site's folder and under themes that lie elsewhere."""
    roots = {str(site.folder)}
    for layer in site.layers:
        place = os.path.abspath(layer.folder)
        if not any(place == root or place.startswith(root + os.sep) for root in roots):
            roots.add(place)
    skipped = {os.path.join(str(site.folder), str(site.config.get("publishdir") or "public"))}
    skipped -= {os.path.abspath(layer.folder) for layer in site.layers}
    found: dict[str, Signature] = {}
    for root in sorted(roots):
        walk(root, skipped, found)
    return found


def walk(root: str, skipped: set[str], found: dict[str, Signature]) -> None:
    pending = [root]
    while pending:
        folder = pending.pop()
        try:
            entries = list(os.scandir(folder))
        except OSError:
            continue
        for entry in entries:
            if entry.name in SKIPPED or entry.path in skipped:
                continue
            if entry.is_dir(follow_symlinks=False):
                pending.append(entry.path)
            else:
                facts = entry.stat(follow_symlinks=False)
                found[entry.path] = (facts.st_mtime_ns, facts.st_size, facts.st_ctime_ns)


def stamp(folder: Path, options: BuildOptions) -> str:
    """What makes a state ours: the code that wrote it, the folder, the options that decide the result, HUGO_
    variables.
    """
    parts: list[Any] = [
        __version__,
        str(folder),
        options.drafts,
        options.future,
        options.expired,
        options.environment,
        options.base_url,
        options.local,
        options.minify,
        options.segments,
        options.python and site_python.digest(folder),
        str(options.root),
        code(),
    ]
    parts += sorted((name, value) for name, value in os.environ.items() if name.startswith("HUGO") or name == "CI")
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def code() -> list[tuple[str, int]]:
    """Sizes and time stamps of village's own modules: a newer village does not trust an older one's state."""
    root = Path(__file__).resolve().parent.parent
    rows = []
    for room in ("site", "render", "builder", "release"):
        for path in (root / room).rglob("*.py"):
            facts = path.stat()
            rows.append((str(path.relative_to(root)), facts.st_size ^ facts.st_mtime_ns))
    return sorted(rows)
