"""Storage in a folder that replicas share: a local disk, NFS, EFS, a cluster file system.

    values/<key>                    one file a value, replaced by rename
    locks/<name>/<number>           see village.storage.epochs

Needs of the file system: rename(2) and O_EXCL. Hard links are used where there are any. No inotify, no file
times, no locks of the kernel's. Names are percent-encoded where a file name would not do.
"""

from __future__ import annotations

import contextlib
import errno
import os
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, unquote

from village.errors import DiskFull, KeyMissing, OperatorError, StorageError
from village.files import sync_folder, write_whole
from village.storage.base import DEFAULT_TTL, Keys, Storage, well_formed
from village.storage.epochs import NO_HARD_LINKS, Epochs, Sight
from village.storage.lease import Lease
from village.storage.threads import in_thread

Result = TypeVar("Result")
PRIVATE = 0o600


class FolderStorage(Storage):
    """Keys are paths under ``root/values``. ``limit``: seconds that one call may take before the storage
    counts as failed.
    """

    def __init__(self, root: Path, *, limit: float = 20.0, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self.root = root
        self.url = root.absolute().as_uri().replace("file:", "folder:", 1)
        self.values = root / "values"
        self.locks = root / "locks"
        self.hard_links = True
        self._limit = limit
        self._clock = clock
        self._sights: dict[str, Sight] = {}

    async def get(self, key: str) -> bytes:
        return await self._call(read, self.path(key), key)

    async def put(self, key: str, data: bytes) -> None:
        await self._call(write, self.path(key), data)

    async def put_new(self, key: str, data: bytes) -> bool:
        if self.hard_links:
            made = await self._call(write_new, self.path(key), data)
            if made is not None:
                return made
            self.hard_links = False
        async with self.lock(f"new {key.replace('/', ' ')}", ttl=5.0) as lease:
            if await self.exists(key):
                return False
            lease.check()
            await self.put(key, data)
            return True

    async def delete(self, key: str) -> None:
        await self._call(remove, self.path(key))

    async def list(self, prefix: str = "") -> Keys:
        return await self._call(self._list, prefix)

    def _list(self, prefix: str) -> Keys:
        folder = self.values.joinpath(*(encoded(word) for word in prefix.split("/")[:-1]))
        keys = ("/".join(map(unquote, path.relative_to(self.values).parts)) for path in files_below(folder))
        return sorted(key for key in keys if key.startswith(prefix))

    async def try_lock(self, name: str, ttl: float = DEFAULT_TTL) -> Lease | None:
        epochs = Epochs(self.locks / encoded(well_formed(name).replace("/", " ")), uuid.uuid4().hex, ttl)
        begun = self._clock()
        sight = await self._call(epochs.look)
        if not self._takeable(name, sight, ttl, begun, self._clock()):
            return None
        begun = self._clock()
        if not await self._call(epochs.take, sight):
            return None
        self._sights.pop(name, None)

        async def keep() -> bool:
            return await self._call(epochs.keep)

        async def drop() -> None:
            await self._call(epochs.drop)

        lease = Lease(name, ttl, keep, drop, since=begun, clock=self._clock)
        self._leases.add(lease)
        return lease

    def _takeable(self, name: str, sight: Sight, ttl: float, begun: float, ended: float) -> bool:
        """Free, or unchanged on our own clock for as long as the holder said it would need to change it.

        A look takes its time: what is known lasts from the *end* of the first look to the *beginning* of the last.
        """
        if sight.free:
            return True
        known = self._sights.get(name)
        if known is None or known.content != sight.content or known.number != sight.number:
            self._sights[name] = sight.seen_at(ended)
            return False
        return begun - known.seen >= (sight.ttl or ttl)

    async def held(self) -> Keys:
        return await self._call(self._held)

    def _held(self) -> Keys:
        with contextlib.suppress(FileNotFoundError):
            folders = sorted(self.locks.iterdir())
            return sorted(unquote(each.name) for each in folders if not Epochs(each, "", 0).look().free)
        return []

    async def _call(self, call: Callable[..., Result], *arguments: Any) -> Result:
        try:
            return await in_thread(call, *arguments, limit=self._limit)
        except (DiskFull, OperatorError) as error:
            raise StorageError(error.message, hint=error.hint) from error
        except OSError as error:
            where = f" ({error.filename})" if error.filename else ""
            hint = f"is {self.root} mounted, and may this user write there?"
            raise StorageError(f"the storage failed: {error.strerror or error}{where}", hint=hint) from error

    def path(self, key: str) -> Path:
        """Where a value lies. Raises StorageError for a key that is none."""
        return self.values.joinpath(*(encoded(word) for word in well_formed(key).split("/")))


def encoded(word: str) -> str:
    """One word of a key as a file name: never hidden, never special to any file system."""
    name = quote(word, safe=" @+=,")
    return "%2E" + name[1:] if name.startswith(".") else name


def read(path: Path, key: str) -> bytes:
    for _ in range(3):
        try:
            return path.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            raise KeyMissing(f"nothing under {key}") from None
        except OSError as error:
            if error.errno != errno.ESTALE:  # NFS: replaced between open and read
                raise
    raise StorageError(f"{path} keeps changing while it is read")


def write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_whole(path, data, durable=True, mode=PRIVATE)


def write_new(path: Path, data: bytes) -> bool | None:
    """True: made, False: there was one, None: this file system has no hard links."""
    part = path.with_name(f".{uuid.uuid4().hex}.part")
    write(part, data)
    try:
        os.link(part, path)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno in NO_HARD_LINKS:
            return None
        raise
    finally:
        part.unlink(missing_ok=True)
    sync_folder(path.parent)
    return True


def remove(path: Path) -> None:
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        path.unlink()
        sync_folder(path.parent)


def files_below(folder: Path) -> Iterator[Path]:
    """Every value file under ``folder``; half-written ones begin with a dot and are none."""
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (Path(parent, name) for name in names if not name.startswith("."))
