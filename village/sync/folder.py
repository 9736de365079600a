"""A plain folder as the source of a site: watched, every change handed over, none lost.

The watch notes *what* changed; a set of paths waits until somebody takes it, so a change during a build is in
the next set. How the system tells of changes is known to ``listening`` (inotify) and ``looking`` (all else).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Callable, Iterable
from pathlib import Path

from village import mounts
from village.errors import OperatorError
from village.sync import inotify
from village.sync.git import Revision
from village.sync.listening import Listening
from village.sync.looking import Looking

log = logging.getLogger("village.sync")

ALIVE = 0.5  # seconds between looks whether the watched folder is still the one at its path
RETRY = 1.0  # seconds until a watch that failed is tried again


class Folder:
    """``tree`` is the folder itself. ``fetch()`` takes what was noted; ``on_change`` is called when there
    is something new.
    """

    def __init__(
        self,
        tree: Path,
        on_change: Callable[[], None] | None = None,
        *,
        polling: bool | None = None,
        may_be_empty: bool = True,
    ) -> None:
        self.tree = tree.absolute()
        self.on_change = on_change
        self.may_be_empty = may_be_empty  # an author may begin with nothing; a server's volume may not be mounted
        self.polling = must_poll(self.tree) if polling is None else polling
        self.ready = asyncio.Event()  # the watch is set: what changes from now on is noted
        self._noted: set[Path] | None = None  # None: not looked at yet, or the watch was lost: take all as changed
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
        """What changed since the last call, as paths below the tree; None = everything. Raises OperatorError while
        there is no site's folder: a volume that is not mounted is no reason to show an empty site.
        """
        if missing := absence(self.tree, may_be_empty=self.may_be_empty):
            raise OperatorError(
                missing, hint="mount it, or mend VILLAGE_SOURCE; what is on show stays until it is there"
            )
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
                if absence(self.tree, may_be_empty=True):
                    self._note(None)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(RETRY):  # not wait_for: in Python 3.11 it can lose a cancellation
                    await self._stop.wait()

    async def _follow(self) -> None:
        watched = identity(self.tree)
        listens = inotify.possible() and not self.polling
        watch = Listening(self.tree, self._note) if listens else Looking(self.tree, self._note, polling=self.polling)
        running = None
        try:
            await watch.begin()
            self._begin()
            running = asyncio.ensure_future(watch.run())
            while not (await asyncio.wait({running}, timeout=ALIVE))[0]:
                if identity(self.tree) != watched:
                    raise FileNotFoundError(f"{self.tree} is another folder now")
            running.result()
        finally:
            if running:
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)
            watch.close()

    def _begin(self) -> None:
        """The watch is set; what happened while there was none is unknown."""
        self.ready.set()
        if self._lost:
            self._lost = False
            self._note(None)

    def _note(self, paths: Iterable[str] | None) -> None:
        if paths is None:
            self._noted = None
        elif self._noted is not None:
            self._noted |= {Path(path).relative_to(self.tree) for path in paths}
        if self.on_change:
            self.on_change()


def absence(tree: Path, *, may_be_empty: bool) -> str:
    """What is wrong with a site's folder that is none, or empty to the last file; "" with one that is there."""
    try:
        with os.scandir(tree) as entries:
            return "" if may_be_empty or any(entries) else f"the site's folder {tree} is empty"
    except NotADirectoryError:
        return f"the site's folder {tree} is a file"
    except FileNotFoundError:
        return f"the site's folder {tree} is not there"
    except OSError as error:
        return f"the site's folder {tree} cannot be read: {error.strerror}"


def must_poll(tree: Path) -> bool:
    """Whether the system does not tell of all changes there, or was told not to be asked (watchfiles' own switch)."""
    wish = os.environ.get("WATCHFILES_FORCE_POLLING", "").lower()
    return mounts.on_network(tree) if not wish else wish not in ("false", "disable", "disabled")


def identity(folder: Path) -> tuple[int, int]:
    """Which folder stands at this path; one that was removed and made again, or a link that was turned, is
    another.
    """
    found = os.stat(folder)
    return found.st_dev, found.st_ino
