"""Rendered bodies on disk, not on the heap: 10,000 posts would fill it. Appended to pack files; a few stay in
memory.
"""

from __future__ import annotations

import contextlib
import marshal
import os
import tempfile
import time
from collections import OrderedDict
from pathlib import Path

from village.files import explain
from village.render.lens import Body

KEPT = 64
YOUNG = 3600  # seconds
Place = tuple[str, int, int]  # pack, offset, length


class Bodies:
    """Page number → Body. ``fresh`` are those of the attempt that runs; they are kept only if it succeeds.

    Packs are only ever appended to, and each process writes one of its own, so readers need no lock.
    """

    def __init__(self, folder: Path | None) -> None:
        self.temporary = tempfile.TemporaryDirectory(prefix="village-bodies-") if folder is None else None
        self.folder = Path(self.temporary.name) if self.temporary else folder or Path()
        self.places: dict[int, Place] = {}
        self.fresh: dict[int, Place] = {}
        self.recent: OrderedDict[int, Body] = OrderedDict()
        self.readers: dict[str, int] = {}
        self.own = ""
        self.end = 0

    def put(self, number: int, body: Body) -> None:
        """Keep a body. Raises DiskFull, OperatorError."""
        packed = pack(body)
        try:
            descriptor = self.writer()
            self.fresh[number] = (self.own, self.end, len(packed))
            while packed:
                packed = packed[os.write(descriptor, packed) :]
            self.end = os.lseek(descriptor, 0, os.SEEK_CUR)
        except OSError as error:
            raise explain(error, self.folder / self.own) from error
        self.remember(number, body)

    def writer(self) -> int:
        """The descriptor of this process's own pack."""
        if not self.own:
            self.folder.mkdir(parents=True, exist_ok=True)
            descriptor, path = tempfile.mkstemp(prefix="bodies-", suffix=".pack", dir=self.folder)
            self.own, self.end = os.path.basename(path), 0
            self.readers[self.own] = descriptor
        return self.readers[self.own]

    def part(self) -> None:
        """In a forked process: write a pack of its own from now on."""
        self.own = ""

    def get(self, number: int) -> Body:
        """A body; KeyError when there is none."""
        body = self.recent.get(number)
        if body is None:
            name, offset, length = self.fresh.get(number) or self.places[number]
            body = unpack(os.pread(self.reader(name), length, offset))
            self.remember(number, body)
        else:
            self.recent.move_to_end(number)
        return body

    def reader(self, name: str) -> int:
        descriptor = self.readers.get(name)
        if descriptor is None:
            descriptor = self.readers[name] = os.open(self.folder / name, os.O_RDONLY | os.O_CLOEXEC)
        return descriptor

    def remember(self, number: int, body: Body) -> None:
        self.recent[number] = body
        self.recent.move_to_end(number)
        if len(self.recent) > KEPT:
            self.recent.popitem(last=False)

    def drop(self, number: int) -> None:
        self.places.pop(number, None)
        self.fresh.pop(number, None)
        self.recent.pop(number, None)

    def commit(self) -> dict[int, Place]:
        """The attempt succeeded; returns what is new."""
        fresh, self.fresh = self.fresh, {}
        self.places.update(fresh)
        return fresh

    def rollback(self) -> None:
        self.fresh.clear()
        self.recent.clear()

    def sweep(self) -> None:
        """Remove packs that no body lies in any more; young ones may be another process's."""
        named = {place[0] for place in self.places.values()} | {self.own}
        for path in self.folder.glob("bodies-*.pack"):
            with contextlib.suppress(OSError):
                if path.name not in named and path.stat().st_mtime < time.time() - YOUNG:
                    path.unlink()

    def close(self) -> None:
        for descriptor in self.readers.values():
            with contextlib.suppress(OSError):
                os.close(descriptor)
        self.readers.clear()
        if self.temporary:
            self.temporary.cleanup()


def pack(body: Body) -> bytes:
    return marshal.dumps((body.html, body.without_summary, body.toc, body.headings, body.links, body.shortcodes))


def unpack(packed: bytes) -> Body:
    return Body(*marshal.loads(packed))  # noqa: S302 - our own file, in a folder that only village writes
