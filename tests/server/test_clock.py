import time

from hypothesis import given
from hypothesis import strategies as st

from village.server.clock import Clock


class One:
    def __init__(self):
        self.deadline, self.bucket, self.expired = 0.0, 0, 0

    def expire(self):
        self.expired += 1


actions = st.lists(
    st.tuples(st.sampled_from(["watch", "move", "forget", "tick"]), st.integers(0, 4), st.integers(0, 40)), max_size=60
)


@given(actions)
def test_expires_once_when_due_and_never_before(steps):
    clock = Clock()
    start = clock.now
    all_of_them = [One() for _ in range(5)]
    watched = set()
    for action, number, seconds in steps:
        one = all_of_them[number]
        if action == "watch":
            one.deadline = clock.now + seconds
            clock.watch(one)
            watched.add(number)
        elif action == "move" and number in watched:  # later only, without telling the wheel
            one.deadline = max(one.deadline, clock.now + seconds)
        elif action == "forget":
            clock.forget(one)
            watched.discard(number)
        elif action == "tick":
            clock.now += seconds / 4
            before = [each.expired for each in all_of_them]
            clock.sweep()
            for index, each in enumerate(all_of_them):
                if each.expired > before[index]:
                    assert index in watched
                    assert each.deadline <= clock.now
                    assert each.expired == before[index] + 1
                    watched.discard(index)
        assert sum(len(bucket) for bucket in clock._buckets.values()) <= 5
    clock.now = start + 1000
    for index in watched:
        all_of_them[index].expired = 0
    clock.sweep()
    assert all(all_of_them[index].expired == 1 for index in watched)


def test_date_is_the_header():
    clock = Clock()
    assert clock.date.startswith(b"Date: ")
    assert clock.date.endswith(b" GMT\r\n")
    assert abs(clock.seconds - time.time()) < 5
