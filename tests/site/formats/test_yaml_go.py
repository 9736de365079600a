"""Scalars as Go's YAML library reads them; every value was asked of the Hugo 0.168 binary."""

from __future__ import annotations

import math

import pytest

from village.site.formats import yaml_go


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "yes"), ("no", "no"), ("on", "on"), ("012", 10), ("0o14", 12), ("0x1F", 31), ("0b11", 3), ("08", "08"),
        ("1:30", "1:30"), ("10:11:12", "10:11:12"), ("1_000", 1000), ("1_0.5", 10.5), ("~", None), ("Null", None), ("", None),
        ("1e3", "1e3"), ("12e03", "12e03"), (".5", 0.5), ("1.", 1.0), ("-0", 0), ("+12", 12), ("2020-01-02", "2020-01-02"),
        ("99999999999999999999", "99999999999999999999"), ("=", "="), ("<<", "<<"), ("0xZZ", "0xZZ"), ("TRUE", True), ("y", "y"),
        ("!!str 12", "12"), ("-.inf", -math.inf), ("!unknown x", "x"),
    ],
)  # fmt: skip
def test_scalars(text: str, value: object) -> None:
    found = yaml_go.load(f"a: {text}")["a"]
    assert (type(found), found) == (type(value), value)


def test_merge_keys_and_aliases() -> None:
    assert yaml_go.load("a: &x {b: 1}\nc: {<<: *x, d: 2}")["c"] == {"b": 1, "d": 2}
