import pytest
from hypothesis import given
from hypothesis import strategies as st

from village.server import ranges

numbers = st.integers(min_value=0, max_value=2**70)
specs = st.one_of(
    st.tuples(numbers, numbers).map(lambda pair: f"{pair[0]}-{pair[1]}"),
    numbers.map(lambda n: f"{n}-"),
    numbers.map(lambda n: f"-{n}"),
)


@given(st.lists(specs, min_size=1, max_size=30), st.integers(min_value=0, max_value=10**6))
def test_parts_lie_inside_and_are_no_longer_than_the_whole(members, length):
    try:
        parts = ranges.parse("bytes=" + ",".join(members), length)
    except ranges.Unsatisfiable:
        return
    if parts is None:
        return
    assert 1 <= len(parts) <= ranges.MOST_PARTS
    for first, last in parts:
        assert 0 <= first <= last < length
    assert sum(last - first + 1 for first, last in parts) <= length


@given(st.text(max_size=60), st.integers(min_value=0, max_value=100))
def test_never_raises_anything_else(field, length):
    try:
        ranges.parse(field, length)
        ranges.parse("bytes=" + field, length)
    except ranges.Unsatisfiable:
        pass


@given(st.integers(min_value=1, max_value=1000), st.data())
def test_a_single_range_is_a_python_slice(length, data):
    first = data.draw(st.integers(min_value=0, max_value=length - 1))
    last = data.draw(st.integers(min_value=first, max_value=2 * length))
    body = bytes(number % 251 for number in range(length))
    ((start, end),) = ranges.parse(f"bytes={first}-{last}", length)
    assert body[start : end + 1] == body[first : last + 1]
    ((start, end),) = ranges.parse(f"bytes=-{first + 1}", length)
    assert body[start : end + 1] == body[-(first + 1) :]


@pytest.mark.parametrize(
    "field",
    [
        "lines=0-9",
        "bytes",
        "bytes=",
        "bytes =0-1",
        "bytes=0-60,5-95",
        "bytes=" + ",".join(f"{2 * n}-{2 * n}" for n in range(40)),
    ],
)
def test_ignored(field):
    assert ranges.parse(field, 100) is None


@pytest.mark.parametrize(
    "field", ["bytes=100-", "bytes=-0", "bytes=5-4", "bytes=a-b", "bytes=--5", "bytes=1-2-3", "bytes=٣-٤"]
)
def test_unsatisfiable(field):
    with pytest.raises(ranges.Unsatisfiable):
        ranges.parse(field, 100)
