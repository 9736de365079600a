"""HTTP/2: the same answers as HTTP/1.1, and budgets for those who only want to keep us busy."""

import ssl

import h2.config
import h2.connection
import h2.events
import h2.settings
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.server.conftest import parse, release
from tests.server.test_fastlane import DATE, requests
from village.release.manifest import Entry
from village.server import http2_blocks


class Client:
    """A blocking HTTP/2 client on the h2 library."""

    def __init__(self, running, **initial):
        self.socket = running.connect("https", alpn=("h2",))
        assert self.socket.selected_alpn_protocol() == "h2"
        self.conn = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True, header_encoding="utf-8"))
        if initial:
            values = {getattr(h2.settings.SettingCodes, key): value for key, value in initial.items()}
            self.conn.local_settings = h2.settings.Settings(client=True, initial_values=values)
        self.conn.initiate_connection()
        self.flush()
        self.events = []

    def flush(self):
        if data := self.conn.data_to_send():
            self.socket.sendall(data)

    def ask(self, path, method="GET", extra=(), body=None, authority="localhost"):
        number = self.conn.get_next_available_stream_id()
        fields = [(":method", method), (":path", path), (":scheme", "https"), (":authority", authority), *extra]
        self.conn.send_headers(number, fields, end_stream=body is None)
        if body is not None:
            self.conn.send_data(number, body, end_stream=True)
        self.flush()
        return number

    def turn(self):
        """Read once; False at the end of the connection."""
        try:
            self.flush()
            data = self.socket.recv(65536)
        except (ConnectionResetError, ssl.SSLError):
            data = b""
        if not data:
            return False
        for event in self.conn.receive_data(data):
            if isinstance(event, h2.events.DataReceived) and event.flow_controlled_length:
                self.conn.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            self.events.append(event)
        return True

    def answer(self, number):
        """(status, headers, body) of a stream."""
        while not any(
            isinstance(e, (h2.events.StreamEnded, h2.events.StreamReset)) and e.stream_id == number for e in self.events
        ):
            if not self.turn():
                raise ConnectionResetError
        mine = [event for event in self.events if getattr(event, "stream_id", 0) == number]
        self.events = [event for event in self.events if getattr(event, "stream_id", 0) != number]
        headers = next(dict(event.headers) for event in mine if isinstance(event, h2.events.ResponseReceived))
        body = b"".join(event.data for event in mine if isinstance(event, h2.events.DataReceived))
        return int(headers.pop(":status")), headers, body

    def get(self, path, **options):
        return self.answer(self.ask(path, **options))

    def terminated(self):
        """Read to the end; the error code of GOAWAY, None without one."""
        while self.turn():
            pass
        codes = [event.error_code for event in self.events if isinstance(event, h2.events.ConnectionTerminated)]
        return codes[-1] if codes else None

    def close(self):
        self.socket.close()


@pytest.fixture
def client(running):
    found = Client(running)
    yield found
    found.close()


@settings(max_examples=100, deadline=None)
@given(requests)
def test_http2_says_what_http1_says(running, request_parts):
    method, path, lines, _ = request_parts
    if "\\" in path:
        return
    head = [f"{method} {path} HTTP/1.1", "Host: localhost", *lines, "Connection: close"]
    status, headers, body = parse(DATE.sub(b"", running.exchange(("\r\n".join(head) + "\r\n\r\n").encode(), "https")))
    headers.pop("connection", None)
    extra = [tuple(part.strip() for part in line.split(":", 1)) for line in lines]
    extra = [(name.lower(), value) for name, value in extra]
    client = Client(running)
    for _ in range(3):  # by h2, by a block that fills the table, by a block that is constant
        found_status, found_headers, found_body = client.get(path, method=method, extra=extra)
        found_headers.pop("date")
        assert (found_status, found_body) == (status, body)
        assert {name: value for name, value in found_headers.items() if name != "link"} == {
            name: value for name, value in headers.items() if name != "link"
        }
    client.close()


def test_many_streams_at_once(client):
    numbers = [client.ask(path) for path in ("/large.bin", "/tiny.txt", "/style.css", "/nowhere", "/-/health/live") * 5]
    statuses = [client.answer(number)[0] for number in numbers]
    assert statuses == [200, 200, 200, 404, 200] * 5


