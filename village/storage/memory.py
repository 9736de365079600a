"""Storage in this process: for one replica without a disk, and for simulations, whose replicas share one."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable

from village.errors import KeyMissing
from village.storage.base import DEFAULT_TTL, Keys, Storage, well_formed
from village.storage.lease import Lease


class MemoryStorage(Storage):
    """A dict. Locks run out by ``clock``, so that a simulation can keep its own time."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self.url = "memory://"
        self.values: dict[str, bytes] = {}
        self.locks: dict[str, tuple[str, float]] = {}  # name → (owner, the moment its time is over)
        self._clock = clock

    async def get(self, key: str) -> bytes:
        await asyncio.sleep(0)
        try:
            return self.values[well_formed(key)]
        except KeyError:
            raise KeyMissing(f"nothing under {key}") from None

    async def put(self, key: str, data: bytes) -> None:
        await asyncio.sleep(0)
        self.values[well_formed(key)] = bytes(data)

    async def put_new(self, key: str, data: bytes) -> bool:
        await asyncio.sleep(0)
        if well_formed(key) in self.values:
            return False
        self.values[key] = bytes(data)
        return True

    async def delete(self, key: str) -> None:
        await asyncio.sleep(0)
        self.values.pop(well_formed(key), None)

    async def list(self, prefix: str = "") -> Keys:
        await asyncio.sleep(0)
        return sorted(key for key in self.values if key.startswith(prefix))

    async def try_lock(self, name: str, ttl: float = DEFAULT_TTL) -> Lease | None:
        await asyncio.sleep(0)
        owner, now = uuid.uuid4().hex, self._clock()
        if well_formed(name) in self.locks and self.locks[name][1] > now:
            return None
        self.locks[name] = owner, now + ttl

        async def keep() -> bool:
            if self.locks.get(name, ("",))[0] != owner:
                return False
            self.locks[name] = owner, self._clock() + ttl
            return True

        async def drop() -> None:
            if self.locks.get(name, ("",))[0] == owner:
                del self.locks[name]

        lease = Lease(name, ttl, keep, drop, since=now, clock=self._clock)
        self._leases.add(lease)
        return lease

    async def held(self) -> Keys:
        return sorted(self.locks)
