"""The same requests to village, nginx and Caddy: we agree with both, or with one of them, or the reason stands below."""

import contextlib
import os
import socket
import time

import pytest

from tests.server import peers
from tests.server.conftest import Running, parse, read_all

COMPARED = ("content-type", "content-length", "content-encoding", "content-range", "location", "accept-ranges", "vary", "etag",
            "last-modified", "allow", "connection")  # fmt: skip
# Bodies of errors and redirects are each server's own words.
OWN_WORDS = {"content-type", "content-length", "accept-ranges", "vary", "etag", "last-modified"}

CANONICAL = "one address for one page: what normalises to another path is redirected there, the peers serve it in place"
ALLOWED = {
    "range HEAD": "RFC 9110 §14.2: Range is defined for GET alone; the peers answer 206 to HEAD",
    "path /posts/hello/index.html": CANONICAL,
    "path /index.html": CANONICAL,
    "path /posts/hello.html": "the page moved from ugly to clean URLs: 301, the peers do not know and say 404",
    "path //style.css": CANONICAL,
    "path /./style.css": CANONICAL,
    "path /posts/../style.css": CANONICAL,
    "path /posts/%2e%2e/style.css": CANONICAL,
    "path /%2F": CANONICAL,
    "path /posts/hello/.": CANONICAL,
    "path /posts/hello//": CANONICAL,
    "path /index": CANONICAL,
    "path /posts/hello/index": CANONICAL,
    "path /style.css%0d%0aX:y": "a control character is in no path of a release: 400 and gone, the peers look for the file",
    "path /%2Fstyle.css": CANONICAL,
    "OPTIONS /style.css": "204 with Allow (RFC 9110 §9.3.7); nginx says 405, Caddy serves the file",
    "OPTIONS /posts/hello/": "as above",
    "raw long header": "431 (RFC 6585 §5); nginx says 400 for the same, Caddy takes up to a megabyte",
}
ALLOWED_HEADERS = {
    **{(f"{method} {target}", "allow"): "RFC 9110 §15.5.6: 405 names what is allowed; nginx does not"
       for method in ("POST", "PUT", "DELETE", "PATCH", "TRACE", "FOO") for target in ("/style.css", "/posts/hello/")},
    ("ims after", "vary"): "RFC 9110 §15.4.5: 304 carries Vary; Caddy leaves it out",
    ("ims after", "last-modified"): "Caddy leaves it out",
    ("inm and ims", "vary"): "as above",
    ("inm and ims", "last-modified"): "as above",
    ("ius nonsense", "vary"): "Caddy sends Vary only with Accept-Encoding in the request; a shared cache would mix the forms up",
    ("im wins over ius", "vary"): "as above",
    ("range Bytes=0-9", "accept-ranges"): "harmless, and said with 206, too; nginx leaves it out there",
    ("raw expect", "allow"): "RFC 9110 §15.5.6, as above",
    **{(f"range bytes={each}", "content-length"): "each server writes its own boundary"
       for each in ("0-1,4-5", "0-100,50-150", "100-110,0-10", "0-1,-1")},
    ("path /привет?а=б", "location"): "a header is ASCII: the query is escaped, too; the peers repeat the raw bytes",
    **{(f"raw {each}", "allow"): "RFC 9110 §15.5.6, as above"
       for each in ("length b'5'", "coding b'CHUNKED'", "chunk b'5;a=b\\r\\nhello\\r\\n0\\r\\n\\r\\n'",
                    "chunk b'0\\r\\nX: y\\r\\n\\r\\n'", "chunk b'5\\r\\nhello\\r\\n0\\r\\n\\r\\n'")},
    ("raw two dates", "vary"): "304 carries Vary, as above",
    ("raw two dates", "last-modified"): "as above",
}  # fmt: skip


def send(port, data):
    with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
        client.sendall(data)
        try:
            return read_all(client)
        except TimeoutError:
            return b"HTTP/1.1 599 No answer\r\n\r\n"


