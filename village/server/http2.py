"""One HTTP/2 connection: the h2 library keeps the rules, prepared blocks keep the speed.

Fast lane: a HEADERS frame whose block is known and constant, for a new stream, whose whole answer fits the windows, is
answered from prepared bytes; h2 is told that the stream has come and gone. Every other frame is h2's.
"""

from __future__ import annotations

import contextlib
import logging
from typing import cast

import h2.errors
import h2.events
import h2.exceptions
import h2.stream

from village.errors import ReleaseBroken
from village.server import http2_blocks, http2_fields, own
from village.server.answer import Answer, Request
from village.server.connection import FOREVER
from village.server.http2_blocks import Hit2
from village.server.http2_connection import Http2Connection
from village.server.http2_known import Known
from village.server.http2_limits import MOST_STREAMS
from village.server.http2_streams import Stream
from village.server.pages import Page
from village.server.port import Port

log = logging.getLogger("village.server")
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
MOST_FRAME = http2_blocks.FRAME
_CLOSED = h2.stream.StreamClosedBy.SEND_END_STREAM


class Http2(Http2Connection):
    """``known``: what is answered without h2. ``greeted``: the preface has come."""

    __slots__ = ("greeted", "known")

    def __init__(self, port: Port, remote: str) -> None:
        super().__init__(port, remote)
        self.known = Known(port.memo)
        self.greeted = False

    def data_received(self, data: bytes) -> None:
        if self.lingering:
            return
        known = self.known
        if known.generation != known.memo.generation:
            known.renew()
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
            self.idle()

    def frames(self, data: bytes, out: list[bytes]) -> int:
        """Every whole frame in ``data``; returns where the rest begins. Raises ProtocolError."""
        if not self.greeted and not self.greeting(data, out):
            return 0
        position, size = (0 if self.greeted else len(PREFACE)), len(data)
        self.greeted = True
        hits = self.known.hits
        while size - position >= 9:
            length = data[position] << 16 | data[position + 1] << 8 | data[position + 2]
            end = position + 9 + length
            if length > MOST_FRAME:
                raise h2.exceptions.FrameTooLargeError("a frame larger than allowed")
            if end > size:
                break
            kind, flags = data[position + 3], data[position + 4]
            if kind == http2_blocks.HEADERS:
                # 5: the request ends with its header block; with PRIORITY, five bytes of it stand before the block
                block = data[position + (14 if flags & http2_blocks.WITH_PRIORITY else 9) : end]
                if flags & ~http2_blocks.WITH_PRIORITY == 5 and not self.abuse.header_bytes:
                    hit = hits.get(block)
                    if hit is not None and self.fast(hit, data[position + 5 : position + 9], out):
                        position = end
                        continue
                self.known.passing(flags, block)
            elif kind == http2_blocks.CONTINUATION:
                hits.clear()
            elif kind == http2_blocks.GOAWAY and self.farewell(length, data[position + 5 : position + 9]):
                position = end
                continue
            elif kind == http2_blocks.SETTINGS and flags & http2_blocks.ACK and length:
                raise h2.exceptions.FrameTooLargeError("an acknowledgment of SETTINGS is empty")
            elif kind == http2_blocks.DATA:
                self.late(data[position + 5 : position + 9])
            self.abuse.inspect(kind, flags, length, data[position + 9 : position + 13])
            self.slow(data[position:end], out)
            position = end
        return position

    def greeting(self, data: bytes, out: list[bytes]) -> bool:
        """The preface, which ends with SETTINGS (RFC 9113 §3.4); False while it is incomplete. Raises ProtocolError."""
        start, frame = data[: len(PREFACE)], data[len(PREFACE) :]
        if PREFACE.startswith(start) and len(frame) < 9:
            return False
        self.slow(start, out)
        if frame[3] != http2_blocks.SETTINGS or frame[4] & http2_blocks.ACK:
            raise h2.exceptions.ProtocolError("the first frame is not SETTINGS")
        self.patience = self.clock.now + self.house.limits.keepalive_timeout
        return True

    def late(self, stream: bytes) -> None:
        """DATA for a stream that is over is answered with RST_STREAM each time: some are on the way when a stream is
        reset, many are a waste. Raises DenialOfServiceError.
        """
        if int.from_bytes(stream, "big") & 0x7FFFFFFF not in self.streams:
            self.abuse.control()

    def farewell(self, length: int, stream: bytes) -> bool:
        """The peer's GOAWAY is kept from h2, which would answer nothing any more, not even what was asked before."""
        if length < 8 or stream != bytes(4) or self.abuse.header_bytes:
            return False  # malformed, or amid a header block: h2 knows the right error
        self.going = True
        return True

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
        out += (hit.start, stream, hit.block, self.house.date_field())
        if sent:
            out += http2_blocks.data_frames(stream, cast(bytes, body))
            conn.outbound_flow_control_window -= sent
        conn.highest_inbound_stream_id = number
        conn._closed_streams[number] = _CLOSED  # noqa: SLF001 - so that h2 answers late frames for it by its rules
        self.asked = True
        hit.count.requests += 1
        hit.count.sent += sent
        self.house.access.add(self.remote_bytes, hit.tail)
        return True

    def reload(self, page: Page) -> bytes | None:
        try:
            return self.house.pages.again(page)
        except ReleaseBroken:
            self.known.hits.clear()
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
                self.reset(event)
            elif isinstance(event, h2.events.TrailersReceived):
                if http2_fields.regular(cast(http2_fields.Fields, event.headers)):
                    self.refuse(cast(int, event.stream_id), h2.errors.ErrorCodes.PROTOCOL_ERROR)
            elif isinstance(event, (h2.events.WindowUpdated, h2.events.RemoteSettingsChanged)):
                for stream in self.streams.values():
                    stream.wake()
        if pending := self.conn.data_to_send():
            out.append(pending)

    def reset(self, event: h2.events.StreamReset) -> None:
        """The peer takes a request back, or makes h2 end the stream over an error (which is how MadeYouReset works)."""
        if not event.remote_reset:
            self.abuse.reset()
        if stream := self.streams.get(cast(int, event.stream_id)):
            stream.cancel()

    def body(self, event: h2.events.DataReceived) -> None:
        stream = self.streams.get(cast(int, event.stream_id))
        size = event.flow_controlled_length or 0
        if stream is not None:
            stream.feed(event.data or b"", size)
        elif size:
            self.conn.acknowledge_received_data(size, cast(int, event.stream_id))

    def request(self, event: h2.events.RequestReceived) -> None:
        """A new request from h2; its answer is remembered when its block is constant."""
        number, ended = cast(int, event.stream_id), event.stream_ended is not None
        fields = cast(http2_fields.Fields, event.headers)
        if self.going or len(self.streams) >= MOST_STREAMS:
            # it crossed our GOAWAY or our SETTINGS: the client may ask again, without fear (RFC 9113 §5.1.2, §8.7)
            self.refuse(number, h2.errors.ErrorCodes.REFUSED_STREAM)
            return
        if why := http2_fields.malformed(fields, ended=ended):
            self.unsound(number, why)
            return
        self.asked = True
        stream = Stream(self, number)
        self.streams[number] = stream
        self.deadline = FOREVER
        stream.ended = ended
        asked = http2_fields.read(fields)
        if own.concerns(asked.target):
            stream.start(asked)
            return
        found = self.house.decide(asked, self.remote)
        if self.known.worth(asked, found):
            self.remember(asked, found)
        stream.answer(asked, found)

    def unsound(self, number: int, why: str) -> None:
        """A malformed request costs its stream (RFC 9113 §8.1.1), and one line in the log."""
        log.debug("refused a request from %s: %s", self.remote, why)
        self.house.metrics.refused.labels("malformed").inc()
        self.house.access.add(self.remote_bytes, self.house.access.tail("-", 400, 0))
        self.refuse(number, h2.errors.ErrorCodes.PROTOCOL_ERROR)

    def remember(self, asked: Request, found: Answer) -> None:
        """Prepare the answer for the next request with the same block."""
        count = self.house.tally.of(found.site, found.status)
        with contextlib.suppress(ReleaseBroken):
            hit = Hit2(found, self.house.pages, count, self.log_tail(asked, found))
            self.known.hits[self.known.block] = hit

    def log_tail(self, asked: Request, found: Answer) -> bytes:
        get = asked.headers.get
        line = f"{asked.method} {asked.target} HTTP/2.0"
        client = get("referer", ""), get("user-agent", ""), asked.host
        return self.house.access.tail(line, found.status, found.sent, client, found.site)
