import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from village.errors import ReleaseBroken
from village.server.pages import Pages


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 19), max_size=200), st.integers(0, 3000))
def test_bounded_and_always_right(tmp_path_factory, asked, limit):
    folder = tmp_path_factory.mktemp("pages")
    for number in range(20):
        (folder / str(number)).write_bytes(bytes((number,)) * (number * 30))
    pages = Pages(limit)
    held = {}
    for number in asked:
        page = held.setdefault(number, pages.get(str(folder / str(number))))
        assert pages.body(page) == bytes((number,)) * (number * 30)
        assert pages.size <= max(limit, 0)
        assert pages.size == sum(len(each.body or b"") for each in pages._pages.values())


def test_what_is_asked_again_outlives_what_is_not(tmp_path):
    for number in range(30):
        (tmp_path / str(number)).write_bytes(b"x" * 100)
    pages = Pages(1000)
    hot = pages.get(str(tmp_path / "0"))
    for number in range(1, 30):
        hot.used = True
        pages.get(str(tmp_path / str(number))).used = False
    assert hot.body is not None


def test_a_lost_file(tmp_path):
    with pytest.raises(ReleaseBroken):
        Pages(100).get(str(tmp_path / "none"))
