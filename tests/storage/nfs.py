"""A shared folder as other machines see it: no hard links, no useful file times, listings a second old, stale handles.

Each storage made here is a machine of its own. What a machine does itself it sees at once; what others made or removed
is missing from its listings, or still in them, until the listing is LAG seconds old. A file that another machine has
just replaced may fail once with ESTALE. Opening a name shows the newest content (close-to-open consistency), as NFS
promises.
"""

from __future__ import annotations

import errno
import os
import random
import threading
import time
from pathlib import Path
from types import SimpleNamespace

from village.storage import epochs, folder
from village.storage.folder import FolderStorage

LAG = 1.0


class Machines:
    """The ``os`` of the storage's modules, with a view of its own for each machine."""

    def __init__(self) -> None:
        self.here = threading.local()
        self.listings: dict[tuple[object, str], tuple[float, list[str]]] = {}
        self.chance = random.Random(0)
        self.stale_handles = 0

    def os(self) -> SimpleNamespace:
        own = {"listdir": self.listdir, "link": self.link, "open": self.open, "unlink": self.unlink, "walk": self.walk}
        return SimpleNamespace(**{**vars(os), **own, "stat": self.stat})

    def listdir(self, folder) -> list[str]:
        key = getattr(self.here, "machine", None), str(folder)
        known = self.listings.get(key)
        if known is None or time.monotonic() - known[0] > LAG:
            known = self.listings[key] = time.monotonic(), os.listdir(folder)
        return list(known[1])

    def link(self, *_: object, **__: object) -> None:
        raise OSError(errno.EOPNOTSUPP, "Operation not supported")

    def stat(self, *_: object, **__: object) -> None:
        raise AssertionError("file times and inodes mean nothing here")

    def open(self, path, flags: int, mode: int = 0o777) -> int:
        descriptor = os.open(path, flags, mode)
        self._own(path, lambda names, name: [*names, name])
        return descriptor

    def unlink(self, path) -> None:
        os.unlink(path)
        self._own(path, lambda names, name: [each for each in names if each != name])

    def _own(self, path, change) -> None:
        parent, name = os.path.split(path)
        key = self.here.machine, parent
        if key in self.listings:
            when, names = self.listings[key]
            self.listings[key] = when, change(names, name)

    def walk(self, folder):
        """Fresh, for whole values are renamed into place and no promise is made about how soon a listing shows them."""
        return os.walk(folder)

    def read_bytes(self, path: Path) -> bytes:
        """Sometimes the handle is stale, once: the file was replaced between the look at its name and the reading."""
        if getattr(self.here, "machine", None) and self.chance.random() < 0.05:
            self.stale_handles += 1
            raise OSError(errno.ESTALE, "Stale file handle")
        with open(path, "rb") as file:
            return file.read()


class NetworkFolder(FolderStorage):
    """One machine's way to the shared folder."""

    def __init__(self, root: Path, machines: Machines) -> None:
        super().__init__(root)
        self.machines = machines

    async def _call(self, call, *arguments):
        def on_this_machine(*given):
            self.machines.here.machine = self
            try:
                return call(*given)
            finally:
                self.machines.here.machine = None

        return await super()._call(on_this_machine, *arguments)


def imitate(monkeypatch) -> Machines:
    """Take from the storage's modules what a network file system has not."""
    machines = Machines()
    for module in (epochs, folder):
        monkeypatch.setattr(module, "os", machines.os())
    # A function, so that the path is bound to it: a bound method would be called without one.
    monkeypatch.setattr(Path, "read_bytes", lambda path: machines.read_bytes(path))  # noqa: PLW0108
    return machines
