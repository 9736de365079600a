import contextlib
import socket
import ssl
import struct
import subprocess
import sys
import time

import pytest

from tests.server.conftest import parse, read_all
from village.errors import OperatorError, PortTaken
from village.server import listeners
from village.server.proxy_protocol import SIGNATURE

GET = b"GET /-/health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def v2(source, port=1234):
    body = socket.inet_aton(source) + socket.inet_aton("127.0.0.1") + struct.pack("!HH", port, 80)
    return SIGNATURE + b"\x21\x11" + struct.pack("!H", len(body)) + body


def test_port_taken():
    first = listeners.bind("127.0.0.1", 0)
    with pytest.raises(PortTaken, match="taken"):
        listeners.bind("127.0.0.1", first.getsockname()[1])
    first.close()


def test_no_such_address():
    with pytest.raises(OperatorError):
        listeners.bind("192.0.2.77", 0)


def test_empty_host_is_both_families():
    found = listeners.bind("", 0)
    port = found.getsockname()[1]
    for address in ("127.0.0.1", "::1"):
        if address == "::1" and not socket.has_dualstack_ipv6():
            continue
        socket.create_connection((address, port), timeout=5).close()
    found.close()


@pytest.mark.parametrize("header", [b"PROXY TCP4 203.0.113.9 127.0.0.1 1 2\r\n", v2("203.0.113.9")])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_client_behind_the_proxy(start, header, scheme):
    found = start(proxy=("127.0.0.0/8",))
    raw = socket.create_connection(("127.0.0.1", found.port(scheme)), timeout=10)
    raw.sendall(header[:5])
    raw.sendall(header[5:])
    if scheme == "https":
        context = ssl.create_default_context()
        found.authority.configure_trust(context)
        raw = context.wrap_socket(raw, server_hostname="localhost")
    with raw as client:
        client.sendall(GET)
        assert parse(read_all(client))[0] == 200
        # health is not in the log's way: the address is
    found.close()
    assert found.log.read_text().startswith("203.0.113.9 - - [")


def test_request_in_the_same_packet(start):
    found = start(tls=False, proxy=("127.0.0.0/8",))
    assert parse(found.exchange(v2("203.0.113.9") + GET))[0] == 200
    assert parse(found.exchange(b"PROXY UNKNOWN\r\n" + GET))[0] == 200


def test_who_must_speak_it_and_does_not_is_closed(start):
    found = start(tls=False, proxy=("127.0.0.0/8",))
    assert found.exchange(GET) == b""
    assert found.metrics.refused.labels("proxy_protocol")._value.get() == 1


def test_others_are_plain_clients(start):
    found = start(tls=False, proxy=("10.0.0.0/8",))
    assert parse(found.exchange(GET))[0] == 200
    assert parse(found.exchange(b"PROXY TCP4 203.0.113.9 127.0.0.1 1 2\r\n" + GET))[0] == 400


def test_silence_is_closed(start, monkeypatch):
    monkeypatch.setattr(listeners, "PROXY_SECONDS", 1.0)
    found = start(tls=False, proxy=("127.0.0.0/8",))
    with found.connect() as client:
        client.sendall(b"PROXY TCP4")
        assert read_all(client) == b""
    assert found.metrics.refused.labels("proxy_timeout")._value.get() == 1


CROWDED = """
import pathlib, resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (400, 400))
from tests.server.conftest import Running
running = Running(pathlib.Path(sys.argv[1]), tls=False, limits={"connections": 5000, "connections_per_ip": 0})
print(running.port(), running.street.seats.total, flush=True)
sys.stdin.read()
running.close()
"""


def test_no_more_connections_than_open_files_allow(tmp_path):
    """Else the next page could not be opened: everybody would see 500."""
    command = [sys.executable, "-c", CROWDED, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        port, room = map(int, process.stdout.readline().split())
        assert room == 400 - 256
        with contextlib.ExitStack() as stack:
            held = [stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10)) for _ in range(300)]
            for number, client in enumerate(held):
                client.settimeout(10)
                with contextlib.suppress(OSError):
                    client.sendall(b"GET /posts/hello/ HTTP/1.1\r\nHost: localhost\r\n\r\n")
                answer = b""
                with contextlib.suppress(ConnectionError):
                    answer = client.recv(12)
                assert answer == (b"HTTP/1.1 200" if number < room else b"")
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=10) as client:
                client.sendall(GET)
                if parse(read_all(client) or b"HTTP/1.1 0 \r\n\r\n")[0] == 200:
                    break
        else:
            pytest.fail("no room was given back")
        process.stdin.close()


def test_a_connection_that_was_gone_before_it_was_accepted_is_dropped_without_a_word():
    """Its peer has no address any more, so nobody knows whether it had to speak PROXY protocol; its bytes were logged."""

    class Gone:
        aborted = False

        def get_extra_info(self, _name):
            return None

        def abort(self):
            self.aborted = True

    class Untouched:
        house = None

    transport = Gone()
    listeners.Door(Untouched()).connection_made(transport)
    assert transport.aborted
