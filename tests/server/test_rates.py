from hypothesis import given
from hypothesis import strategies as st

from village.server import rates
from village.server.rates import Rate, Seats


@given(st.lists(st.tuples(st.booleans(), st.sampled_from(["a", "b", "c"])), max_size=80))
def test_seats_are_counted_right(moves):
    seats, open_ones = Seats(6, 3), []
    for coming, remote in moves:
        if coming:
            reason = seats.take(remote)
            room = len(open_ones) < 6 and open_ones.count(remote) < 3
            assert (reason == "") == room
            if room:
                open_ones.append(remote)
        elif remote in open_ones:
            open_ones.remove(remote)
            seats.give_back(remote)
        assert seats.taken == len(open_ones)
    assert set(seats._by_address) == set(open_ones)


def test_ipv6_clients_count_by_their_network():
    assert rates.group("2001:db8::1") == rates.group("2001:db8::ffff:1")
    assert rates.group("2001:db8::1") != rates.group("2001:db8:0:1::1")
    assert rates.group("192.0.2.1") == "192.0.2.1"
    assert rates.group("fe80::1%eth0")


def test_rate(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(rates.time, "monotonic", lambda: now[0])
    rate = Rate(burst=3, per_second=0.5)

    def bad(remote):
        allowed = rate.allow(remote)
        if allowed:
            rate.charge(remote)
        return allowed

    assert [bad("a") for _ in range(4)] == [True, True, True, False]
    assert rate.allow("b")
    assert rate.wait("a") == 2
    now[0] += 2
    assert bad("a")
    assert not rate.allow("a")


def test_good_ones_under_way_at_one_moment_are_not_counted():
    rate = Rate(burst=3, per_second=0.5)
    assert all(rate.allow("a") for _ in range(100))


def test_many_bad_ones_under_way_are_forgiven_in_bounded_time(monkeypatch):
    monkeypatch.setattr(rates.time, "monotonic", lambda: 0.0)
    rate = Rate(burst=3, per_second=0.5)
    for _ in range(1000):
        rate.charge("a")
    assert rate.wait("a") == 8


def test_memory_is_bounded(monkeypatch):
    monkeypatch.setattr(rates, "MOST_ADDRESSES", 10)
    rate = Rate(1, 1)
    for number in range(100):
        rate.allow(str(number))
        rate.charge(str(number))
    assert len(rate._buckets) <= 10