def ask(port, method, target, headers):
    rows = [f"{method} {target} HTTP/1.1", "Host: 127.0.0.1", "Connection: close"]
    rows += [f"{name}: {value}" for name, value in headers.items()]
    return send(port, ("\r\n".join(rows) + "\r\n\r\n").encode("utf-8", "surrogateescape"))


def view(data):
    """(status, comparable headers, body)."""
    status, headers, body = parse(data)
    return status, {name: peers.normal(name, headers[name]) for name in COMPARED if name in headers}, body


def differences(name, ours, others):
    """What we say and neither peer does, apart from what is allowed."""
    if name in ALLOWED:
        return []
    alike = [other for other in others if other[0] == ours[0]]
    if not alike:
        return [f"{name}: status {ours[0]}, peers {[other[0] for other in others]}"]
    found = []
    for header in COMPARED:
        if (ours[0] >= 300 and ours[0] != 304 and header in OWN_WORDS) or (name, header) in ALLOWED_HEADERS:
            continue
        if ours[1].get(header) not in [other[1].get(header) for other in alike]:
            found.append(f"{name}: {header} {ours[1].get(header)!r}, peers {[other[1].get(header) for other in alike]}")
    multipart = "multipart" in ours[1].get("content-type", "")
    if (
        ours[0] in {200, 206}
        and not multipart
        and not name.startswith("raw")
        and ours[2] not in [other[2] for other in alike]
    ):
        found.append(f"{name}: another body")
    return found


@pytest.fixture(scope="module")
def ports(tmp_path_factory):
    absent = peers.missing()
    if absent and not os.environ.get("CI"):
        pytest.skip(f"not installed: {', '.join(absent)}")
    folder = tmp_path_factory.mktemp("peers")
    peers.write_files(folder)
    with contextlib.ExitStack() as stack:
        running = Running(folder, tls=False)
        stack.callback(running.close)
        manifest = peers.release(running.store)
        running.call(lambda: running.street.show("one", manifest, modified=peers.MOMENT))
        blob = manifest.entries["/style.css"].blob
        wait_for_forms(running, blob)
        yield {
            "village": running.port(),
            **{name: stack.enter_context(peers.peer(folder, name)) for name in ("nginx", "caddy")},
        }


def wait_for_forms(running, blob):
    """Compression happens behind the scenes; the comparison wants it done."""
    deadline = time.monotonic() + 30
    while len(running.street.hosts.sites["one"].tried) < 10 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert running.store.blob_path(blob, "br").exists()
    running.call(running.street.refresh)


def test_at_least_150_requests():
    assert len(list(peers.cases())) + len(peers.RAW) >= 200
    names = {name for name, *_ in peers.cases()} | {f"raw {name}" for name in peers.RAW}
    assert set(ALLOWED) <= names
    assert {name for name, _ in ALLOWED_HEADERS} <= names


def test_the_table(ports):
    tags, found = {}, []
    for name, method, target, headers in peers.cases():
        views = []
        for who, port in ports.items():
            sent = dict(headers)
            if any("{ETAG}" in value for value in sent.values()):
                key = (who, target, sent.get("Accept-Encoding"))
                if key not in tags:
                    plain = {each: value for each, value in sent.items() if each == "Accept-Encoding"}
                    tags[key] = parse(ask(port, "GET", target, plain))[1]["etag"]
                sent = {each: value.replace("{ETAG}", tags[key]) for each, value in sent.items()}
            views.append(view(ask(port, method, target, sent)))
        found += differences(name, views[0], views[1:])
    assert not found, "\n".join(found)


def test_raw_requests(ports):
    found = []
    for name, data in peers.RAW.items():
        views = [view(send(port, data)) for port in ports.values()]
        found += differences(f"raw {name}", views[0], views[1:])
    assert not found, "\n".join(found)
