"""One HTTP/2 connection: the h2 library keeps the rules, prepared blocks keep the speed.

Fast lane: a HEADERS frame whose block is known and constant, for a new stream, whose whole answer fits the windows, is
answered from prepared bytes; h2 is told that the stream has come and gone. Every other frame is h2's.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING, Any, cast

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions
import h2.settings
import h2.stream

from village.errors import ReleaseBroken
from village.server import fastlane, http2_blocks, own
from village.server.answer import Answer, Request
from village.server.fields import fold
from village.server.http1 import FOREVER, LINGER
from village.server.http2_blocks import Hit2
from village.server.pages import Page
from village.server.http2_streams import Abuse, Stream

if TYPE_CHECKING:
    from village.server.listeners import Listener

log = logging.getLogger("village.server")
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
MOST_STREAMS = 128
MOST_HEADER_BYTES = 32 * 1024
MOST_FRAME = http2_blocks.FRAME
# RFC 9113 §8.2.2: these belong to HTTP/1.
_CLOSED = h2.stream.StreamClosedBy.SEND_END_STREAM
CONFIG = h2.config.H2Configuration(client_side=False, header_encoding=None, validate_outbound_headers=False,
                                   normalize_outbound_headers=False)  # fmt: skip


class Http2(asyncio.Protocol):
    """``streams``: those that h2 knows and we still answer."""

    __slots__ = (
        "abuse", "bucket", "buffer", "clock", "conn", "deadline", "generation", "going", "greeted", "header_bytes", "known", "lingering", "listener", "lost", "memo",
        "paused", "remote", "remote_bytes", "stalled", "street", "streams", "transport", "waiter",
    )  # fmt: skip

    def __init__(self, listener: Listener, remote: str) -> None:
        self.listener = listener
        self.street = listener.street
        self.clock = listener.street.clock
        self.memo = listener.memo
        self.remote = remote
        self.remote_bytes = remote.encode()
        self.transport: asyncio.Transport = cast(Any, None)
        self.deadline = FOREVER
        self.bucket = 0
        self.buffer = b""
        self.known: dict[bytes, Hit2] = {}
        self.generation = self.memo.generation
        self.header_bytes = 0
        self.streams: dict[int, Stream] = {}
        self.abuse = Abuse(self.clock)
        self.going = self.greeted = self.lingering = self.lost = self.paused = False
        self.waiter: asyncio.Future[None] | None = None
        self.stalled = 0
        self.conn = h2.connection.H2Connection(CONFIG)
        self.conn.local_settings = h2.settings.Settings(
            client=False,
            initial_values={
                h2.settings.SettingCodes.MAX_CONCURRENT_STREAMS: MOST_STREAMS,
                h2.settings.SettingCodes.MAX_HEADER_LIST_SIZE: MOST_HEADER_BYTES,
                h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: 65535,
            },
        )
        self.conn.decoder.max_header_list_size = MOST_HEADER_BYTES

    @property
    def busy(self) -> bool:
        """Whether an answer is under way."""
        return bool(self.streams)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.street.connections.add(self)
        self.conn.initiate_connection()
        self.wait(self.street.limits.header_timeout)
        self.flush()

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = True
        self.street.connections.discard(self)
        self.street.leave(self.listener, self.remote)
        self.clock.forget(self)
        self.wake()
        for stream in list(self.streams.values()):
            stream.cancel()

    def wake(self) -> None:
        if self.waiter and not self.waiter.done():
            self.waiter.set_result(None)

    def data_received(self, data: bytes) -> None:
        if self.lingering:
            return
        if self.generation != self.memo.generation:
            self.generation = self.memo.generation
            self.known.clear()
        if self.buffer:
            data = self.buffer + data
        out: list[bytes] = []
        try:
            position = self.frames(data, out)
        except h2.exceptions.ProtocolError as error:
            self.broken(error, out)
            return
        self.buffer = data[position:]
        if out:
            self.transport.write(b"".join(out))
            if not self.streams:
                self.deadline = self.clock.now + self.street.limits.keepalive_timeout
        elif self.buffer and not self.streams:
            self.wait(self.street.limits.header_timeout)

    def frames(self, data: bytes, out: list[bytes]) -> int:
        """Every whole frame in ``data``; returns where the rest begins. Raises ProtocolError."""
        position, size = 0, len(data)
        if not self.greeted:
            if size < len(PREFACE) and PREFACE.startswith(data):
                return 0
            self.slow(data[: len(PREFACE)], out)
            position = len(PREFACE)
            self.greeted = True
        known = self.known
        while size - position >= 9:
            length = data[position] << 16 | data[position + 1] << 8 | data[position + 2]
            end = position + 9 + length
            if length > MOST_FRAME:
                self.slow(data[position:end], out)
                raise h2.exceptions.FrameTooLargeError("a frame larger than allowed")
            if end > size:
                break
            kind, flags = data[position + 3], data[position + 4]
            if kind == 1 and flags == 5 and not self.header_bytes:
                hit = known.get(data[position + 9 : end])
                if hit is not None and self.fast(hit, data[position + 5 : position + 9], out):
                    position = end
                    continue
            self.inspect(kind, flags, length, data[position + 9 : position + 13])
            self.slow(data[position:end], out)
            position = end
        return position

    def fast(self, hit: Hit2, stream: bytes, out: list[bytes]) -> bool:
        """Answer a new stream from prepared bytes; False when it must go the slow way."""
        conn = self.conn
        number = int.from_bytes(stream, "big")
        sent = hit.sent
        if (
            number <= conn.highest_inbound_stream_id
            or not number & 1
            or self.paused
            or self.going
            or sent > conn.outbound_flow_control_window
            or sent > conn.remote_settings.initial_window_size
        ):
            return False
        page = hit.page
        body: bytes | None = hit.body
        if page is not None:
            page.used = True
            body = page.body
            if body is None and (body := self.reload(page)) is None:
                return False
        out += (hit.start, stream, hit.block, self.street.date_field())
        if sent:
            out += http2_blocks.data_frames(stream, body)
            conn.outbound_flow_control_window -= sent
        conn.highest_inbound_stream_id = number
        conn._closed_streams[number] = _CLOSED  # noqa: SLF001 - so that h2 answers late frames for it by its rules
        hit.count.requests += 1
        hit.count.sent += sent
        self.street.access.add(self.remote_bytes, hit.tail)
        return True

    def reload(self, page: Page) -> bytes | None:
        try:
            return self.street.pages.again(page)
        except ReleaseBroken:
            self.known.clear()
            return None

    def inspect(self, kind: int, flags: int, length: int, start: bytes) -> None:
        """Count what an attacker sends cheaply and we answer dearly. Raises ProtocolError."""
        if kind in {http2_blocks.HEADERS, http2_blocks.CONTINUATION}:
            self.header_bytes += length
            if self.header_bytes > MOST_HEADER_BYTES:
                raise h2.exceptions.DenialOfServiceError("too many header bytes")
            if flags & http2_blocks.END_HEADERS:
                self.header_bytes = 0
        elif kind == http2_blocks.RST_STREAM:
            self.abuse.reset()
        elif kind in {http2_blocks.SETTINGS, http2_blocks.PING, http2_blocks.PRIORITY} or (kind == 0 and not length):
            self.abuse.control()
        elif kind == http2_blocks.WINDOW_UPDATE and int.from_bytes(start, "big") < 1024:
            self.abuse.control()

    def slow(self, data: bytes, out: list[bytes]) -> None:
        """Frames for h2, and what it makes of them. Raises ProtocolError."""
        events = self.conn.receive_data(data)
        for event in events:
            if isinstance(event, h2.events.RequestReceived):
                self.request(event, data)
            elif isinstance(event, h2.events.DataReceived):
                self.body(event)
            elif isinstance(event, h2.events.StreamEnded):
                if stream := self.streams.get(cast(int, event.stream_id)):
                    stream.end()
            elif isinstance(event, h2.events.StreamReset):
                if stream := self.streams.get(cast(int, event.stream_id)):
                    stream.cancel()
            elif isinstance(event, (h2.events.WindowUpdated, h2.events.RemoteSettingsChanged)):
                for stream in self.streams.values():
                    stream.wake()
            elif isinstance(event, h2.events.ConnectionTerminated):
                self.going = True
        if pending := self.conn.data_to_send():
            out.append(pending)

    def body(self, event: h2.events.DataReceived) -> None:
        stream = self.streams.get(cast(int, event.stream_id))
        size = event.flow_controlled_length or 0
        if stream is not None:
            stream.feed(event.data or b"", size)
        elif size:
            self.conn.acknowledge_received_data(size, cast(int, event.stream_id))

    def request(self, event: h2.events.RequestReceived, data: bytes) -> None:
        """A new request from h2; its answer is remembered when its block is constant."""
        number = cast(int, event.stream_id)
        fields = cast("list[tuple[bytes, bytes]]", event.headers)
        block = data[9:] if len(data) > 9 and data[3] == 1 and data[4] == 5 else b""
        if data[3] in {http2_blocks.HEADERS, http2_blocks.CONTINUATION} and not http2_blocks.constant(data[9:]):
            block = b""
            self.known.clear()
        stream = Stream(self, number)
        self.streams[number] = stream
        self.deadline = FOREVER
        stream.ended = event.stream_ended is not None
        asked = read(fields)
        if own.concerns(asked.target):
            stream.start(asked)
            return
        found = self.street.decide(asked)
        if block:
            self.remember(block, asked, found)
        stream.answer(asked, found)

    def remember(self, block: bytes, asked: Request, found: Answer) -> None:
        """Prepare the answer for the next request with the same block."""
        if (
            asked.method not in {"GET", "HEAD"}
            or not fastlane.preparable(found)
            or found.status == 500
            or len(self.known) > 256
        ):
            return
        with contextlib.suppress(ReleaseBroken):
            self.known[block] = Hit2(
                found, self.street.pages, self.street.tally.of(found.site, found.status), self.log_tail(asked, found)
            )

    def log_tail(self, asked: Request, found: Answer) -> bytes:
        get = asked.headers.get
        line = f"{asked.method} {asked.target} HTTP/2.0"
        return self.street.access.tail(
            line, found.status, found.sent, get("referer", ""), get("user-agent", ""), asked.host, found.site
        )

    def flush(self) -> None:
        if (pending := self.conn.data_to_send()) and not self.lost:
            self.transport.write(pending)

    def broken(self, error: h2.exceptions.ProtocolError, out: list[bytes]) -> None:
        """The peer broke the rules: GOAWAY, one line, out."""
        if self.lingering:
            return
        log.debug("HTTP/2 with %s ended: %s", self.remote, error)
        self.street.metrics.refused.labels("http2").inc()
        if isinstance(error, h2.exceptions.DenialOfServiceError):
            try:
                self.conn.close_connection(h2.errors.ErrorCodes.ENHANCE_YOUR_CALM)
            except h2.exceptions.ProtocolError:
                log.debug("h2 had closed the connection already")
        self.going = True
        if not self.lost:
            self.transport.write(b"".join(out) + self.conn.data_to_send())
        for stream in list(self.streams.values()):
            stream.cancel()
        self.street.access.add(self.remote_bytes, self.street.access.tail("-", 400, 0))
        if not self.lost:
            self.lingering = True
            self.transport.write_eof()
            self.wait(LINGER)

    def done(self, number: int) -> None:
        """A stream is over."""
        self.streams.pop(number, None)
        if self.lost:
            return
        self.flush()
        if not self.streams and not self.lingering:
            if self.going or self.street.draining:
                self.finish()
            else:
                self.wait(self.street.limits.keepalive_timeout)

    def finish(self) -> None:
        """Say goodbye; open streams may end first."""
        if not self.going:
            self.going = True
            try:
                self.conn.close_connection()
            except h2.exceptions.ProtocolError:
                log.debug("h2 had closed the connection already")
            self.flush()
        if not self.streams:
            self.transport.close()
            self.wait(self.street.limits.write_timeout)

    def wait(self, seconds: float) -> None:
        self.deadline = self.clock.now + seconds
        self.clock.watch(self)

    def pause_writing(self) -> None:
        """The peer takes nothing: read nothing from it either, so that it cannot make us gather answers."""
        self.paused = True
        self.stalled = self.transport.get_write_buffer_size()
        self.transport.pause_reading()
        self.wait(self.street.limits.write_timeout)

    def resume_writing(self) -> None:
        self.paused = False
        self.transport.resume_reading()
        if self.streams:
            self.deadline = FOREVER
        else:
            self.wait(self.street.limits.keepalive_timeout)
        for stream in self.streams.values():
            stream.wake()

    def abort(self) -> None:
        if not self.lost:
            self.transport.abort()

    def eof_received(self) -> bool:
        return False

    def expire(self) -> None:
        if self.lost:
            return
        if self.lingering:
            self.abort()
            return
        waiting = self.transport.get_write_buffer_size()
        if waiting and waiting < self.stalled:
            self.stalled = waiting
            self.wait(self.street.limits.write_timeout)
        elif waiting or self.transport.is_closing():
            self.street.metrics.refused.labels("write_timeout").inc()
            self.transport.abort()
        else:
            self.finish()


def read(fields: list[tuple[bytes, bytes]]) -> Request:
    """h2's fields as a request; h2 has checked the pseudo-fields."""
    pseudo = {name: value.decode("utf-8", "surrogateescape") for name, value in fields if name.startswith(b":")}
    headers = fold((name, value) for name, value in fields if not name.startswith(b":"))
    host = pseudo.get(b":authority") or headers.get("host", "")
    headers["host"] = host
    return Request(pseudo.get(b":method", ""), pseudo.get(b":path", ""), host, headers, "https")
