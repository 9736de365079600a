"""Why a name could not be proven, seen from here: every address that the DNS gives, asked for a token of our own.

A look from inside is not a CA's look from outside (a router may not lead back in), so nothing is decided by it: it
turns the CA's words into the operator's next step.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
from collections.abc import Sequence
from dataclasses import dataclass

from village.certs.challenges import PATH
from village.certs.worker import Worker

PATIENCE = 5.0  # seconds for one address
LARGEST = 16384
PORT = 80  # RFC 8555 §8.3: HTTP-01 is validated there; only a test CA looks elsewhere


@dataclass(frozen=True, slots=True)
class Finding:
    """What one address of a name does with a challenge; ``fault`` is empty when it answers as it should."""

    address: str
    fault: str = ""

    @property
    def record(self) -> str:
        """The kind of DNS record that names the address."""
        return "AAAA" if ":" in self.address else "A"


async def advice(name: str, thumbprint: str, *, port: int = PORT) -> str:
    """A sentence with the likely cause and its remedy; "" when everything looks well from here."""
    try:
        addresses = await resolve(name, port)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", "") or str(error)
        return f"{name} has no address ({reason}): add an A (and AAAA) record that points at this machine"
    findings = await asyncio.gather(*(examine(address, name, thumbprint, port=port) for address in addresses))
    return in_words(name, findings)


async def resolve(name: str, port: int) -> list[str]:
    """A and AAAA addresses as this machine sees them. Raises OSError.

    In a thread that the end of the process need not wait for: a resolver without a network takes its time.
    """
    resolver = Worker("resolver")
    try:
        found = await resolver.run(lambda: socket.getaddrinfo(name, port, type=socket.SOCK_STREAM))
    finally:
        resolver.close()
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


async def examine(address: str, name: str, thumbprint: str, *, port: int = PORT) -> Finding:
    """Ask ``address`` for a token as a CA does, and compare the answer."""
    token = secrets.token_urlsafe(32)
    try:
        async with asyncio.timeout(PATIENCE):
            head, body = await fetch(address, port, name, PATH + token)
    except TimeoutError:
        return Finding(address, f"port {port} does not answer within {PATIENCE:.0f} s")
    except OSError as error:
        return Finding(address, f"port {port} cannot be reached ({error.strerror or error})")
    return Finding(address, judged(head, body, f"{token}.{thumbprint}"))


async def fetch(address: str, port: int, host: str, path: str) -> tuple[list[str], str]:
    """(status line and headers, body) of a plain HTTP/1.1 GET. Raises OSError."""
    reader, writer = await asyncio.open_connection(address, port, limit=LARGEST)
    try:
        writer.write(
            f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nUser-Agent: village\r\n\r\n".encode()
        )
        await writer.drain()
        data = b""
        while len(data) < LARGEST and (piece := await reader.read(LARGEST)):
            data += piece
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
    head, _, body = data.decode("utf-8", "replace").partition("\r\n\r\n")
    return head.split("\r\n"), body


def judged(head: Sequence[str], body: str, expected: str) -> str:
    """What is wrong with an answer; "" when it is ours."""
    if expected in body:
        return ""
    status = head[0].split(" ", 2)[1] if head and head[0].count(" ") else "nothing"
    headers = dict(line.lower().split(": ", 1) for line in head[1:] if ": " in line)
    if status.startswith("3"):
        return f"is redirected to {headers.get('location', 'nowhere')[:200]}"
    server = headers.get("server", "")[:60]
    return f"another server answers there ({status}{f', {server}' if server else ''})"


def in_words(name: str, findings: Sequence[Finding]) -> str:
    """The findings as advice. A CA tries IPv6 first and falls back only on a timeout, so one bad AAAA is enough."""
    bad = [finding for finding in findings if finding.fault]
    if not bad:
        return ""
    words = "; ".join(f"{finding.record} {finding.address}: {finding.fault}" for finding in bad)
    if len(bad) < len(findings) and all(finding.record == "AAAA" for finding in bad):
        remedy = "remove the AAAA record, or let port 80 of that address lead here"
    else:
        remedy = "port 80 of every address must lead to village, seen from the internet"
    return f"{name}: {words} ({remedy})"
