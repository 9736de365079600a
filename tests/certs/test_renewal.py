"""When: laws for every lifetime, and the cases that others paid for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from village.certs import renewal
from village.certs.certificate import Facts
from village.certs.renewal import Wish

START = datetime(2026, 11, 22, tzinfo=UTC)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
lifetimes = st.integers(60, 400 * 86400)


def facts(lifetime: float, *, start: datetime = START, fingerprint: str = "80000000", cert_id: str = "a.b") -> Facts:
    return Facts(("one.test",), start, start + timedelta(seconds=lifetime), "CA", "1", fingerprint, cert_id)


@given(lifetimes, st.integers(0, 2**32 - 1))
def test_without_a_wish_the_moment_lies_in_the_last_third_or_half(lifetime: float, own: int) -> None:
    made = facts(lifetime, fingerprint=f"{own:08x}")
    left = (made.not_after - renewal.when(made)).total_seconds() / lifetime
    share = 1 / 2 if lifetime < 10 * 86400 else 1 / 3
    assert share - 0.021 <= left <= share + 0.0001


@pytest.mark.parametrize(
    ("lifetime", "left"),
    [(90 * 86400, 30 * 86400), (45 * 86400, 15 * 86400), (160 * 3600, 80 * 3600), (120, 60)],
    ids=["90 days", "45 days", "6 days", "2 minutes"],
)
def test_the_lifetimes_of_the_coming_years(lifetime: float, left: float) -> None:
    made = facts(lifetime, fingerprint="00000000")
    assert (made.not_after - renewal.when(made)).total_seconds() == pytest.approx(left)


@given(lifetimes, moments)
def test_a_wish_never_reaches_beyond_the_last_twentieth(lifetime: float, selected: datetime) -> None:
    made = facts(lifetime)
    moment = renewal.when(made, Wish("a.b", selected, selected, selected))
    assert moment == min(selected, made.not_after - timedelta(seconds=lifetime / 20))


@given(lifetimes, moments)
def test_a_wish_for_another_certificate_counts_for_nothing(lifetime: float, selected: datetime) -> None:
    assert renewal.when(facts(lifetime), Wish("x.y", selected, selected, selected)) == renewal.when(facts(lifetime))


@given(moments, moments, st.floats(0, 1, exclude_max=True))
def test_a_drawn_moment_lies_in_its_window(start: datetime, end: datetime, chance: float) -> None:
    wish = renewal.draw(facts(90 * 86400), start, end, chance)
    if end <= start or end <= START:
        assert wish is None
    else:
        assert wish is not None
        assert start <= wish.selected <= end


def test_a_window_from_before_the_certificate_is_its_predecessors() -> None:
    made = facts(6 * 86400)
    assert renewal.draw(made, START - timedelta(days=3), START - timedelta(days=2), 0.5) is None


def test_the_moment_stays_while_the_window_stands() -> None:
    made = facts(90 * 86400)
    start, end = START + timedelta(days=60), START + timedelta(days=62)
    old, new = renewal.draw(made, start, end, 0.1), renewal.draw(made, start, end, 0.9)
    assert old
    assert new
    assert renewal.keep_or_redraw(old, new) is old
    moved = renewal.draw(made, start, end + timedelta(hours=1), 0.9)
    assert moved
    assert renewal.keep_or_redraw(old, moved) is moved
    assert renewal.keep_or_redraw(None, new) is new


@given(st.one_of(st.none(), st.floats(-1e9, 1e9)))
def test_the_next_look_is_neither_at_once_nor_never(asked: float | None) -> None:
    assert 60 <= renewal.next_check(asked) <= 86400


@given(moments)
def test_times_are_read_as_they_are_written(moment: datetime) -> None:
    assert renewal.parse_time(moment.isoformat()) == moment


@given(st.one_of(st.none(), st.integers(), st.text(), st.just("2026-11-22T00:00:00")))
def test_whatever_is_no_time_is_none(junk: object) -> None:
    parsed = renewal.parse_time(junk)
    assert parsed is None or parsed.tzinfo is not None
