import pytest
from hypothesis import given
from hypothesis import strategies as st

from village.server import encodings

ALL = {"br": 1, "gzip": 1, "zstd": 1}


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (None, ""), ("", ""), ("gzip", "gzip"), ("br", "br"), ("gzip, deflate, br, zstd", "br"), ("gzip, zstd", "zstd"),
        ("br;q=0.5, gzip;q=0.8", "gzip"), ("br;q=0", ""), ("br;q=0, gzip", "gzip"), ("*", "br"), ("*;q=0", ""), ("br;q=0, *", "zstd"),
        ("identity", ""), ("identity;q=1, gzip;q=0.5", ""), ("identity;q=0.5, gzip;q=0.5", "gzip"), ("GZIP", "gzip"), ("x-gzip", "gzip"),
        ("br;q=2", ""), ("br;q=abc", ""), ("br; q=0.1", "br"), (" br ;Q=1.000 ", "br"), ("br;q=0.0001", ""), ("gzip;level=9", ""),
        (",,gzip,,", "gzip"), ("deflate", ""), ("*;q=0.1, identity;q=0", "br"), ("gzip;q=0.000", ""),
    ],
)  # fmt: skip
def test_choice(field, expected):
    assert encodings.choose(field, ALL) == expected


@given(st.text(max_size=80), st.sets(st.sampled_from(list(ALL))))
def test_only_what_is_available_and_not_forbidden(field, available):
    coding = encodings.choose(field, available)
    assert coding == "" or coding in available
    if coding:
        weights = dict(encodings.weigh(field))
        assert weights.get(coding, weights.get("x-gzip" if coding == "gzip" else "*", weights.get("*", 0))) > 0


@given(st.dictionaries(st.sampled_from(["br", "gzip", "zstd", "identity"]), st.integers(0, 1000), min_size=1))
def test_the_greatest_weight_wins(weights):
    field = ", ".join(f"{coding};q={weight / 1000:.3f}" for coding, weight in weights.items())
    chosen = encodings.choose(field, ALL)
    mine = {coding: weight for coding, weight in weights.items() if coding in ALL}
    best = max(mine.values(), default=0)
    if chosen:
        assert weights[chosen] == best
        assert best >= weights.get("identity", 0)
    else:
        assert best == 0 or best < weights.get("identity", 0)
