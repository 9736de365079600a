"""A held lock, kept alive until it is released or lost."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable

from village.errors import LeaseLost, StorageError

log = logging.getLogger("village.storage")


class Lease:
    """A lock that is held: kept alive every third of its life until ``release`` or until it is lost.

    ``keep`` writes a sign of life and answers False when the lock belongs to somebody else; ``drop`` gives it
    back. ``since``: the moment, on ``clock``, at which taking the lock was begun.
    """

    def __init__(
        self,
        name: str,
        ttl: float,
        keep: Callable[[], Awaitable[bool]],
        drop: Callable[[], Awaitable[None]],
        *,
        since: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self.ttl = ttl
        self._keep = keep
        self._drop = drop
        self._clock = clock
        self._alive = since  # when the last good sign of life was begun: the lock is ours for ttl from then
        self._taken = False
        self._over = asyncio.Event()
        self._turn = asyncio.Lock()
        self._heart = asyncio.create_task(self._beat(), name=f"lease {name}")

    @property
    def lost(self) -> bool:
        """True when the lock is, or may be, somebody else's."""
        return self._taken or self._over.is_set() or self._clock() - self._alive >= self.ttl

    def check(self) -> None:
        """Cheap, local; raises LeaseLost. Ask before every act that must not happen twice."""
        if self.lost:
            raise LeaseLost(f"the lock {self.name!r} is no longer ours")

    async def confirm(self) -> None:
        """Like ``check``, but asks the storage itself. Raises LeaseLost, StorageError."""
        self.check()
        await self._sign_of_life()
        self.check()

    async def release(self) -> None:
        """Give the lock back; harmless when it is lost or was released. Finishes even when the caller is
        cancelled.
        """
        await asyncio.shield(asyncio.ensure_future(self._end()))

    async def _end(self) -> None:
        async with self._turn:  # a sign of life under way would otherwise be written over the release
            held = not self.lost
            self._over.set()
            if held:
                with contextlib.suppress(StorageError):  # then the lock simply runs out
                    await self._drop()
        await asyncio.gather(self._heart, return_exceptions=True)

    async def _sign_of_life(self) -> None:
        async with self._turn:
            if self.lost:  # too late to revive: a waiter may have judged us dead already
                return
            begun = self._clock()
            if await self._keep():
                self._alive = begun
            else:
                self._taken = True

    async def _beat(self) -> None:
        pause = self.ttl / 3
        while not self.lost:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):  # not wait_for: in Python 3.11 it can lose a cancellation
                    await self._over.wait()
            try:
                await self._sign_of_life()
                pause = self.ttl / 3
            except StorageError:  # tried again until the lock's time is over
                pause = self.ttl / 10
        if not self._over.is_set():
            log.warning("lost the lock %s", self.name)

    def __repr__(self) -> str:
        state = "released" if self._over.is_set() else "lost" if self.lost else "held"
        return f"<Lease {self.name} {state}>"
