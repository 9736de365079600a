"""Request bodies, whole and within a limit, and never more large ones at once than memory allows.

Who posts has proved nothing before its last byte is here: twenty strangers with 25 MB each would end a container of
512 MB. So only a few large bodies are taken in at a time; the others wait, held back by TCP's own windows. A push is
some kilobytes, and waits for nobody.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

SMALL = 256 * 1024
LARGE_AT_ONCE = 3
SLOWEST = 500  # bytes a second in the long run (Apache's RequestReadTimeout asks for the same)
PATIENCE = 10.0  # seconds that a large body waits for its turn


class Crowded(Exception):
    """Too many large bodies are coming in."""


class Incoming(Protocol):
    """A request's body, as it arrives."""

    @property
    def length(self) -> int | None:
        """What the client says how many bytes will come."""

    async def more(self) -> bytes:
        """The next bytes, none at the end."""


class Pace:
    """``seconds`` for each piece, and as many to begin with for the whole; every byte that has come adds to these. A
    limit between two pieces alone lets a client that sends a byte now and then stay for days.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.deadline = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds that the next piece may take."""
        return min(self.seconds, self.deadline - time.monotonic())

    async def next(self, body: Incoming) -> bytes:
        """Raises TimeoutError for a client that stops sending, or sends too slowly on the whole."""
        async with asyncio.timeout(self.left()):  # wait_for of Python 3.11 loses cancellations
            piece = await body.more()
        self.deadline += len(piece) / SLOWEST
        return piece


class Bodies:
    """The bodies that are in memory now; ``seconds``: how long a client may send nothing."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._turns = asyncio.Semaphore(LARGE_AT_ONCE)

    @asynccontextmanager
    async def whole(self, body: Incoming, limit: int) -> AsyncIterator[bytes | None]:
        """The body, None when it is longer than ``limit``; a large one keeps its place until it is done with.

        Raises TimeoutError and Crowded.
        """
        data, pace = bytearray(), Pace(self._seconds)
        if (body.length or 0) > limit:
            yield None
        elif await gather(data, body, min(SMALL, limit), pace):
            yield bytes(data)
        elif len(data) > limit:
            yield None
        else:
            pace.deadline += await self._turn()
            try:
                yield bytes(data) if await gather(data, body, limit, pace) else None
            finally:
                self._turns.release()

    async def _turn(self) -> float:
        """A place among the large bodies; returns the seconds it took, which are not the client's fault."""
        before = time.monotonic()
        try:
            async with asyncio.timeout(PATIENCE):
                await self._turns.acquire()
        except TimeoutError:
            raise Crowded from None
        return time.monotonic() - before


async def gather(data: bytearray, body: Incoming, most: int, pace: Pace) -> bool:
    """Add what comes to ``data``; False once that is more than ``most``, and there may be more still."""
    while len(data) <= most:
        piece = await pace.next(body)
        if not piece:
            return True
        data += piece
    return False
