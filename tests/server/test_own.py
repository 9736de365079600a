import asyncio
import base64
import contextlib
import json
import re
import socket
import struct
import threading

import pytest

from tests.parts.waiting import until
from tests.server.conftest import parse, read_all
from village.server.rates import Rate


def test_challenge_is_answered_on_any_host_and_never_redirected(start):
    found = start(domains=("example.com",))
    for host in ("example.com", "example.com:5002", "www.example.com", "127.0.0.1"):
        status, _, body = found.get("/.well-known/acme-challenge/known-token", host=host)
        assert (status, body) == (200, f"known-token.thumbprint-of-{host.partition(':')[0]}".encode())
    for path in ("unknown-token", "", "..%2f", "known-token/x", "a b", "known-token?x"):
        status = found.get(f"/.well-known/acme-challenge/{path}", host="example.com")[0]
        assert status in {404, 400} or path == "known-token?x"


def test_health(running):
    assert running.get("/-/health/live")[::2] == (200, b"live\n")
    status, headers, body = running.get("/-/health/ready")
    assert (status, json.loads(body)["ready"]) == (200, True)
    running.control.is_ready = False
    assert running.get("/-/health/ready")[0] == 503
    running.control.is_ready = True
    assert running.get("/-/health/live", method="HEAD")[2] == b""
    assert running.get("/-/health/live", method="POST")[0] == 405
    assert running.get("/-/nothing")[0] == 404
    assert headers["cache-control"] == "no-store"


def test_status_page_escapes_what_it_shows(running):
    status, headers, body = running.get("/-/status")
    assert status == 200
    assert b"<b>bold</b>" not in body
    assert b"&lt;b&gt;bold&lt;/b&gt;" in body
    assert "default-src 'none'" in headers["content-security-policy"]
    facts = json.loads(running.get("/-/status.json")[2])
    assert facts["street"]["sites"][0]["name"] == "one"


def test_metrics_count_both_lanes(start):
    found = start(tls=False)
    for _ in range(3):
        found.get("/tiny.txt")
    found.get("/tiny.txt", X_Slow="1")
    found.get("/nowhere")
    text = found.get("/-/metrics")[2].decode()
    assert 'village_http_requests_total{site="one",status="200"} 4.0' in text
    assert 'village_http_requests_total{site="one",status="404"} 1.0' in text
    assert 'village_http_sent_bytes_total{site="one"}' in text
    assert 'village_http_connections{scheme="http"} 1.0' in text


def test_token_guards(start):
    found = start(tls=False, admin_token="open sesame")
    basic = base64.b64encode(b"anyone:open sesame").decode()
    for path in ("/-/status", "/-/status.json", "/-/metrics"):
        status, headers, _ = found.get(path)
        assert status == 401
        assert headers["www-authenticate"].startswith("Basic")
        assert found.get(path, Authorization="Bearer wrong")[0] == 401
        assert found.get(path, Authorization="Basic !!!")[0] == 401
        assert found.get(path, Authorization="Bearer open sesame")[0] == 200
        assert found.get(path, Authorization=f"Basic {basic}")[0] == 200
    assert found.get("/-/health/live")[0] == 200


def test_without_token_only_this_machine_looks(running):
    assert running.get("/-/metrics", host="127.0.0.1:8080")[0] == 200
    assert running.get("/-/metrics", host="rebound.example")[0] == 403


def post(found, body=b"{}", path="/hooks/redeploy", extra=""):
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {len(body)}\r\n{extra}\r\n"
    return parse(found.exchange(head.encode() + body))


def test_hook(start):
    found = start(tls=False, domains=("example.com",))
    assert post(found, b'{"ref": "x"}')[0] == 202
    assert found.control.hooks == [("one", b'{"ref": "x"}', "127.0.0.1")]
    assert post(found, path="/hooks/redeploy/one")[0] == 202
    assert post(found, path="/hooks/redeploy/two")[0] == 404
    assert found.get("/hooks/redeploy")[0] == 405
    assert post(found, extra="Content-Encoding: gzip\r\n")[0] == 415
    status, _, body = post(found, extra="X-Refuse: 1\r\n")
    assert (status, json.loads(body)["error"]) == (401, "bad_signature")


def test_chunked_hook_and_100_continue(start):
    found = start(tls=False)
    head = b"POST /hooks/redeploy HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    assert parse(found.exchange(head + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"))[0] == 202
    with found.connect() as client:
        client.sendall(head + b"Expect: 100-continue\r\nContent-Length: 3\r\n\r\n")
        assert client.recv(100).startswith(b"HTTP/1.1 100 Continue\r\n\r\n")
        client.sendall(b"abc")
        assert parse(read_all(client))[0] == 202
    assert [body for _, body, _ in found.control.hooks] == [b"abcde", b"abc"]


def test_hook_body_is_limited(start):
    found = start(tls=False, limits={"hook_bytes": 1000})
    head = b"POST /hooks/redeploy HTTP/1.1\r\nHost: localhost\r\n"
    with found.connect() as client:  # refused by its length, before the body is sent
        client.sendall(head + b"Content-Length: 30000000\r\n\r\n")
        assert parse(client.recv(1000))[0] == 413
    with found.connect() as client:  # no length given: refused when it grows too long
        client.sendall(head + b"Transfer-Encoding: chunked\r\n\r\n" + (b"400\r\n" + b"x" * 1024 + b"\r\n") * 3)
        assert parse(client.recv(1000))[0] == 413
    assert not found.control.hooks


