"""One connection under attack: each shape gets its status or a closed connection within its limit, and no traceback."""

import json
import logging
import re
import socket
import time

import pytest

from tests.server.conftest import parse, read_all

GET = b"GET /tiny.txt HTTP/1.1\r\nHost: localhost\r\n"
REFUSED = {
    "bare LF": b"GET / HTTP/1.1\nHost: localhost\n\n",
    "bare LF in a header": GET + b"X: a\nY: b\r\n\r\n",
    "bare CR": GET + b"X: a\rY: b\r\n\r\n",
    "obs-fold": GET + b"X: a\r\n b\r\n\r\n",
    "space before colon": GET + b"X : a\r\n\r\n",
    "empty name": GET + b": a\r\n\r\n",
    "two hosts": GET + b"Host: other\r\n\r\n",
    "no host": b"GET / HTTP/1.1\r\nX: y\r\n\r\n",
    "bad host": b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
    "empty host": b"GET / HTTP/1.1\r\nHost: /etc\r\n\r\n",
    "CL and TE": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    "negative length": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
    "signed length": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\nhello",
    "TE not chunked": b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n",
    "null in path": b"GET /a\0b HTTP/1.1\r\nHost: a\r\n\r\n",
    "null in header": GET + b"X: a\0b\r\n\r\n",
    "escaped null": b"GET /a%00b HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "broken escape": b"GET /%zz HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "not UTF-8": b"GET /%ff%fe HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    "empty host header": b"GET / HTTP/1.1\r\nHost:\r\n\r\n",
    "TLS on the HTTP port": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "above the root": b"GET /../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "above the root, escaped": b"GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "no version": b"GET /\r\n\r\n",
    "lower-case method": b"get / HTTP/1.1\r\nHost: a\r\n\r\n",
    "garbage": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    "spaces": b"GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
    "fragment": b"GET /#a HTTP/1.1\r\nHost: a\r\n\r\n",
    "ftp": b"GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n",
    "long header": GET + b"X: " + b"a" * 9000 + b"\r\n\r\n",
    "endless header": GET + b"X: " + b"a" * 40000,
    "long line": b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    "endless line": b"GET /" + b"a" * 40000,
    "many headers": GET + b"".join(b"X-%d: 1\r\n" % number for number in range(300)) + b"\r\n",
}


@pytest.mark.parametrize("shape", REFUSED)
def test_refused_at_once(running, shape, caplog):
    before = running.metrics.refused.labels("malformed")._value.get()
    start = time.monotonic()
    data = running.exchange(REFUSED[shape], timeout=8)
    status, headers, _ = parse(data)
    expected = {"not UTF-8": 404, "TE not chunked": 501, "long header": 431, "endless header": 431, "long line": 414,
                "endless line": 414, "many headers": 431}.get(shape, 400)  # fmt: skip
    assert status == expected, data[:100]
    assert data.startswith(b"HTTP/1.1 ")
    assert headers["connection"] == "close"
    assert time.monotonic() - start < 6
    assert not [record for record in caplog.records if record.exc_info]
    assert running.metrics.refused.labels("malformed")._value.get() >= before


@pytest.mark.parametrize("version", [b"HTTP/2.0", b"HTTP/3.0", b"HTTP/0.9"])
def test_other_versions(running, version):
    status, headers, _ = parse(running.exchange(b"GET / " + version + b"\r\nHost: localhost\r\n\r\n"))
    assert status in {400, 505}
    assert headers["connection"] == "close"


@pytest.mark.parametrize("extra", [b"", b"X-Unknown-To-Us: 1\r\n"])
def test_a_later_minor_version_is_answered_as_1_1(running, extra):
    head = b"GET /tiny.txt HTTP/1.2\r\nHost: localhost\r\nConnection: close\r\n" + extra + b"\r\n"
    assert parse(running.exchange(head))[0] == 200


def test_http_1_0_has_no_chunks(running):
    head = b"POST /tiny.txt HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    assert parse(running.exchange(head))[0] == 400


