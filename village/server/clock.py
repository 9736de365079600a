"""Coarse time for the hot path, and one timer for all deadlines: a wheel of one-second buckets."""

from __future__ import annotations

import asyncio
import time
from email.utils import formatdate
from typing import Protocol

AT_ONCE = 200


class Watched(Protocol):
    """``deadline`` on the clock's scale; moving it later costs one assignment, moving it earlier needs ``watch``
    again.

    ``bucket`` is the wheel's own: where it stands, 0 = nowhere. Everybody stands in one bucket at most, so
    that a closed
    connection is let go at once.
    """

    deadline: float
    bucket: int

    def expire(self) -> None:
        """The deadline has passed."""


class Clock:
    """``now`` is monotonic and at most a second old; ``date`` is the Date header's line."""

    def __init__(self) -> None:
        self.now = time.monotonic()
        self.date = b""
        self.stamp = b""
        self._second = 0
        self._buckets: dict[int, set[Watched]] = {}
        self._swept = int(self.now)
        self._timer: asyncio.TimerHandle | None = None
        self.read()

    def read(self) -> None:
        """Look at the real clocks."""
        self.now = time.monotonic()
        moment = time.time()
        if int(moment) != self._second:
            self._second = int(moment)
            self.date = f"Date: {formatdate(self._second, usegmt=True)}\r\n".encode()
            self.stamp = time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(self._second)).encode()

    @property
    def seconds(self) -> int:
        """UNIX time, at most a second old."""
        return self._second

    def start(self) -> None:
        self.read()
        self._swept = int(self.now)
        self._schedule()

    def stop(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _schedule(self) -> None:
        # just after the next full second, so that Date is right
        self._timer = asyncio.get_running_loop().call_later(1.002 - time.time() % 1, self._tick)

    def _tick(self) -> None:
        self.read()
        self.sweep()
        self._schedule()

    def watch(self, one: Watched) -> None:
        """Look at ``one`` again when its deadline has passed."""
        wanted = int(one.deadline) + 1
        if one.bucket:
            if one.bucket <= wanted:
                return
            self.forget(one)
        if wanted <= self._swept:
            wanted = self._swept + 1
        one.bucket = wanted
        found = self._buckets.get(wanted)
        if found is None:
            self._buckets[wanted] = {one}
        else:
            found.add(one)

    def forget(self, one: Watched) -> None:
        """It is over for ``one``."""
        if one.bucket:
            found = self._buckets.get(one.bucket)
            if found is not None:
                found.discard(one)
            one.bucket = 0

    def sweep(self) -> None:
        """Expire what is due, put the rest where its deadline now lies."""
        while self._swept < int(self.now):
            self._swept += 1
            due = self._buckets.pop(self._swept, None)
            if due:
                self._look(due)

    def _look(self, due: set[Watched]) -> None:
        """A part at a time: ten thousand connections that were opened in one second also expire in one."""
        for _ in range(min(AT_ONCE, len(due))):
            one = due.pop()
            if not one.bucket:
                continue  # let go meanwhile
            one.bucket = 0
            if one.deadline > self.now:
                self.watch(one)
            else:
                one.expire()
        if due:
            asyncio.get_running_loop().call_soon(self._look, due)
