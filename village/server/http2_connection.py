"""An HTTP/2 connection's life: how long it may be idle, how it is broken off, how it ends (RFC 9113 §5.4, §6.8)."""

from __future__ import annotations

import asyncio
import contextlib
import logging

import h2.connection
import h2.errors
import h2.exceptions

from village.server import http2_blocks
from village.server.connection import FOREVER, Connection
from village.server.http2_limits import Abuse, new_connection
from village.server.http2_streams import Stream
from village.server.port import Port

log = logging.getLogger("village.server")


class Http2Connection(Connection):
    """``streams``: those that h2 knows and we still answer. ``asking``: a frame or a header block is incomplete.
    ``asked``: a request has come since the last look; nothing else that a peer can send makes an idle connection last
    longer than ``patience``, a moment of the clock. ``going``: one side has said GOAWAY, what is open may end.
    """

    __slots__ = ("abuse", "asked", "asking", "buffer", "conn", "going", "patience", "streams")

    def __init__(self, port: Port, remote: str) -> None:
        super().__init__(port, remote)
        self.buffer = b""
        self.streams: dict[int, Stream] = {}
        self.abuse = Abuse(self.clock)
        self.asked = self.asking = self.going = False
        self.patience = FOREVER
        self.conn = new_connection()

    @property
    def engaged(self) -> bool:
        """Whether an answer is under way."""
        return bool(self.streams)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.flush()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        for stream in list(self.streams.values()):
            stream.cancel()

    def idle(self) -> None:
        """Nothing is being answered: one deadline for what is incomplete, however often a byte of it comes."""
        limits, now = self.house.limits, self.clock.now
        if self.asked:
            self.patience = now + limits.keepalive_timeout
        if self.going:
            self.close()
        elif not self.buffer and not self.abuse.header_bytes:
            self.asking = False
            if self.patience >= self.deadline:
                self.deadline = self.patience  # later: the clock need not know
            else:
                self.wait(self.patience - now)
        elif self.asked or not self.asking:
            self.asking = True
            self.wait(min(now, self.patience) + limits.header_timeout - now)
        self.asked = False

    def flush(self) -> None:
        if (pending := self.conn.data_to_send()) and not self.lost:
            self.transport.write(pending)

    def refuse(self, number: int, code: h2.errors.ErrorCodes) -> None:
        """A request that gets no answer. Raises DenialOfServiceError for one too many."""
        self.abuse.reset()
        if stream := self.streams.get(number):
            stream.cancel()
        with contextlib.suppress(h2.exceptions.StreamClosedError):
            self.conn.reset_stream(number, code)

    def broken(self, error: h2.exceptions.ProtocolError, out: list[bytes]) -> None:
        """The peer broke the rules: GOAWAY, one line, out."""
        if self.lingering:
            return
        log.debug("HTTP/2 with %s ended: %s", self.remote, error)
        self.house.metrics.refused.labels("http2").inc()
        self.house.access.add(self.remote_bytes, self.house.access.tail("-", 400, 0))
        self.going = True
        if self.conn.state_machine.state is not h2.connection.ConnectionState.CLOSED:  # else h2 has said so
            self.conn.close_connection(error.error_code)
        for stream in list(self.streams.values()):
            stream.cancel()
        if not self.lost:
            self.transport.write(b"".join(out) + self.conn.data_to_send())
            self.linger()

    def done(self, number: int) -> None:
        """A stream is over."""
        self.streams.pop(number, None)
        if self.lost:
            return
        self.flush()
        if not self.streams and not self.lingering:
            if self.going or self.house.draining:
                self.finish()
            else:
                self.asked = True
                self.idle()

    def finish(self) -> None:
        """Say goodbye; open streams may end first. h2 is not told: after a GOAWAY it sends nothing more."""
        if not self.going:
            self.going = True
            self.transport.write(http2_blocks.goaway(self.conn.highest_inbound_stream_id))
        if not self.streams:
            self.close()

    def overdue(self) -> None:
        if self.asking:
            self.house.metrics.refused.labels("header_timeout").inc()
            self.house.access.add(self.remote_bytes, self.house.access.tail("-", 408, 0))
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
            self.idle()
        for stream in self.streams.values():
            stream.wake()
