"""HTTP/2 on the wire: header blocks prepared once, and which of a client's blocks mean the same every time (RFC
7541, RFC 9113).
"""

from __future__ import annotations

from village.server.answer import Answer
from village.server.pages import Pages
from village.server.tally import Count

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = 0, 1, 2, 3, 4, 6, 7, 8, 9
END_STREAM, END_HEADERS, WITH_PRIORITY = 0x1, 0x4, 0x20
ACK = 0x1  # of SETTINGS and PING
FRAME = 16384  # the size that every peer must take (RFC 9113 §4.2)
# RFC 7541 appendix A: the statuses that have an entry of their own.
_STATUS = {200: b"\x88", 204: b"\x89", 206: b"\x8a", 304: b"\x8b", 400: b"\x8c", 404: b"\x8d", 500: b"\x8e"}
_NAMES = {
    "accept-ranges": 18, "access-control-allow-origin": 20, "allow": 22, "cache-control": 24, "content-disposition": 25,
    "content-encoding": 26, "content-language": 27, "content-length": 28, "content-location": 29, "content-range": 30,
    "content-type": 31, "date": 33, "etag": 34, "last-modified": 44, "link": 45, "location": 46, "retry-after": 53,
    "server": 54, "set-cookie": 55, "strict-transport-security": 56, "vary": 59, "www-authenticate": 61,
}  # fmt: skip


def integer(value: int, bits: int, first: int = 0) -> bytes:
    """RFC 7541 §5.1: ``value`` with a prefix of ``bits``, the rest of the first byte being ``first``."""
    most = (1 << bits) - 1
    if value < most:
        return bytes((first | value,))
    found = bytearray((first | most,))
    value -= most
    while value >= 128:
        found.append(value & 127 | 128)
        value >>= 7
    found.append(value)
    return bytes(found)


def literal(name: str, value: str) -> bytes:
    """A field without indexing (§6.2.2): it touches no table, so the same bytes serve every connection."""
    lower = name.lower()
    data = value.encode("utf-8", "surrogateescape")
    index = _NAMES.get(lower)
    start = integer(index, 4) if index else b"\x00" + integer(len(lower), 7) + lower.encode("ascii")
    return start + integer(len(data), 7) + data


def block(answer: Answer) -> bytes:
    """The header block of an answer, without its date."""
    status = _STATUS.get(answer.status) or literal_status(answer.status)
    return b"".join((status, literal("server", "village"), *(literal(name, value) for name, value in answer.headers)))


def literal_status(status: int) -> bytes:
    return integer(8, 4) + b"\x03" + str(status).encode()


def date_field(line: bytes) -> bytes:
    """The Date header's line as a field; always the same length."""
    return literal("date", line[6:-2].decode("ascii"))


DATE_LENGTH = len(date_field(b"Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"))


def constant(data: bytes) -> bool:
    """Whether a client's block leaves the dynamic table alone: it then means the same until a block that does not.

    False for what is malformed, too; the decoder will say so.
    """
    position, size = 0, len(data)
    try:
        while position < size:
            first = data[position]
            if first & 0x80:
                position = skip(data, position, 7)
            elif first & 0x60:
                return False  # literal with incremental indexing, or a new table size
            else:
                named = first & 0x0F
                position = skip(data, position, 4)
                for _ in range(1 if named else 2):
                    position = skip_string(data, position)
    except IndexError:
        return False
    return position == size


def skip(data: bytes, position: int, bits: int) -> int:
    """The position after an integer."""
    most = (1 << bits) - 1
    if data[position] & most < most:
        return position + 1
    position += 1
    while data[position] & 0x80:
        position += 1
    return position + 1


def skip_string(data: bytes, position: int) -> int:
    """The position after a string, Huffman-coded or not."""
    length = data[position] & 0x7F
    after = position + 1
    if length == 0x7F:
        shift = 0
        while True:
            byte = data[after]
            length += (byte & 0x7F) << shift
            shift += 7
            after += 1
            if not byte & 0x80 or shift > 28:
                break
    return after + length


def frame(kind: int, flags: int, stream: bytes, payload_length: int) -> bytes:
    """A frame's head; ``stream`` is its id in four bytes."""
    return payload_length.to_bytes(3, "big") + bytes((kind, flags)) + stream


def goaway(last: int) -> bytes:
    """Streams up to ``last`` will be answered, no later one (RFC 9113 §6.8)."""
    return frame(GOAWAY, 0, bytes(4), 8) + last.to_bytes(4, "big") + bytes(4)


class Hit2:
    """A prepared HTTP/2 answer: ``start`` + stream id + ``block`` + date, then the body in frames."""

    __slots__ = ("block", "body", "count", "page", "sent", "start", "tail")

    def __init__(self, answer: Answer, pages: Pages, count: Count, tail: bytes) -> None:
        self.block = block(answer)
        self.sent = answer.sent
        flags = END_HEADERS | (0 if self.sent else END_STREAM)
        self.start = (len(self.block) + DATE_LENGTH).to_bytes(3, "big") + bytes((HEADERS, flags))
        self.page, self.body = pages.held(answer.pieces if self.sent else ())
        self.count = count
        self.tail = tail


def data_frames(stream: bytes, body: bytes) -> list[bytes]:
    """The body as DATA frames, the last of which ends the stream."""
    if len(body) <= FRAME:
        return [len(body).to_bytes(3, "big") + b"\x00\x01" + stream, body]
    found: list[bytes] = []
    for position in range(0, len(body), FRAME):
        part = body[position : position + FRAME]
        last = position + FRAME >= len(body)
        found += [frame(0, END_STREAM if last else 0, stream, len(part)), part]
    return found
