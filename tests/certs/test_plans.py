from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.certs.lane import settings_for
from village.certs import minting, plans
from village.certs.attempts import Failure
from village.certs.bundle import Bundle, Pool, ca_key
from village.certs.certificate import utc_now
from village.certs.plans import Plan
from village.certs.state import State
from village.settings.model import LETSENCRYPT, SiteSettings

CA = "https://ca.example/directory"
NOW = utc_now().timestamp()
ROOT = minting.authority()


def plan_for(*names: str) -> Plan:
    return Plan("blog", names, names, (), (CA,))


def bundle_for(*names: str, source: str = CA, days: float = 90) -> Bundle:
    chain, key = minting.issued(*ROOT, names, lifetime=timedelta(days=days))
    return Bundle.of(chain, key, source)


FULL = bundle_for("one.test", "www.one.test")
HALF = bundle_for("one.test")


def pool(*bundles: Bundle, previous: Bundle | None = None) -> Pool:
    return Pool({str(number): each for number, each in enumerate(bundles)}, {"0": previous} if previous else {})


def test_one_plan_a_site_with_what_no_ca_signs_set_apart() -> None:
    settings = settings_for(
        Path(), "Example.com", "www.example.com", "*.example.com", "localhost", directory=(LETSENCRYPT,)
    )
    (plan,) = plans.plans(settings)
    assert plan.names == ("example.com", "www.example.com")
    assert set(dict(plan.refused)) == {"*.example.com", "localhost"}
    assert plan.domains[0] == "example.com"


def test_sites_without_domains_have_no_plan_and_other_modes_none_at_all() -> None:
    assert plans.plans(settings_for(Path())) == []
    assert plans.plans(settings_for(Path(), "one.test", mode="files")) == []
    assert plans.plans(settings_for(Path(), "one.test", mode="off")) == []


def test_the_internal_certificate_covers_everything_and_this_machine() -> None:
    more = (SiteSettings(name="docs", domains=("docs.test",)),)
    (plan,) = plans.plans(settings_for(Path(), "one.test", mode="internal", more=more))
    assert plan.names == ("one.test", "docs.test", "localhost", "127.0.0.1", "::1")


@pytest.mark.parametrize(
    ("state", "bundles", "reason"),
    [
        (State(), [], "missing"),
        (State(), [HALF], "missing"),
        (State(), [FULL], "renewal"),
        (State(), [bundle_for("one.test", "www.one.test", source="https://other.example/")], "missing"),
        (State(), [bundle_for("one.test", "www.one.test", "more.test")], "renewal"),
        (State(by_name=(("www.one.test", Failure(1, NOW, 60.0)),)), [], "missing"),
        (State(by_name=(("www.one.test", Failure(1, NOW, 60.0)),)), [HALF], "renewal"),
        (State(by_name=(("www.one.test", Failure(1, NOW - 61, 60.0)),)), [HALF], "missing"),
        (State(by_name=tuple((name, Failure(1, NOW, 60.0)) for name in ("one.test", "www.one.test"))), [], "retry"),
    ],
)
def test_what_is_due(state: State, bundles: list[Bundle], reason: str) -> None:
    due = plans.decide(plan_for("one.test", "www.one.test"), state, pool(*bundles), NOW)
    assert due
    assert due.reason == reason


def test_a_name_set_aside_is_left_out_and_not_waited_for() -> None:
    state = State(by_name=(("www.one.test", Failure(1, NOW, 60.0)),))
    due = plans.decide(plan_for("one.test", "www.one.test"), state, pool(), NOW)
    assert due
    assert (due.names, due.at) == (("one.test",), NOW)


def test_a_failed_ca_is_waited_for_and_another_one_not() -> None:
    state = State(by_ca=((ca_key(CA), Failure(1, NOW, 60.0)),))
    alone = plans.decide(plan_for("one.test"), state, pool(), NOW)
    assert alone
    assert alone.at == NOW + 60
    two = Plan("blog", ("one.test",), ("one.test",), (), (CA, "https://second.example/"))
    beside = plans.decide(two, state, pool(), NOW)
    assert beside
    assert beside.at == NOW


def test_an_operators_wish_is_due_at_once() -> None:
    due = plans.decide(
        plan_for("one.test"), State(by_ca=((ca_key(CA), Failure(1, NOW, 60.0)),)), pool(HALF), NOW, asked=True
    )
    assert due
    assert due.asked
    assert due.at == NOW


def test_a_plan_of_nothing_but_refused_names_is_never_due() -> None:
    assert plans.decide(Plan("blog", ("localhost",), (), (("localhost", "no"),), (CA,)), State(), pool(), NOW) is None


def test_a_certificate_that_begins_tomorrow_by_our_clock_is_not_ordered_again() -> None:
    due = plans.decide(plan_for("one.test"), State(), pool(HALF), NOW - 86400)
    assert due
    assert due.reason == "renewal"


def test_a_host_keeps_the_older_certificate_that_still_covers_it() -> None:
    """A name that fails at renewal is served from the generation before for as long as that is valid."""
    both = pool(HALF, previous=FULL)
    assert plans.serving("www.one.test", both, (CA,), utc_now()) is FULL
    assert plans.serving("one.test", both, (CA,), utc_now()) is HALF
    assert plans.serving("two.test", both, (CA,), utc_now()) is None


def test_valid_comes_before_young_and_wanted_before_foreign() -> None:
    expired = bundle_for("one.test", days=0.0001)
    foreign = bundle_for("one.test", source="https://staging.example/")
    later = utc_now() + timedelta(minutes=5)
    assert plans.serving("one.test", pool(expired, foreign), (CA,), later) is foreign
    assert plans.serving("one.test", pool(foreign, HALF), (CA,), later) is HALF


@given(st.floats(0, 89 * 86400))
def test_a_renewal_is_due_once_and_for_all(elapsed: float) -> None:
    """Whatever the moment of looking, the renewal's own moment is the same on every replica."""
    due = plans.decide(plan_for("one.test"), State(), pool(HALF), NOW + elapsed)
    base = plans.decide(plan_for("one.test"), State(), pool(HALF), NOW)
    assert due
    assert base
    assert due.at == max(base.at, NOW + elapsed)
