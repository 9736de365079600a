"""A plain folder as the source of a site: watched, every change handed over, none lost.

The watch notes *what* changed; a set of paths waits until somebody takes it, so a change during a build is in
the next set. Where the system's notification does not work (network file systems, some container mounts) the
same watch compares file times.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Callable
from pathlib import Path

from watchfiles import Change, DefaultFilter, awatch

from village import mounts
from village.sync.git import Revision

log = logging.getLogger("village.sync")

QUIET = 50  # milliseconds without a further change before a set is handed over: editors save in several steps
LONGEST = 500  # milliseconds a burst may hold it up
ALIVE = 500  # milliseconds between looks whether the watched folder is still the one at its path
RETRY = 1.0  # seconds until a watch that failed is tried again


class ContentFilter(DefaultFilter):
    """Leaves out what editors, version control and village itself write beside the content."""

    ignore_dirs = (*DefaultFilter.ignore_dirs, "public", ".village", ".hugo_build.lock")
    ignore_entity_patterns = (
        *DefaultFilter.ignore_entity_patterns,
        r"^\.#",
        r"^#.*#$",
        r"^4913$",
        r"\.part$",
        r"^\.hugo_build\.lock$",
    )


class Folder:
    """``tree`` is the folder itself. ``fetch()`` takes what was noted; ``on_change`` is called when there
    is something new.
    """

    def __init__(self, tree: Path, on_change: Callable[[], None] | None = None, *, polling: bool | None = None) -> None:
        self.tree = tree.absolute()
        self.on_change = on_change
        self.polling = mounts.on_network(self.tree) if polling is None else polling
        self.ready = asyncio.Event()  # the watch is set: what changes from now on is noted
        self._noted: set[Path] | None = None  # None: not looked at yet, or the watch was lost: take all as changed
        self._folders: set[Path] = set()  # that there are, as far as we know: of one moved away only its name is told
        self._filter = ContentFilter()
        self._lost = False  # the watch was, and is not set again
        self._stop = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._watch(), name=f"watch {self.tree}")

    async def close(self) -> None:
        self._stop.set()
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def fetch(self) -> Revision:
        """What changed since the last call, as paths below the tree; None = everything."""
        if self._task and not self.ready.is_set():
            await self.ready.wait()
        noted, self._noted = self._noted, set()
        return Revision("", None if noted is None else frozenset(noted))

    async def _watch(self) -> None:
        complained = False
        while not self._stop.is_set():
            try:
                await self._follow()
            except (OSError, RuntimeError) as error:  # the folder is gone, or inotify's limit is reached
                if not complained:
                    log.warning("cannot watch %s: %s", self.tree, error)
                complained = True
                self.polling = self.polling or not isinstance(error, FileNotFoundError)
                self._lost = True
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(RETRY):  # not wait_for: in Python 3.11 it can lose a cancellation
                    await self._stop.wait()

    async def _follow(self) -> None:
        watch = awatch(
            self.tree,
            watch_filter=self._filter,
            debounce=LONGEST,
            step=QUIET,
            stop_event=self._stop,
            rust_timeout=ALIVE,
            yield_on_timeout=True,
            force_polling=self.polling or None,  # None: as the environment says (WATCHFILES_FORCE_POLLING)
            recursive=True,
        )
        first = asyncio.ensure_future(anext(watch))
        await asyncio.sleep(0)  # the watch is set in the generator's first step, before it waits
        self._folders = await asyncio.to_thread(lambda: {Path(parent) for parent, _, _ in os.walk(self.tree)})
        watched = identity(self.tree)
        self._begin()
        self._note(await first)
        async for changes in watch:
            self._note(changes)
            if identity(self.tree) != watched:
                raise FileNotFoundError(f"{self.tree} is another folder now")

    def _begin(self) -> None:
        """The watch is set; what happened while there was none is unknown."""
        self.ready.set()
        if self._lost:
            self._noted, self._lost = None, False
            if self.on_change:
                self.on_change()

    def _note(self, changes: set[tuple[Change, str]]) -> None:
        paths = {Path(path) for _, path in changes if Path(path).is_relative_to(self.tree)}
        if not paths:
            return
        for path in paths & self._folders:
            if not path.is_dir():  # renamed or moved away with all that is in it
                self._noted = None
        for path in [path for path in paths if path.is_dir()]:
            paths |= self._below(path)
        if self._noted is not None:
            self._noted |= {path.relative_to(self.tree) for path in paths}
        if self.on_change:
            self.on_change()

    def _below(self, folder: Path) -> set[Path]:
        """Files of a folder that is new: some may be older than the watch on it."""
        found = set()
        for parent, _, names in os.walk(folder):
            self._folders.add(Path(parent))
            found |= {Path(parent, name) for name in names if self._filter(Change.added, os.path.join(parent, name))}
        return found


def identity(folder: Path) -> tuple[int, int]:
    """Which folder stands at this path; one that was removed and made again, or a link that was turned, is
    another.
    """
    found = os.stat(folder)
    return found.st_dev, found.st_ino
