"""A folder and all below it, as inotify(7) tells of it: no delay but what the writers themselves need."""

from __future__ import annotations

import asyncio
import contextlib
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from village.sync import inotify
from village.sync.burst import Burst
from village.sync.inotify import Inotify
from village.sync.noise import is_noise

Tell = Callable[[Iterable[str] | None], None]  # the paths that changed; None: any may have


class Listening:
    """Watches from ``begin`` on; hands over while ``run`` runs. Raises OSError: no such folder, no watches left."""

    def __init__(self, tree: Path, tell: Tell) -> None:
        self.tree = str(tree)
        self._tell = tell
        self._inotify = Inotify()
        self._folders: dict[int, str] = {}
        self._burst = Burst()
        self._timer: asyncio.TimerHandle | None = None

    async def begin(self) -> None:
        """Set the watch."""
        await asyncio.to_thread(lambda: list(self._watch(self.tree)))

    async def run(self) -> None:
        """Hand over what changes, until it fails or is cancelled."""
        loop = asyncio.get_running_loop()
        failed: asyncio.Future[None] = loop.create_future()

        def readable() -> None:
            try:
                self._hear(loop)
            except OSError as error:
                loop.remove_reader(self._inotify.descriptor)
                failed.set_exception(error)

        loop.add_reader(self._inotify.descriptor, readable)
        try:
            await failed
        finally:
            loop.remove_reader(self._inotify.descriptor)
            if self._timer:
                self._timer.cancel()

    def close(self) -> None:
        self._inotify.close()

    def _hear(self, loop: asyncio.AbstractEventLoop) -> None:
        for number, mask, name in self._inotify.read():
            self._heed(number, mask, name, loop.time())
        if self._timer:
            self._timer.cancel()
        if self._burst:
            self._timer = loop.call_at(self._burst.due(), self._hand_over)
        else:
            self._burst = Burst()

    def _hand_over(self) -> None:
        burst, self._burst = self._burst, Burst()
        self._tell(None if burst.everything else burst.changed)

    def _heed(self, number: int, mask: int, name: str, now: float) -> None:
        if mask & inotify.OVERFLOW:  # more than the kernel keeps for us: folders may be among what was not told
            self._burst.lost(now)
            for _ in self._watch(self.tree):
                pass
        folder = self._folders.get(number)
        if folder is None:
            return
        if mask & (inotify.IGNORED | inotify.UNMOUNTED):
            del self._folders[number]
        if not name:
            if folder == self.tree and mask & ~inotify.ATTRIBUTES:
                raise FileNotFoundError(f"{self.tree} is gone")
        elif not self._is_noise(path := f"{folder}/{name}"):
            heed = self._heed_folder if mask & inotify.IS_FOLDER else self._heed_file
            heed(path, mask, now)

    def _heed_folder(self, path: str, mask: int, now: float) -> None:
        if mask & inotify.MOVED_FROM:  # with all that is in it, of which nothing is told
            self._forget(path)
            self._burst.lost(now)
        elif mask & inotify.DELETED:
            self._burst.removed(path, now)
        elif mask & (inotify.CREATED | inotify.MOVED_TO):
            self._burst.finished(path, now)
            for file in self._watch(path):  # some may be older than the watch
                self._burst.finished(file, now)
        else:  # its rights: what could not be read may be readable now
            self._burst.touched(path, now)
            list(self._watch(path))

    def _heed_file(self, path: str, mask: int, now: float) -> None:
        if mask & (inotify.DELETED | inotify.MOVED_FROM):
            self._burst.removed(path, now)
        elif mask & inotify.MODIFIED:
            self._burst.opened(path, now)
        elif mask & inotify.CREATED and being_written(path):
            self._burst.opened(path, now, new=True)
        elif mask & inotify.ATTRIBUTES:
            self._burst.touched(path, now)
        else:
            self._burst.finished(path, now, empty=is_empty(path))

    def _watch(self, folder: str) -> Iterator[str]:
        """Watch a folder and all below it; yields the files in it. Each folder is watched before it is listed: what
        happens meanwhile is told, or found, or both.
        """
        pending = [folder]
        while pending:
            folder = pending.pop()
            try:
                self._folders[self._inotify.add(folder, link=folder == self.tree)] = folder
                entries = list(os.scandir(folder))
            except (FileNotFoundError, NotADirectoryError, PermissionError):  # gone, or closed to the build too
                if folder == self.tree:
                    raise
                continue
            for entry in entries:
                if not self._is_noise(entry.path):
                    if entry.is_dir(follow_symlinks=False):
                        pending.append(entry.path)
                    else:
                        yield entry.path

    def _forget(self, path: str) -> None:
        """A folder stands elsewhere now: its watches would tell of the wrong paths."""
        for number, folder in list(self._folders.items()):
            if folder == path or folder.startswith(f"{path}/"):
                del self._folders[number]
                self._inotify.remove(number)

    def _is_noise(self, path: str) -> bool:
        return is_noise(path[len(self.tree) + 1 :])


def being_written(path: str) -> bool:
    """Whether a file that just appeared is somebody's open one: links appear whole, and nobody closes them."""
    with contextlib.suppress(OSError):
        facts = os.lstat(path)
        return stat.S_ISREG(facts.st_mode) and facts.st_nlink == 1
    return False


def is_empty(path: str) -> bool:
    with contextlib.suppress(OSError):
        return os.lstat(path).st_size == 0
    return False
