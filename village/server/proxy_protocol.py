"""The PROXY protocol, versions 1 and 2 (haproxy.org, proxy-protocol.txt): who really connected."""

from __future__ import annotations

import ipaddress
import struct
from dataclasses import dataclass

SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"
LONGEST_LINE = 107  # §2.1, CRLF included
MOST_BYTES = 4096  # v2 may carry 64 KiB of TLVs; nobody sends that many


class BadProxyHeader(ValueError):
    """The peer had to speak the PROXY protocol and did not."""


@dataclass(frozen=True, slots=True)
class Proxied:
    """``length``: bytes of the header. ``source``: the client's (address, port), IPv4 in IPv6's clothes as IPv4; None
    for LOCAL and UNKNOWN: use the socket's.
    """

    length: int
    source: tuple[str, int] | None


def parse(data: bytes) -> Proxied | None:
    """The header at the start of ``data``; None while it is incomplete. Raises BadProxyHeader."""
    if data.startswith(SIGNATURE[: len(data)]):
        return parse_binary(data)
    if data.startswith(b"PROXY "[: len(data)]):
        return parse_line(data)
    raise BadProxyHeader("no PROXY protocol header")


def parse_line(data: bytes) -> Proxied | None:
    """Version 1: ``PROXY TCP4 source destination port port CRLF``."""
    end = data.find(b"\r\n", 0, LONGEST_LINE)
    if end < 0:
        if len(data) >= LONGEST_LINE:
            raise BadProxyHeader("the line is too long")
        return None
    words = data[:end].decode("latin-1").split(" ")
    if words[1] == "UNKNOWN":
        return Proxied(end + 2, None)
    if len(words) != 6 or words[1] not in {"TCP4", "TCP6"}:
        raise BadProxyHeader("the line is not PROXY TCP4|TCP6 source destination port port")
    version = 4 if words[1] == "TCP4" else 6
    address(words[3], version)
    port(words[5])
    return Proxied(end + 2, (address(words[2], version), port(words[4])))


def address(text: str, version: int) -> str:
    try:
        parsed = ipaddress.ip_address(text)
    except ValueError:
        raise BadProxyHeader("not an address") from None
    if parsed.version != version or "%" in text:  # a zone is of one machine, and may hold any character
        raise BadProxyHeader("an address of the wrong family")
    return bare(parsed)


def bare(parsed: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    """A balancer on ``:::443`` announces its IPv4 clients as ``::ffff:192.0.2.1``, in hexadecimal where it likes."""
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return str(mapped or parsed)


def port(text: str) -> int:
    if (
        not (text.isascii() and text.isdigit())
        or len(text) > 5
        or int(text) > 65535
        or (len(text) > 1 and text[0] == "0")
    ):
        raise BadProxyHeader("not a port")
    return int(text)


def parse_binary(data: bytes) -> Proxied | None:
    """Version 2: signature, version and command, family and transport, length, addresses, TLVs."""
    if len(data) < 16:
        return None
    command, family, size = struct.unpack_from("!BBH", data, 12)
    if command >> 4 != 2 or command & 0xF > 1:
        raise BadProxyHeader("not version 2")
    if size > MOST_BYTES:
        raise BadProxyHeader("the header is too long")
    if len(data) < 16 + size:
        return None
    if command & 0xF == 0:  # LOCAL: the proxy's own health check
        return Proxied(16 + size, None)
    return Proxied(16 + size, binary_source(data, family, size))


def binary_source(data: bytes, family: int, size: int) -> tuple[str, int] | None:
    """The source of a v2 header; None for families that carry no address we can use."""
    if family == 0x11:
        need, width = 12, 4
    elif family == 0x21:
        need, width = 36, 16
    else:
        return None
    if size < need:
        raise BadProxyHeader("the address is cut short")
    source = ipaddress.ip_address(data[16 : 16 + width])
    return bare(source), int(struct.unpack_from("!H", data, 16 + 2 * width)[0])
