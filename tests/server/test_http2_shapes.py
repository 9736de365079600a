"""Frames and requests that no honest client sends: each ends its stream or its connection with the right code, and
nothing but that.
"""

import pytest
from hpack import Encoder

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
GET = [(":method", "GET"), (":path", "/tiny.txt"), (":scheme", "https"), (":authority", "localhost")]
POST = [(":method", "POST"), (":path", "/hooks/redeploy"), *GET[2:]]
PROTOCOL, FLOW_CONTROL, CLOSED, SIZE, COMPRESSION, CALM = 1, 3, 5, 6, 9, 11


def frame(kind, flags, stream, payload=b""):
    return len(payload).to_bytes(3, "big") + bytes((kind, flags)) + stream.to_bytes(4, "big") + payload


def block(*fields):
    return Encoder().encode(fields)


def changed(**pseudo):
    """GET with other pseudo-fields; None takes one away."""
    fields = {**dict(GET), **{f":{name}": value for name, value in pseudo.items()}}
    return frame(1, 5, 1, block(*[(name, value) for name, value in fields.items() if value is not None]))


def asked(*extra):
    return frame(1, 5, 1, block(*GET, *extra))


OK = asked()
ANSWERED = {
    "plain": OK,
    "a frame nobody knows": frame(0x63, 0, 0, b"abc") + OK,
    "padding": frame(1, 0xD, 1, b"\x02" + block(*GET) + b"\0\0"),
    "te: trailers": asked(("te", "trailers")),
    "host in place of :authority": frame(1, 5, 1, block(*GET[:3], ("host", "localhost"))),
    "crumbs of cookies": asked(("cookie", "a=b"), ("cookie", "c=d")),
    "OPTIONS *": changed(method="OPTIONS", path="*"),
    "a relative path": changed(path="tiny.txt"),
    "CONNECT": frame(1, 5, 1, block((":method", "CONNECT"), (":authority", "localhost:80"))),
}
ENDED = {
    "an even stream": (frame(1, 5, 2, block(*GET)), PROTOCOL),
    "HEADERS on stream 0": (frame(1, 5, 0, block(*GET)), PROTOCOL),
    "an older stream": (frame(1, 5, 3, block(*GET)) + OK, PROTOCOL),
    "DATA on a stream that is not there": (frame(0, 1, 5, b"x"), PROTOCOL),
    "RST_STREAM of a stream that is not there": (frame(3, 0, 7, b"\0\0\0\0"), PROTOCOL),
    "a window of nothing": (frame(8, 0, 0, b"\0\0\0\0"), PROTOCOL),
    "a window too wide": (frame(8, 0, 0, b"\x7f\xff\xff\xff"), FLOW_CONTROL),
    "a short PING": (frame(6, 0, 0, b"abc"), SIZE),
    "a PING on a stream": (frame(6, 0, 1, b"a" * 8), PROTOCOL),
    "SETTINGS cut short": (frame(4, 0, 0, b"abc"), SIZE),
    "an initial window too wide": (frame(4, 0, 0, b"\0\x04\x80\0\0\0"), FLOW_CONTROL),
    "frames of one byte": (frame(4, 0, 0, b"\0\x05\0\0\0\1"), PROTOCOL),
    "PUSH_PROMISE": (frame(5, 4, 1, b"\0\0\0\2" + block(*GET)), PROTOCOL),
    "broken HPACK": (frame(1, 5, 1, b"\xff" * 6), COMPRESSION),
    "an index of nothing": (frame(1, 5, 1, b"\x80"), COMPRESSION),
    "a new table size at the end of a block": (frame(1, 5, 1, block(*GET) + b"\x20"), COMPRESSION),
    "Huffman padding of a byte": (
        frame(1, 5, 1, block(*GET) + b"\0\x85\xf2\xb2\x4a\x84\xff\x84\x49\x50\x9f\xff"),
        COMPRESSION,
    ),
    "a frame too large": (frame(1, 5, 1, b"\0" * 16385), SIZE),
    "an acknowledgment with settings": (frame(4, 1, 0, b"\0" * 6), SIZE),
    "a length that is none": (asked(("content-length", "5x")), PROTOCOL),
    "CONTINUATION alone": (frame(9, 4, 1, block(*GET)), PROTOCOL),
    "a PING between HEADERS and CONTINUATION": (frame(1, 1, 1, block(*GET)) + frame(6, 0, 0, b"a" * 8), PROTOCOL),
    "more padding than frame": (frame(1, 0xD, 1, b"\xff" + block(*GET)), PROTOCOL),
    "a stream that waits for itself": (frame(1, 0x25, 1, b"\0\0\0\1\x10" + block(*GET)), PROTOCOL),
    "header lists without end": (frame(1, 1, 1, b"\0" * 16384) + frame(9, 0, 1, b"\0" * 16384) * 2, CALM),
}

