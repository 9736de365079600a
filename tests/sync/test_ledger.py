"""Going on without the shared storage: quick, quiet, and back by itself."""

from __future__ import annotations

import asyncio
import logging

import pytest

from tests.sync.cluster import FlakyStorage
from tests.sync.simulation import simulate
from village.errors import StorageError
from village.storage.memory import MemoryStorage
from village.storage.sealed import Sealed
from village.sync.ledger import ALONE_PATIENCE, HOOK_PATIENCE, PATIENCE, Ledger
from village.sync.presence import Record


def ledger_of(loop) -> tuple[Ledger, FlakyStorage]:
    storage = FlakyStorage(MemoryStorage(loop.time), loop.time)
    return Ledger(storage), storage


class SlowStorage(MemoryStorage):
    """Takes a second for a write, and counts them."""

    def __init__(self, clock) -> None:
        super().__init__(clock)
        self.writes = 0

    async def put(self, key, data):
        self.writes += 1
        await asyncio.sleep(1)
        await super().put(key, data)


def test_a_hook_is_answered_in_time_and_its_wish_is_written_all_the_same():
    async def story(loop):
        ledger = Ledger(SlowStorage(loop.time))
        before = loop.time()
        assert not await ledger.want("site", "t", "c")
        assert loop.time() - before <= HOOK_PATIENCE
        assert await ledger.wanted("site") == ("", "")
        await ledger.settle()
        assert await ledger.wanted("site") == ("t", "c")
        assert not ledger.alone

    simulate(story)


def test_a_hundred_wishes_at_one_moment_are_two_writes_and_the_newest_stays():
    async def story(loop):
        storage = SlowStorage(loop.time)
        ledger = Ledger(storage)
        wishes = [ledger.want("site", f"t{number}", "c") for number in range(100)]
        await asyncio.gather(*wishes, ledger.want("other", "t", "c"))
        await asyncio.sleep(0.5)
        await ledger.want("site", "the last", "c")
        await ledger.settle()
        assert await ledger.wanted("site") == ("the last", "c")
        assert await ledger.wanted("other") == ("t", "c")
        assert storage.writes == 3

    simulate(story)


@pytest.mark.parametrize("how", ["down", "hanging", "stubborn"])
def test_failures_cost_their_patience_once_are_logged_once_and_end_with_a_whole_turn(how, caplog):
    caplog.set_level(logging.INFO)

    async def story(loop):
        ledger, storage = ledger_of(loop)
        assert await ledger.want("site", "t", "c")
        assert await ledger.wanted("site") == ("t", "c")
        storage.state = how
        before = loop.time()
        assert not await ledger.want("site", "t2", "c2")
        assert loop.time() - before <= HOOK_PATIENCE
        await ledger.settle()
        assert ledger.alone
        assert loop.time() - before <= PATIENCE
        for _ in range(20):
            before = loop.time()
            assert await ledger.wanted("site") == ("", "")
            assert loop.time() - before <= ALONE_PATIENCE
        assert await ledger.records() is None
        assert len(caplog.records) == 1
        storage.state = "up"
        ledger.begin_turn()
        assert await ledger.want("site", "t3", "c3")
        ledger.end_turn()
        assert not ledger.alone
        assert len(caplog.records) == 2

    simulate(story)


def test_one_value_that_does_not_open_is_one_complaint(caplog):
    async def story(loop):
        shared = MemoryStorage(loop.time)
        await Ledger(Sealed(shared, "other secret")).tell(Record("other", "run", 1))
        ledger = Ledger(Sealed(shared, "secret"))
        for _ in range(5):
            ledger.begin_turn()
            await ledger.tell(Record("me", "run", 1))
            assert [record.id for record in await ledger.records()] == ["me"]
            ledger.end_turn()
        assert ledger.alone
        assert len(caplog.records) == 1
        assert "cluster secret" in caplog.text

    simulate(story)


def test_a_record_under_a_foreign_name_is_nobodys():
    async def story(loop):
        ledger, storage = ledger_of(loop)
        await storage.put("sync/replicas/one", Record("two", "run", 1).encoded())
        await storage.put("sync/replicas/torn", b"{")
        await storage.put("sync/wanted/site", b'{"token": 3}')
        assert await ledger.records() == []
        assert await ledger.wanted("site") == ("", "")

    simulate(story)


def test_replicas_make_one_secret_and_a_new_one_when_it_is_lost():
    async def story(loop):
        ledger, storage = ledger_of(loop)
        secret = await ledger.secret()
        assert len(secret) == 32
        assert await Ledger(storage).secret() == secret
        await storage.delete("sync/secret")
        assert await ledger.secret() not in {secret, b""}
        storage.state = "down"
        assert await ledger.secret() == b""
        with pytest.raises(StorageError):
            await storage.get("sync/secret")

    simulate(story)
