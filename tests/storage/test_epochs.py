"""The folder's lock against the worst scheduler there is.

The real code runs in simulated time; before each of its file system calls it may be held up for up to two lifetimes of the lock, as
by SIGSTOP, a frozen disk or an NFS server that is away; calls that ran into the time limit go on later, behind its back. The law: at
no moment do two replicas hold the lock that both believe to hold it.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import pathlib
import random
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sync.simulation import simulate
from village.errors import LeaseLost, StorageError
from village.storage import epochs, folder
from village.storage.epochs import Epochs, interpret
from village.storage.folder import FolderStorage

TTL = 30.0
local = threading.local()


def step() -> None:
    """Called before each file system call of the code under test: the simulation decides when it goes on."""
    call = getattr(local, "call", None)
    if call is not None:
        call.pause()


class SteppedCall:
    """One blocking call in a thread that runs only while the simulation waits for it."""

    def __init__(self, call, arguments) -> None:
        self.outcome = None
        self.done = False
        self.go, self.stopped = threading.Semaphore(0), threading.Semaphore(0)
        threading.Thread(target=self.run, args=(call, arguments), daemon=True).start()

    def run(self, call, arguments) -> None:
        local.call = self
        self.go.acquire()
        try:
            self.outcome = call(*arguments), None
        except Exception as error:  # noqa: BLE001 - carried to whoever waits
            self.outcome = None, error
        self.done = True
        self.stopped.release()

    def pause(self) -> None:
        self.stopped.release()
        self.go.acquire()

    def resume(self) -> None:
        self.go.release()
        self.stopped.acquire()


class SteppedPath(pathlib.PosixPath):
    def read_bytes(self):
        step()
        return super().read_bytes()

    def unlink(self, missing_ok=False):
        step()
        super().unlink(missing_ok=missing_ok)


class SteppedOs:
    def __init__(self, *, links):
        self.links = links

    def __getattr__(self, name):
        if name == "link" and not self.links:
            raise OSError(errno.EPERM, "Operation not permitted")
        if name in {"listdir", "link", "open", "unlink", "write"}:
            step()
        return getattr(os, name)


@contextlib.contextmanager
def stepped(chance, *, links):
    """The code under test with a pause before each of its file system calls, with or without hard links."""
    write_whole, path = epochs.write_whole, Epochs.path

    def stepped_write(*arguments, **options):
        step()
        write_whole(*arguments, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(epochs, "os", SteppedOs(links=links))
        patch.setattr(epochs, "write_whole", stepped_write)
        patch.setattr(Epochs, "path", lambda self, number: SteppedPath(path(self, number)))
        patch.setattr(folder, "in_thread", slow_threads(chance))
        yield


def slow_threads(chance):
    """Replaces village.storage.threads.in_thread: the same promise, in simulated time, with a pause before each step."""
    behind = set()

    def delay() -> float:
        return chance.choice([0, 0, 0, 0.01, 0.1, 1, TTL * chance.random() * 2])

    async def finish(stepped_call):
        while not stepped_call.done:
            await asyncio.sleep(delay())
            stepped_call.resume()
        return stepped_call.outcome

    async def in_thread(call, *arguments, limit):
        task = asyncio.ensure_future(finish(SteppedCall(call, arguments)))
        behind.add(task)
        task.add_done_callback(behind.discard)
        try:
            result, error = await asyncio.wait_for(asyncio.shield(task), limit)
        except TimeoutError:
            raise StorageError("no answer") from None
        if error:
            raise error
        return result

    return in_thread


@given(seed=st.integers(0, 2**32), links=st.booleans())
@settings(max_examples=8, deadline=None)
def test_no_two_replicas_ever_believe_to_hold_the_lock(tmp_path_factory, seed, links):
    chance = random.Random(seed)
    place = tmp_path_factory.mktemp("locks")
    held, turns = [], []

    async def replica(loop, number):
        storage = FolderStorage(place, clock=loop.time)
        while loop.time() < 1500:
            await asyncio.sleep(chance.uniform(0, 5))
            try:
                lease = await storage.try_lock("job", TTL)
            except StorageError:
                continue
            if lease is None:
                continue
            held.append(lease)
            try:
                for _ in range(chance.randrange(8)):
                    lease.check()
                    believers = [each for each in held if not each.lost]
                    assert believers == [lease], (number, believers)
                    turns.append(number)
                    await asyncio.sleep(chance.uniform(0, TTL / 2))
                if chance.random() < 0.3:
                    lease._heart.cancel()  # killed: never released
                else:
                    await lease.release()
            except LeaseLost:
                pass

    async def whole(loop):
        tasks = [asyncio.ensure_future(replica(loop, number)) for number in range(3)]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()

    with stepped(chance, links=links):
        simulate(whole)
    assert turns, "nobody ever got the lock"


@pytest.mark.parametrize(
    "content", [b"", b"{", b"null", b"\xff\xfe", b'{"state": "held"}', b'{"state": "held", "ttl": "x"}']
)
def test_a_lock_file_that_cannot_be_read_is_somebodys_until_it_is_judged_dead(tmp_path, content):
    assert not interpret(1, content).free
    (tmp_path / "locks" / "job").mkdir(parents=True)
    (tmp_path / "locks" / "job" / "000000000007").write_bytes(content)
    (tmp_path / "locks" / "job" / "notes.txt").write_bytes(b"not ours")

    async def story():
        storage = FolderStorage(tmp_path)
        assert await storage.held() == ["job"]
        assert await storage.try_lock("job", 0.2) is None
        async with asyncio.timeout(5), storage.lock("job", 0.2):
            assert (tmp_path / "locks" / "job" / "000000000008").exists()
            assert not (tmp_path / "locks" / "job" / "000000000007").exists()
        assert await storage.held() == []

    asyncio.run(story())


def test_a_lifetime_beyond_reason_is_not_believed():
    assert interpret(1, b'{"state": "held", "ttl": 1e300}').ttl <= 3600
    assert interpret(1, b'{"state": "held", "ttl": -5}').ttl == 0


def test_the_holder_says_how_long_it_lives_not_the_waiter(tmp_path):
    async def story():
        one, other = FolderStorage(tmp_path), FolderStorage(tmp_path)
        lease = await one.try_lock("job", 30)
        for _ in range(5):
            assert await other.try_lock("job", 0.01) is None
            await asyncio.sleep(0.02)
        lease.check()
        await lease.release()

    asyncio.run(story())


def test_numbers_grow_and_old_ones_are_swept(tmp_path):
    async def story():
        storage = FolderStorage(tmp_path)
        for _ in range(5):
            async with storage.lock("job", 5):
                pass
        assert [path.name for path in (tmp_path / "locks" / "job").iterdir()] == ["000000000005"]

    asyncio.run(story())