def test_hook_rate(start):
    found = start(tls=False)
    found.street.hook_rate = Rate(burst=30, per_second=0.001)
    assert {post(found)[0] for _ in range(40)} == {202}  # who proves itself may ring as often as it likes
    statuses = [post(found, extra="X-Refuse: 1\r\n")[0] for _ in range(40)]
    assert statuses[:30] == [401] * 30
    assert statuses[30:] == [429] * 10
    assert int(post(found)[1]["retry-after"]) >= 1
    assert found.get("/tiny.txt")[0] == 200


def test_a_hundred_good_hooks_at_one_moment(start):
    """One address has thirty tries; they were counted while the answers were still being made."""
    found = start(tls=False)
    found.control.gate = asyncio.Event()
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(found.connect()) for _ in range(100)]
        for client in clients:
            client.sendall(b"POST /hooks/redeploy HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}")
        until(lambda: found.control.begun == 100, "all of them are under way")
        found.call(found.control.gate.set)
        assert {parse(client.recv(1000))[0] for client in clients} == {202}


def test_sibling(running):
    assert post(running, path="/-/sibling")[0] == 204
    assert running.get("/-/sibling")[0] == 405


def test_live_is_the_preview_s(running, start):
    assert running.get("/-/live")[0] == 404
    found = start(tls=False, preview=True)
    with found.connect() as client:
        client.sendall(b"GET /-/live HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n")
        data = client.recv(1000)
        assert b"Content-Type: text/event-stream" in data
        assert b"Content-Length" not in data
        while b"retry" not in data:
            data += client.recv(1000)
        found.call(found.street.announce, "reload", "a\nb")
        data = b""
        while not data.endswith(b"\n\n"):
            data += client.recv(1000)
        kind, moment, *rest = data.splitlines()
        assert (kind, rest) == (b"event: reload", [b"data: a", b"data: b", b""])
        assert moment.startswith(b"id: ")


def first_events(found, query: str, fields: str = "") -> bytes:
    with found.connect() as client:
        client.sendall(f"GET /-/live{query} HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n".encode())
        data = b""
        while b"retry" not in data:
            data += client.recv(1000)
        found.call(found.street.announce, "css", "last")
        while b"last\n\n" not in data:
            data += client.recv(1000)
        return data


def test_a_change_between_the_page_and_its_stream_is_not_missed(start):
    found = start(tls=False, preview=True)
    at = re.search(rb'at="(\w+)"', found.get("/posts/hello/")[2]).group(1).decode()
    assert b"event: reload" not in first_events(found, f"?at={at}")
    found.call(found.street.fail, "<body>broken</body>")
    assert b"event: reload" in first_events(found, f"?at={at}")
    later = re.search(rb'at="(\w+)"', found.get("/posts/hello/")[2]).group(1).decode()
    assert b"event: reload" not in first_events(found, f"?at={at}", f"Last-Event-ID: {later}\r\n")
    found.call(found.street.heal)
    assert b"event: reload" not in first_events(found, f"?at={at}")


def test_an_event_stream_ends_with_its_client(start):
    found = start(tls=False, preview=True)
    client = found.connect()
    client.sendall(b"GET /-/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
    client.recv(1000)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
    gone = threading.Event()
    for _ in range(500):
        if not found.street.events:
            gone.set()
            break
        gone.wait(0.01)
    assert gone.is_set()


def test_preview_page_has_the_script_and_shows_failures(start):
    found = start(tls=False, preview=True)
    status, headers, body = found.get("/posts/hello/", Accept_Encoding="br, gzip", If_None_Match="*")
    assert status == 200
    assert b"EventSource" in body
    assert body.endswith(b"</script></body></html>")
    assert headers["cache-control"] == "no-store"
    assert "content-encoding" not in headers
    assert len(body) == int(headers["content-length"])
    found.call(found.street.fail, "<body>content/a.md:3: broken</body>")
    status, _, body = found.get("/posts/hello/")
    assert status == 500
    assert b"content/a.md:3" in body
    assert b"EventSource" in body
    assert found.get("/style.css")[0] == 200
    found.call(found.street.heal)
    assert found.get("/posts/hello/")[0] == 200


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_own_paths_over_tls_too(running, scheme):
    assert running.get("/-/health/live", scheme)[0] == 200


def test_a_token_of_any_bytes_is_wrong_and_nothing_worse(start):
    found = start(admin_token="a-long-token")
    head = b"GET /-/status HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer \xff\xfe\r\n\r\n"
    assert parse(found.exchange(head))[0] == 401


def test_guessing_is_slowed_down(start):
    found = start(admin_token="a-long-token")
    wrong = [found.get("/-/metrics", authorization=f"Bearer {number}") for number in range(25)]
    assert [status for status, *_ in wrong[:20]] == [401] * 20
    assert wrong[-1][0] == 429
    assert int(wrong[-1][1]["retry-after"]) >= 1
    assert found.get("/-/metrics")[0] == 401  # the browser's first question is no guess


@pytest.mark.parametrize("host", ["localhost", "elsewhere.example"])
def test_absolute_form_asks_for_the_same(start, host):
    """RFC 9112 §3.2.2: accepted from everybody, and its authority counts, whatever Host says."""
    found = start()
    tail = f" HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n".encode()
    challenge = b"GET http://localhost/.well-known/acme-challenge/known-token" + tail + b"\r\n"
    assert parse(found.exchange(challenge))[2] == b"known-token.thumbprint-of-localhost"
    hook = b"POST http://localhost/hooks/redeploy" + tail + b"Content-Length: 2\r\n\r\n{}"
    assert parse(found.exchange(hook))[0] == 202
    assert b'"POST http://localhost/hooks/redeploy HTTP/1.1" 202' in log_of(found)


def log_of(found):
    found.close()
    return found.log.read_bytes()
