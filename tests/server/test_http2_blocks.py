import hpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from village.server import http2_blocks
from village.server.answer import Answer

values = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=300)
names = st.text(st.sampled_from("abcdefghijklmnopqrstuvwxyz-"), min_size=1, max_size=200)


@given(st.sampled_from([200, 204, 206, 301, 304, 404, 410, 421, 500]), st.lists(st.tuples(names, values), max_size=6))
def test_a_decoder_reads_what_was_said_and_its_table_stays(status, headers):
    answer = Answer(status, tuple(headers))
    decoder = hpack.Decoder()
    found = decoder.decode(
        http2_blocks.block(answer) + http2_blocks.date_field(b"Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n")
    )
    expected = [
        (":status", str(status)),
        ("server", "village"),
        *((name.lower(), value) for name, value in answer.headers),
    ]
    assert found == [*expected, ("date", "Sun, 06 Nov 1994 08:49:37 GMT")]
    assert not decoder.header_table.dynamic_entries


@given(st.lists(st.tuples(names, values, st.booleans()), max_size=6), st.booleans())
def test_constant_is_what_leaves_the_table_alone(headers, huffman):
    encoder, decoder = hpack.Encoder(), hpack.Decoder()
    fields = [
        (hpack.NeverIndexedHeaderTuple if never else hpack.HeaderTuple)(name, value) for name, value, never in headers
    ]
    for _ in range(2):
        data = encoder.encode(fields, huffman=huffman)
        before = list(decoder.header_table.dynamic_entries)
        decoder.decode(data)
        if http2_blocks.constant(data):
            assert list(decoder.header_table.dynamic_entries) == before


@pytest.mark.parametrize("size", [0, 1, 16384, 16385, 50000])
def test_bodies_are_cut_in_frames_that_every_peer_takes(size):
    frames = http2_blocks.data_frames(b"\0\0\0\x01", b"x" * size)
    lengths = [int.from_bytes(head[:3], "big") for head in frames[::2]]
    assert sum(lengths) == size
    assert max(lengths) <= 16384
    assert [head[4] for head in frames[::2]] == [0] * (len(lengths) - 1) + [1]
