"""One HTTP/2 stream on its slow way, and the budget of what a peer may ask for without asking for pages."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import Protocol

import h2.connection
import h2.errors
import h2.exceptions

from village.errors import ReleaseBroken
from village.server import own, sending
from village.server.answer import Answer, Request, Slice, plain
from village.server.clock import Clock
from village.server.connection import LINGER
from village.server.house import House
from village.server.http2_blocks import FRAME
from village.server.http2_limits import Abuse

log = logging.getLogger("village.server")
MOST_DISCARDED = 1 << 20  # bytes of a body that nobody reads
STEP = 4 * FRAME  # bytes of one stream before the others get their turn
SMALL_STEP = 256  # a window this small makes us send crumbs


class Carrier(Protocol):
    """A stream's connection. ``lost``: the transport is gone. ``going``: GOAWAY was said. ``paused``: full."""

    house: House
    clock: Clock
    conn: h2.connection.H2Connection
    abuse: Abuse
    remote: str
    remote_bytes: bytes
    lost: bool
    going: bool
    paused: bool

    def flush(self) -> None:
        """Send what h2 has to say."""

    def log_tail(self, asked: Request, found: Answer) -> bytes:
        """The answer's part of its line in the access log."""

    def broken(self, error: h2.exceptions.ProtocolError, out: list[bytes]) -> None:
        """The peer broke the rules: the connection ends."""

    def done(self, number: int) -> None:
        """A stream is over."""


