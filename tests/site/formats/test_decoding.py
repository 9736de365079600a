"""The data languages: what is nested without end is malformed, whatever the language and the place."""

from __future__ import annotations

import pickle

import pytest

from village.site.formats import decoding
from village.site.formats.decoding import Malformed

DEEP = {
    "yaml": "a: " + "[" * 20_000 + "]" * 20_000,
    "yaml block": "- " * 300 + "x",
    "yaml maps": "".join(f"{' ' * level}a:\n" for level in range(300)),
    "json": '{"a":' * 900 + "1" + "}" * 900,
    "json lists": "[" * 100_000 + "]" * 100_000,
    "toml": "a = " + "[" * 300 + "]" * 300,
    "toml keys": "[" + ".".join("a" * 300) + "]",
    "xml": "<a>" * 300 + "x" + "</a>" * 300,
}


@pytest.mark.parametrize("name", DEEP)
def test_depth_without_end_is_malformed(name: str):
    with pytest.raises(Malformed, match="deep"):
        decoding.decode(DEEP[name], name.split(maxsplit=1)[0])


@pytest.mark.parametrize("name", DEEP)
def test_what_is_decoded_can_be_kept(name: str):
    text = DEEP[name].replace("[" * 300, "[" * 30).replace("]" * 300, "]" * 30)
    try:
        value = decoding.decode(text, name.split(maxsplit=1)[0])
    except Malformed:
        return
    assert pickle.loads(pickle.dumps(value)) == value


@pytest.mark.parametrize(("language", "text"), [("toml", "a = {}"), ("json", '{{"a": {}}}')])
def test_an_endless_number_is_told_without_pythons_switches(language: str, text: str):
    with pytest.raises(Malformed, match="a number has thousands of digits"):
        decoding.decode(text.format("9" * 5000), language)


def test_an_excerpt_of_a_long_line_is_the_part_around_the_column():
    text = "first\n" + "a" * 1000 + "HERE" + "b" * 1000 + "\nlast"
    rows = decoding.excerpt(text, 2, 1001).split("\n")
    assert rows[1].startswith(">    2  …a")
    assert rows[1].endswith("b…")
    assert len(rows[1]) < 220
    assert rows[1][rows[2].index("^")] == "H"
