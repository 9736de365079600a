"""Releases on disk: blobs by hash, roots by id, one pointer to the release on show.

    blobs/ab/abcdef…        bodies and manifest shards; <hash>.br, .gz, .zst are compressed forms, made later
    releases/<id>           a root (see manifest)
    current                 JSON: {"id", "commit", "published"}: swapped in one rename

A kill at any point leaves ``current`` naming a whole release: blobs and root are on disk before the pointer moves.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from village.errors import ReleaseBroken
from village.files import write_whole
from village.release import manifest
from village.release.manifest import Entry, Manifest, Rules


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a release came from: commit (or "" for a folder), when it went live (UNIX seconds), who made it."""

    id: str
    commit: str = ""
    published: float = 0.0


class Store:
    """The releases of one site in one folder. Synchronous, safe to call from any thread; one writer at a time."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.blobs = root / "blobs"
        self.releases = root / "releases"
        self.pointer = root / "current"
        self._folders: set[str] = set()

    def blob_path(self, blob: str, encoding: str = "") -> Path:
        """Where a blob lies; ``encoding`` is "", "br", "gz" or "zst"."""
        return Path(self.place(blob, encoding))

    def place(self, blob: str, encoding: str = "") -> str:
        """The same as a string: builds ask thousands of times."""
        return f"{self.blobs}/{blob[:2]}/{blob}{'.' if encoding else ''}{encoding}"

    def put(self, data: bytes) -> str:
        """Keep ``data``; returns its hash. Raises DiskFull, OperatorError."""
        blob = manifest.digest(data)
        self.put_as(blob, data)
        return blob

    def put_as(self, blob: str, data: bytes, encoding: str = "") -> None:
        """Keep ``data`` under a hash already known. A shorter file of that name is a torn one and is replaced."""
        path = self.place(blob, encoding)
        with contextlib.suppress(OSError):
            if os.stat(path).st_size == len(data):
                return
        write_whole(path, data)

    def get(self, blob: str, encoding: str = "") -> bytes:
        """A blob's bytes. Raises ReleaseBroken when it is missing."""
        try:
            return self.blob_path(blob, encoding).read_bytes()
        except OSError as error:
            raise ReleaseBroken(f"blob {blob[:12]}… is missing from {self.root}") from error

    def write(self, entries: Mapping[str, Entry], rules: Rules, base: Manifest | None = None) -> Manifest:
        """Put a manifest on disk, reusing the unchanged shards of ``base``; nothing is on show yet."""
        dealt = manifest.deal(entries)
        old = base.shards if base and len(base.shards) == manifest.SHARDS else ("",) * manifest.SHARDS
        shards = []
        for shard, known in zip(dealt, old, strict=True):
            data = manifest.encode_shard(shard.items())
            blob = manifest.digest(data)
            if blob != known:
                self.put_as(blob, data)
            shards.append(blob)
        return self.write_root(tuple(shards), dict(entries), rules)

    def patch(self, base: Manifest, changed: Mapping[str, Entry | None], rules: Rules) -> Manifest:
        """``base`` with some entries replaced (None = removed): the cost is that of the touched shards, not of the
        site.
        """
        entries = dict(base.entries)
        for path, entry in changed.items():
            if entry is None:
                entries.pop(path, None)
            else:
                entries[path] = entry
        touched: dict[int, dict[str, Entry]] = {manifest.shard_of(path): {} for path in changed}
        shards = list(base.shards)
        for number in touched:
            touched[number] = manifest.decode_shard(self.get(shards[number]))
        for path, entry in changed.items():
            shard = touched[manifest.shard_of(path)]
            if entry is None:
                shard.pop(path, None)
            else:
                shard[path] = entry
        for number, shard in touched.items():
            shards[number] = self.put(manifest.encode_shard(shard.items()))
        return self.write_root(tuple(shards), entries, rules)

    def write_root(self, shards: tuple[str, ...], entries: dict[str, Entry], rules: Rules) -> Manifest:
        root = manifest.encode_root(shards, rules)
        identity = manifest.digest(root)
        path = self.releases / identity
        if not path.exists() or path.stat().st_size != len(root):
            write_whole(path, root)
        return Manifest(identity, entries, rules, shards)

    def activate(self, identity: str, commit: str = "") -> Provenance:
        """Point ``current`` at a release that is whole on disk; the one durable step of publishing."""
        provenance = Provenance(identity, commit, time.time())
        record = {"id": provenance.id, "commit": provenance.commit, "published": provenance.published}
        write_whole(self.pointer, json.dumps(record).encode(), durable=True)
        return provenance

    def current(self) -> Provenance | None:
        """What the pointer names; None when nothing was ever published or the pointer is unreadable."""
        try:
            record = json.loads(self.pointer.read_bytes())
            return Provenance(record["id"], record.get("commit", ""), record.get("published", 0.0))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def load(self, identity: str, base: Manifest | None = None) -> Manifest:
        """A release from disk; shards shared with ``base`` are not read again. Raises ReleaseBroken."""
        try:
            root = (self.releases / identity).read_bytes()
        except OSError as error:
            raise ReleaseBroken(f"release {identity[:12]}… is missing from {self.root}") from error
        if manifest.digest(root) != identity:
            raise ReleaseBroken(f"release {identity[:12]}… does not match its name")
        shards, rules = manifest.decode_root(root)
        known = base.shards if base and len(base.shards) == len(shards) else ("",) * len(shards)
        entries = dict(base.entries) if base and known == base.shards else {}
        changed = [(new, old) for new, old in zip(shards, known, strict=True) if new != old]
        for path in [path for _, old in changed if old for path in self.shard(old)]:
            entries.pop(path, None)
        for new, _ in changed:
            entries.update(self.shard(new))
        return Manifest(identity, entries, rules, shards)

    def shard(self, blob: str) -> dict[str, Entry]:
        """One shard's entries. Raises ReleaseBroken when its bytes do not match its name."""
        data = self.get(blob)
        if manifest.digest(data) != blob:
            raise ReleaseBroken(f"shard {blob[:12]}… in {self.root} is damaged")
        return manifest.decode_shard(data)

    def history(self) -> list[tuple[str, float]]:
        """(id, mtime) of every release on disk, newest first."""
        found = []
        with contextlib.suppress(OSError):
            for path in self.releases.iterdir():
                if not path.name.startswith("."):
                    found.append((path.name, path.stat().st_mtime))
        return sorted(found, key=lambda item: -item[1])

    def missing(self, release: Manifest) -> Iterator[str]:
        """Blobs that the release names and the disk lacks (or holds torn)."""
        for entry in release.entries.values():
            if entry.blob:
                try:
                    whole = os.stat(self.place(entry.blob)).st_size == entry.length
                except OSError:
                    whole = False
                if not whole:
                    yield entry.blob

    def prune(self, keep: int = 5) -> int:
        """Forget all but the newest ``keep`` releases (and the one on show) and the blobs that only they name.

        Returns how many files went. Blobs younger than an hour stay: a build may be about to name them.
        """
        now = self.current()
        identities = [identity for identity, _ in self.history()]
        kept = set(identities[:keep]) | ({now.id} if now else set())
        named: set[str] = set()
        for identity in kept:
            with contextlib.suppress(ReleaseBroken):
                release = self.load(identity)
                named.update(release.shards)
                for entry in release.entries.values():
                    named.update((entry.blob, entry.stub))
        removed = 0
        for identity in set(identities) - kept:
            (self.releases / identity).unlink(missing_ok=True)
            removed += 1
        limit = time.time() - 3600
        for path in self.blobs.glob("*/*"):
            if path.name.partition(".")[0] not in named and path.stat().st_mtime < limit:
                path.unlink(missing_ok=True)
                removed += 1
        return removed