class Stream:
    """A request that h2 handed over: its body coming in, its answer going out as the windows allow."""

    __slots__ = ("chunks", "connection", "ended", "gone", "number", "size", "task", "waiter")

    def __init__(self, connection: Carrier, number: int) -> None:
        self.connection = connection
        self.number = number
        self.ended = False
        self.gone = False
        self.chunks: list[tuple[bytes, int]] = []
        self.size = 0
        self.waiter: asyncio.Future[None] | None = None
        self.task: asyncio.Task[None] | None = None

    def start(self, asked: Request) -> None:
        """One of our own paths, which may want the body."""
        self.run(self.own, asked)

    def answer(self, asked: Request, found: Answer) -> None:
        """Send as the windows open."""
        self.run(self.send, asked, found)

    def run(self, work: Callable[..., Awaitable[None]], *arguments: object) -> None:
        """Work in a task; a task taken back before its first step still ends the stream."""
        self.task = asyncio.get_running_loop().create_task(self.guarded(work, arguments))
        self.task.add_done_callback(self.over)

    async def guarded(self, work: Callable[..., Awaitable[None]], arguments: tuple[object, ...]) -> None:
        """Whatever happens, it stays in this stream."""
        try:
            await work(*arguments)
        except ConnectionResetError:
            self.reset(h2.errors.ErrorCodes.CANCEL)
        except h2.exceptions.DenialOfServiceError as error:
            self.connection.broken(error, [])
        except (OSError, ReleaseBroken, h2.exceptions.ProtocolError) as error:
            log.debug("stream %d of %s failed: %s", self.number, self.connection.remote, error)
            self.reset(h2.errors.ErrorCodes.INTERNAL_ERROR)
        except Exception:
            log.exception("a request of %s failed", self.connection.remote)
            self.reset(h2.errors.ErrorCodes.INTERNAL_ERROR)

    def over(self, _: asyncio.Task[None]) -> None:
        """Give back the window of what was never read, and tell the connection."""
        if not self.connection.lost and not self.connection.going:
            for _data, flow in self.chunks:
                if flow:
                    self.connection.conn.acknowledge_received_data(flow, self.number)
        self.connection.done(self.number)

    def reset(self, code: h2.errors.ErrorCodes) -> None:
        if self.gone or self.connection.lost:
            return
        self.gone = True
        try:
            self.connection.conn.reset_stream(self.number, code)
            self.connection.flush()
        except h2.exceptions.ProtocolError:
            log.debug("stream %d was closed already", self.number)

    async def own(self, asked: Request) -> None:
        found = await own.respond(self.connection.house, asked, self.connection.remote, self)
        if isinstance(found, own.Events):
            found.end(found.queue)
            found = plain(404)
        await self.send(asked, found)

    # the body that comes in

    def feed(self, data: bytes, flow: int) -> None:
        self.chunks.append((data, flow))
        self.size += len(data)
        self.wake()

    def end(self) -> None:
        self.ended = True
        self.wake()

    def wake(self) -> None:
        if self.waiter and not self.waiter.done():
            self.waiter.set_result(None)

    def cancel(self) -> None:
        """The client took it back, or is gone."""
        self.gone = True
        if self.task:
            self.task.cancel()

    async def pause(self, seconds: float | None) -> None:
        """Until something changes. Raises TimeoutError, ConnectionResetError."""
        self.waiter = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(seconds):  # wait_for of Python 3.11 may lose a cancellation
                await self.waiter
        finally:
            self.waiter = None
        if self.connection.lost or self.gone:
            raise ConnectionResetError("the client is gone")

    @property
    def length(self) -> int | None:
        """Of HTTP/2's bodies only the end is known (bodies.Incoming)."""
        return None

    async def more(self) -> bytes:
        """What has come of the request's body (bodies.Incoming)."""
        data = b""
        while not data and not (self.ended and not self.chunks):
            if not self.chunks:
                self.connection.flush()
                await self.pause(None)
                continue
            data, flow = self.chunks.pop(0)
            if flow:
                self.connection.conn.acknowledge_received_data(flow, self.number)
        return data

    # the answer that goes out

    async def send(self, asked: Request, found: Answer) -> None:
        connection = self.connection
        house = connection.house
        at_once = found.sent <= connection.conn.local_flow_control_window(self.number) and not connection.paused
        try:
            pieces = sending.load(found.pieces, house.pages, at_once=at_once)
        except ReleaseBroken as error:
            found = house.broken(error)
            pieces = list(found.pieces)
        count = house.tally.of(found.site, found.status)
        count.requests += 1
        count.sent += found.sent
        house.access.add(connection.remote_bytes, connection.log_tail(asked, found))
        rows = [(":status", str(found.status)), ("server", "village")]
        rows += [(name.lower(), value) for name, value in found.headers]
        rows.append(("date", connection.clock.date[6:-2].decode()))
        connection.conn.send_headers(self.number, rows, end_stream=not pieces)
        for number, piece in enumerate(pieces):
            await self.piece(piece, last=number == len(pieces) - 1)
        connection.flush()
        if not self.ended:
            await self.discard()
            if not self.ended:  # RFC 9113 §8.1: the rest of the request is not wanted
                self.reset(h2.errors.ErrorCodes.NO_ERROR)
            connection.flush()

    async def discard(self) -> None:
        """Let the rest of a request's body come for a moment: Java's client waits for ever when its stream is reset
        while it still sends."""
        left = MOST_DISCARDED
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LINGER):
                while (left := left - self.take()) > 0 and not self.ended:
                    await self.pause(LINGER)

    def take(self) -> int:
        """Pass over what has come, open the windows for more; returns the bytes passed over."""
        taken = 0
        while self.chunks:
            data, flow = self.chunks.pop(0)
            taken += len(data)
            if flow:
                self.connection.conn.acknowledge_received_data(flow, self.number)
        self.connection.flush()
        return taken

    async def piece(self, piece: bytes | Slice, *, last: bool) -> None:
        """A body as the windows open. Of a file no more is in memory, and no descriptor open, than is on its way: a
        client may have a hundred streams, and take nothing of any of them.
        """
        length = len(piece) if isinstance(piece, bytes) else piece.length
        position = 0
        while position < length:
            size = min(await self.room(), STEP, length - position)
            if size < SMALL_STEP and position + size < length:
                self.connection.abuse.crumb()
            part = sending.cut(piece, position, size)
            position += size
            self.frames(part, last=last and position == length)
            await asyncio.sleep(0)
        if not length and last:
            self.frames(b"", last=True)
        self.connection.flush()

    async def room(self) -> int:
        """How much may be sent now; waits until it is something. What other streams get does not count: raises
        TimeoutError after the same time.
        """
        connection, until = self.connection, 0.0
        while (window := connection.conn.local_flow_control_window(self.number)) <= 0 or connection.paused:
            connection.flush()
            now = asyncio.get_running_loop().time()
            until = until or now + connection.house.limits.write_timeout
            await self.pause(until - now)
        return window

    def frames(self, part: bytes, *, last: bool) -> None:
        """Bytes that there is room for, as DATA."""
        conn = self.connection.conn
        for start in range(0, max(1, len(part)), FRAME):
            piece = part[start : start + FRAME]
            conn.send_data(self.number, piece, end_stream=last and start + FRAME >= len(part))
        self.connection.flush()
