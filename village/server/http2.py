"""One HTTP/2 connection: the h2 library keeps the rules, prepared blocks keep the speed.

Fast lane: a HEADERS frame whose block is known and constant, for a new stream, whose whole answer fits the windows, is
answered from prepared bytes; h2 is told that the stream has come and gone. Every other frame is h2's.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING, cast

import h2.errors
import h2.events
import h2.exceptions
import h2.stream

from village.errors import ReleaseBroken
from village.server import fastlane, http2_blocks, own
from village.server import target as targets
from village.server.answer import Answer, Request
from village.server.connection import FOREVER, Connection
from village.server.fields import fold
from village.server.http2_blocks import Hit2
from village.server.http2_limits import Abuse, new_connection
from village.server.http2_streams import Stream
from village.server.pages import Page

if TYPE_CHECKING:
    from village.server.listeners import Listener

log = logging.getLogger("village.server")
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
MOST_FRAME = http2_blocks.FRAME
_CLOSED = h2.stream.StreamClosedBy.SEND_END_STREAM


class Http2(Connection):
    """``streams``: those that h2 knows and we still answer. ``known``: constant header block → prepared answer.
    ``asking``: a frame or a header block is incomplete. ``going``: one side has said GOAWAY, what is open may end.
    """

    __slots__ = (
        "abuse",
        "asking",
        "block",
        "buffer",
        "conn",
        "generation",
        "going",
        "greeted",
        "known",
        "memo",
        "streams",
    )

    def __init__(self, listener: Listener, remote: str) -> None:
        super().__init__(listener, remote)
        self.memo = listener.memo
        self.buffer = self.block = b""
        self.known: dict[bytes, Hit2] = {}
        self.generation = self.memo.generation
        self.streams: dict[int, Stream] = {}
        self.abuse = Abuse(self.clock)
        self.asking = self.going = self.greeted = False
        self.conn = new_connection()

    @property
    def engaged(self) -> bool:
        """Whether an answer is under way."""
        return bool(self.streams)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.conn.initiate_connection()
        self.flush()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        for stream in list(self.streams.values()):
            stream.cancel()

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
            self.idle(progress=bool(out))

    def idle(self, *, progress: bool) -> None:
        """Nothing is being answered: one deadline for what is incomplete, however often a byte of it comes."""
        if self.going:
            self.close()
        elif not self.buffer and not self.abuse.header_bytes:
            if progress or self.asking:
                self.deadline = self.clock.now + self.street.limits.keepalive_timeout
            self.asking = False
        elif progress or not self.asking:
            self.asking = True
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
            if kind == http2_blocks.HEADERS:
                # 5: the request ends with its header block; with PRIORITY, five bytes of it stand before the block
                block = data[position + (14 if flags & http2_blocks.WITH_PRIORITY else 9) : end]
                if flags & ~http2_blocks.WITH_PRIORITY == 5 and not self.abuse.header_bytes:
                    hit = known.get(block)
                    if hit is not None and self.fast(hit, data[position + 5 : position + 9], out):
                        position = end
                        continue
                self.headers(flags, block)
            elif kind == http2_blocks.CONTINUATION:
                known.clear()
            elif kind == http2_blocks.GOAWAY and self.farewell(length, data[position + 5 : position + 9]):
                position = end
                continue
            self.abuse.inspect(kind, flags, length, data[position + 9 : position + 13])
            self.slow(data[position:end], out)
            position = end
        return position

    def farewell(self, length: int, stream: bytes) -> bool:
        """The peer's GOAWAY is kept from h2, which would answer nothing any more, not even what was asked before."""
        if length < 8 or stream != bytes(4) or self.abuse.header_bytes:
            return False  # malformed, or amid a header block: h2 knows the right error
        self.going = True
        return True

    def headers(self, flags: int, block: bytes) -> None:
        """A block on its way to h2: whatever may change the dynamic table changes what all known blocks mean."""
        whole = flags & ~(http2_blocks.WITH_PRIORITY | http2_blocks.END_STREAM) == http2_blocks.END_HEADERS
        if whole and http2_blocks.constant(block):
            self.block = block if flags & http2_blocks.END_STREAM else b""
        else:
            self.block = b""
            self.known.clear()

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
            out += http2_blocks.data_frames(stream, cast(bytes, body))
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

    def slow(self, data: bytes, out: list[bytes]) -> None:
        """Frames for h2, and what it makes of them. Raises ProtocolError."""
        events = self.conn.receive_data(data)
        for event in events:
            if isinstance(event, h2.events.RequestReceived):
                self.request(event)
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
        if pending := self.conn.data_to_send():
            out.append(pending)

    def body(self, event: h2.events.DataReceived) -> None:
        stream = self.streams.get(cast(int, event.stream_id))
        size = event.flow_controlled_length or 0
        if stream is not None:
            stream.feed(event.data or b"", size)
        elif size:
            self.conn.acknowledge_received_data(size, cast(int, event.stream_id))

    def request(self, event: h2.events.RequestReceived) -> None:
        """A new request from h2; its answer is remembered when its block is constant."""
        number = cast(int, event.stream_id)
        if self.going:  # it crossed our GOAWAY: the client may ask elsewhere, without fear (RFC 9113 §8.7)
            self.conn.reset_stream(number, h2.errors.ErrorCodes.REFUSED_STREAM)
            return
        fields = cast("list[tuple[bytes, bytes]]", event.headers)
        stream = Stream(self, number)
        self.streams[number] = stream
        self.deadline = FOREVER
        stream.ended = event.stream_ended is not None
        asked = read(fields)
        if own.concerns(asked.target):
            stream.start(asked)
            return
        found = self.street.decide(asked)
        if self.block:
            self.remember(self.block, asked, found)
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
        client = get("referer", ""), get("user-agent", ""), asked.host
        return self.street.access.tail(line, found.status, found.sent, client, found.site)

    def flush(self) -> None:
        if (pending := self.conn.data_to_send()) and not self.lost:
            self.transport.write(pending)

    def broken(self, error: h2.exceptions.ProtocolError, out: list[bytes]) -> None:
        """The peer broke the rules: GOAWAY, one line, out."""
        if self.lingering:
            return
        log.debug("HTTP/2 with %s ended: %s", self.remote, error)
        self.street.metrics.refused.labels("http2").inc()
        self.street.access.add(self.remote_bytes, self.street.access.tail("-", 400, 0))
        self.going = True
        if isinstance(error, h2.exceptions.DenialOfServiceError):
            self.goaway(h2.errors.ErrorCodes.ENHANCE_YOUR_CALM)
        for stream in list(self.streams.values()):
            stream.cancel()
        if not self.lost:
            self.transport.write(b"".join(out) + self.conn.data_to_send())
            self.linger()

    def goaway(self, code: h2.errors.ErrorCodes) -> None:
        with contextlib.suppress(h2.exceptions.ProtocolError):  # h2 may have said so already
            self.conn.close_connection(code)

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
        """Say goodbye; open streams may end first. h2 is not told: after a GOAWAY it sends nothing more."""
        if not self.going:
            self.going = True
            self.transport.write(http2_blocks.goaway(self.conn.highest_inbound_stream_id))
        if not self.streams:
            self.close()

    def overdue(self) -> None:
        if self.asking:
            self.street.metrics.refused.labels("header_timeout").inc()
            self.street.access.add(self.remote_bytes, self.street.access.tail("-", 408, 0))
        self.finish()

    def pause_writing(self) -> None:
        """The peer takes nothing: read nothing from it either, so that it cannot make us gather answers."""
        super().pause_writing()
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        self.paused = False
        self.transport.resume_reading()
        if self.streams:
            self.deadline = FOREVER
        else:
            self.wait(self.street.limits.keepalive_timeout)
        for stream in self.streams.values():
            stream.wake()


def read(fields: list[tuple[bytes, bytes]]) -> Request:
    """h2's fields as a request; h2 has checked the pseudo-fields."""
    pseudo = {
        name: targets.escaped(value).decode("ascii") if name == b":path" else value.decode("utf-8", "surrogateescape")
        for name, value in fields
        if name.startswith(b":")
    }
    headers = fold((name, value) for name, value in fields if not name.startswith(b":"))
    host = pseudo.get(b":authority") or headers.get("host", "")
    headers["host"] = host
    return Request(pseudo.get(b":method", ""), pseudo.get(b":path", ""), host, headers, "https")
