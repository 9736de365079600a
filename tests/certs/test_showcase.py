from __future__ import annotations

import dataclasses
import logging
from datetime import UTC, datetime

import pytest

from village.certs import minting, showcase
from village.certs.bundle import Bundle, Pool
from village.certs.plans import Plan
from village.certs.showcase import Showcase
from village.metrics import Metrics

CA = "https://ca.example/directory"
PLAN = Plan("blog", ("one.test", "two.test"), ("one.test", "two.test"), (), (CA,))


def bundle(*names: str, source: str = CA) -> Bundle:
    return Bundle.of(*minting.self_signed(names), source)


def test_every_host_is_shown_the_best_there_is_for_it():
    both, one = bundle("one.test", "two.test"), bundle("one.test")
    younger = dataclasses.replace(one, at=both.at + 1)
    foreign = dataclasses.replace(bundle("one.test", source="https://other.example"), at=both.at + 2)
    pool = Pool({"both": both, "one": younger, "foreign": foreign}, {})
    assert showcase.best([PLAN], pool, datetime.now(UTC)) == {"one.test": younger, "two.test": both}
    assert showcase.best([PLAN], Pool({}, {}), datetime.now(UTC)) == {}


def test_a_change_is_told_once_and_what_is_refused_leaves_what_was(caplog: pytest.LogCaptureFixture):
    changes, made = [], bundle("one.test")
    shown = Showcase(["one.test"], Metrics(), lambda: changes.append(1))
    assert shown.of(PLAN) is shown.fallback
    assert not shown.covers("one.test")
    with caplog.at_level(logging.INFO, "village.certs"):
        for _ in range(3):
            shown.show({"one.test": made})
    assert (len(changes), shown.of(PLAN), shown.covers("one.test"), shown.covers("two.test")) == (1, made, True, False)
    assert [record.message.split()[0] for record in caplog.records] == ["serving"]
    caplog.clear()
    shown.show({"one.test": dataclasses.replace(bundle("one.test"), key=b"no key")})
    assert "the certificate for one.test is not served" in caplog.text
