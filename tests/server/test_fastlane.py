"""The law of the two lanes: whatever is asked, both give the same bytes except the date."""

import re
import socket

from hypothesis import given, settings
from hypothesis import strategies as st

from village.server import fastlane

DATE = re.compile(rb"Date: [^\r]+\r\n")
# An unknown header sends a request the slow way and must change nothing else.
SLOW = b"X-Unknown-To-Us: 1\r\n"

paths = st.sampled_from(
    [
        "/", "/posts/hello/", "/posts/hello", "/posts/hello/index.html", "/posts/hello.html", "/ugly", "/ugly/", "/style.css",
        "/%D0%BF%D1%80%D0%B8%D0%B2%D0%B5%D1%82/", "/привет/", "/привет?я", "/app.0123456789abcdef.js", "/tiny.txt", "/picture.png", "/old/", "/old", "/gone/",
        "/nowhere", "/ru/nowhere", "/blog/hello/", "/secret/", "/app/x/y", "/dead/x", "/welcome", "/.git/config", "//posts//hello/",
        "/a/../posts/hello/", "/../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/%zz", "/%00", "/large.bin", "/.well-known/security.txt",
        "/index", "/style.css?v=1", "/posts/hello?a=b&c=%20d", "/%2F%2Fevil.example/", "/\\evil.example", "/blog//evil.example/",
    ]
)  # fmt: skip
fields = st.lists(
    st.sampled_from(
        [
            "Accept-Encoding: gzip, br", "Accept-Encoding: zstd;q=0.5, gzip;q=0.9", "Accept-Encoding: identity", "Accept-Encoding: *",
            "Accept-Encoding: br;q=0, *;q=0.1", "If-None-Match: *", 'If-None-Match: "x"', 'If-Match: "x"', "If-Match: *",
            "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT", "If-Unmodified-Since: nonsense", "Range: bytes=0-9",
            "Range: bytes=5-", "Range: bytes=-5", "Range: bytes=0-1,5-6", "Range: bytes=999999999-", "Range: lines=1-2",
            'If-Range: "x"', "Referer: http://example.com/?token=hush", "User-Agent: law", "Cookie: a=b", "Cookie: c=d",
            "Accept-Language: ru", "Accept: text/html", "Cache-Control: no-cache",
        ]
    ),
    max_size=5,
    unique_by=lambda line: line.partition(":")[0],
)  # fmt: skip
requests = st.tuples(
    st.sampled_from(["GET", "GET", "HEAD", "POST", "OPTIONS", "DELETE"]),
    paths,
    fields,
    st.sampled_from(["localhost", "LOCALHOST:80", "bad host", "[::1]"]),
)


def compose(request, extra=b"", version="1.1"):
    method, path, lines, host = request
    head = [f"{method} {path} HTTP/{version}", f"Host: {host}", *lines, "Connection: close"]
    return ("\r\n".join(head) + "\r\n").encode() + extra + b"\r\n"


@settings(max_examples=400, deadline=None)
@given(requests, st.sampled_from(["1.1", "1.1", "1.0"]))
def test_both_lanes_give_the_same_bytes(running, request_parts, version):
    plain, detour = compose(request_parts, version=version), compose(request_parts, SLOW, version)
    assert fastlane.understand(plain, "http") is not None
    assert fastlane.understand(detour, "http") is None
    first = DATE.sub(b"", running.exchange(plain))
    again = DATE.sub(b"", running.exchange(plain))
    slow = DATE.sub(b"", running.exchange(detour))
    assert first.startswith(b"HTTP/1.1 ")
    assert first == again == slow


def test_pipelined_requests_are_answered_in_order_whatever_lane_they_take(running):
    marks = ["/tiny.txt", "/large.bin", "/-/health/live", "/style.css", "/nowhere", "/posts/hello/"]
    data = b""
    for number, path in enumerate(marks):
        close = b"Connection: close\r\n" if number == len(marks) - 1 else b""
        extra = SLOW if number % 2 else b""
        data += b"GET " + path.encode() + b" HTTP/1.1\r\nHost: localhost\r\n" + close + extra + b"\r\n"
    answer = running.exchange(data)
    lengths = []
    while answer:
        head, _, rest = answer.partition(b"\r\n\r\n")
        length = int(re.search(rb"Content-Length: (\d+)", head).group(1))
        lengths.append((int(head.split(b" ")[1]), length))
        answer = rest[length:]
    assert [status for status, _ in lengths] == [200, 200, 200, 200, 404, 200]
    assert lengths[1][1] == 64 * 16384


def test_an_old_client_that_stays_is_told_so_on_both_lanes(running):
    for extra in (b"", SLOW):
        for path in (b"/tiny.txt", b"/large.bin"):
            ask = b"GET " + path + b" HTTP/1.0\r\nConnection: keep-alive\r\n" + extra + b"\r\n"
            data = running.exchange(ask + b"GET /tiny.txt HTTP/1.0\r\n\r\n")
            assert data.count(b"HTTP/1.1 200 OK") == 2
            assert data.count(b"Connection: keep-alive\r\n") == 1
            assert data.count(b"Connection: close\r\n") == 1


def test_a_request_in_pieces_is_the_same_request(running):
    whole = b"GET /tiny.txt HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    expected = DATE.sub(b"", running.exchange(whole))
    for cut in range(1, len(whole), 7):
        with running.connect() as client:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            client.sendall(whole[:cut])
            client.sendall(whole[cut:])
            found = b""
            while piece := client.recv(65536):
                found += piece
        assert DATE.sub(b"", found) == expected


@given(st.binary(max_size=200))
def test_what_is_understood_is_a_request(data):
    understood = fastlane.understand(data + b"\r\n\r\n", "http")
    if understood:
        assert understood.request.target.startswith("/")
        assert not fastlane.refusal(data + b"\r\n\r\n")
        assert fastlane.bodiless(data + b"\r\n\r\n")


def test_framing_and_own_paths_are_never_the_fast_lane_s():
    assert fastlane.bodiless(b"GET / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\n\r\n")
    for line in (
        b"Content-Length: 0",
        b"Transfer-Encoding: chunked",
        b"Upgrade: h2c",
        b"Expect: 100-continue",
        b"Host: b",
    ):
        assert fastlane.understand(b"GET / HTTP/1.1\r\nHost: a\r\n" + line + b"\r\n\r\n", "http") is None
    for path in (b"/-/status", b"/hooks/redeploy", b"/.well-known/acme-challenge/x"):
        assert fastlane.understand(b"GET " + path + b" HTTP/1.1\r\nHost: a\r\n\r\n", "http") is None
    assert not fastlane.bodiless(b"POST / HTTP/1.1\r\nHost: a\r\ncontent-length: 3\r\n\r\n")
    assert fastlane.bodiless(b"POST / HTTP/1.1\r\nHost: a\r\n\r\n")


def test_the_memo_is_bounded(monkeypatch):
    monkeypatch.setattr(fastlane, "MEMO_BYTES", 10_000)
    memo = fastlane.Memo()

    class Small:
        start = body = tail = b""

    for number in range(1000):
        memo.keep(str(number).encode(), Small())
    assert 0 < len(memo.hits) < 50
