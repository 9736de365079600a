import socket
import ssl

import pytest

from tests.server.conftest import parse, read_all


def test_plain_http_on_the_tls_port_is_told_so(running):
    with socket.create_connection(("127.0.0.1", running.port("https")), timeout=10) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        status, _, body = parse(read_all(client))
    assert status == 400
    assert b"HTTPS" in body


def test_garbage_and_silence(start):
    found = start(limits={"header_timeout": 1.0})
    with socket.create_connection(("127.0.0.1", found.port("https")), timeout=10) as client:
        client.sendall(b"\x00" * 100)
        read_all(client)
    with socket.create_connection(("127.0.0.1", found.port("https")), timeout=10) as client:
        assert read_all(client) == b""
    assert found.metrics.refused.labels("tls")._value.get() == 1
    assert found.metrics.refused.labels("handshake_timeout")._value.get() == 1


def test_byte_by_byte(running):
    """Records split wherever a network may split them."""
    context = ssl.create_default_context()
    running.authority.configure_trust(context)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
    with socket.create_connection(("127.0.0.1", running.port("https")), timeout=10) as raw:
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

        def push():
            for byte in outgoing.read():
                raw.sendall(bytes((byte,)))

        while True:
            try:
                client.do_handshake()
                break
            except ssl.SSLWantReadError:
                push()
                incoming.write(raw.recv(65536))
        client.write(b"GET /tiny.txt HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        push()
        data = b""
        while True:
            try:
                piece = client.read(65536)
                data += piece
                if not piece:
                    break
            except ssl.SSLWantReadError:
                if not (more := raw.recv(65536)):
                    break
                incoming.write(more)
            except ssl.SSLZeroReturnError:
                break
    assert parse(data)[::2] == (200, b"tiny\n")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_sessions_resume(running, version):
    context = ssl.create_default_context()
    running.authority.configure_trust(context)
    context.minimum_version = context.maximum_version = version
    session = None
    for turn in range(2):
        raw = socket.create_connection(("127.0.0.1", running.port("https")), timeout=10)
        with context.wrap_socket(raw, server_hostname="localhost", session=session) as client:
            client.sendall(b"GET /tiny.txt HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            assert parse(read_all(client))[0] == 200
            assert client.session_reused == bool(turn)
            session = client.session


def test_a_new_context_is_for_new_connections(start):
    found = start()
    old = found.connect("https")
    fresh = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    found.authority.issue_cert("localhost").configure_cert(fresh)
    found.call(found.street.set_tls, fresh)
    for client in (old, found.connect("https")):
        client.sendall(b"GET /tiny.txt HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert parse(read_all(client))[0] == 200
        client.close()


def test_without_certificate_the_port_is_closed_and_http_serves(start):
    found = start(domains=("localhost",))
    found.call(found.street.set_tls, None)
    with socket.create_connection(("127.0.0.1", found.port("https")), timeout=10) as client:
        assert read_all(client) == b""
    assert found.get("/tiny.txt")[0] == 200  # and is not redirected to a port that cannot answer


def test_large_file(running):
    status, headers, body = running.get("/large.bin", "https")
    assert (status, len(body)) == (200, int(headers["content-length"]))


def test_the_certificate_is_chosen_by_the_name_asked_for(start):
    """The object that a server name callback is given is the engine itself, not ssl's wrapper around it."""
    found = start()
    other = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    found.authority.issue_cert("other.example").configure_cert(other)

    def choose(connection, name, _context):
        if name == "other.example":
            connection.context = other

    found.context.sni_callback = choose
    for name in ("localhost", "other.example"):
        context = ssl.create_default_context()
        found.authority.configure_trust(context)
        raw = socket.create_connection(("127.0.0.1", found.port("https")), timeout=10)
        with context.wrap_socket(raw, server_hostname=name) as client:
            assert client.getpeercert()["subjectAltName"][0] == ("DNS", name)
