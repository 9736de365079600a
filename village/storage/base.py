"""The storage contract: values and locks that every replica sees.

What a backend promises:

* ``put`` and ``put_new`` are whole: a reader sees the old value, the new one, or none; never a part.
* ``put_new`` has one winner among all replicas.
* A lock has one holder, as long as it asks ``lease.check()`` before every act that must not happen twice.

What no lock of this kind can promise: that a holder stopped by its host (SIGSTOP, a frozen disk) knows at
once that its time is over. It learns so at its next ``check()``. Therefore look again at the work once the
lock is held, hold it for one attempt only, and let the work be harmless when it is done twice.

Nobody's wall clock is compared with anybody else's: a holder counts its own monotonic seconds since it last
wrote, a waiter its own since it last saw a change. The waiter begins later, so the holder is always the first
to give up.
"""

from __future__ import annotations

import abc
import asyncio
import contextlib
import random
import re
import weakref
from collections.abc import AsyncIterator

from village.errors import KeyMissing, StorageError
from village.storage.lease import Lease

DEFAULT_TTL = 30.0
LONGEST_KEY = 1024
Keys = list[str]  # inside the class the name `list` is the method
WELL_FORMED = re.compile(r"[^/\x00-\x1f\x7f]+(/[^/\x00-\x1f\x7f]+)*")


class Storage(abc.ABC):
    """Keys are ``/``-separated words (``certificates/example.com``); a key is never also the folder of
    another key.

    Every method raises StorageError when the storage fails. A write that was cancelled or ran into its time
    limit may still happen.
    """

    url = ""

    def __init__(self) -> None:
        self._leases: weakref.WeakSet[Lease] = weakref.WeakSet()

    @abc.abstractmethod
    async def get(self, key: str) -> bytes:
        """The value. Raises KeyMissing."""

    @abc.abstractmethod
    async def put(self, key: str, data: bytes) -> None:
        """Set the value, whole and durable when this returns."""

    @abc.abstractmethod
    async def put_new(self, key: str, data: bytes) -> bool:
        """Set the value if there is none: True for the one who did."""

    @abc.abstractmethod
    async def delete(self, key: str) -> None:
        """Forget the value; no error when there is none."""

    @abc.abstractmethod
    async def list(self, prefix: str = "") -> Keys:
        """Sorted keys that begin with ``prefix``."""

    @abc.abstractmethod
    async def try_lock(self, name: str, ttl: float = DEFAULT_TTL) -> Lease | None:
        """The lock if it is free or its holder is judged dead, else None. Judging takes repeated looks over
        ``ttl`` seconds.
        """

    @abc.abstractmethod
    async def held(self) -> Keys:
        """Sorted names of the locks that somebody holds, or died holding."""

    async def close(self) -> None:
        """Release every lock that is held; a backend also closes its connections."""
        for lease in list(self._leases):
            await lease.release()

    def __str__(self) -> str:
        return self.url

    async def exists(self, key: str) -> bool:
        """Whether there is a value under ``key``."""
        try:
            await self.get(key)
        except KeyMissing:
            return False
        return True

    async def get_or(self, key: str, default: bytes = b"") -> bytes:
        """The value, or ``default`` when there is none."""
        try:
            return await self.get(key)
        except KeyMissing:
            return default

    @contextlib.asynccontextmanager
    async def lock(self, name: str, ttl: float = DEFAULT_TTL) -> AsyncIterator[Lease]:
        """Wait for the lock and hold it; bound the wait with ``asyncio.timeout``. A dead holder costs ``ttl``
        seconds.
        """
        lease = await self._wait_for(name, ttl)
        try:
            yield lease
        finally:
            await lease.release()

    async def _wait_for(self, name: str, ttl: float) -> Lease:
        while True:
            lease = await self.try_lock(name, ttl)
            if lease is not None:
                return lease
            await asyncio.sleep(min(1.0, ttl / 10) * random.uniform(0.5, 1.0))  # noqa: S311 - spreads the waiters


def well_formed(key: str) -> str:
    """``key``, or StorageError when no backend should be asked for it (control characters, ``..``, empty
    words, too long).
    """
    if len(key) > LONGEST_KEY or not WELL_FORMED.fullmatch(key) or {".", ".."} & set(key.split("/")):
        raise StorageError(f"{key[:80]!r} is no storage key")
    return key
