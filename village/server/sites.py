"""One site as the street sees it: its release as a table, what earlier releases left behind, its compressed forms."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from village.release.manifest import Entry, HostRule, Manifest, part, seen_from
from village.release.store import Store
from village.server import policy
from village.server.encodings import SUFFIXES
from village.server.rules import HeaderRules, Redirects, redirects

REMEMBERED = 4  # releases whose assets stay reachable
REMEMBERED_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Found:
    """``entry`` under its own path, or ``moved``: the path that should have been asked."""

    path: str
    entry: Entry | None = None
    moved: str = ""


@dataclass(frozen=True)
class Site:
    """A site with a release on show; replaced whole by the next one."""

    name: str
    domains: tuple[str, ...]
    store: Store
    release: Manifest
    modified: int | None = None
    left: tuple[tuple[float, Mapping[str, Entry]], ...] = ()
    variants: dict[str, dict[str, int]] = field(default_factory=dict)
    tried: set[str] = field(default_factory=set)
    redirects: Redirects = field(init=False)
    headers: HeaderRules = field(init=False)
    blobs: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "blobs", str(self.store.blobs))
        object.__setattr__(self, "redirects", redirects(self.release.rules.redirects))
        object.__setattr__(self, "headers", HeaderRules(self.release.rules.headers, *self.domains[:1]))

    def successor(self, release: Manifest, modified: int | None) -> Site:
        """The site with ``release`` on show; assets that only the old one names stay reachable for a while."""
        now = time.monotonic()
        gone = {
            path: entry
            for path, entry in self.release.entries.items()
            if path not in release.entries and entry.blob and entry.status == 200 and entry.policy != "page"
        }
        left = [(moment, table) for moment, table in self.left if now - moment < REMEMBERED_SECONDS]
        if gone:
            left.insert(0, (now, gone))
        variants, tried = self.variants, self.tried
        if len(variants) > 4 * len(release.entries) + 1000:  # many releases later: what nobody names any more goes
            variants, tried = {}, set()
        return Site(self.name, self.domains, self.store, release, modified, tuple(left[:REMEMBERED]), variants, tried)

    def parts(self) -> list[tuple[str, Site]]:
        """The hosts of a site whose languages have hosts of their own, each with what it shows; [] for any other."""
        return [(host.name, self.seen_from(host)) for host in self.release.rules.hosts]

    def seen_from(self, host: HostRule) -> Site:
        """The site as one host shows it; compressed forms belong to all of them."""
        release = part(self.release, host)
        left = tuple((moment, seen_from(host, table)) for moment, table in self.left)
        domains = (host.name,) if host.name in self.domains else ()
        return Site(self.name, domains, self.store, release, self.modified, left, self.variants, self.tried)

    def find(self, path: str) -> Found | None:
        """The entry for a normal path, or the path that it should have been."""
        entries = self.release.entries
        entry = entries.get(path)
        if entry is not None:
            return Found(path, entry)
        if path.endswith("/"):
            return self.folder(path)
        for name in ("index.html", "index"):
            if path.endswith(f"/{name}") and (moved := path.removesuffix(name)) in entries:
                return Found(path, moved=moved)
        if f"{path}/" in entries or f"{path}/index.html" in entries:
            return Found(path, moved=f"{path}/")
        if f"{path}.html" in entries:
            return Found(f"{path}.html", entries[f"{path}.html"])
        if path.endswith(".html") and (clean := self.clean(path.removesuffix(".html"))):
            return Found(path, moved=clean)
        return self.left_behind(path)

    def folder(self, path: str) -> Found | None:
        """``/x/`` where only ``/x/index.html`` or ``/x.html`` or the file ``/x`` stands in the table."""
        entries = self.release.entries
        if (index := f"{path}index.html") in entries:
            return Found(index, entries[index])
        bare = path.rstrip("/")
        if f"{bare}.html" in entries:
            return Found(path, moved=f"{bare}.html")
        return None

    def clean(self, bare: str) -> str:
        """Where ``bare`` + ".html" lives now."""
        entries = self.release.entries
        return f"{bare}/" if f"{bare}/" in entries else ""

    def left_behind(self, path: str) -> Found | None:
        now = time.monotonic()
        for moment, table in self.left:
            if path in table and now - moment < REMEMBERED_SECONDS:
                return Found(path, table[path])
        return None

    def not_found(self, path: str) -> Entry | None:
        """The site's own 404 page: that of the longest prefix, which is that of the visitor's language."""
        rules = sorted(self.release.rules.not_found, key=lambda rule: -len(rule[0]))
        for prefix, place in rules:
            if path.startswith(prefix) and (entry := self.release.entries.get(place)):
                return entry
        return self.release.entries.get("/404.html")

    def codings(self, entry: Entry) -> dict[str, int]:
        """Coding → length of each compressed form that is ready. Looks on the disk once for each blob."""
        known = self.variants.get(entry.blob)
        if known is None:
            known = self.variants[entry.blob] = self.look(entry)
        return known

    def file(self, blob: str, suffix: str = "") -> str:
        """Store.blob_path as text: pathlib takes 20 µs for it, most of a page's first answer."""
        return f"{self.blobs}/{blob[:2]}/{blob}{'.' if suffix else ''}{suffix}"

    def look(self, entry: Entry) -> dict[str, int]:
        found: dict[str, int] = {}
        if policy.compressible(entry.media_type, entry.length):
            for coding, suffix in SUFFIXES.items():
                with contextlib.suppress(OSError):
                    size = os.stat(self.file(entry.blob, suffix)).st_size
                    if 0 < size < entry.length:
                        found[coding] = size
        return found
