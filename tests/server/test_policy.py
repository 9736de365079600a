from hypothesis import given
from hypothesis import strategies as st

from village.release.manifest import RESERVED_HEADERS
from village.server import policy

names = st.one_of(
    st.sampled_from(["X-A", "cache-control", "Content-Length", "Transfer-Encoding", "ETag"]), st.text(max_size=8)
)


@given(st.lists(st.tuples(names, st.text(max_size=12)), max_size=6))
def test_a_site_s_headers_cannot_break_the_message(own):
    for name, value in policy.override((("Cache-Control", "x"),), own):
        assert name.lower() not in RESERVED_HEADERS
        assert not set("\r\n\0") & set(name + value)
        assert name.isascii()


def test_override():
    defaults = (("X-Frame-Options", "SAMEORIGIN"), ("Referrer-Policy", "a"))
    assert policy.override(defaults, (("x-frame-options", ""), ("Referrer-Policy", "b"))) == (("Referrer-Policy", "b"),)


def test_compressible():
    assert policy.compressible("text/html; charset=utf-8", 1000)
    assert policy.compressible("application/atom+xml", 1000)
    assert not policy.compressible("image/png", 1000)
    assert not policy.compressible("text/plain", 100)


def test_content_type():
    assert policy.content_type("text/css") == "text/css; charset=utf-8"
    assert policy.content_type("text/html; charset=utf-8") == "text/html; charset=utf-8"
    assert policy.content_type("image/png") == "image/png"
    assert policy.content_type("") == "application/octet-stream"
