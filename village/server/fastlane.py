"""The fast lane: requests understood completely from their bytes alone. Whatever is the least unusual goes the
slow way.

Three steps, each cheaper than the next: the very same bytes were answered before (``Memo``); the bytes are a
plain GET or HEAD
(``understand``); anything else is aiohttp's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from village.server import target as targets
from village.server.answer import Answer, Request
from village.server.fields import TCHAR, fold
from village.server.pages import Pages, small
from village.server.tally import Count

END = b"\r\n\r\n"
# RFC 9112 §3 and §5, strict: no bare CR or LF, no folding, no space before the colon.
HEAD = re.compile(
    rb"([A-Z]{1,20}) (/[!-~\x80-\xff]*) HTTP/1\.([01])\r\n"
    rb"((?:" + TCHAR + rb"+:[\t\x20-\x7e\x80-\xff]*\r\n)*)\r\n\Z"
)
# RFC 9112 §3: one space, no more; parsers that are more generous than the next one are how requests get smuggled.
REQUEST_LINE = re.compile(TCHAR + rb"+ [!-~\x80-\xff]+ HTTP/([0-9]\.[0-9])\Z")
# A well-formed field section; what follows a head like this without FRAMING is the next request.
FIELDS = re.compile(rb"(?:" + TCHAR + rb"+:[\t\x20-\x7e\x80-\xff]*\r\n)*\r\n\Z")
CODING = re.compile(rb"\r\ntransfer-encoding[ \t]*:[ \t]*([^\r\n]*?)[ \t]*\r\n", re.IGNORECASE)
TOKEN = re.compile(TCHAR)
FRAMING = re.compile(rb"\r\n(?:content-length|transfer-encoding|expect)[ \t]*:", re.IGNORECASE)
# RFC 9110 §7.8: we may pass over it. aiohttp would take what follows for another protocol, a pipelined request, too.
UPGRADE = re.compile(rb"\r\n(?:upgrade|http2-settings):[^\r\n]*(?=\r\n)", re.IGNORECASE)
# Fields that change nothing about our answer, and those that the negotiation reads.
KNOWN = frozenset(
    b"""
    host user-agent accept accept-language accept-encoding accept-charset accept-datetime connection keep-alive
    te referer cookie
    dnt origin cache-control pragma upgrade-insecure-requests if-none-match if-match if-modified-since
    if-unmodified-since if-range
    range priority save-data from via authorization sec-fetch-dest sec-fetch-mode sec-fetch-site sec-fetch-user
    sec-ch-ua
    sec-ch-ua-mobile sec-ch-ua-platform sec-gpc sec-purpose purpose dpr viewport-width device-memory rtt
    downlink ect alt-used
    forwarded x-forwarded-for x-forwarded-proto x-forwarded-host x-forwarded-port x-real-ip x-requested-with
    x-request-id
    x-correlation-id traceparent tracestate cf-connecting-ip cf-ipcountry cf-ray cf-visitor true-client-ip
    """.split()
)
LONGEST_HEAD = 32 * 1024
MOST_FIELDS = 100
LONGEST_LINE = 8190
OWN = ("/-/", "/hooks/", "/.well-known/acme-challenge/")
MEMO_KEY = 2048
MEMO_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Understood:
    """A request that the fast lane may answer; ``close``: the client wants no other after it; ``old``: HTTP/1.0."""

    request: Request
    close: bool
    old: bool = False


def understand(head: bytes, scheme: str) -> Understood | None:
    """The request in ``head``, or None: aiohttp's."""
    match = HEAD.match(head)
    if match is None or len(head) > LONGEST_LINE:
        return None
    method, target, version, block = match.groups()
    old = version == b"0"
    pairs: list[tuple[bytes, bytes]] = []
    names: set[bytes] = set()
    for line in block.split(b"\r\n")[:-1]:
        name, _, value = line.partition(b":")
        key = name.lower()
        if key not in KNOWN or key in names:
            return None
        names.add(key)
        pairs.append((key, value))
    if b"host" not in names and not old:
        return None
    headers = fold(pairs)
    connection = headers.get("connection", "").lower()
    if connection not in {"", "keep-alive", "close"}:
        return None
    path = targets.escaped(target).decode("ascii")
    if path.startswith(OWN):
        return None
    close = connection == "close" or (old and connection != "keep-alive")
    return Understood(Request(method.decode(), path, headers.get("host", ""), headers, scheme), close, old)


