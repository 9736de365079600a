"""Hugo's comparisons."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from village.render.functions import compare

VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(),
    st.datetimes(timezones=st.just(UTC)),
    st.lists(st.text()),
)


@given(st.lists(VALUES))
def test_anything_can_be_sorted(values):
    keys = sorted(map(compare.sort_key, values))
    assert all(one <= other for one, other in pairwise(keys))


@given(VALUES, st.sampled_from(["=", "!=", ">", ">=", "<", "<=", "in", "not in", "intersect"]), VALUES)
def test_a_test_never_fails(left, operator, right):
    assert compare.test(left, operator, right) in (True, False)


@pytest.mark.parametrize(
    ("left", "operator", "right", "expected"),
    [
        ("a", "=", "a", True),
        (None, "=", None, True),
        (None, "!=", "a", True),
        (1, "<", 2.5, True),
        ("posts", "in", ["posts", "notes"], True),
        (["a", "b"], "intersect", ["b"], True),
        (["a"], "intersect", ["b"], False),
        (datetime(2024, 1, 1, tzinfo=UTC), ">", "2023-01-01", True),
        ("x", "<", 1, False),
        (True, "=", 1, False),
    ],
)
def test_examples(left, operator, right, expected):
    assert compare.test(left, operator, right) is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("RelPermalink", "rel_permalink"), ("URL", "url"), ("FuzzyWordCount", "fuzzy_word_count"), ("title", "title")],
)
def test_hugos_spelling(name, expected):
    assert compare.snake(name) == expected
