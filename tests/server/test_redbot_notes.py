"""What REDbot looks at, as assertions: every note that it could make about a resource of ours would be a bad one."""

import gzip
import re
import time
from email.utils import parsedate_to_datetime

import brotli
import pytest
import zstandard

from tests.server.conftest import Running, release

PAGES = ["/", "/posts/hello/", "/ugly", "/style.css", "/app.0123456789abcdef.js", "/tiny.txt", "/picture.png", "/large.bin",
         "/.well-known/security.txt"]  # fmt: skip
OTHERS = ["/nowhere", "/posts/hello", "/old/", "/gone/", "/blog/hello/", "/-/health/live"]
DECODE = {
    "br": brotli.decompress,
    "gzip": gzip.decompress,
    "zstd": lambda data: zstandard.ZstdDecompressor().decompress(data),
}
TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
ONCE = {"content-type", "content-length", "date", "etag", "last-modified", "location", "server", "cache-control", "content-encoding",
        "content-range", "strict-transport-security", "content-security-policy", "x-frame-options", "referrer-policy"}  # fmt: skip
OBSOLETE = {
    "pragma",
    "expires",
    "x-xss-protection",
    "p3p",
    "public-key-pins",
    "content-md5",
    "x-powered-by",
    "via",
    "age",
}


@pytest.fixture(scope="module")
def linted(tmp_path_factory):
    """A street whose compressed forms are ready and whose release has a date."""
    found = Running(tmp_path_factory.mktemp("linted"))
    manifest = release(found.store)
    found.call(lambda: found.street.show("one", manifest, modified=1_700_000_000))
    deadline = time.monotonic() + 30
    while len(found.street.hosts.sites["one"].tried) < 6 and time.monotonic() < deadline:
        time.sleep(0.02)
    found.call(found.street.refresh)
    yield found
    found.close()


def fields(running, target, method="GET", **headers):
    """(status, list of (name, value) as sent, body)."""
    rows = [f"{method} {target} HTTP/1.1", "Host: localhost", "Connection: close"]
    rows += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    head, _, body = running.exchange(("\r\n".join(rows) + "\r\n\r\n").encode()).partition(b"\r\n\r\n")
    lines = head.decode("ascii").split("\r\n")
    return int(lines[0].split()[1]), [tuple(line.split(": ", 1)) for line in lines[1:]], body


@pytest.mark.parametrize("target", PAGES + OTHERS)
def test_syntax_of_the_head(linted, target):
    status, found, body = fields(linted, target)
    names = [name.lower() for name, _ in found]
    given = {name.lower(): value for name, value in found}
    assert all(re.fullmatch(TOKEN, name) for name, _ in found)
    assert all(value == value.strip() and value.isprintable() and value for _, value in found)
    assert not [name for name in ONCE if names.count(name) > 1]
    assert not OBSOLETE & set(names)
    assert sum(len(name) + len(value) + 4 for name, value in found) < 4096
    moment = parsedate_to_datetime(given["date"]).timestamp()
    assert abs(moment - time.time()) < 5
    assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", given["date"])
    assert int(given["content-length"]) == len(body)
    assert re.fullmatch(rf"{TOKEN}/{TOKEN}(; {TOKEN}=[^;]+)*", given["content-type"])
    if given["content-type"].startswith("text/"):
        assert given["content-type"].endswith("charset=utf-8")
        body.decode("utf-8")
    assert given["x-content-type-options"] == "nosniff"
    assert given["connection"] == "close"
    for directive in given["cache-control"].split(", "):
        assert re.fullmatch(rf"{TOKEN}(=\d+)?", directive)
    assert status != 301 or re.fullmatch(r"/[!-~]*", given["location"])


@pytest.mark.parametrize("target", PAGES)
def test_validators_and_conditional_requests(linted, target):
    status, found, body = fields(linted, target)
    given = dict(found)
    assert status == 200
    assert re.fullmatch(r'"[0-9a-f]{32}"', given["ETag"])
    assert parsedate_to_datetime(given["Last-Modified"]).timestamp() < time.time()
    for condition in ({"If_None_Match": given["ETag"]}, {"If_Modified_Since": given["Last-Modified"]}):
        again, fresh, nothing = fields(linted, target, **condition)
        fresh = dict(fresh)
        assert (again, nothing) == (304, b"")
        for name in ("Date", "ETag", "Cache-Control", "Vary"):  # RFC 9110 §15.4.5
            assert (name in fresh) == (name in given)
        assert fresh["ETag"] == given["ETag"]
        assert not {"Content-Length", "Content-Type", "Content-Encoding", "Accept-Ranges"} & fresh.keys()
    assert fields(linted, target, If_None_Match='"another"')[2] == body


@pytest.mark.parametrize("target", PAGES)
def test_head_says_what_get_says(linted, target):
    status, found, body = fields(linted, target, "HEAD")
    full = fields(linted, target)
    assert (status, body) == (full[0], b"")
    assert [pair for pair in found if pair[0] != "Date"] == [pair for pair in full[1] if pair[0] != "Date"]


@pytest.mark.parametrize("target", PAGES)
def test_partial_content(linted, target):
    _, found, body = fields(linted, target)
    assert dict(found)["Accept-Ranges"] == "bytes"
    status, part, some = fields(linted, target, Range="bytes=1-3")
    part = dict(part)
    assert (status, some) == (206, body[1:4])
    assert part["Content-Range"] == f"bytes 1-3/{len(body)}"
    assert part["ETag"] == dict(found)["ETag"]
    assert fields(linted, target, Range="bytes=1-3", If_Range=part["ETag"])[0] == 206
    assert fields(linted, target, Range="bytes=1-3", If_Range='"another"')[2] == body
    status, none, _ = fields(linted, target, Range=f"bytes={len(body)}-")
    assert (status, dict(none)["Content-Range"]) == (416, f"bytes */{len(body)}")


@pytest.mark.parametrize("target", ["/", "/posts/hello/", "/style.css", "/app.0123456789abcdef.js"])
def test_negotiation(linted, target):
    _, found, plain = fields(linted, target)
    tags = {dict(found)["ETag"]}
    for coding, decode in DECODE.items():
        status, coded, body = fields(linted, target, Accept_Encoding=coding)
        coded = dict(coded)
        assert (status, coded["Content-Encoding"]) == (200, coding)
        assert decode(body) == plain
        assert len(body) < len(plain)
        assert coded["Vary"] == dict(found)["Vary"] == "Accept-Encoding"
        assert coded["Content-Type"] == dict(found)["Content-Type"]
        tags.add(coded["ETag"])
    assert len(tags) == 4, "forms that differ byte by byte have different strong tags"
    assert "Vary" not in dict(fields(linted, "/picture.png")[1])


@pytest.mark.parametrize("target", ["/nowhere", "/gone/"])
def test_an_error_is_kept_by_no_cache_for_long(linted, target):
    given = dict(fields(linted, target)[1])
    assert "max-age=0" in given["Cache-Control"]
    assert "ETag" not in given


def test_https_says_the_same_and_that_it_stays(linted):
    plain, secure = linted.get("/posts/hello/"), linted.get("/posts/hello/", "https")
    for headers in (plain[1], secure[1]):
        headers.pop("date")
        headers.pop("strict-transport-security", None)
    assert plain == secure