@pytest.mark.parametrize("extra", [b"", b"X-Unknown-To-Us: 1\r\n"])
def test_a_target_typed_in_cyrillic_is_the_same_page(running, extra):
    tail = b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + extra + b"\r\n"
    assert parse(running.exchange("GET /привет/?а=б".encode() + tail))[0] == 200
    status, headers, _ = parse(running.exchange("GET /привет?а=б".encode() + tail))
    assert status == 301
    assert headers["location"] == "/%D0%BF%D1%80%D0%B8%D0%B2%D0%B5%D1%82/?%D0%B0=%D0%B1"
    assert parse(running.exchange(b"GET /\xff\xfe" + tail))[0] == 404


def test_http_1_0_closes_unless_asked(running):
    status, headers, body = parse(running.exchange(b"GET /tiny.txt HTTP/1.0\r\nHost: localhost\r\n\r\n"))
    assert (status, headers["connection"], body) == (200, "close", b"tiny\n")
    kept = b"GET /tiny.txt HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n"
    data = running.exchange(kept + b"GET /tiny.txt HTTP/1.0\r\nHost: localhost\r\n\r\n")
    assert data.count(b"HTTP/1.1 200 OK") == 2
    assert b"Connection: keep-alive" in data


def test_absolute_form_counts_over_host(running):
    status, _, body = parse(
        running.exchange(b"GET http://localhost/tiny.txt HTTP/1.1\r\nHost: elsewhere\r\nConnection: close\r\n\r\n")
    )
    assert (status, body) == (200, b"tiny\n")


def test_garbage_behind_a_good_request(running):
    data = running.exchange(GET + b"\r\n" + b"\x00\xff garbage\r\n\r\n")
    first, _, rest = data.partition(b"tiny\n")
    assert first.startswith(b"HTTP/1.1 200")
    assert parse(rest)[0] == 400


def test_smuggled_request_is_a_body(running):
    inner = b"GET /style.css HTTP/1.1\r\nHost: localhost\r\n\r\n"
    head = b"POST /tiny.txt HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(inner)
    data = running.exchange(head + inner)
    assert data.count(b"HTTP/1.1 ") == 1
    assert parse(data)[0] == 405


def test_empty_lines_before_a_request_are_passed_over(running):
    assert parse(running.exchange(b"\r\n\r\n" + GET + b"Connection: close\r\n\r\n"))[0] == 200


