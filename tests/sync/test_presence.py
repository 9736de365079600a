"""Who is there, by our own clock alone."""

from __future__ import annotations

import dataclasses

from hypothesis import given
from hypothesis import strategies as st

from village.sync.presence import FORGET, WINDOW, Presence, Record, SiteState, decoded

words = st.text(max_size=12)
states = st.builds(SiteState, words, words, st.lists(st.tuples(words, words), max_size=4).map(tuple), st.booleans())
records = st.builds(
    Record,
    words,
    words,
    st.integers(0, 2**40),
    st.booleans(),
    st.dictionaries(words, states, max_size=3),
    st.dictionaries(words, words, max_size=3),
)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def seen(clock: Clock, *told: Record) -> Presence:
    presence = Presence("me", clock)
    for record in told:
        presence.note(record)
    return presence


@given(records)
def test_a_record_is_read_as_it_was_written(record):
    assert decoded(record.encoded()) == record


@given(st.binary(max_size=80))
def test_what_is_no_record_is_none(data):
    assert decoded(data) is None


def test_a_record_of_another_version_is_none():
    for text in (b"{}", b"[]", b'{"id": 1, "run": "", "beat": 0, "leaving": false, "sites": {"a": [1]}}', b"null", b""):
        assert decoded(text) is None


@given(beats=st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 20)), max_size=40))
def test_within_a_run_only_a_higher_beat_is_news_and_a_new_run_always_is(beats):
    presence, newest = Presence("me", Clock()), {}
    last_run = None
    for run, beat in beats:
        news = presence.note(Record("other", run, beat))
        assert news == (run != last_run or beat > newest[run])
        if news:
            newest[run], last_run = beat, run


def test_a_replica_is_live_while_its_record_changes():
    clock = Clock()
    presence = seen(clock, Record("other", "run", 1), Record("me", "run", 5))
    assert [record.id for record in presence.live()] == ["other"]
    clock.now += WINDOW - 1
    assert not presence.note(Record("other", "run", 1)), "the same record again is no sign of life"
    assert presence.live()
    clock.now += 1
    assert not presence.live()
    assert presence.note(Record("other", "run", 2))
    assert presence.live()
    assert not seen(clock, Record("other", "run", 1, leaving=True)).live()


def test_the_long_gone_are_forgotten():
    clock = Clock()
    presence = seen(clock, Record("old", "run", 1))
    clock.now += FORGET / 2
    presence.note(Record("new", "run", 1))
    clock.now += FORGET / 2 + 1
    assert presence.forget() == ["old"]
    assert [record.id for record in presence.others()] == ["new"]


def test_who_is_waited_for():
    ready = SiteState("r1", "c1", (("r1", "c1"), ("r2", "c2")))
    behind = dataclasses.replace(ready, built=(("r1", "c1"),))
    table = {
        "has it": Record("has it", "", 1, sites={"site": ready}),
        "other version": Record(
            "other version", "", 1, sites={"site": dataclasses.replace(ready, built=(("rx", "c2"),))}
        ),
        "behind": Record("behind", "", 1, sites={"site": behind}),
        "cannot": Record("cannot", "", 1, sites={"site": dataclasses.replace(behind, failing=True)}),
        "leaves": Record("leaves", "", 1, leaving=True, sites={"site": behind}),
        "new": Record("new", "", 1),
        "other site": Record("other site", "", 1, sites={"blog": behind}),
    }
    presence = seen(Clock(), *table.values())
    assert presence.missing("site", "r2", "c2") == ["behind"]
    assert sorted(presence.missing("site", "r2", "")) == ["behind", "other version"], "a folder has no commits"