MALFORMED = {
    "capitals": asked(("X-Up", "a")),
    "no path": changed(path=None),
    "an empty path": changed(path=""),
    "no method": changed(method=None),
    "two paths": asked((":path", "/")),
    "an unknown pseudo-field": changed(foo="a"),
    "connection": asked(("connection", "close")),
    "transfer-encoding": asked(("transfer-encoding", "chunked")),
    "te: gzip": asked(("te", "gzip")),
    "another host": asked(("host", "other")),
    "a line break in a value": asked(("x", "a\r\nb: c")),
    "NUL in a value": asked(("x", "a\0b")),
    "no scheme": changed(scheme=None),
    "a pseudo-field after the others": frame(1, 5, 1, block(*GET[:3], ("x", "y"), GET[3])),
    "a status": asked((":status", "200")),
    "an empty name": asked(("", "a")),
    "a colon in a name": asked(("a:b", "c")),
    "a space before a value": frame(1, 5, 1, block(*GET) + b"\0\1a\2 b"),
    "a space in the method": changed(method="GET /x"),
    "a space in the path": changed(path="/tiny .txt"),
    "CONNECT with a path": changed(method="CONNECT"),
    "two hosts": frame(1, 5, 1, block(*GET[:3], ("host", "localhost"), ("host", "localhost"))),
    "no host": frame(1, 5, 1, block(*GET[:3])),
    "a length without a body": asked(("content-length", "5")),
    "a pseudo-field in the trailers": frame(1, 4, 1, block(*POST)) + frame(1, 5, 1, block((":path", "/"))),
}


def frames(client):
    """(kind, flags, stream, payload) of each, to the end of the connection."""
    data = b""
    while True:
        while len(data) < 9 or len(data) < 9 + int.from_bytes(data[:3], "big"):
            more = client.recv(65536)
            if not more:
                return
            data += more
        end = 9 + int.from_bytes(data[:3], "big")
        yield data[3], data[4], int.from_bytes(data[5:9], "big"), data[9:end]
        data = data[end:]


@pytest.mark.parametrize("shape", ANSWERED)
def test_answered(running, shape):
    with running.connect("https", alpn=("h2",)) as client:
        client.sendall(PREFACE + frame(4, 0, 0) + ANSWERED[shape])
        kinds = (kind for kind, _, stream, _ in frames(client) if stream or kind == 7)
        assert next(kinds) == 1


@pytest.mark.parametrize("shape", ENDED)
def test_ended(running, shape, caplog):
    sent, code = ENDED[shape]
    with running.connect("https", alpn=("h2",)) as client:
        client.sendall(PREFACE + frame(4, 0, 0) + sent)
        codes = [int.from_bytes(payload[4:8], "big") for kind, _, _, payload in frames(client) if kind == 7]
    assert codes == [code]
    assert not [record for record in caplog.records if record.exc_info]


@pytest.mark.parametrize("shape", MALFORMED)
def test_a_malformed_request_costs_its_stream_and_no_other(running, shape):
    """h2 ends the connection; behind a proxy other people's requests are on it."""
    with running.connect("https", alpn=("h2",)) as client:
        client.sendall(PREFACE + frame(4, 0, 0) + MALFORMED[shape] + frame(1, 5, 3, block(*GET)))
        found = {}
        for kind, _, stream, payload in frames(client):
            assert kind != 7
            if kind in {1, 3}:
                found[stream] = (kind, payload[-1])
            if len(found) == 2:
                break
    assert found[1] == (3, PROTOCOL)
    assert found[3][0] == 1


def test_the_first_frame_is_settings(running):
    with running.connect("https", alpn=("h2",)) as client:
        client.sendall(PREFACE + OK)
        assert [int.from_bytes(payload[4:8], "big") for kind, _, _, payload in frames(client) if kind == 7] == [
            PROTOCOL
        ]


@pytest.mark.parametrize("late", [OK, frame(0, 1, 1, b"x")])
def test_a_frame_for_a_stream_that_is_over_costs_the_stream(running, late):
    with running.connect("https", alpn=("h2",)) as client:
        client.sendall(PREFACE + frame(4, 0, 0) + OK + late)
        codes = (int.from_bytes(payload, "big") for kind, _, _, payload in frames(client) if kind == 3)
        assert next(codes) == CLOSED