def test_half_closed_client_gets_its_answer(running):
    for path in (b"/tiny.txt", b"/large.bin", b"/-/health/live"):
        with running.connect() as client:
            client.sendall(b"GET " + path + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")
            client.shutdown(socket.SHUT_WR)
            assert parse(read_all(client))[0] == 200


def test_slow_headers_get_408(start):
    found = start(tls=False, limits={"header_timeout": 1.0})
    with found.connect() as client:
        client.sendall(b"GET / HTTP/1.1\r\n")
        assert parse(read_all(client))[0] == 408
    with found.connect() as client:  # a drip does not extend the time
        begin = time.monotonic()
        client.settimeout(0.2)
        data = b""
        for number in range(60):
            try:
                client.sendall(b"X-%d: a\r\n" % number if number else b"GET / HTTP/1.1\r\n")
                data += client.recv(1000)
            except TimeoutError:
                continue
            except OSError:
                break
            if data:
                break
        assert time.monotonic() - begin < 6
        assert data.startswith(b"HTTP/1.1 408")
    assert found.metrics.refused.labels("header_timeout")._value.get() == 2


def test_silent_client_is_closed(start):
    found = start(tls=False, limits={"header_timeout": 1.0, "keepalive_timeout": 1.0})
    with found.connect() as client:
        assert read_all(client) == b""
    with found.connect() as client:
        client.sendall(GET + b"\r\n")
        assert parse(read_all(client))[0] == 200  # and closed when idle


def test_slow_body_gets_408(start):
    found = start(tls=False, limits={"body_timeout": 1.0})
    with found.connect() as client:
        client.sendall(b"POST /hooks/redeploy HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nabc")
        assert parse(read_all(client))[0] == 408
    assert not found.control.hooks


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_slow_reader_is_dropped(start, scheme):
    found = start(limits={"write_timeout": 1.0})
    client = found.connect(scheme)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.sendall(b"GET /large.bin HTTP/1.1\r\nHost: localhost\r\n\r\n" * 40)
    deadline = time.monotonic() + 15
    while found.street.connections and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not found.street.connections
    while found.street.tasks and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not found.street.tasks
    client.close()


def test_connections_are_limited(start):
    found = start(tls=False, limits={"connections_per_ip": 3})
    held = [found.connect() for _ in range(3)]
    for client in held:
        client.sendall(GET + b"\r\n")
        assert client.recv(10)
    with found.connect() as one_more:
        assert read_all(one_more) == b""
    held.pop().close()
    deadline = time.monotonic() + 5
    while found.street.seats.taken > 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert found.get("/tiny.txt")[0] == 200
    for client in held:
        client.close()


def test_a_crash_answers_500_with_one_line(start, monkeypatch, caplog):
    found = start(tls=False)
    monkeypatch.setattr("village.server.house.negotiate", lambda *_: 1 / 0)
    with caplog.at_level(logging.ERROR, "village.server"):
        for extra in (b"", b"X-Slow: 1\r\n"):
            status, _, body = parse(found.exchange(GET + extra + b"\r\n"))
            assert (status, body) == (500, b"Internal Server Error\n")
    assert len(caplog.records) == 2


def test_a_lost_blob_is_500_and_the_rest_goes_on(start):
    found = start(tls=False)
    entry = found.street.hosts.sites["one"].release.entries["/tiny.txt"]
    found.store.blob_path(entry.blob).unlink()
    assert found.get("/tiny.txt")[0] == 500
    assert found.get("/tiny.txt", X_Slow="1")[0] == 500
    assert found.get("/style.css")[0] == 200


def test_draining_finishes_what_is_open(start):
    found = start(tls=False)
    idle = found.connect()
    idle.sendall(GET + b"\r\n")
    idle.recv(1000)
    busy = found.connect()
    busy.sendall(b"GET /large.bin HTTP/1.1\r\nHost: localhost\r\n\r\n")
    first = busy.recv(100)
    found.loop.call_soon_threadsafe(found.stop.set)
    status, headers, body = parse(first + read_all(busy))
    assert (status, len(body)) == (200, int(headers["content-length"]))
    assert read_all(idle) == b""
    found.thread.join(20)
    busy.close(), idle.close()


def test_access_log_has_one_line_a_request(start):
    found = start(tls=False)
    found.get("/tiny.txt?token=hush", Referer='http://a/"quote', User_Agent="tester")
    found.get("/nowhere", X_Slow="1")
    found.exchange(b"garbage\r\n\r\n")
    found.close()
    lines = found.log.read_text().splitlines()
    assert len(lines) == 3
    assert '"GET /tiny.txt?token=••• HTTP/1.1" 200 5 "http://a/\\x22quote" "tester"' in lines[0].replace(
        "\\xE2\\x80\\xA2", "•"
    )
    assert '"GET /nowhere HTTP/1.1" 404' in lines[1]
    assert " 400 " in lines[2]
    assert json.dumps(lines)


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize(
    "body", [b"Content-Length: 3\r\n\r\nabc", b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"]
)
@pytest.mark.parametrize(("method", "status"), [(b"GET", b"200"), (b"POST", b"405"), (b"HEAD", b"200")])
def test_a_body_that_nobody_wanted_does_not_end_the_connection(running, scheme, method, status, body):
    """The request behind it was lost: a client that pipelines, or keeps its connection after a 405, had to ask again."""
    first = method + b" /tiny.txt HTTP/1.1\r\nHost: localhost\r\n" + body
    last = b"GET /tiny.txt HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    found = running.exchange(first + first + last, scheme)
    assert re.findall(rb"HTTP/1\.1 (\d+)", found) == [status, status, b"200"]


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("wish", [b"h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA", b"websocket", b"tcp"])
def test_a_wish_for_another_protocol_is_passed_over(running, scheme, wish):
    """What stood behind such a request was taken for the other protocol, and never answered."""
    first = b"GET /tiny.txt HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: " + wish
    last = b"GET /tiny.txt HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    found = running.exchange(first + b"\r\n\r\n" + first + b"\r\n\r\n" + last, scheme)
    assert re.findall(rb"HTTP/1\.1 (\d+)", found) == [b"200"] * 3


def test_a_line_that_is_no_request_is_refused_at_once(start):
    """HTTP/0.9 waited for header lines until its time was over."""
    found = start(limits={"header_timeout": 600.0})
    assert found.exchange(b"GET /tiny.txt\r\n").startswith(b"HTTP/1.1 400 ")
    assert found.exchange(b"GET  / HTTP/1.1\r\n").startswith(b"HTTP/1.1 400 ")
