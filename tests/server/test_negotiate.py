"""What the street says to whole requests, over the wire."""

import re

import pytest


def test_page(running):
    status, headers, body = running.get("/posts/hello/")
    assert status == 200
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert headers["cache-control"] == "max-age=0, must-revalidate"
    assert headers["vary"] == "Accept-Encoding"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"]
    assert "frame-ancestors" in headers["content-security-policy"]
    assert headers["x-everywhere"] == "yes"
    assert headers["x-frame-options"] == "DENY"
    assert int(headers["content-length"]) == len(body)


def test_cache_policy(running):
    assert "immutable" in running.get("/app.0123456789abcdef.js")[1]["cache-control"]
    assert running.get("/style.css")[1]["cache-control"] == "max-age=3600"
    assert running.get("/tiny.txt")[1]["cache-control"] == "no-store"  # the site's own word


@pytest.mark.parametrize("coding", ["br", "gzip", "zstd"])
def test_codings(running, coding):
    import gzip  # noqa: PLC0415
    import time  # noqa: PLC0415

    import brotli  # noqa: PLC0415
    import zstandard  # noqa: PLC0415

    decode = {"br": brotli.decompress, "gzip": gzip.decompress, "zstd": zstandard.ZstdDecompressor().decompress}[coding]
    deadline = time.monotonic() + 20
    while True:
        status, headers, body = running.get("/posts/hello/", Accept_Encoding=coding)
        if headers.get("content-encoding") == coding or time.monotonic() > deadline:
            break
        time.sleep(0.05)
    plain = running.get("/posts/hello/")
    assert decode(body) == plain[2]
    assert headers["etag"] == plain[1]["etag"][:-1] + f'-{coding}"'
    assert headers["vary"] == plain[1]["vary"] == "Accept-Encoding"
    assert running.get("/posts/hello/", Accept_Encoding=coding, If_None_Match=headers["etag"])[0] == 304
    # a copy fetched before the compressed form was ready is still good
    status, fresh, _ = running.get("/posts/hello/", Accept_Encoding=coding, If_None_Match=plain[1]["etag"])
    assert (status, fresh["etag"]) == (304, plain[1]["etag"])


def test_304_carries_what_a_cache_would_update_and_no_more(running):
    _, full, _ = running.get("/posts/hello/")
    status, headers, body = running.get("/posts/hello/", If_None_Match=full["etag"])
    assert (status, body) == (304, b"")
    for name in ("etag", "cache-control", "vary", "date"):
        assert name in headers
    assert "content-type" not in headers
    assert "content-length" not in headers


def test_multipart(running):
    status, headers, body = running.get("/picture.png", Range="bytes=0-3,10-12,-2")
    assert status == 206
    boundary = re.search(r"boundary=(\S+)", headers["content-type"]).group(1).encode()
    parts = body.split(b"--" + boundary)
    assert parts[-1] == b"--\r\n"
    assert [part.partition(b"\r\n\r\n")[2].rstrip(b"\r\n") for part in parts[1:-1]] == [
        b"\x00\x01\x02\x03",
        b"\n\x0b\x0c"[0:3],
        b"\xfe\xff",
    ]
    assert int(headers["content-length"]) == len(body)


@pytest.mark.parametrize("path", ["/large.bin", "/picture.png"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_resuming_a_download(running, path, scheme):
    whole = running.get(path, scheme)
    tag = whole[1]["etag"]
    middle = len(whole[2]) // 2
    status, headers, body = running.get(path, scheme, Range=f"bytes={middle}-", If_Range=tag)
    assert status == 206
    assert whole[2][:middle] + body == whole[2]
    assert headers["content-range"] == f"bytes {middle}-{len(whole[2]) - 1}/{len(whole[2])}"
    assert running.get(path, scheme, Range=f"bytes={middle}-", If_Range='"older"')[0] == 200
    assert running.get(path, scheme, Range=f"bytes={middle}-", If_Range="W/" + tag)[0] == 200


@pytest.mark.parametrize(
    ("path", "status", "location"),
    [
        ("/posts/hello", 301, "/posts/hello/"), ("/posts/hello?a=b", 301, "/posts/hello/?a=b"), ("/posts/hello/index.html", 301, "/posts/hello/"),
        ("/index.html", 301, "/"), ("/posts/hello.html", 301, "/posts/hello/"), ("/ugly", 200, None), ("/ugly/", 301, "/ugly.html"),
        ("/old/", 301, "/posts/hello/"), ("/old", 301, "/old/"), ("/gone/", 410, None), ("/blog/hello/", 301, "/posts/hello"),
        ("/blog/x?y=z", 301, "/posts/x?y=z"), ("/secret/", 302, "/"), ("/app/deep/link", 200, None), ("/dead/x", 410, None),
        ("/welcome", 302, "/posts/hello/"), ("/.git/config", 404, None), ("/.well-known/security.txt", 200, None),
        ("/%D0%BF%D1%80%D0%B8%D0%B2%D0%B5%D1%82", 301, "/%D0%BF%D1%80%D0%B8%D0%B2%D0%B5%D1%82/"), ("//evil.example/..", 301, "/"),
        ("//evil.example", 404, None),
    ],
)  # fmt: skip
def test_where_paths_lead(running, path, status, location):
    found, headers, _ = running.get(path)
    assert found == status
    if location and path.startswith("/blog/hello"):
        assert headers["location"] in {location, location + "/"}
    elif location:
        assert headers["location"] == location


def test_language_condition(running):
    status, headers, _ = running.get("/welcome", Accept_Language="ru-RU,ru;q=0.9,en;q=0.8")
    assert (status, headers["location"]) == (302, "/ru/")
    assert "Accept-Language" in headers["vary"]


def test_not_found_speaks_the_visitor_s_language(running):
    status, headers, body = running.get("/nowhere")
    assert (status, b"own 404" in body) == (404, True)
    assert "etag" not in headers
    assert "нет такой".encode() in running.get("/ru/nowhere")[2]
    assert running.get("/nowhere", If_None_Match="*")[0] == 404


def test_methods(running):
    for method in ("POST", "PUT", "DELETE", "PATCH", "TRACE"):
        status, headers, _ = running.get("/tiny.txt", method=method)
        assert (status, headers["allow"]) == (405, "GET, HEAD, OPTIONS")
    status, headers, body = running.get("/tiny.txt", method="OPTIONS")
    assert (status, headers["allow"], body) == (204, "GET, HEAD, OPTIONS", b"")
    assert running.get("*", method="OPTIONS")[0] == 204


def test_head_is_get_without_body(running):
    for path in ("/tiny.txt", "/large.bin", "/nowhere", "/old/", "/posts/hello"):
        get, head = running.get(path), running.get(path, method="HEAD")
        get[1].pop("date"), head[1].pop("date")
        assert head == (get[0], get[1], b"")
