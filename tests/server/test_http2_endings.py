"""How an HTTP/2 connection ends: what was asked is answered, what comes later is refused, what never comes is given up.

The client is made of bare frames: the h2 library reads nothing more once a GOAWAY has come.
"""

import contextlib
import ssl
import threading

import hpack
import pytest
from hyperframe.frame import (
    DataFrame,
    Frame,
    GoAwayFrame,
    HeadersFrame,
    RstStreamFrame,
    SettingsFrame,
    WindowUpdateFrame,
)  # fmt: skip

from village.server.http2 import PREFACE

REFUSED_STREAM = 7


class Frames:
    """A client that sends frames and gathers frames."""

    def __init__(self, running):
        self.socket = running.connect("https", alpn=("h2",))
        self.data, self.frames = b"", []
        self.encoder = hpack.Encoder()
        self.socket.sendall(PREFACE + SettingsFrame(0).serialize())

    def send(self, *frames):
        self.socket.sendall(b"".join(frame.serialize() for frame in frames))

    def request(self, stream, path, method="GET", *, end=True):
        fields = [(":method", method), (":path", path), (":scheme", "https"), (":authority", "localhost")]
        flags = ["END_HEADERS", "END_STREAM"] if end else ["END_HEADERS"]
        return HeadersFrame(stream, self.encoder.encode(fields), flags=flags)

    def turn(self):
        try:
            found = self.socket.recv(65536)
        except (ConnectionResetError, ssl.SSLError):
            found = b""
        self.data += found
        while len(self.data) >= 9:
            frame, length = Frame.parse_frame_header(memoryview(self.data[:9]))
            if len(self.data) < 9 + length:
                break
            frame.parse_body(memoryview(self.data[9 : 9 + length]))
            self.data = self.data[9 + length :]
            self.frames.append(frame)
        return bool(found)

    def until(self, kind, stream=0):
        """The first frame of a kind."""
        while not (found := [each for each in self.frames if isinstance(each, kind) and each.stream_id == stream]):
            assert self.turn(), f"closed before {kind.__name__}"
        return found[0]

    def rest(self):
        while self.turn():
            pass
        return self

    def body(self, stream):
        return b"".join(each.data for each in self.frames if isinstance(each, DataFrame) and each.stream_id == stream)


def test_what_is_open_ends_before_the_street_closes(start):
    """Without the GOAWAY at once, a client with one long download asks on and on, and is cut off in the middle."""
    found = start()
    client = Frames(found)
    client.send(client.request(1, "/large.bin"))
    client.until(DataFrame, 1)  # and then the window is shut
    closing = threading.Thread(target=found.close)
    closing.start()
    assert client.until(GoAwayFrame).last_stream_id == 1
    client.send(client.request(3, "/style.css"))
    assert client.until(RstStreamFrame, 3).error_code == REFUSED_STREAM
    client.send(WindowUpdateFrame(0, window_increment=1 << 21), WindowUpdateFrame(1, window_increment=1 << 21))
    client.rest()
    assert len(client.body(1)) == 64 * 16384
    closing.join()


def test_a_client_that_says_goodbye_still_gets_what_it_asked_for(start):
    found = start()
    client = Frames(found)
    client.send(client.request(1, "/large.bin"), GoAwayFrame(0, last_stream_id=0))
    client.until(DataFrame, 1)
    client.send(WindowUpdateFrame(0, window_increment=1 << 21), WindowUpdateFrame(1, window_increment=1 << 21))
    assert len(client.rest().body(1)) == 64 * 16384  # and then we close
    idle = Frames(found)
    idle.send(GoAwayFrame(0, last_stream_id=0))
    idle.rest()


@pytest.mark.parametrize(
    "beginning",
    [
        pytest.param(PREFACE[:3], id="preface"),
        pytest.param(PREFACE + SettingsFrame(0).serialize() + b"\0\x40\0\x01\x05\0\0\0\x01", id="frame"),
        pytest.param(PREFACE + SettingsFrame(0).serialize() + b"\0\0\1\x01\x01\0\0\0\x01\x82\0\x40\0\x09\0\0\0\0\x01", id="block"),
    ],
)  # fmt: skip
def test_a_byte_now_and_then_is_no_request(start, beginning):
    """The deadline began anew with every byte, so that a connection stayed as long as its client liked."""
    found = start(limits={"header_timeout": 1.0})
    client = found.connect("https", alpn=("h2",))
    client.sendall(beginning)
    client.settimeout(0.3)
    drip(client, PREFACE[3:] if beginning in PREFACE else bytes(16000))
    assert found.metrics.refused.labels("header_timeout")._value.get() == 1
    client.close()


def drip(client, rest):
    """A byte whenever nothing has come for a moment, until the server closes."""
    for number in range(min(50, len(rest))):
        with contextlib.suppress(OSError):
            client.sendall(rest[number : number + 1])
        if closed(client):
            return
    pytest.fail("the connection stays open")


def closed(client):
    """Whether the server has closed; waits a moment for it."""
    try:
        while client.recv(65536):
            pass
    except TimeoutError:
        return False
    except OSError:
        return True
    return True
