"""The quick reader of front matter says what the full parser says, or nothing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from village.site.formats import decoding, simple_matter

WORDS = st.sampled_from(
    ["a", "b c", "yes", "true", "12", "1.5", "~", "null", "2024-01-02", "012", "0x1F", "1e3", "-5", "x: y", "a #b", "#", "'q'",
     '"d"', '"it\'s"', "[a, b]", "[]", "[a, 'b, c']", "{a: 1}", "- x", "|", ">", "&a", "*a", "!t", "a:", "é ü", "日本", "@", "`", "%",
     "'it''s'", '"a\\"b"', "[a: b]", "<<", "=", "1_000", ".5", "-.inf", "- ", "? a", "[a,b]", "[ a , b ]", "a, b", "[1, 2.5]", "[?a]"]
)  # fmt: skip
KEYS = st.sampled_from(["title", "a", "b-c", "d_e", "T", "123", "a b", "<<", "é"])
LINES = st.one_of(
    st.builds("{}: {}".format, KEYS, WORDS),
    st.builds("{}:{}".format, KEYS, WORDS),
    st.builds("{}:".format, KEYS),
    st.builds("- {}".format, WORDS),
    st.builds("  - {}".format, WORDS),
    st.builds("  {}".format, WORDS),
    st.sampled_from(["", "# note", "---", "\t", "a:\tb", "a:  b  ", "a: b # c", "x"]),
)
TOML_LINES = st.one_of(
    st.builds("{} = {}".format, KEYS, WORDS),
    st.builds('{}="{}"'.format, KEYS, st.sampled_from(["a", "b'c", "\\n", "ü"])),
    st.sampled_from(
        ["[t]", "# c", "", "a = 2024-01-02", "b = 2024-01-02T03:04:05Z", "c = 2024-01-02 03:04:05", "d = ['a', \"b\"]", "e = 007",
         "f = +5", "g = 1_0", "h = 2024-02-30", "i = 'a' # c", "j = [1]", "a.b = 1", "k = 2024-01-02T03:04:05+01:00", "l = true"]
    ),
)  # fmt: skip


def agrees(text: str, language: str) -> None:
    quick = simple_matter.read(text, language)
    if quick is None:
        return
    full = decoding.decode(text, language)
    assert quick == (full or {})
    assert repr(quick) == repr(full or {})


@settings(max_examples=1500, deadline=None)
@given(st.lists(LINES, max_size=6))
def test_yaml(lines: list[str]) -> None:
    agrees("\n".join(lines), "yaml")


@settings(max_examples=1500, deadline=None)
@given(st.lists(TOML_LINES, max_size=5))
def test_toml(lines: list[str]) -> None:
    agrees("\n".join(lines), "toml")


@settings(max_examples=500, deadline=None)
@given(st.text(max_size=40), st.sampled_from(["yaml", "toml"]))
def test_any_text_after_a_key(value: str, language: str) -> None:
    sign = ":" if language == "yaml" else " ="
    agrees(f"a{sign} {value}", language)


@pytest.mark.parametrize(
    "text",
    [
        "title: Hello world\ndate: 2024-01-02\ntags: [a, b]\ndraft: false\nweight: 3",
        'title: "A: b"\ntags:\n  - x\n  - y z\n',
    ],
)
def test_common_front_matter_is_simple(text: str) -> None:
    assert simple_matter.read(text, "yaml") is not None
