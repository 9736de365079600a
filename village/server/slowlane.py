"""The slow lane: aiohttp parses, we answer with the same bytes as the fast lane."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Any, Protocol

from aiohttp import web
from aiohttp.http_exceptions import LineTooLong
from aiohttp.web_protocol import RequestHandler

from village.server import own
from village.server import target as targets
from village.server.answer import Answer, Request, plain
from village.server.clock import Clock
from village.server.connection import FOREVER
from village.server.events import Events
from village.server.fields import fold
from village.server.house import House
from village.server.port import Port

log = logging.getLogger("village.server")


class Line(Protocol):
    """The connection that a request came over. ``busy``: an answer is under way. ``asking``: a request is incomplete.
    ``lost_hook``: called when the client goes.
    """

    house: House
    port: Port
    clock: Clock
    transport: asyncio.Transport
    remote: str
    deadline: float
    lost: bool
    busy: bool
    asking: bool
    lost_hook: Callable[[], None] | None

    async def deliver(self, found: Answer, close: bool, log: tuple[str, str, str, str], *, old: bool = False) -> bool:
        """Send an answer; returns whether the connection closes after it."""

    def done(self, close: bool) -> None:
        """An answer that was under way is complete."""

    async def drained(self) -> None:
        """Wait until the peer has taken enough; raises ConnectionResetError when it is gone."""


class SlowLane(RequestHandler):
    """aiohttp's half of a connection. Deadlines, log and counters are ours; its own are off."""

    __slots__ = ("connection",)

    def __init__(self, connection: Line) -> None:
        self.connection = connection
        super().__init__(
            connection.house.aiohttp,
            loop=asyncio.get_running_loop(),
            keepalive_timeout=1e6,
            tcp_keepalive=False,
            access_log=None,  # type: ignore[arg-type]
            auto_decompress=False,
            lingering_time=2.0,
            max_line_size=8190,
            max_field_size=8190,
            max_headers=100,
        )

    def handle_error(
        self, request: web.BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        """One line where aiohttp writes a traceback; the visitor learns the status only."""
        if status >= 500:
            log.error("%s %s failed: %r", request.method, request.path, exc, exc_info=exc)
            line = f"{request.method} {request.path} HTTP/1.1"
            return Sent(self.connection, plain(500, close=True), (line, "", "", ""))
        if isinstance(exc, LineTooLong):
            status = 431
        reason = " ".join(str(message or "").split())[:80]
        log.debug("refused a request from %s: %s", self.connection.remote, reason)
        self.connection.house.metrics.refused.labels("malformed").inc()
        return Sent(self.connection, plain(status, close=True), ("-", "", "", ""))


class Sent(web.StreamResponse):
    """A response whose bytes are ours: it only keeps aiohttp's order."""

    def __init__(self, connection: Line, found: Answer, parts: tuple[str, str, str, str], *, old: bool = False) -> None:
        super().__init__(status=found.status)
        self.connection = connection
        self.found = found
        self.parts = parts
        self.old = old
        self._keep_alive = False

    async def prepare(self, request: web.BaseRequest) -> Any:
        connection = self.connection
        if connection.lost:
            raise ConnectionResetError("the client is gone")
        connection.deadline = connection.clock.now + connection.house.limits.write_timeout
        closing = await connection.deliver(self.found, self.found.close, self.parts, old=self.old)
        self._keep_alive = not closing

    async def write_eof(self, data: bytes = b"") -> None:
        closing = not self._keep_alive
        asyncio.get_running_loop().call_soon(self.connection.done, closing)


class EventsSent(Sent):
    """A stream of events, open until the client goes or the street closes."""

    def __init__(self, connection: Line, events: Events, parts: tuple[str, str, str, str]) -> None:
        super().__init__(connection, events.head, parts)
        self.events = events

    async def prepare(self, request: web.BaseRequest) -> Any:
        connection = self.connection
        connection.lost_hook = self.events.close
        connection.transport.write(self.found.start() + connection.clock.date + b"Connection: close\r\n\r\n")
        async for message in self.events.messages():
            connection.transport.write(message)
            await connection.drained()


async def handle(request: web.BaseRequest) -> web.StreamResponse:
    """Called by aiohttp for each request it has parsed."""
    protocol: Any = request.protocol
    connection: Line = protocol.connection
    connection.busy, connection.asking = True, not request.content.at_eof()
    connection.deadline = FOREVER
    understood = read(request, connection.port.scheme)
    asked = understood.headers
    version = f"HTTP/{request.version[0]}.{request.version[1]}"
    parts = (
        f"{request.method} {raw_target(request)} {version}",
        asked.get("referer", ""),
        asked.get("user-agent", ""),
        understood.host,
    )
    old = request.version == (1, 0)
    if not own.concerns(understood.target):
        found = connection.house.decide(understood, connection.remote)
    else:
        reply = await own.respond(connection.house, understood, connection.remote, Body(request, connection))
        if isinstance(reply, Events):
            return EventsSent(connection, reply, parts)
        found = reply
    if request.content.is_eof():
        request.content.read_nowait()  # a whole body that nobody wanted; the next request stands behind it
        connection.asking = False
    if not request.keep_alive or not request.content.at_eof():
        found.close = True
    return Sent(connection, found, parts, old=old)


def read(request: web.BaseRequest, scheme: str) -> Request:
    """aiohttp's request in the form of the negotiation."""
    headers = fold(request.raw_headers)
    target, host = raw_target(request), headers.get("host", "")
    with contextlib.suppress(targets.BadTarget):  # else the negotiation says what is wrong
        if not target.startswith(("/", "*")):  # RFC 9112 §3.2.2: its authority counts, whatever Host says
            target, host = targets.absolute(target)
    return Request(request.method, target, host, headers, scheme)


def raw_target(request: web.BaseRequest) -> str:
    """The target as it came: aiohttp normalises it everywhere else."""
    return request._message.path  # noqa: SLF001


class Body:
    """The request's body, piece by piece so that a limit is a limit (bodies.Incoming)."""

    def __init__(self, request: web.BaseRequest, connection: Line) -> None:
        self.request = request
        self.connection = connection
        self.begun = False

    @property
    def length(self) -> int | None:
        return self.request.content_length

    async def more(self) -> bytes:
        """What has come; empty at the end."""
        if not self.begun and self.request.headers.get("Expect", "").lower() == "100-continue":
            self.connection.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        self.begun = True
        data = await self.request.content.readany()
        if not data:
            self.connection.asking = False
        return data
