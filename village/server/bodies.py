"""Request bodies, whole and within a limit, and never more large ones at once than memory allows.

Who posts has proved nothing before its last byte is here: twenty strangers with 25 MB each would end a container of
512 MB. So only a few large bodies are taken in at a time; the others wait, held back by TCP's own windows. A push is
some kilobytes, and waits for nobody.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

SMALL = 256 * 1024
LARGE_AT_ONCE = 3
PATIENCE = 10.0  # seconds that a large body waits for its turn


class Crowded(Exception):
    """Too many large bodies are coming in."""


class Incoming(Protocol):
    """A request's body, as it arrives."""

    @property
    def length(self) -> int | None:
        """What the client says how many bytes will come."""

    async def more(self) -> bytes:
        """The next bytes, none at the end. Raises TimeoutError for a client that stops sending."""


class Bodies:
    """The bodies that are in memory now."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(LARGE_AT_ONCE)

    @asynccontextmanager
    async def whole(self, body: Incoming, limit: int) -> AsyncIterator[bytes | None]:
        """The body, None when it is longer than ``limit``; a large one keeps its place until it is done with.

        Raises TimeoutError and Crowded.
        """
        data = bytearray()
        if (body.length or 0) > limit:
            yield None
        elif await gather(data, body, min(SMALL, limit)):
            yield bytes(data)
        elif len(data) > limit:
            yield None
        else:
            await self._turn()
            try:
                yield bytes(data) if await gather(data, body, limit) else None
            finally:
                self._turns.release()

    async def _turn(self) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                await self._turns.acquire()
        except TimeoutError:
            raise Crowded from None


async def gather(data: bytearray, body: Incoming, most: int) -> bool:
    """Add what comes to ``data``; False once that is more than ``most``, and there may be more still."""
    while len(data) <= most:
        piece = await body.more()
        if not piece:
            return True
        data += piece
    return False
