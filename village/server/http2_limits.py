"""What a peer may ask of an HTTP/2 connection: the settings we announce, and a budget for what is cheap to send
and dear to answer.
"""

from __future__ import annotations

from collections.abc import Iterable

import h2.config
import h2.connection
import h2.errors
import h2.exceptions
import h2.settings
import hpack
import hpack.exceptions

from village.server import http2_blocks
from village.server.clock import Clock

MOST_STREAMS = 128
MOST_HEADER_BYTES = 32 * 1024
_CHATTER = frozenset({http2_blocks.SETTINGS, http2_blocks.PING, http2_blocks.PRIORITY})
_SMALL_STEP = 256  # a WINDOW_UPDATE below this makes us send crumbs
CONFIG = h2.config.H2Configuration(
    client_side=False,
    header_encoding=None,
    validate_inbound_headers=False,  # http2_fields does: h2 ends the connection over one malformed request
    validate_outbound_headers=False,
    normalize_outbound_headers=False,
)


class CompressionError(h2.exceptions.ProtocolError):
    """A header block that cannot be decoded: no later one can (RFC 9113 §4.3)."""

    error_code = h2.errors.ErrorCodes.COMPRESSION_ERROR


class Decoder(hpack.Decoder):
    """hpack's, whose errors h2 would call errors of the protocol."""

    def decode(self, data: bytes, raw: bool = False) -> Iterable[hpack.HeaderTuple]:
        try:
            return super().decode(data, raw)
        except hpack.exceptions.OversizedHeaderListError:
            raise
        except hpack.exceptions.HPACKError as error:
            raise CompressionError("a header block that cannot be decoded") from error


def new_connection() -> h2.connection.H2Connection:
    """h2's half of a connection, with our settings announced."""
    conn = h2.connection.H2Connection(CONFIG)
    codes = h2.settings.SettingCodes
    conn.local_settings = h2.settings.Settings(
        client=False,
        initial_values={
            codes.MAX_CONCURRENT_STREAMS: MOST_STREAMS,
            codes.MAX_HEADER_LIST_SIZE: MOST_HEADER_BYTES,
            codes.INITIAL_WINDOW_SIZE: 65535,
        },
    )
    conn.decoder = Decoder(MOST_HEADER_BYTES)
    conn.initiate_connection()
    # The limit of streams is ours to keep: h2 would end the connection of a client that has not read our SETTINGS yet.
    conn.local_settings[codes.MAX_CONCURRENT_STREAMS] = 2**31 - 1
    conn.local_settings.acknowledge()
    return conn


def small_step(kind: int, start: bytes) -> bool:
    return kind == http2_blocks.WINDOW_UPDATE and int.from_bytes(start, "big") < _SMALL_STEP


class Abuse:
    """Rapid reset (CVE-2023-44487), CONTINUATION floods (CVE-2024-27316), floods of PING, SETTINGS, PRIORITY and
    empty DATA,
    windows opened by crumbs: a budget for each, given back slowly. Every method raises DenialOfServiceError
    when it is spent."""

    RESETS, CONTROLS, CRUMBS = 200.0, 1000.0, 1000.0

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.moment = clock.now
        self.header_bytes = 0
        self.resets, self.controls, self.crumbs = self.RESETS, self.CONTROLS, self.CRUMBS

    def inspect(self, kind: int, flags: int, length: int, start: bytes) -> None:
        """Count one frame; ``start``: the first four bytes of its payload."""
        if kind in {http2_blocks.HEADERS, http2_blocks.CONTINUATION}:
            self.header_bytes += length
            if self.header_bytes > MOST_HEADER_BYTES:
                raise h2.exceptions.DenialOfServiceError("too many header bytes")
            if flags & http2_blocks.END_HEADERS:
                self.header_bytes = 0
        elif kind == http2_blocks.RST_STREAM:
            self.reset()
        elif kind in _CHATTER or (kind == http2_blocks.DATA and not length) or small_step(kind, start):
            self.control()

    def reset(self) -> None:
        """A stream has ended before its time."""
        self.resets -= 1
        self.check(self.resets)

    def control(self) -> None:
        """A frame that carries nothing of a request."""
        self.controls -= 1
        self.check(self.controls)

    def crumb(self) -> None:
        """We had to send a small piece of a large body."""
        self.crumbs -= 1
        self.check(self.crumbs)

    def check(self, left: float) -> None:
        """Time gives back a part of each budget; what is spent then is spent."""
        passed = self.clock.now - self.moment
        if passed >= 1:
            self.moment = self.clock.now
            self.resets = min(self.RESETS, self.resets + 20 * passed)
            self.controls = min(self.CONTROLS, self.controls + 100 * passed)
            self.crumbs = min(self.CRUMBS, self.crumbs + 100 * passed)
        elif left < 0:
            raise h2.exceptions.DenialOfServiceError("the peer keeps us busy with nothing")
