"""Parts of ssl, aiohttp and h2 that are not their public face and that we use: an upgrade that takes one away says so here."""

import inspect
import ssl

import h2.connection
import h2.settings
import h2.stream
import pytest
from aiohttp import http_exceptions, web
from aiohttp.web_protocol import RequestHandler

from village.server.http2_limits import MOST_HEADER_BYTES, MOST_STREAMS, new_connection
from village.server.slowlane import Sent, SlowLane

WHERE = "aiohttp {} has changed: village/server/slowlane.py needs another way to "


@pytest.mark.parametrize(
    "name",
    ["loop", "keepalive_timeout", "tcp_keepalive", "access_log", "auto_decompress", "lingering_time", "max_line_size",
     "max_field_size", "max_headers"],
)  # fmt: skip
def test_the_slow_lane_can_still_be_told(name):
    given = inspect.signature(RequestHandler.__init__).parameters
    assert name in given or any(each.kind is each.VAR_KEYWORD for each in given.values()), WHERE + f"set {name}"


def test_the_slow_lane_still_overrides_what_aiohttp_calls():
    for ours, theirs, names in (
        (SlowLane, RequestHandler, ["handle_error"]),
        (Sent, web.StreamResponse, ["prepare", "write_eof"]),
    ):
        for name in names:
            assert callable(getattr(theirs, name, None)), WHERE + f"override {name}"
            known = list(inspect.signature(getattr(theirs, name)).parameters)
            assert list(inspect.signature(getattr(ours, name)).parameters)[: len(known)] == known, (
                WHERE + f"override {name}"
            )
    assert issubclass(http_exceptions.LineTooLong, Exception)
    assert "_keep_alive" in inspect.getsource(web.StreamResponse), WHERE + "say that a connection closes"


def test_a_request_still_knows_its_target_as_it_came(running):
    """``request._message.path``: aiohttp normalises the target everywhere else."""
    status, headers, _ = running.get("//posts/./hello/", X_Unknown_To_Us="1")
    assert (status, headers["location"]) == (301, "/posts/hello/"), WHERE + "read the raw target"


def test_h2_still_keeps_its_books_where_the_fast_lane_writes_them():
    conn = new_connection()
    changed = "h2 has changed: village/server/http2.py (fast) cannot tell it of a stream any more"
    assert conn.highest_inbound_stream_id == 0, changed
    assert isinstance(conn._closed_streams, dict), changed
    assert conn.outbound_flow_control_window == 65535, changed
    conn.outbound_flow_control_window -= 1000
    assert conn.remote_settings.initial_window_size == 65535, changed
    assert h2.stream.StreamClosedBy.SEND_END_STREAM, changed


def test_a_stream_that_h2_was_told_of_is_closed_for_it():
    server, client = new_connection(), h2.connection.H2Connection()
    client.initiate_connection()
    server.receive_data(client.data_to_send())
    client.receive_data(server.data_to_send())
    fields = [(":method", "GET"), (":path", "/"), (":scheme", "https"), (":authority", "a")]
    client.send_headers(1, fields, end_stream=True)
    server.receive_data(client.data_to_send())  # the first always goes by h2
    client.send_headers(3, fields)
    client.data_to_send()  # taken by the fast lane
    server.highest_inbound_stream_id = 3
    server._closed_streams[3] = h2.stream.StreamClosedBy.SEND_END_STREAM
    client.increment_flow_control_window(1000, 3)
    assert server.receive_data(client.data_to_send()) == [], "a late frame for a stream that is over is passed over"
    client.reset_stream(3)
    assert all(type(event).__name__ == "StreamReset" for event in server.receive_data(client.data_to_send()))


def test_our_settings_are_the_ones_that_h2_announces():
    conn, client = new_connection(), h2.connection.H2Connection()
    client.initiate_connection()
    client.receive_data(conn.data_to_send())
    assert client.remote_settings.max_concurrent_streams == MOST_STREAMS
    assert client.remote_settings.max_header_list_size == MOST_HEADER_BYTES
    assert conn.local_settings.max_concurrent_streams > MOST_STREAMS, "h2 would end the connection over one too many"
    assert conn.decoder.max_header_list_size == MOST_HEADER_BYTES, "h2 has changed: header lists are no longer bounded"


def test_ssl_still_has_an_engine_under_its_wrapper():
    given = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)._wrap_bio(
        ssl.MemoryBIO(), ssl.MemoryBIO(), server_side=True
    )
    for name in ("do_handshake", "read", "write", "pending", "shutdown", "selected_alpn_protocol", "context"):
        assert hasattr(given, name), f"ssl has changed: village/server/tls.py (engine) cannot {name}"
