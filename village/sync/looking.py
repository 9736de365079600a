"""A folder and all below it, where inotify cannot tell: other systems' notification, or file times compared.

Network file systems and some container mounts tell nothing; there every file is looked at again and again.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable
from pathlib import Path

from watchfiles import Change, awatch

from village.sync.listening import Tell
from village.sync.noise import is_noise

STEP = 50  # milliseconds without a further change before a set is handed over: editors save in several steps
LONGEST = 500  # milliseconds a burst may hold it up


class Looking:
    """Watches from ``begin`` on; hands over while ``run`` runs. Raises OSError, RuntimeError.

    ``polling``: compare file times; otherwise as the environment says (WATCHFILES_FORCE_POLLING).
    """

    def __init__(self, tree: Path, tell: Tell, *, polling: bool) -> None:
        self.tree = str(tree)
        self._tell = tell
        self._folders: set[str] = set()  # that there are, as far as we know: of one moved away only its name is told
        self._changes = awatch(
            tree,
            watch_filter=self._tells_something,
            debounce=LONGEST,
            step=STEP,
            force_polling=polling or None,
            recursive=True,
        )
        self._first: asyncio.Future[set[tuple[Change, str]]] | None = None

    async def begin(self) -> None:
        """Set the watch."""
        self._first = asyncio.ensure_future(anext(self._changes))
        await asyncio.sleep(0)  # the watch is set in the generator's first step, before it waits
        self._folders = await asyncio.to_thread(lambda: {parent for parent, _, _ in os.walk(self.tree)})

    async def run(self) -> None:
        """Hand over what changes, until it fails or is cancelled."""
        assert self._first
        self._note(await self._first)
        async for changes in self._changes:
            self._note(changes)

    def close(self) -> None:
        if self._first:
            self._first.cancel()

    def _note(self, changes: set[tuple[Change, str]]) -> None:
        paths = {path for _, path in changes if path.startswith(f"{self.tree}/")}
        if any(not os.path.isdir(path) for path in paths & self._folders):  # moved away with all that is in it
            self._tell(None)
        elif paths:
            self._tell(paths.union(*(self._below(path) for path in paths if os.path.isdir(path))))

    def _below(self, folder: str) -> Iterable[str]:
        """Files of a folder that is new: some may be older than the watch on it."""
        for parent, _, names in os.walk(folder):
            self._folders.add(parent)
            yield from (path for name in names if not self._is_noise(path := f"{parent}/{name}"))

    def _tells_something(self, _change: Change, path: str) -> bool:
        return not self._is_noise(path)

    def _is_noise(self, path: str) -> bool:
        return is_noise(path[len(self.tree) + 1 :])