def bodiless(head: bytes) -> bool:
    """Whether ``head`` is a whole well-formed request without a body, so that what follows is the next one."""
    return FRAMING.search(head) is None and FIELDS.match(head, head.find(b"\r\n") + 2) is not None


def refusal(head: bytes) -> int:
    """The status that a whole head is refused with before anybody parses it further; 0 when it is not."""
    lines = head.split(b"\r\n")
    if len(lines[0]) > LONGEST_LINE:
        return 414
    if len(head) > LONGEST_HEAD or len(lines) > MOST_FIELDS or any(len(line) > LONGEST_LINE for line in lines):
        return 431
    match = REQUEST_LINE.match(lines[0])
    if match is None or match.group(1) < b"1":
        return 400
    if match.group(1) >= b"2":
        return 505
    coding = CODING.search(head)
    if coding is None:
        return 0
    if match.group(1) == b"1.0":  # RFC 9112 §6.1: its framing is faulty
        return 400
    return 501 if coding.group(1).lower() != b"chunked" else 0


def strict(head: bytes) -> bytes:
    """A head that is not refused, as aiohttp's parser takes it: raw bytes of the target escaped, a later HTTP/1 as 1.1
    (RFC 9110 §2.5), without the wish for another protocol."""
    line, _, rest = UPGRADE.sub(b"", head).partition(b"\r\n")
    if not line.isascii() or line[-1] not in b"01":
        line = targets.escaped(line[:-1]) + (b"0" if line.endswith(b"0") else b"1")
    return line + b"\r\n" + rest


def hopeless(start: bytes) -> int:
    """The status for the start of a request that can no longer become one: refused now, not when the client is
    bored.
    """
    line, whole, _ = start.partition(b"\r\n")
    if not TOKEN.match(start) or b"\0" in start or b"\n" in start.replace(b"\r\n", b""):
        return 400
    if whole and len(line) <= LONGEST_LINE and not REQUEST_LINE.match(line):  # HTTP/0.9, or no HTTP at all
        return 400
    if len(start) > LONGEST_LINE and b"\r\n" not in start:
        return 414
    return 431 if len(start) > LONGEST_HEAD else 0


def connection_field(close: bool, old: bool) -> bytes:
    """The Connection header and the end of the head; HTTP/1.0 wants to be told that it may stay (RFC 9112 §9.3)."""
    if close:
        return b"Connection: close\r\n\r\n"
    return b"Connection: keep-alive\r\n\r\n" if old else b"\r\n"


class Hit:
    """A prepared answer to one exact sequence of bytes. ``body`` is empty where a page holds it."""

    __slots__ = ("body", "close", "count", "end", "page", "sent", "start", "tail")

    def __init__(
        self, answer: Answer, pages: Pages, count: Count, tail: bytes, *, close: bool, old: bool = False
    ) -> None:
        self.start = answer.start()
        self.close = close
        self.end = connection_field(close, old)
        self.page, self.body = pages.held(answer.pieces)
        self.count = count
        self.sent = answer.sent
        self.tail = tail


def preparable(answer: Answer) -> bool:
    """Whether an answer is sent in one go from memory."""
    pieces = answer.pieces
    return not pieces or (len(pieces) == 1 and (isinstance(pieces[0], bytes) or small(pieces[0])))


class Memo:
    """Prepared answers by the exact bytes of the request, valid until the next release or change of rules."""

    def __init__(self) -> None:
        self.hits: dict[bytes, Hit] = {}
        self.generation = 0
        self.size = 0

    def keep(self, head: bytes, hit: Hit) -> None:
        if len(head) <= MEMO_KEY:
            if self.size > MEMO_BYTES:
                self.hits.clear()
                self.size = 0
            self.hits[head] = hit
            self.size += 300 + len(head) + len(hit.start) + len(hit.body) + len(hit.tail)

    def clear(self) -> None:
        self.generation += 1
        self.size = 0
        self.hits.clear()
