"""How replicas ring each other: ``POST /-/sibling`` with a signed JSON body, to every address of VILLAGE_PEERS.

A ring is a doorbell and a hint. Its loss is a short delay (everybody looks at storage too); its replay is a
look at the remote that finds nothing new. So no clocks are compared: a nonce that was heard lately is simply
not acted upon again.

The client is forty lines over asyncio and not aiohttp: a listener that demands the PROXY protocol from our
network must be greeted with it (PROXY protocol 1, "UNKNOWN": a connection of the proxy's own), before the
request.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import ipaddress
import json
import logging
import socket
import uuid
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import Any

from village.errors import HookRefused, SiblingSilent

log = logging.getLogger("village.sync")

PATH = "/-/sibling"
HEADER = "x-village-signature"
LONGEST = 256 * 1024  # bytes of a body
PATIENCE = 1.0  # seconds for one address
REMEMBERED = 1000  # nonces


class Bell:
    """Signs what is sent, proves what is heard. ``secret`` is the same on every replica."""

    def __init__(self, secret: str | bytes) -> None:
        material = secret.encode() if isinstance(secret, str) else secret
        self._key = hmac.new(material, b"village sibling", hashlib.sha256).digest()
        self._heard: OrderedDict[str, None] = OrderedDict()

    def write(self, message: Mapping[str, Any]) -> tuple[bytes, str]:
        """(body, signature)."""
        body = json.dumps({**message, "nonce": uuid.uuid4().hex}).encode()
        return body, self.sign(body)

    def sign(self, body: bytes) -> str:
        return "sha256=" + hmac.new(self._key, body, hashlib.sha256).hexdigest()

    def read(self, headers: Mapping[str, str], body: bytes) -> dict[str, Any] | None:
        """The message; None when it was heard before. Raises HookRefused."""
        given = next((value for name, value in headers.items() if name.lower() == HEADER), "")
        if not hmac.compare_digest(given.encode("utf-8", "surrogateescape"), self.sign(body).encode()):
            raise HookRefused(403, "sibling-unknown", "the ring is not signed with this cluster's secret")
        try:
            message = json.loads(body)
            nonce = str(message["nonce"])
        except (ValueError, TypeError, KeyError):
            raise HookRefused(400, "body-malformed", "the ring is no message of a sibling") from None
        if nonce in self._heard:
            return None
        self._heard[nonce] = None
        if len(self._heard) > REMEMBERED:
            self._heard.popitem(last=False)
        return dict(message)


async def addresses(peers: str, port: int) -> list[tuple[str, int]]:
    """Where the peers listen: every address of each name. ``host:port`` brings its own port. Names that fail
    are left out.
    """
    found: list[tuple[str, int]] = []
    for word in (word.strip() for word in peers.split(",")):
        host, colon, own = word.rpartition(":")
        explicit = bool(colon) and own.isdigit() and (":" not in host or host.startswith("["))
        name, number = (host.strip("[]"), int(own)) if explicit else (word.strip("[]"), port)
        if not name:
            continue
        with contextlib.suppress(OSError, TimeoutError, UnicodeError):
            async with asyncio.timeout(PATIENCE):
                loop = asyncio.get_running_loop()
                answers = await loop.getaddrinfo(name, number, type=socket.SOCK_STREAM)
            found += [(str(answer[4][0]), number) for answer in answers]
    return list(dict.fromkeys(found))


async def post(host: str, port: int, body: bytes, signature: str, greeted: Iterable[str] = ()) -> int:
    """Send one ring; the status of the answer. ``greeted``: networks from which listeners demand the PROXY
    protocol.

    Raises SiblingSilent.
    """
    try:
        async with asyncio.timeout(PATIENCE):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                greeting = b"PROXY UNKNOWN\r\n" if within(writer.get_extra_info("sockname")[0], greeted) else b""
                writer.write(greeting + request(host, port, body, signature))
                await writer.drain()
                status = (await reader.readline()).split()
                return int(status[1])
            finally:
                writer.close()
                with contextlib.suppress(OSError):
                    await writer.wait_closed()
    except (OSError, TimeoutError, ValueError, IndexError) as error:
        raise SiblingSilent(f"the replica at {host}:{port} did not answer: {type(error).__name__}") from error


def request(host: str, port: int, body: bytes, signature: str) -> bytes:
    """The request as it goes over the wire (RFC 9112)."""
    name = f"[{host}]" if ":" in host else host
    lines = [
        f"POST {PATH} HTTP/1.1",
        f"Host: {name}:{port}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        f"{HEADER}: {signature}",
        "Connection: close",
    ]
    return "\r\n".join(lines).encode("ascii") + b"\r\n\r\n" + body


def within(address: str, networks: Iterable[str]) -> bool:
    """Whether ``address`` lies in one of ``networks`` (CIDR); an IPv4 address in IPv6's clothes counts as
    itself.
    """
    found = ipaddress.ip_address(address.partition("%")[0])
    found = getattr(found, "ipv4_mapped", None) or found
    return any(found in ipaddress.ip_network(network, strict=False) for network in networks)
