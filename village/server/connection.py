"""What every HTTP connection shares: deadlines, back-pressure, the ways to end."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from village.server.port import Port

FOREVER = 1e12
LINGER = 2.0


class Connection(asyncio.Protocol):
    """``lost``: the transport is gone. ``paused``: the peer takes nothing. ``lingering``: refused, and nobody
    listens any more.
    """

    __slots__ = (
        "bucket",
        "clock",
        "deadline",
        "house",
        "lingering",
        "lost",
        "paused",
        "port",
        "remote",
        "remote_bytes",
        "stalled",
        "transport",
    )  # fmt: skip

    def __init__(self, port: Port, remote: str) -> None:
        self.port = port
        self.house = port.house
        self.clock = port.house.clock
        self.remote = remote
        self.remote_bytes = remote.encode()
        self.transport: asyncio.Transport = cast(Any, None)
        self.deadline = FOREVER
        self.bucket = 0
        self.stalled = 0
        self.lingering = self.lost = self.paused = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.house.connections.add(self)
        self.wait(self.house.limits.header_timeout)

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = True
        self.house.connections.discard(self)
        self.port.leave(self.remote)
        self.clock.forget(self)

    def wait(self, seconds: float) -> None:
        """A new deadline, which may be nearer than the one before."""
        self.deadline = self.clock.now + seconds
        self.clock.watch(self)

    def progress(self) -> None:
        """The peer took something."""
        self.wait(self.house.limits.write_timeout)

    def pause_writing(self) -> None:
        self.paused = True
        self.stalled = self.transport.get_write_buffer_size()
        self.wait(self.house.limits.write_timeout)

    def close(self) -> None:
        """Close once the peer has taken what is written; the write deadline holds for that too."""
        if not self.transport.is_closing():
            self.transport.close()
        self.wait(self.house.limits.write_timeout)

    def linger(self) -> None:
        """Read on for a moment without looking: closing over unread bytes would reset the connection, answer and
        all.
        """
        self.lingering = True
        self.transport.write_eof()
        self.wait(LINGER)

    def abort(self) -> None:
        if not self.lost:
            self.transport.abort()

    def expire(self) -> None:
        """A deadline has passed. A peer that took something since the last look gets another turn."""
        if self.lost:
            return
        waiting = self.transport.get_write_buffer_size()
        if self.lingering:
            self.abort()
        elif waiting and waiting < self.stalled:
            self.stalled = waiting
            self.wait(self.house.limits.write_timeout)
        elif waiting or self.transport.is_closing():
            self.stuck()
        else:
            self.overdue()

    def stuck(self) -> None:
        """The peer takes nothing."""
        self.house.metrics.refused.labels("write_timeout").inc()
        self.house.access.add(self.remote_bytes, self.house.access.tail("-", 408, 0))
        self.abort()

    def overdue(self) -> None:
        """Nothing waits to be written, and the peer is too slow or silent."""
        self.close()
