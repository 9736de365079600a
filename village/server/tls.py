"""TLS over memory buffers: the same connection objects behind it as without, and no buffer kept for an idle
client.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from typing import Any, cast

from village.server.answer import plain
from village.server.connection import FOREVER
from village.server.http1 import Http1
from village.server.http2 import Http2
from village.server.port import Port

log = logging.getLogger("village.server")
MOST_CORKED = 64 * 1024  # bytes; more must meet the transport's back-pressure
RECORD = 16384  # a record holds no more, and a read returns one record (RFC 8446 §5.1)


def engine(context: ssl.SSLContext, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO) -> Any:
    """What ``SSLContext.wrap_bio`` wraps once more in Python: its SSLObject only passes calls on, and costs a new
    connection a twentieth of what Python does for it.
    """
    return context._wrap_bio(incoming, outgoing, server_side=True)  # type: ignore[attr-defined]  # noqa: SLF001


class Tls(asyncio.Protocol, asyncio.Transport):
    """A protocol to the TCP transport below, a transport to the HTTP protocol above."""

    __slots__ = (
        "bucket",
        "clock",
        "closing",
        "corked",
        "deadline",
        "house",
        "incoming",
        "inner",
        "opened",
        "outgoing",
        "port",
        "remote",
        "sslobj",
        "tcp",
    )  # fmt: skip

    def __init__(self, port: Port, remote: str, context: ssl.SSLContext) -> None:
        self.port = port
        self.house = port.house
        self.clock = port.house.clock
        self.remote = remote
        self.incoming = ssl.MemoryBIO()
        self.outgoing = ssl.MemoryBIO()
        self.sslobj = engine(context, self.incoming, self.outgoing)
        self.tcp: asyncio.Transport = cast(Any, None)
        self.inner: Any = None
        self.opened = self.closing = self.corked = False
        self.deadline = FOREVER
        self.bucket = 0

    # the side of the network

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.tcp = cast(asyncio.Transport, transport)
        self.deadline = self.clock.now + self.house.limits.header_timeout
        self.clock.watch(self)
        self.house.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.house.connections.discard(self)
        self.clock.forget(self)
        self.closing = True
        if self.inner is not None:
            self.inner.connection_lost(exc)
            self.inner = None  # a circle less for the garbage collector: connections come by the thousand
        else:
            self.port.leave(self.remote)

    def data_received(self, data: bytes) -> None:
        if self.closing:
            return
        self.incoming.write(data)
        try:
            if self.opened or self.shake():
                self.read()
        except ssl.SSLError as error:
            self.fail(error)

    def shake(self) -> bool:
        """Go on with the handshake; True when it is complete."""
        try:
            self.sslobj.do_handshake()
        except ssl.SSLWantReadError:
            self.flush()
            return False
        self.opened = True
        self.clock.forget(self)
        self.deadline = FOREVER
        self.house.connections.discard(self)
        self.inner = self.choose()
        self.inner.connection_made(self)
        return True

    def choose(self) -> Any:
        """The protocol that ALPN agreed on."""
        if self.sslobj.selected_alpn_protocol() == "h2":
            return Http2(self.port, self.remote)
        return Http1(self.port, self.remote, plain=False)

    def read(self) -> None:
        """Everything decrypted so far; what is answered on the way leaves in one packet with the session ticket and the
        goodbye.
        """
        self.corked = True
        incoming, sslobj = self.incoming, self.sslobj
        try:
            while (incoming.pending or sslobj.pending()) and not self.closing:  # an empty look costs an exception
                try:
                    data = sslobj.read(RECORD)
                except ssl.SSLWantReadError:
                    break
                except ssl.SSLZeroReturnError:
                    data = b""
                if not data:
                    self.close()
                    return
                self.inner.data_received(data)
        finally:
            self.corked = False
        self.flush()

    def fail(self, error: ssl.SSLError) -> None:
        """A broken handshake or record: one line for the curious, the alert for the peer."""
        log.debug("TLS with %s failed: %s", self.remote, error.reason or error)
        self.house.metrics.refused.labels("tls").inc()
        if error.reason == "HTTP_REQUEST":
            found = plain(400, "This port speaks HTTPS.", close=True)
            self.tcp.write(found.wire(self.clock.date, b"Connection: close\r\n"))
        else:
            self.flush()
        self.closing = True
        self.tcp.close()

    def flush(self) -> None:
        if self.outgoing.pending and not self.tcp.is_closing():
            self.tcp.write(self.outgoing.read())

    def eof_received(self) -> bool:
        return False

    def pause_writing(self) -> None:
        if self.inner is not None:
            self.inner.pause_writing()

    def resume_writing(self) -> None:
        if self.inner is not None:
            self.inner.resume_writing()

    def expire(self) -> None:
        """The handshake took too long."""
        self.house.metrics.refused.labels("handshake_timeout").inc()
        self.tcp.abort()

    def finish(self) -> None:
        """The street closes and the handshake is not done."""
        self.tcp.close()

    # the side of HTTP

    def write(self, data: Any) -> None:
        if self.closing or not data:
            return
        try:
            self.sslobj.write(data)
        except ssl.SSLError as error:
            self.fail(error)
            return
        if not self.corked or self.outgoing.pending > MOST_CORKED:
            self.tcp.write(self.outgoing.read())

    def writelines(self, list_of_data: Any) -> None:
        self.write(b"".join(list_of_data))

    def close(self) -> None:
        self.say_goodbye()
        self.tcp.close()

    def write_eof(self) -> None:
        """Nothing more from us; what still comes in is passed over."""
        self.say_goodbye()
        if not self.tcp.is_closing():
            self.tcp.write_eof()

    def say_goodbye(self) -> None:
        if self.closing:
            return
        self.closing = True
        try:  # noqa: SIM105 - suppress costs two calls more, on every new connection
            self.sslobj.shutdown()
        except ssl.SSLError:
            pass  # we do not wait for the peer's close_notify (RFC 8446 §6.1 lets us)
        self.flush()

    def abort(self) -> None:
        self.closing = True
        self.tcp.abort()

    def is_closing(self) -> bool:
        return self.closing or self.tcp.is_closing()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        if name == "ssl_object":
            return self.sslobj
        return self.tcp.get_extra_info(name, default)

    def pause_reading(self) -> None:
        self.tcp.pause_reading()

    def resume_reading(self) -> None:
        self.tcp.resume_reading()

    def get_write_buffer_size(self) -> int:
        return self.tcp.get_write_buffer_size()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self.tcp.set_write_buffer_limits(high, low)

    def can_write_eof(self) -> bool:
        return True
