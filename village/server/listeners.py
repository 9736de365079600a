"""Listening sockets, and the first moments of a connection: is there room, who is it really, is it TLS."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import resource
import socket
from typing import cast

from village.errors import OperatorError, PortTaken
from village.server import proxy_protocol
from village.server.house import House
from village.server.http1 import Http1
from village.server.port import Port
from village.server.tls import Tls

log = logging.getLogger("village.server")
BACKLOG = 4096
PROXY_SECONDS = 4.0


def bind(host: str, port: int) -> socket.socket:
    """A listening socket; an empty host means every address, IPv4 and IPv6 on one socket. Raises PortTaken,
    OperatorError.
    """
    family = socket.AF_INET6 if ":" in host or (not host and socket.has_dualstack_ipv6()) else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            found.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1 if host else 0)
        found.bind((resolve(host, family), port))
        found.listen(BACKLOG)
        found.setblocking(False)
    except OSError as error:
        found.close()
        raise explain(error, host, port) from error
    return found


def room_for(connections: int) -> int:
    """Raise the limit of open files as far as it is allowed: each connection is one, each file on its way another.

    Returns how many connections there is room for. With one more the next page could not be opened, for anybody.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * connections + 1000 if connections else 2**20
    wanted = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if soft == resource.RLIM_INFINITY:
        return connections
    room = max(16, soft - max(256, soft // 10))
    if room < connections:
        level = logging.WARNING if room < connections // 2 else logging.INFO
        log.log(level, "open files are limited to %d: room for %d connections (ulimit -n)", soft, room)
    return min(room, connections) if connections else room


def resolve(host: str, family: int) -> str:
    if host != "localhost":
        return host
    return "::1" if family == socket.AF_INET6 else "127.0.0.1"


def explain(error: OSError, host: str, port: int) -> OperatorError:
    """The typed error behind a bind that failed."""
    where = f"{f'[{host}]' if ':' in host else host}:{port}"
    if error.errno == errno.EADDRINUSE:
        return PortTaken(
            f"{where} is taken by another program", hint=f"find it with `ss -ltnp sport = :{port}`, or listen elsewhere"
        )
    if error.errno == errno.EACCES:
        return OperatorError(
            f"{where} may not be opened by this user",
            hint="ports under 1024 need CAP_NET_BIND_SERVICE; or listen on 8080 and 8443",
        )
    return OperatorError(
        f"cannot listen on {where}: {error.strerror}", hint="the host must be an address of this machine"
    )


class Listener(Port):
    """A port with its socket and its door."""

    def __init__(self, house: House, scheme: str, found: socket.socket) -> None:
        super().__init__(house, scheme)
        self.socket = found
        self.address: tuple[str, int] = found.getsockname()[:2]  # known also after the socket was closed
        self.door = Door(self)
        self.server: asyncio.Server | None = None

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self.server = await loop.create_server(lambda: self.door, sock=self.socket, backlog=BACKLOG)

    async def close(self) -> None:
        """Take in whoever the kernel has accepted already, whom closing would reset, and nobody after them."""
        if self.server is None:
            return
        loop = asyncio.get_running_loop()
        with contextlib.suppress(OSError):  # BlockingIOError: nobody waits
            while True:
                await loop.connect_accepted_socket(lambda: self.door, self.socket.accept()[0])
        self.server.close()


def remote_of(transport: asyncio.Transport) -> str:
    """The peer's address; IPv4 in IPv6's clothes is IPv4."""
    peer = transport.get_extra_info("peername")
    return str(peer[0]).removeprefix("::ffff:") if peer else "-"


class Door(asyncio.Protocol):
    """Where every connection of a listener comes in. It holds nothing of any of them: one is enough, and a new TLS
    connection, which is dear enough, pays for one object less.
    """

    def __init__(self, port: Port) -> None:
        self.port = port
        self.house = port.house

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        tcp = cast(asyncio.Transport, transport)
        remote = remote_of(tcp)
        if remote == "-":  # gone before it was accepted; what it sent need not be understood, or logged
            tcp.abort()
        elif self.port.trusted and self.port.speaks_proxy(remote):
            announced = Announced(self, tcp, remote)
            tcp.set_protocol(announced)
        else:
            self.enter(tcp, remote, b"")

    def enter(self, tcp: asyncio.Transport, remote: str, rest: bytes) -> None:
        """Room is found, the real protocol takes over."""
        port, house = self.port, self.house
        context = house.context
        full = house.seats.take(remote)
        if full:
            self.turn_away(tcp, remote, full)
            return
        inner: Tls | Http1
        if port.scheme == "http":
            inner = Http1(port, remote)
        elif context is not None:
            inner = Tls(port, remote, context)
        else:
            house.seats.give_back(remote)
            self.turn_away(tcp, remote, "no_certificate")
            return
        port.open += 1
        tcp.set_protocol(inner)
        inner.connection_made(tcp)
        if rest:
            inner.data_received(rest)

    def turn_away(self, tcp: asyncio.Transport, remote: str, reason: str, words: str = "") -> None:
        self.house.turned_away(remote, reason, words)
        tcp.abort()

    def data_received(self, data: bytes) -> None:
        """Of a connection that was turned away: the transport may still hand over what had come."""


class Announced(asyncio.Protocol):
    """A connection from a proxy, which first says whose it is."""

    __slots__ = ("bucket", "data", "deadline", "door", "house", "remote", "transport")

    def __init__(self, door: Door, transport: asyncio.Transport, remote: str) -> None:
        self.door = door
        self.house = door.house
        self.transport = transport
        self.remote = remote
        self.data = b""
        self.deadline = self.house.clock.now + PROXY_SECONDS
        self.bucket = 0
        self.house.clock.watch(self)
        self.house.connections.add(self)

    def data_received(self, data: bytes) -> None:
        self.data += data
        try:
            found = proxy_protocol.parse(self.data)
        except proxy_protocol.BadProxyHeader as error:
            self.turn_away("proxy_protocol", str(error))
            return
        if found is not None:
            self.leave_wait()
            remote = found.source[0] if found.source else self.remote
            self.door.enter(self.transport, remote, self.data[found.length :])

    def leave_wait(self) -> None:
        self.house.clock.forget(self)
        self.house.connections.discard(self)

    def turn_away(self, reason: str, words: str = "") -> None:
        self.leave_wait()
        self.door.turn_away(self.transport, self.remote, reason, words)

    def expire(self) -> None:
        self.turn_away("proxy_timeout")

    def finish(self) -> None:
        self.transport.abort()

    abort = finish

    def connection_lost(self, exc: Exception | None) -> None:
        self.leave_wait()
