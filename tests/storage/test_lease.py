"""A lease's own clock and its signs of life, in simulated time."""

from __future__ import annotations

import asyncio

import pytest

from tests.sync.simulation import simulate
from village.errors import LeaseLost, StorageError
from village.storage.lease import Lease


class Lock:
    """What a backend gives a lease: answers in a row, then True for ever."""

    def __init__(self, loop, *answers) -> None:
        self.loop, self.answers, self.asked, self.dropped = loop, list(answers), [], 0

    async def keep(self) -> bool:
        self.asked.append(self.loop.time())
        answer = self.answers.pop(0) if self.answers else True
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def drop(self) -> None:
        self.dropped += 1

    def lease(self, ttl: float = 30.0) -> Lease:
        return Lease("job", ttl, self.keep, self.drop, since=self.loop.time(), clock=self.loop.time)


def test_a_sign_of_life_every_third_of_the_ttl():
    async def story(loop):
        lock = Lock(loop)
        lease = lock.lease()
        await asyncio.sleep(95)
        lease.check()
        assert lock.asked == [10.0 * number for number in range(1, 10)]
        await lease.release()
        await lease.release()
        assert lock.dropped == 1
        await asyncio.sleep(100)
        assert len(lock.asked) == 9
        assert repr(lease) == "<Lease job released>"

    simulate(story)


def test_a_storage_that_fails_for_a_while_costs_nothing_and_for_longer_the_lock():
    async def story(loop):
        lock = Lock(loop, *[StorageError("away")] * 5)
        lease = lock.lease()
        await asyncio.sleep(100)
        lease.check()
        lock.answers = [StorageError("away")] * 100
        await asyncio.sleep(60)
        with pytest.raises(LeaseLost):
            lease.check()
        lock.answers = []
        asked = len(lock.asked)
        await asyncio.sleep(60)
        assert lease.lost, "what is lost stays lost: somebody else may hold it"
        assert len(lock.asked) == asked
        await lease.release()
        assert lock.dropped == 0

    simulate(story)


def test_a_holder_that_was_stopped_knows_it_at_its_next_check():
    async def story(loop):
        lease = Lock(loop).lease()
        await asyncio.sleep(5)
        loop.now += 40  # as by SIGSTOP: time passed, and nobody ran
        with pytest.raises(LeaseLost):
            lease.check()

    simulate(story)


def test_a_lock_taken_by_another_is_lost_at_once():
    async def story(loop):
        lock = Lock(loop, True, False)
        lease = lock.lease()
        await lease.confirm()
        with pytest.raises(LeaseLost):
            await lease.confirm()
        await lease.release()
        assert lock.dropped == 0
        assert repr(lease) == "<Lease job released>"

    simulate(story)


def test_a_release_finishes_when_its_caller_is_cancelled():
    async def story(loop):
        lock = Lock(loop)
        lease = lock.lease()
        real = lock.drop

        async def slow_drop():
            await asyncio.sleep(1)
            await real()

        lease._drop = slow_drop
        task = asyncio.create_task(lease.release())
        await asyncio.sleep(0.5)
        task.cancel()
        await asyncio.sleep(1)
        assert lock.dropped == 1

    simulate(story)
