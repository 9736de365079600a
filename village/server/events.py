"""An open stream of server-sent events: the preview's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from village.server.answer import Answer

HEARTBEAT = 15.0


@dataclass(slots=True)
class Events:
    """An open stream of server-sent events."""

    head: Answer
    queue: asyncio.Queue[bytes | None]
    end: Callable[[asyncio.Queue[bytes | None]], None]

    async def messages(self) -> AsyncIterator[bytes]:
        try:
            yield b"retry: 500\n\n"
            while (message := await self.next()) is not None:
                yield message
        finally:
            self.end(self.queue)

    async def next(self) -> bytes | None:
        """The next message; now and then a comment, which finds out whether the client is still there."""
        try:
            async with asyncio.timeout(HEARTBEAT):
                return await self.queue.get()
        except TimeoutError:
            return b": still here\n\n"

    def close(self) -> None:
        """The client is gone, or the street closes."""
        self.queue.put_nowait(None)
