"""How an HTTP/2 connection ends: what was asked is answered, what comes later is refused, what never comes is given up.

The client is made of bare frames: the h2 library reads nothing more once a GOAWAY has come.
"""

import contextlib
import os
import ssl
import threading

import hpack
import pytest
from hyperframe.frame import (
    DataFrame,
    Frame,
    GoAwayFrame,
    HeadersFrame,
    PingFrame,
    RstStreamFrame,
    SettingsFrame,
    WindowUpdateFrame,
)  # fmt: skip

from village.server.http2 import PREFACE

REFUSED_STREAM = 7


class Frames:
    """A client that sends frames and gathers frames."""

    def __init__(self, running, window=65535):
        self.socket = running.connect("https", alpn=("h2",))
        self.data, self.frames = b"", []
        self.encoder = hpack.Encoder()
        settings = {SettingsFrame.INITIAL_WINDOW_SIZE: window}
        self.socket.sendall(PREFACE + SettingsFrame(0, settings).serialize())

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


@pytest.mark.parametrize("what", ["pings", "halves of pings", "data for a stream that is over"])
def test_only_a_request_makes_a_connection_last(start, what):
    """Whatever made the server send something made the connection last: a client stayed for ever without a question."""
    found = start(limits={"keepalive_timeout": 2.0})
    client = Frames(found)
    client.send(client.request(1, "/large.bin", end=False), RstStreamFrame(1, error_code=8))
    frame = PingFrame(0, b"12345678") if "pings" in what else DataFrame(1, b"x")
    data = frame.serialize()
    if what == "halves of pings":
        client.socket.sendall(data[:9])
        data = data[9:] + data[:9]
    client.socket.settimeout(0.3)
    for _ in range(60):
        with contextlib.suppress(OSError):
            client.socket.sendall(data)
        if closed(client.socket):
            return
    pytest.fail("the connection stays open")


def test_what_other_streams_may_send_is_no_progress(start):
    """A window opened for the connection woke every stream, and each began its patience anew."""
    found = start(limits={"write_timeout": 1.0})
    client = Frames(found, window=0)
    client.send(client.request(1, "/large.bin"))
    client.socket.settimeout(0.3)
    for _ in range(60):
        client.send(WindowUpdateFrame(0, window_increment=1000))
        with contextlib.suppress(TimeoutError):
            while client.turn():
                pass
        if any(isinstance(each, RstStreamFrame) for each in client.frames):
            return
    pytest.fail("the stream stays open")


def test_streams_that_wait_hold_nothing(start):
    """A hundred streams of large files with their windows shut held a hundred descriptors, and 128 KB each."""
    found = start()
    client = Frames(found, window=0)
    client.send(*(client.request(2 * number + 1, "/large.bin") for number in range(100)))
    client.until(HeadersFrame, 199)
    blobs = str(found.store.blobs)
    held = []
    for descriptor in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            held.append(os.readlink(f"/proc/self/fd/{descriptor}"))
    assert not [path for path in held if path.startswith(blobs)]
    client.send(WindowUpdateFrame(0, window_increment=1 << 21), WindowUpdateFrame(199, window_increment=1 << 21))
    while len(client.body(199)) < 64 * 16384:
        assert client.turn()


def test_more_streams_than_allowed_are_refused_and_may_come_again(start):
    """A client that has not read our SETTINGS yet does not know the limit; h2 ended its connection."""
    client = Frames(start(), window=0)
    client.send(*(client.request(2 * number + 1, "/large.bin") for number in range(140)))
    for number in range(128, 140):
        assert client.until(RstStreamFrame, 2 * number + 1).error_code == REFUSED_STREAM
    client.until(HeadersFrame, 255)
    assert not [each for each in client.frames if isinstance(each, GoAwayFrame)]


def test_streams_broken_by_errors_are_counted_like_those_taken_back(running):
    """MadeYouReset: the server resets them, and the work has been done all the same."""
    client = Frames(running)
    overflow = WindowUpdateFrame(1, window_increment=(1 << 31) - 1)
    with contextlib.suppress(OSError):
        for number in range(1, 1000, 2):
            overflow.stream_id = number
            client.send(client.request(number, "/large.bin"), overflow)
    client.rest()
    assert client.until(GoAwayFrame).error_code == 11


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