def test_fast_lane_is_taken(running, client):
    taken = []
    original = http2_blocks.data_frames
    try:
        http2_blocks.data_frames = lambda *arguments: taken.append(1) or original(*arguments)
        for _ in range(4):
            assert client.get("/style.css")[0] == 200
    finally:
        http2_blocks.data_frames = original
    assert len(taken) >= 2


def test_new_release_is_seen_at_once(start):
    found = start()
    client = Client(found)
    for _ in range(3):
        assert client.get("/tiny.txt")[2] == b"tiny\n"
    entry = Entry(found.store.put(b"new\n"), 4, "text/plain")
    found.call(found.street.show, "one", release(found.store, {"/tiny.txt": entry}))
    assert client.get("/tiny.txt")[2] == b"new\n"
    client.close()


def test_small_windows_are_respected(running):
    client = Client(running, INITIAL_WINDOW_SIZE=10)
    assert len(client.get("/style.css")[2]) == 840
    client.close()


def test_hook_with_a_body(start):
    found = start()
    client = Client(found)
    body = b"x" * 300_000
    number = client.conn.get_next_available_stream_id()
    client.conn.send_headers(
        number, [(":method", "POST"), (":path", "/hooks/redeploy"), (":scheme", "https"), (":authority", "localhost")]
    )
    while body:
        window = min(client.conn.local_flow_control_window(number), 16384, len(body))
        if window:
            client.conn.send_data(number, body[:window])
            body = body[window:]
            client.flush()
        else:
            client.turn()
    client.conn.end_stream(number)
    client.flush()
    assert client.answer(number)[0] == 202
    assert len(found.control.hooks[0][1]) == 300_000
    client.close()


def test_a_body_that_nobody_wants_is_let_in_before_the_stream_ends(client):
    """Java's HttpClient waits for ever when its stream is reset while its body is still on the way."""
    number = client.conn.get_next_available_stream_id()
    fields = [(":method", "POST"), (":path", "/tiny.txt"), (":scheme", "https"), (":authority", "localhost")]
    client.conn.send_headers(number, fields)
    body = b"x" * 200_000
    while body:
        room = min(client.conn.local_flow_control_window(number), 16384, len(body))
        if room:
            client.conn.send_data(number, body[:room], end_stream=room == len(body))
            body = body[room:]
            client.flush()
        else:
            assert client.turn()
    assert client.answer(number)[0] == 405
    assert not [event for event in client.events if isinstance(event, h2.events.StreamReset)]
    assert client.get("/tiny.txt")[0] == 200


def test_an_endless_body_is_reset(client):
    number = client.conn.get_next_available_stream_id()
    fields = [(":method", "POST"), (":path", "/tiny.txt"), (":scheme", "https"), (":authority", "localhost")]
    client.conn.send_headers(number, fields)
    sent = 0
    while not any(isinstance(event, h2.events.StreamReset) for event in client.events):
        while room := min(client.conn.local_flow_control_window(number), 16384):
            client.conn.send_data(number, b"x" * room)
            sent += room
        assert client.turn()
        assert sent < 4 << 20
    assert 1 << 20 <= sent < 3 << 20
    assert client.get("/tiny.txt")[0] == 200


def test_windows_of_a_kilobyte_are_no_abuse(running):
    """What h2load -w10 asks for: ten streams of a megabyte by steps of 1,023 bytes."""
    client = Client(running, INITIAL_WINDOW_SIZE=1023)
    client.conn.increment_flow_control_window(1 << 24)
    number = client.ask("/large.bin")
    status, _, body = client.answer(number)
    assert (status, len(body)) == (200, 64 * 16384)
    client.close()


def test_rapid_reset_is_stopped(client):
    for _ in range(400):
        try:
            number = client.ask("/large.bin")
            client.conn.reset_stream(number)
            client.flush()
        except OSError:
            break
    assert client.terminated() == 11  # ENHANCE_YOUR_CALM


@pytest.mark.parametrize("kind", ["ping", "settings", "priority", "empty data"])
def test_floods_are_stopped(client, kind):
    frame = {
        "ping": b"\0\0\x08\x06\0\0\0\0\0" + b"12345678",
        "settings": b"\0\0\0\x04\0\0\0\0\0",
        "priority": b"\0\0\x05\x02\0\0\0\0\x05" + b"\0\0\0\0\x01",
        "empty data": b"\0\0\0\0\0\0\0\0\x01",
    }[kind]
    if kind == "empty data":
        client.conn.send_headers(
            1, [(":method", "POST"), (":path", "/hooks/redeploy"), (":scheme", "https"), (":authority", "localhost")]
        )
        client.flush()
    try:
        for _ in range(40):
            client.socket.sendall(frame * 100)
    except OSError:
        pass
    assert client.terminated() in {11, None}
    assert client.conn.state_machine.state.name == "CLOSED" or not client.turn()


