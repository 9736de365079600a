"""The contract of village.storage.base, the same for every backend."""

from __future__ import annotations

import asyncio

import pytest

from village.errors import KeyMissing, LeaseLost, StorageError

TTL = 0.6  # seconds: short enough to let locks run out in a test


def test_what_was_put_is_got_until_it_is_deleted(replicas, run):
    async def story():
        one, other = replicas(), replicas()
        with pytest.raises(KeyMissing):
            await one.get("certificates/example.com")
        for value in (b"", b"\x00\xffbinary\n", b"x" * 300_000):
            await one.put("certificates/example.com", value)
            assert await other.get("certificates/example.com") == value
        assert await other.exists("certificates/example.com")
        await other.delete("certificates/example.com")
        await other.delete("certificates/example.com")
        assert not await one.exists("certificates/example.com")
        assert await one.get_or("certificates/example.com", b"none") == b"none"

    run(story())


@pytest.mark.parametrize(
    "key", ["a", "a/b c/ü.pem", "*.example.com", ".hidden/x", "пост", "a%2Fb", "x/[glob]*?", "CON", "-rf", "a:b"]
)
def test_any_well_formed_key_is_a_key(replicas, run, key):
    async def story():
        storage = replicas()
        await storage.put(key, b"value")
        await storage.put("other", b"")
        assert await storage.get(key) == b"value"
        assert await storage.list() == sorted([key, "other"])
        assert await storage.list(key) == [key]

    run(story())


@pytest.mark.parametrize(
    "key", ["", "/", "/etc/passwd", "a//b", "a/", "../up", "a/../b", ".", "nul\0", "new\nline", "x" * 2000]
)
def test_what_is_no_key_is_refused(replicas, run, key):
    async def story():
        storage = replicas()
        for call in (storage.get(key), storage.put(key, b""), storage.put_new(key, b""), storage.delete(key)):
            with pytest.raises(StorageError):
                await call

    run(story())


def test_list_takes_a_prefix_not_a_folder(replicas, run):
    async def story():
        storage = replicas()
        keys = ["replicas/a", "replicas/ab", "replicas/b/c", "replicasx", "other"]
        for key in keys:
            await storage.put(key, b"1")
        assert await storage.list() == sorted(keys)
        assert await storage.list("replicas/") == ["replicas/a", "replicas/ab", "replicas/b/c"]
        assert await storage.list("replicas/a") == ["replicas/a", "replicas/ab"]
        assert await storage.list("replicas") == ["replicas/a", "replicas/ab", "replicas/b/c", "replicasx"]
        assert await storage.list("nothing/here") == []
        assert await storage.list("repl*") == []

    run(story())


def test_put_new_has_one_winner(replicas, run):
    async def story():
        views = [replicas() for _ in range(6)]
        for key in ("account", "empty"):
            values = [b"" if key == "empty" else str(number).encode() for number in range(6)]
            won = await asyncio.gather(*(view.put_new(key, value) for view, value in zip(views, values, strict=True)))
            assert won.count(True) == 1
            assert await views[0].get(key) == values[won.index(True)]
        await views[3].delete("account")
        assert await views[4].put_new("account", b"again")

    run(story())


def test_a_lock_has_one_holder_and_every_waiter_gets_its_turn(replicas, run):
    async def story():
        views = [replicas() for _ in range(5)]
        inside, turns = [], []

        async def work(view, number):
            async with view.lock("issue example.com", ttl=TTL) as lease:
                inside.append(number)
                assert inside == [number]
                await asyncio.sleep(0.01)
                lease.check()
                turns.append(number)
                inside.remove(number)

        await asyncio.gather(*(work(view, number) for number, view in enumerate(views)))
        assert sorted(turns) == [0, 1, 2, 3, 4]
        async with asyncio.timeout(5):  # a network file system's listing may be of a second ago
            while await views[0].held():
                await asyncio.sleep(0.05)

    run(story())


def test_a_held_lock_outlives_its_ttl_while_the_holder_lives(replicas, run):
    async def story():
        one, other = replicas(), replicas()
        async with one.lock("job", ttl=TTL) as lease:
            assert await other.held() == ["job"]
            for _ in range(8):
                assert await other.try_lock("job", ttl=TTL) is None
                await asyncio.sleep(TTL / 4)
                lease.check()
            await lease.confirm()
        async with asyncio.timeout(2), other.lock("job", ttl=TTL):
            pass

    run(story())


def dead(lease) -> None:
    """Its holder was killed: nobody refreshes, nobody releases."""
    lease._heart.cancel()


def test_a_dead_holders_lock_is_taken_once_and_the_dead_one_knows_when_it_wakes(replicas, run):
    async def story():
        one, waiters = replicas(), [replicas() for _ in range(4)]
        lease = await one.try_lock("job", ttl=TTL)
        dead(lease)
        inside = []

        async def wait(view):
            async with view.lock("job", ttl=TTL) as taken:
                assert lease.lost, "the holder gives up before anybody takes over"
                inside.append(taken)
                assert len(inside) == 1
                await asyncio.sleep(0.02)
                taken.check()
                inside.remove(taken)

        await asyncio.gather(*map(wait, waiters))
        with pytest.raises(LeaseLost):
            lease.check()
        with pytest.raises(LeaseLost):
            await lease.confirm()
        async with one.lock("job", ttl=TTL) as current:
            await lease.release()  # the dead one's release does not open the lock of the living
            assert await waiters[0].try_lock("job", ttl=TTL) is None
            await current.confirm()

    run(story())


def test_closing_gives_locks_back(replicas, run):
    async def story():
        one = replicas()
        lease = await one.try_lock("job", ttl=30)
        await one.close()
        assert lease.lost
        other = replicas()
        assert await other.try_lock("job", ttl=30)

    run(story())


def test_a_cancelled_holder_gives_the_lock_back(replicas, run):
    async def story():
        one, other = replicas(), replicas()
        holding = asyncio.Event()

        async def hold():
            async with one.lock("job", ttl=30):
                holding.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(hold())
        await holding.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with asyncio.timeout(2), other.lock("job", ttl=TTL):
            pass

    run(story())
