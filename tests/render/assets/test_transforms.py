"""Minifying keeps the meaning; style sheets cannot look at the machine nor stop it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from village.errors import ContentError
from village.render.assets import transforms

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(JSON, st.booleans())
def test_minified_json_means_the_same(value, ascii_only):
    written = json.dumps(value, indent=2, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    small = transforms.minify(written, "application/json")
    assert json.loads(small.decode("utf-8", "surrogatepass")) == value
    assert len(small) <= len(written)


@pytest.mark.parametrize(
    ("media", "before", "after"),
    [
        ("text/css", b"a { b : c ; }\n/* x */", b"a{b:c}"),
        ("text/javascript", b"var a = 1; // x\nf ( a )", b"var a=1;f(a)"),
        ("image/svg+xml", b"<svg> <!-- x -->\n <g> </g></svg>", b"<svg><g></g></svg>"),
        ("image/svg+xml", b"<svg> <text> a </text></svg>", b"<svg> <text> a </text></svg>"),
        ("text/plain", b" a  b ", b" a  b "),
    ],
)
def test_minify(media, before, after):
    assert transforms.minify(before, media) == after


def test_minified_html_keeps_preformatted_text():
    small = transforms.minify(b"<!doctype html><title>x</title><p> a   b </p>\n<pre> a\n  b</pre>", "text/html")
    assert b"<pre> a\n  b</pre>" in small
    assert b"a b" in small


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a { b: $nope }", "Undefined variable"),
        ('@import "../../etc/passwd";', "names no file"),
        ('@import "/etc/passwd";', "names no file"),
        ("a {", "Invalid CSS"),
    ],
)
def test_errors_in_style_sheets_have_file_and_line(text, message):
    with pytest.raises(ContentError, match=message) as error:
        transforms.compile_scss("css/a.scss", {"css/a.scss": "\n" + text}, {})
    assert (error.value.file, error.value.line) == ("assets/css/a.scss", 2)


def test_an_endless_style_sheet_is_stopped(monkeypatch):
    monkeypatch.setattr(transforms, "COMPILE_SECONDS", 1.5)
    with pytest.raises(ContentError):
        transforms.compile_scss("a.scss", {"a.scss": "@while true { $a: 1 }"}, {})


def test_imports_are_looked_for_beside_the_file_then_from_the_root():
    files = {"a/x.scss": '@import "y", "z/w";', "a/_y.scss": "y{a:b}", "z/w/_index.scss": "w{a:b}"}
    assert transforms.compile_scss("a/x.scss", files, {"output_style": "compressed"}) == "y{a:b}w{a:b}\n"
