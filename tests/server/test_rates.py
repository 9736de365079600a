"""Rates of the paths that take bodies: strangers are held back, those who prove themselves are not."""

from __future__ import annotations

from village.server.rates import Rate


def test_a_burst_is_allowed_and_then_no_more():
    rate = Rate(burst=3, per_second=0.001)
    assert [rate.allow("192.0.2.1") for _ in range(5)] == [True, True, True, False, False]
    assert rate.allow("198.51.100.1")
    assert rate.wait("192.0.2.1") > 1


def test_what_is_given_back_does_not_count():
    rate = Rate(burst=3, per_second=0.001)
    for _ in range(500):
        assert rate.allow("192.0.2.1")
        rate.give_back("192.0.2.1")
    for _ in range(10):
        rate.give_back("192.0.2.1")
    assert [rate.allow("192.0.2.1") for _ in range(4)] == [True, True, True, False]
