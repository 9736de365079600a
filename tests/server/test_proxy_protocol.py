import contextlib
import ipaddress
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from village.server import proxy_protocol
from village.server.proxy_protocol import SIGNATURE, BadProxyHeader, parse

v4, v6, port = st.ip_addresses(v=4), st.ip_addresses(v=6), st.integers(0, 65535)


def line(source, destination, source_port, destination_port):
    return f"PROXY TCP{source.version} {source} {destination} {source_port} {destination_port}\r\n".encode()


def binary(source, destination, source_port, destination_port, tail=b"", command=0x21):
    family = 0x11 if source.version == 4 else 0x21
    body = source.packed + destination.packed + struct.pack("!HH", source_port, destination_port) + tail
    return SIGNATURE + struct.pack("!BBH", command, family, len(body)) + body


pairs = st.one_of(st.tuples(v4, v4), st.tuples(v6, v6))


@given(pairs, port, port, st.binary(max_size=40))
def test_both_versions_round_trip_and_wait_for_the_whole(addresses, one, other, rest):
    for data in (line(*addresses, one, other), binary(*addresses, one, other)):
        found = parse(data + rest)
        assert found.length == len(data)
        mapped = getattr(addresses[0], "ipv4_mapped", None)
        assert ipaddress.ip_address(found.source[0]) == (mapped or addresses[0])
        assert found.source[1] == one
        for cut in range(len(data)):
            assert parse(data[:cut]) is None


@given(st.binary(max_size=200))
def test_anything_else_is_refused_or_incomplete(data):
    with contextlib.suppress(BadProxyHeader):
        parse(data)


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\n", b"PROXY TCP4 1.2.3.4 5.6.7.8 1\r\n", b"PROXY TCP4 ::1 ::1 1 2\r\n", b"PROXY TCP6 1.2.3.4 1.2.3.4 1 2\r\n",
        b"PROXY TCP4 1.2.3.4 5.6.7.8 01 2\r\n", b"PROXY TCP4 1.2.3.4 5.6.7.8 1 65536\r\n", b"PROXY UDP4 1.2.3.4 5.6.7.8 1 2\r\n",
        b"PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n", b"PROXY TCP4 1.2.3.4  5.6.7.8 1 2\r\n", b"PROXY " + b"x" * 120, b"PROXY TCP4 1.2.3.4 5.6.7.8 -1 2\r\n",
        SIGNATURE + b"\x11\x11\0\x0c" + bytes(12), SIGNATURE + b"\x22\x11\0\x0c" + bytes(12), SIGNATURE + b"\x21\x11\0\x04" + bytes(4),
        SIGNATURE + b"\x21\x11\xff\xff",
    ],
)  # fmt: skip
def test_refused(data):
    with pytest.raises(BadProxyHeader):
        parse(data)


def test_ipv4_in_ipv6_is_ipv4():
    """Python writes the address as ::ffff:c000:201, which is no address any more once the beginning is cut off."""
    mapped, other = ipaddress.ip_address("::ffff:192.0.2.1"), ipaddress.ip_address("::1")
    assert parse(binary(mapped, other, 1, 2)).source == ("192.0.2.1", 1)
    assert parse(b"PROXY TCP6 ::ffff:192.0.2.1 ::1 1 2\r\n").source == ("192.0.2.1", 1)


def test_no_source():
    assert parse(b"PROXY UNKNOWN\r\n").source is None
    assert parse(b"PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n").source is None
    address = ipaddress.ip_address("1.2.3.4")
    assert parse(binary(address, address, 1, 2, command=0x20)).source is None
    assert parse(SIGNATURE + b"\x21\x31\0\x00").source is None
    assert parse(binary(address, address, 1, 2, tail=b"\x04\0\x01x")).source == ("1.2.3.4", 1)
    assert proxy_protocol.parse(b"") is None
