"""One HTTP/1 connection: prepared answers at once, everything else through aiohttp, in the order of the requests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

from village.errors import ReleaseBroken
from village.server import fastlane, sending
from village.server.answer import Answer, plain
from village.server.connection import FOREVER, Connection
from village.server.fastlane import Hit
from village.server.pages import Page
from village.server.port import Port
from village.server.slowlane import SlowLane

BACKLOG = 64 * 1024  # bytes of requests waiting behind one that is being answered


class Http1(Connection):
    """``busy``: an answer is under way, later bytes wait. ``sticky``: a body or broken framing, so aiohttp sees
    all bytes.
    ``asking``: a request is incomplete. ``half``: the client has said its last word, and waits for ours."""

    __slots__ = (
        "asking", "backlog", "busy", "half", "lost_hook", "memo", "partial", "plain", "slow", "sticky", "waiter",
    )  # fmt: skip

    def __init__(self, port: Port, remote: str, *, plain: bool = True) -> None:
        super().__init__(port, remote)
        self.memo = port.memo.hits
        self.plain = plain
        self.partial = self.backlog = b""
        self.asking = self.busy = self.half = self.sticky = False
        self.slow: SlowLane | None = None
        self.waiter: asyncio.Future[None] | None = None
        self.lost_hook: Callable[[], None] | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self.waiter and not self.waiter.done():
            self.waiter.set_exception(ConnectionResetError("the client is gone"))
        if self.lost_hook:
            self.lost_hook()
        if self.slow:
            self.slow.connection_lost(exc)
            self.slow = None

    def data_received(self, data: bytes) -> None:
        if self.busy or self.paused or self.partial or self.sticky:
            self.take(data)
            return
        hit = self.memo.get(data)
        if hit is not None:
            self.send(hit)
        else:
            self.advance(data)

    def take(self, data: bytes) -> None:
        """Bytes that are not the plain start of a request."""
        if self.lingering:
            return
        if self.sticky:
            assert self.slow is not None
            if not self.busy:
                self.asking = True
                self.wait(self.house.limits.body_timeout)
            self.slow.data_received(data)
        elif self.busy or self.paused:
            self.backlog += data
            if len(self.backlog) > BACKLOG:
                self.transport.pause_reading()
        else:
            data, self.partial = self.partial + data, b""
            self.advance(data)

    def advance(self, data: bytes) -> None:
        """Answer the requests in ``data`` one after the other, as far as they are whole and the client takes the
        answers.
        """
        while data:
            if self.busy or self.paused or self.transport.is_closing():
                self.backlog = data + self.backlog
                return
            if data.startswith(b"\r\n"):  # RFC 9112 §2.2: an empty line before the request is passed over
                data = data[2:]
                continue
            end = data.find(fastlane.END)
            if end < 0:
                self.incomplete(data)
                return
            head, data = data[: end + 4], data[end + 4 :]
            if not self.answer(head) and not self.detour(head, data):
                return

    def detour(self, head: bytes, rest: bytes) -> bool:
        """The slow lane, or a refusal; False when ``rest`` is not ours to read."""
        status = fastlane.refusal(head)
        if status:
            self.refuse("malformed", status, head)
            return False
        head = fastlane.strict(head)
        if not fastlane.bodiless(head):
            self.stick(head + rest)
            return False
        self.busy = True
        self.wait(self.house.limits.header_timeout)
        self.slowly(head)
        return True

    def incomplete(self, data: bytes) -> None:
        """The start of a request: it has until the header deadline to become whole."""
        status = fastlane.hopeless(data)
        if status:
            self.refuse("malformed", status, data)
            return
        if not self.asking:
            self.asking = True
            self.wait(self.house.limits.header_timeout)
        self.partial = data

    def answer(self, head: bytes) -> bool:
        """The fast lane; False when the request is aiohttp's."""
        hit = self.memo.get(head)
        if hit is not None:
            self.send(hit)
            return True
        understood = fastlane.understand(head, self.port.scheme)
        if understood is None:
            return False
        request = understood.request
        found = self.house.decide(request, self.remote)
        close = understood.close or found.close or self.house.draining
        if not fastlane.preparable(found):
            self.busy = True
            self.deadline = FOREVER
            self.house.spawn(self.stream(found, head, close, understood.old))
            return True
        try:
            hit = self.prepare(found, head, close, understood.old)
        except ReleaseBroken as error:
            hit = self.prepare(self.house.broken(error), head, True, understood.old)
        else:
            if not self.house.draining and not found.once:
                self.port.memo.keep(head, hit)
        self.send(hit)
        return True

    def prepare(self, found: Answer, head: bytes, close: bool, old: bool) -> Hit:
        line, *client = self.house.log_parts(head)
        tail = self.house.access.tail(line, found.status, found.sent, (client[0], client[1], client[2]), found.site)
        return Hit(found, self.house.pages, self.house.tally.of(found.site, found.status), tail, close=close, old=old)

    def send(self, hit: Hit) -> None:
        """A prepared answer, at once."""
        page = hit.page
        if page is None:
            body = hit.body
        else:
            page.used = True
            found = page.body
            if found is None:
                hit, found = self.reload(hit, page)
            body = found
        clock = self.clock
        self.asking = False
        self.transport.writelines((hit.start, clock.date, hit.end, body))
        hit.count.requests += 1
        hit.count.sent += hit.sent
        self.house.access.add(self.remote_bytes, hit.tail)
        self.deadline = clock.now + self.house.limits.keepalive_timeout
        if hit.close:
            self.close()

    def reload(self, hit: Hit, page: Page) -> tuple[Hit, bytes]:
        """The hit with its body read again, or an apology where the disk has lost it."""
        house = self.house
        try:
            return hit, house.pages.again(page)
        except ReleaseBroken as error:
            self.port.memo.clear()
            hit = Hit(house.broken(error), house.pages, house.tally.of("", 500), hit.tail, close=True)
            return hit, hit.body

    async def stream(self, found: Answer, head: bytes, close: bool, old: bool) -> None:
        """An answer that is too large for one write."""
        try:
            closing = await self.deliver(found, close, self.house.log_parts(head), old=old)
        except OSError:
            self.abort()
            return
        self.done(closing)

    async def deliver(self, found: Answer, close: bool, log: tuple[str, str, str, str], *, old: bool = False) -> bool:
        """Head and body of any answer, logged and counted; returns whether the connection closes after it."""
        house = self.house
        try:
            pieces = sending.load(found.pieces, house.pages)
        except ReleaseBroken as error:
            found, close = house.broken(error), True
            pieces = sending.load(found.pieces, house.pages)
        close = close or found.close or house.draining
        connection = fastlane.connection_field(close, old)
        count = house.tally.of(found.site, found.status)
        count.requests += 1
        count.sent += found.sent
        tail = house.access.tail(log[0], found.status, found.sent, log[1:], found.site)
        house.access.add(self.remote_bytes, tail)
        start = [found.start(), self.clock.date, connection]
        while pieces and isinstance(pieces[0], bytes) and len(pieces) == 1:
            start.append(cast(bytes, pieces.pop()))
        self.transport.write(b"".join(start))
        if pieces:
            await sending.send(self, pieces)
        return close

    def slowly(self, data: bytes) -> None:
        """Hand bytes to aiohttp, building its part of the connection the first time."""
        if self.slow is None:
            self.slow = SlowLane(self)
            self.slow.connection_made(self.transport)
        self.slow.data_received(data)

    def stick(self, data: bytes) -> None:
        """From here on aiohttp sees every byte."""
        self.sticky = self.asking = True
        data, self.backlog = data + self.backlog, b""
        self.wait(self.house.limits.body_timeout)
        self.slowly(data)

    def done(self, close: bool) -> None:
        """An answer that was under way is complete."""
        self.busy = self.asking = False
        if self.lost:
            return
        if close or self.house.draining or (self.half and not self.backlog):
            self.close()
            return
        self.wait(self.house.limits.keepalive_timeout)
        if not self.paused:
            self.resume()

    def resume(self) -> None:
        """Go on with what waited."""
        if self.sticky or self.lost:
            return
        data, self.backlog = self.backlog, b""
        self.transport.resume_reading()
        if data:
            self.take(data)

    def finish(self) -> None:
        """The street closes; an answer that is under way is the last."""
        if not self.engaged:
            self.close()

    def linger(self) -> None:
        self.busy = True
        super().linger()

    def pause_writing(self) -> None:
        super().pause_writing()
        if self.slow:
            self.slow.pause_writing()

    def resume_writing(self) -> None:
        self.paused = False
        self.wake()
        if self.slow:
            self.slow.resume_writing()
        if not self.busy and not self.lost:
            self.wait(self.house.limits.keepalive_timeout)
            self.resume()

    async def drained(self) -> None:
        """Part of Wire."""
        if self.lost:
            raise ConnectionResetError("the client is gone")
        if self.paused:
            self.wait(self.house.limits.write_timeout)
            self.waiter = asyncio.get_running_loop().create_future()
            try:
                await self.waiter
            finally:
                self.waiter = None

    async def writable(self, descriptor: int) -> None:
        """Part of Wire."""
        if self.lost:
            raise ConnectionResetError("the client is gone")
        loop = asyncio.get_running_loop()
        self.waiter = loop.create_future()
        loop.add_writer(descriptor, self.wake)
        try:
            await self.waiter
        finally:
            loop.remove_writer(descriptor)
            self.waiter = None

    def wake(self) -> None:
        if self.waiter and not self.waiter.done():
            self.waiter.set_result(None)

    @property
    def engaged(self) -> bool:
        """A request is being answered, or its body is on the way."""
        return self.busy or (self.sticky and self.asking)

    def eof_received(self) -> bool:
        """The client sends no more; what it asked for it still gets (half-closed connections are legal)."""
        if (self.engaged or self.paused) and not self.lingering:
            self.half = True
            return self.plain
        return False

    def overdue(self) -> None:
        if self.waiter is not None:  # a file on its way past the transport's buffer
            self.stuck()
        elif self.asking:
            self.refuse("body_timeout" if self.sticky else "header_timeout", 408)
        else:
            self.close()

    def refuse(self, reason: str, status: int, head: bytes = b"") -> None:
        """One metric, one line in the log, and out."""
        house = self.house
        house.metrics.refused.labels(reason).inc()
        line = house.log_parts(head[:512])[0]
        house.access.add(self.remote_bytes, house.access.tail(line or "-", status, 0))
        self.transport.write(plain(status, close=True).wire(self.clock.date, b"Connection: close\r\n"))
        self.linger()
