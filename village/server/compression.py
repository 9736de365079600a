"""Compressed forms, made in the background: publishing never waits for them, and serving never notices."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import logging
import queue
import threading
import time
from collections.abc import Callable

import brotli
import zstandard

from village.errors import VillageError
from village.release.manifest import Entry
from village.server import policy
from village.server.encodings import SUFFIXES
from village.server.sites import Site

log = logging.getLogger("village.server")
LARGEST = 32 * 1024 * 1024
WORTH_IT = 0.95  # a coded form larger than this part of the plain one is not kept
_LONG = 65536
RESTED, BUSY = 0.2, 4.0  # pause after each piece of work, in parts of its time


def compress(data: bytes, coding: str, media_type: str = "") -> bytes:
    """``data`` in a coding, the same bytes on every replica: no file name, no time in gzip's header.

    Pages change with every template and there may be ten thousand: they get a tenth of the effort for 3 % more bytes.
    """
    if coding == "br":
        return brotli.compress(data, quality=9 if policy.is_html(media_type) or len(data) > _LONG else 11)
    if coding == "zstd":  # a window over 8 MiB need not be understood (RFC 9659)
        return zstandard.ZstdCompressor(level=12 if len(data) < 1 << 20 else 9).compress(data)
    return gzip.compress(data, 9, mtime=0)


class Compressor:
    """One quiet thread. ``changed`` is called in the event loop when a site has new forms.

    It gives way by resting, not by a low priority: a thread that the kernel lets wait while it holds the interpreter's
    lock would make the whole street wait with it. ``pause``: how long it rests, set by the street from its own load.
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._work: queue.SimpleQueue[Site | None] = queue.SimpleQueue()
        self._newest: dict[str, Site] = {}
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = False
        self.pause = RESTED
        self._wake = threading.Event()

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._stopping = False
        self._wake.clear()
        self._thread = threading.Thread(target=self._run, name="compression", daemon=True)
        self._thread.start()

    def enqueue(self, site: Site) -> None:
        """A release went live; work on older ones of the same site is dropped."""
        self._newest[site.name] = site
        self._work.put(site)

    def stop(self) -> None:
        self._stopping = True
        self._wake.set()
        self._work.put(None)
        if self._thread:
            self._thread.join(timeout=5)
            self._thread = None

    def _run(self) -> None:
        while (site := self._work.get()) is not None:
            try:
                self._site(site)
            except VillageError as error:
                log.warning("compression of %s stopped: %s", site.name, error.message)
            except Exception:
                log.exception("compression of %s failed", site.name)

    def _site(self, site: Site) -> None:
        fresh = 0
        seen: set[str] = set()
        for entry in list(site.release.entries.values()):
            if self._stopping or self._newest.get(site.name) is not site:
                return
            if (
                entry.blob
                and entry.blob not in seen
                and entry.length <= LARGEST
                and policy.compressible(entry.media_type, entry.length)
            ):
                seen.add(entry.blob)
                fresh += self._blob(site, entry)
                if fresh >= 200:
                    fresh = 0
                    self._tell()
        if fresh:
            self._tell()

    def _blob(self, site: Site, entry: Entry) -> int:
        """Make the forms that one blob lacks; returns 1 when something new is there."""
        known = site.look(entry)
        if len(known) == len(SUFFIXES) or entry.blob in site.tried:
            return 0
        data = site.store.get(entry.blob)
        made = 0
        for coding, suffix in SUFFIXES.items():
            if coding not in known:
                begin = time.thread_time()
                coded = compress(data, coding, entry.media_type)
                self._wake.wait((time.thread_time() - begin) * self.pause)
                if len(coded) < len(data) * WORTH_IT:
                    site.store.put_as(entry.blob, coded, suffix)
                    made = 1
        site.tried.add(entry.blob)
        site.variants[entry.blob] = site.look(entry)
        return made

    def _tell(self) -> None:
        if self._loop and not self._loop.is_closed():
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._changed)
