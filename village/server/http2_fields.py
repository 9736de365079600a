"""The fields of an HTTP/2 request: are they sound, and what do they ask (RFC 9113 §8.2, §8.3).

h2 could check them, and would end the connection over one malformed request: behind a proxy that is the end of other
people's requests, too. The RFC makes it an error of the one stream.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from village.server import target as targets
from village.server.answer import Request
from village.server.fields import TCHAR, fold

Fields = list[tuple[bytes, bytes]]
_NAME = re.compile(rb"[!#$%&'*+\-.^_`|~0-9a-z]+\Z")
_METHOD = re.compile(TCHAR + rb"+\Z")
_VALUE = re.compile(rb"(?:[^\0\r\n\t ](?:[^\0\r\n]*[^\0\r\n\t ])?)?\Z")
_PATH = re.compile(rb"[!-~\x80-\xff]+\Z")
_PSEUDO = frozenset({b":method", b":scheme", b":authority", b":path"})
# RFC 9113 §8.2.2: what speaks of a connection of HTTP/1.1.
_HOP = frozenset({b"connection", b"proxy-connection", b"keep-alive", b"transfer-encoding", b"upgrade"})


def malformed(fields: Fields, *, ended: bool) -> str:
    """What is wrong with the header section of a request; "" when it is sound. ``ended``: no body follows."""
    pseudo: dict[bytes, bytes] = {}
    for name, value in fields:
        if not name.startswith(b":"):
            break
        if name not in _PSEUDO or name in pseudo:
            return "a pseudo-field that is unknown or given twice"
        if not _VALUE.match(value):
            return "a pseudo-field with a value that cannot be one"
        pseudo[name] = value
    rest = fields[len(pseudo) :]
    return regular(rest) or incomplete(pseudo) or contradictory(pseudo, rest, ended=ended)


def regular(fields: Iterable[tuple[bytes, bytes]]) -> str:
    """What is wrong with fields after the pseudo-fields, or with trailers."""
    for name, value in fields:
        if not _NAME.match(name):
            return "a field name that is none, or a pseudo-field in the wrong place"
        if not _VALUE.match(value):
            return "a field value that cannot be one"
        if name in _HOP or (name == b"te" and value.lower() != b"trailers"):
            return "a field that belongs to HTTP/1.1"
    return ""


def incomplete(pseudo: dict[bytes, bytes]) -> str:
    """Whether the pseudo-fields make a request (§8.3.1); CONNECT has a form of its own (§8.5)."""
    method = pseudo.get(b":method", b"")
    if not _METHOD.match(method):
        return "no method"
    if method == b"CONNECT":
        return "" if pseudo.keys() == {b":method", b":authority"} else "CONNECT takes an authority and nothing else"
    if not pseudo.get(b":scheme"):
        return "no scheme"
    return "" if _PATH.match(pseudo.get(b":path", b"")) else "no path"


def contradictory(pseudo: dict[bytes, bytes], rest: Fields, *, ended: bool) -> str:
    """Two hosts, or a length where no body is (§8.1.1); h2 compares the length of one that comes."""
    hosts = [value for name, value in rest if name == b"host"]
    authority = pseudo.get(b":authority")
    if len(hosts) > 1 or (hosts and authority is not None and hosts[0].lower() != authority.lower()):
        return "more than one host"
    if not hosts and authority is None:
        return "no host"
    lengths = {value for name, value in rest if name == b"content-length"}
    return "a length without a body" if ended and any(length.strip(b"0") for length in lengths) else ""


def read(fields: Fields) -> Request:
    """Sound fields as a request."""
    pseudo = {
        name: targets.escaped(value).decode("ascii") if name == b":path" else value.decode("utf-8", "surrogateescape")
        for name, value in fields
        if name.startswith(b":")
    }
    headers = fold((name, value) for name, value in fields if not name.startswith(b":"))
    host = pseudo.get(b":authority") or headers.get("host", "")
    headers["host"] = host
    return Request(pseudo.get(b":method", ""), pseudo.get(b":path", ""), host, headers, "https")
