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
