import pytest
from hypothesis import given
from hypothesis import strategies as st

from village.server import target
from village.server.target import BadTarget, Target

segments = st.text(
    st.characters(codec="utf-8", exclude_characters="/", min_codepoint=0x20, exclude_categories=["Cs", "Cc"]),
    min_size=1,
)


@given(st.lists(segments.filter(lambda s: s not in {".", ".."}), min_size=1, max_size=5), st.booleans())
def test_encoding_is_undone_by_parsing(parts, folder):
    path = "/" + "/".join(parts) + ("/" if folder else "")
    encoded = target.encode(path)
    assert encoded.isascii()
    assert "?" not in encoded
    assert target.parse(encoded) == Target(path)
    assert target.normal(path) == path


@given(st.text(max_size=60))
def test_any_text_is_a_target_or_refused(text):
    try:
        found = target.parse(text)
    except BadTarget:
        return
    assert found.path == "*" or found.path.startswith("/")


@given(st.text(st.sampled_from("/.a%2eEfF5c\\"), max_size=24))
def test_no_normal_path_holds_a_dot_segment(text):
    try:
        path = target.normal(target.parse("/" + text).path)
    except BadTarget:
        return
    if path is not None:
        assert path.startswith("/")
        assert not path.startswith("//")
        assert not {".", ".."} & set(path.split("/"))
        assert "//" not in path
        assert target.normal(path) == path


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("/", Target("/")), ("/a?b", Target("/a", "b")), ("/a?", Target("/a")), ("*", Target("*")), ("/%D0%BF", Target("/п")),
        ("http://h:8/a?b", Target("/a", "b", "h:8")), ("HTTPS://h", Target("/", "", "h")), ("http://h?x", Target("/", "x", "h")),
        ("/a%2Fb", Target("/a/b")), ("/a+b", Target("/a+b")),
    ],
)  # fmt: skip
def test_parse(raw, expected):
    assert target.parse(raw) == expected


@pytest.mark.parametrize(
    "raw", ["", "a", "/%", "/%1", "/%zz", "/%00", "/%0a", "/a#b", "ftp://a/", "http:///a", "http://u@h/", "/\x7f"]
)
def test_refused(raw):
    with pytest.raises(BadTarget):
        target.parse(raw)


@pytest.mark.parametrize(
    ("path", "normal"),
    [("/a/./b", "/a/b"), ("/a/../b", "/b"), ("//a//b", "/a/b"), ("/a/..", "/"), ("/a/b/..", "/a/"), ("/a/.", "/a/"), ("/..", None),
     ("/a/../..", None), ("/", "/"), ("/a/", "/a/"), ("//", "/")],
)  # fmt: skip
def test_normal(path, normal):
    assert target.normal(path) == normal


@pytest.mark.parametrize(
    ("path", "hidden"),
    [("/.git", True), ("/a/.b", True), ("/.well-known/x", False), ("/.well-known/.x", True), ("/a.b", False)],
)
def test_hidden(path, hidden):
    assert target.hidden(path) is hidden