def test_continuation_flood_is_stopped(client):
    start = b"\0\0\x01\x01\x01\0\0\0\x01\x82"
    more = b"\0\x40\0\x09\0\0\0\0\x01" + b"\0" * 16384
    try:
        client.socket.sendall(start)
        for _ in range(100):
            client.socket.sendall(more)
    except OSError:
        pass
    assert client.terminated() in {11, None}


def test_broken_frames_end_the_connection(running):
    for junk in (
        b"\xff" * 100,
        b"\0\0\0\x01\x05\0\0\0\x02",
        b"\0\0\x01\x03\0\0\0\0\x01\0",
        b"\0\0\x03\x01\x05\0\0\0\x01\xff\xff\xff",
    ):
        client = Client(running)
        client.turn()
        client.socket.sendall(junk)
        while client.turn():
            pass
        client.close()


def test_stalled_stream_is_given_up(start):
    found = start(limits={"write_timeout": 1.0})
    client = Client(found, INITIAL_WINDOW_SIZE=0)
    number = client.ask("/style.css")
    while not any(isinstance(event, h2.events.StreamReset) for event in client.events):
        assert client.turn()
    assert client.events[-1].stream_id == number
    client.close()


def test_head_and_unknown_host(client):
    status, headers, body = client.get("/style.css", method="HEAD")
    assert (status, headers["content-length"], body) == (200, "840", b"")
    found = client.get("/", authority="localhost", extra=[("x-more", "1")])
    assert found[0] == 200


@given(st.binary(max_size=60))
def test_constant_never_raises(data):
    assert http2_blocks.constant(data) in {True, False}


def literal(name, value, first):
    return bytes((first,)) + bytes((len(name),)) + name + bytes((len(value),)) + value


def headers_frame(number, flags, block, kind=1):
    return len(block).to_bytes(3, "big") + bytes((kind, flags)) + number.to_bytes(4, "big") + block


@pytest.mark.parametrize("how", ["whole", "cut in two", "padded", "priority"])
def test_a_changed_table_changes_what_a_block_means(running, how):
    """``:path`` is put in the dynamic table, asked for by index, replaced in a roundabout way, asked for by the same index."""
    client = Client(running)
    pseudo = b"\x82\x87" + literal(b":authority", b"localhost", 0x00)
    indexed = pseudo + b"\xbe"  # the newest entry of the dynamic table

    def insert(number, path):
        block = pseudo + literal(b":path", path, 0x40)
        if how == "cut in two":
            return headers_frame(number, 1, block[:-2]) + headers_frame(number, 4, block[-2:], kind=9)
        if how == "padded":
            return headers_frame(number, 5 | 8, b"\x03" + block + b"\0\0\0")
        if how == "priority":
            return headers_frame(number, 5 | 32, b"\0\0\0\0\x10" + block)
        return headers_frame(number, 5, block)

    def body(number, data):
        client.conn.get_next_available_stream_id()
        client.socket.sendall(data)
        found = b""
        while True:  # h2's client side does not know these streams: read the frames ourselves
            while len(buffer) < 9 or len(buffer) < 9 + int.from_bytes(buffer[:3], "big"):
                buffer.extend(client.socket.recv(65536))
            size, kind, flags = int.from_bytes(buffer[:3], "big"), buffer[3], buffer[4]
            stream, payload = int.from_bytes(buffer[5:9], "big"), bytes(buffer[9 : 9 + size])
            del buffer[: 9 + size]
            assert kind not in {3, 7}, payload
            if stream == number:
                found += payload if kind == 0 else b""
                if flags & 1:
                    return found

    buffer = bytearray()
    assert body(1, insert(1, b"/tiny.txt")) == b"tiny\n"
    for number in (3, 5, 7):
        assert body(number, headers_frame(number, 5, indexed)) == b"tiny\n"
    assert len(body(9, insert(9, b"/style.css"))) == 840
    for number in (11, 13, 15):
        assert len(body(number, headers_frame(number, 5, indexed))) == 840
    client.close()
