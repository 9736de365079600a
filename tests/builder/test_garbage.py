import gc
import weakref

import pytest

from village.builder.garbage import FEWEST, Garbage, left_alone


class Knot:
    """An object that only the collector can free."""

    def __init__(self):
        self.self = self


@pytest.fixture(autouse=True)
def thawed():
    yield
    gc.unfreeze()


def test_no_full_collection_during_a_build():
    before = gc.get_threshold()
    gc.collect()
    full = gc.get_stats()[2]["collections"]
    with left_alone():
        kept = [[number] for number in range(300_000)]
    assert gc.get_stats()[2]["collections"] == full
    assert gc.get_threshold() == before
    assert len(kept) == 300_000


def test_a_build_that_fails_leaves_the_collector_as_it_was():
    before = gc.get_threshold()
    with pytest.raises(ValueError, match="no"), left_alone():
        raise ValueError("no")
    assert gc.get_threshold() == before


def test_what_rebuilds_left_behind_goes():
    garbage = Garbage()
    knot = Knot()
    gone = weakref.ref(knot)
    garbage.collect(1, 1000)  # knot is frozen now
    del knot
    for _ in range(3):
        assert gone() is not None
        garbage.collect(1000, 1000)
    assert gone() is None


def test_many_small_builds_count_as_a_large_one():
    garbage = Garbage()
    knot = Knot()
    gone = weakref.ref(knot)
    garbage.collect(1, 3)
    del knot
    for _ in range(FEWEST):
        garbage.collect(1, 3)
    assert gone() is None
