"""How often: the table, the waits, and the CA's limits under any sequence of events."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from village.certs import attempts
from village.certs.attempts import DAY, HOUR, MINUTE, Failure, Ledger

NOW = 1_800_000_000.0


def streak(count: int, *, draw: float = 0.0, retry_after: float | None = None) -> Failure:
    failure = Failure()
    for _ in range(count):
        failure = attempts.failed(failure, NOW, draw, kind="dns", message="m", retry_after=retry_after)
    return failure


def test_the_table_is_one_ten_hundred_minutes_then_daily() -> None:
    waits = [streak(count).wait for count in range(1, 7)]
    assert waits == [MINUTE, 10 * MINUTE, 100 * MINUTE, DAY, DAY, DAY]


@given(st.integers(1, 9), st.floats(0, 1, exclude_max=True), st.one_of(st.none(), st.floats(0, 1e7)))
def test_retry_after_lengthens_a_wait_and_jitter_never_shortens_it(
    count: int, draw: float, asked: float | None
) -> None:
    plain, failure = streak(count), streak(count, draw=draw, retry_after=asked)
    assert failure.wait >= plain.wait
    assert failure.wait >= min(asked or 0, attempts.LONGEST_RETRY_AFTER)
    assert failure.wait <= max(plain.wait * 1.1, asked or 0)


@given(st.integers(1, 5), st.floats(-1e9, 1e9))
def test_no_step_of_the_clock_makes_a_wait_longer_than_it_was(count: int, step: float) -> None:
    failure = streak(count)
    assert 0 <= failure.remaining(NOW + step) <= failure.wait


def test_without_a_failure_there_is_no_wait() -> None:
    assert Failure().remaining(NOW) == 0


@given(st.lists(st.floats(0, 8 * DAY), max_size=60), st.sampled_from([0.0, 120.0, 160 * 3600.0, 90 * DAY]))
def test_a_patient_client_never_passes_a_limit(pauses: list[float], lifetime: float) -> None:
    """Order whenever ``over_limit`` allows, at any times: the CA's own count is never passed."""
    ledger, now = Ledger(), NOW
    issued: list[float] = []
    for pause in pauses:
        now += pause
        wait, _ = attempts.over_limit(ledger, "set", ["one.test"], now, lifetime=lifetime)
        if not wait:
            ledger = ledger.ordered(now).issued(now, "set", ["one.test"])
            issued.append(now)
    if lifetime != 120.0:
        for start in issued:
            assert sum(1 for at in issued if start <= at < start + 7 * DAY) <= 5


def test_five_certificates_a_week_then_a_wait_until_the_oldest_is_a_week_old() -> None:
    ledger = Ledger()
    for number in range(5):
        ledger = ledger.issued(NOW + number * DAY, "set", ["one.test"])
    now = NOW + 5 * DAY
    wait, why = attempts.over_limit(ledger, "set", ["one.test"], now, lifetime=90 * DAY)
    assert wait == pytest.approx(2 * DAY)
    assert "5 certificates for these names in 7 days" in why
    assert attempts.over_limit(ledger, "other", ["two.test"], now, lifetime=90 * DAY) == (0.0, "")


def test_failures_of_a_name_are_counted_for_all_replicas() -> None:
    ledger = Ledger()
    for number in range(4):
        ledger = ledger.refused(NOW + number, ["bad.test"])
    wait, why = attempts.over_limit(ledger, "set", ["bad.test", "one.test"], NOW + 10, lifetime=0)
    assert HOUR - 20 < wait <= HOUR
    assert "bad.test" in why
    assert attempts.over_limit(ledger, "set", ["one.test"], NOW + 10, lifetime=0)[0] == 0


def test_short_certificates_have_the_allowance_they_need() -> None:
    ledger, now = Ledger(), NOW
    for _ in range(100):
        assert attempts.over_limit(ledger, "set", ["one.test"], now, lifetime=120) == (0.0, "")
        ledger = ledger.ordered(now).issued(now, "set", ["one.test"])
        now += 60


def test_subdomains_of_one_registered_domain_share_a_limit() -> None:
    ledger = Ledger()
    for number in range(attempts.CERTIFICATES_PER_DOMAIN_AND_WEEK):
        ledger = ledger.issued(NOW + number * HOUR, f"s{number}", [f"s{number}.example.org"])
    later = NOW + 50 * HOUR
    assert attempts.over_limit(ledger, "new", ["new.example.org"], later, lifetime=0)[0] > 0
    assert attempts.over_limit(ledger, "new", ["new.example.net"], later, lifetime=0)[0] == 0


records = st.builds(Failure, st.integers(0, 99), st.floats(0, 1e10), st.floats(0, 1e6), st.text(), st.text(), st.text())


@given(records)
def test_a_record_survives_storage(failure: Failure) -> None:
    assert attempts.from_json(json.loads(json.dumps(attempts.to_json(failure)))) == failure


names = st.text("abc.", min_size=1, max_size=5)
ledgers = st.builds(
    Ledger,
    st.lists(st.floats(0, 1e10)).map(tuple),
    st.lists(st.tuples(st.floats(0, 1e10), names, st.lists(names).map(tuple))).map(tuple),
    st.dictionaries(names, st.lists(st.floats(0, 1e10)).map(tuple)),
)


@given(ledgers)
def test_a_ledger_survives_storage(ledger: Ledger) -> None:
    assert attempts.ledger_from_json(json.loads(json.dumps(attempts.ledger_to_json(ledger)))) == ledger


junk = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from(["orders", "certificates", "failures", "at"]), inner)
    ),
)


@given(junk)
def test_junk_in_storage_counts_as_nothing(value: object) -> None:
    assert isinstance(attempts.ledger_from_json(value), Ledger)
    assert isinstance(attempts.from_json(value), Failure)


def test_a_short_life_shortens_the_waits_but_not_those_that_the_ca_asks_for() -> None:
    def wait(count: int, lifetime: float, asked: float | None = None) -> float:
        last = Failure(count=count)
        return attempts.failed(last, 0.0, 0.0, kind="x", message="", retry_after=asked, lifetime=lifetime).wait

    for lifetime in (90 * DAY, 45 * DAY):
        assert [wait(count, lifetime) for count in range(4)] == list(attempts.TABLE)
    assert [wait(count, 6 * DAY) for count in range(4)] == [60, 600, 6000, 0.6 * DAY]
    assert [wait(count, 120.0) for count in range(4)] == [12.0] * 4
    assert wait(0, 120.0, asked=100.0) == 100.0
