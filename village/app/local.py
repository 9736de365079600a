"""Asking the village process of this machine over its own listener, as ``village status`` and the health check do."""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl

from village.errors import OperatorError
from village.settings.model import Settings, listen_address

LOOPBACK = ipaddress.ip_address("127.0.0.1")


def ask(settings: Settings, path: str, *, method: str = "GET", seconds: float = 4.0) -> tuple[int, bytes]:
    """(status, body) of ``path``. Raises OperatorError when nobody answers."""
    address, tls = own_address(settings)
    connection = None
    try:
        connection = connect(settings, address, tls=tls, seconds=seconds)
        headers = {"Authorization": f"Bearer {settings.admin_token}"} if settings.admin_token else {}
        connection.request(method, path, headers={"Host": "localhost", "Connection": "close", **headers})
        reply = connection.getresponse()
        return reply.status, reply.read()
    except (OSError, http.client.HTTPException) as error:
        raise OperatorError(
            f"no village answers at {address[0]}:{address[1]}: {error}",
            hint="is `village run` up, with the same VILLAGE_HTTP as here?",
        ) from error
    finally:
        if connection:
            connection.close()


def own_address(settings: Settings) -> tuple[tuple[str, int], bool]:
    """Where the process listens, seen from this machine, and whether that is TLS."""
    for addresses, tls in ((settings.http, False), (settings.https, True)):
        for text in addresses:
            host, port = listen_address(text)
            wildcard = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - read, not bound
            return (wildcard.get(host, host), port), tls
    raise OperatorError("nothing to ask: VILLAGE_HTTP and VILLAGE_HTTPS are both off")


def connect(settings: Settings, address: tuple[str, int], *, tls: bool, seconds: float) -> http.client.HTTPConnection:
    """An HTTP connection that speaks PROXY protocol first where the listener demands it of this machine."""
    connection = http.client.HTTPConnection(*address, timeout=seconds)
    sock: socket.socket = socket.create_connection(address, timeout=seconds)
    if any(LOOPBACK in ipaddress.ip_network(cidr) for cidr in settings.proxy_protocol):
        sock.sendall(b"PROXY UNKNOWN\r\n")
    if tls:
        context = ssl.create_default_context()
        context.check_hostname = False  # our own process, on our own machine
        context.verify_mode = ssl.CERT_NONE
        sock = context.wrap_socket(sock)
    connection.sock = sock
    return connection
