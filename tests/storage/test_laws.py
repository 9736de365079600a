"""Any sequence of puts, deletes and lists through any replica: what a dict would say."""

from __future__ import annotations

import asyncio
import itertools

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from village.errors import KeyMissing
from village.storage.folder import FolderStorage
from village.storage.memory import MemoryStorage
from village.storage.redis import RedisStorage
from village.storage.sealed import Sealed

KEYS = st.sampled_from(["a", "b/c", "b/d/e", "b/é", "*.example.com", "z z", ".dot"])
VALUES = st.binary(max_size=40)
NAMES = st.sampled_from(["issue example.com", "account"])
numbers = itertools.count()


class StorageMachine(RuleBasedStateMachine):
    """Two replicas against a model; ``open_two`` is given by the test."""

    open_two = staticmethod(lambda: ())

    @initialize()
    def begin(self):
        self.runner = asyncio.Runner()
        self.one, self.two = self.run(self.opened())
        self.model: dict[str, bytes] = {}
        self.leases: dict[str, object] = {}

    async def opened(self):
        return self.open_two()

    def run(self, action):
        return self.runner.run(action)

    def pick(self, second):
        return self.two if second else self.one

    @rule(second=st.booleans(), key=KEYS, value=VALUES)
    def put(self, second, key, value):
        async def act():
            await self.pick(second).put(key, value)

        self.run(act())
        self.model[key] = value

    @rule(second=st.booleans(), key=KEYS, value=VALUES)
    def put_new(self, second, key, value):
        async def act():
            return await self.pick(second).put_new(key, value)

        assert self.run(act()) == (key not in self.model)
        self.model.setdefault(key, value)

    @rule(second=st.booleans(), key=KEYS)
    def delete(self, second, key):
        async def act():
            await self.pick(second).delete(key)

        self.run(act())
        self.model.pop(key, None)

    @rule(second=st.booleans(), key=KEYS)
    def get(self, second, key):
        async def act():
            try:
                return await self.pick(second).get(key)
            except KeyMissing:
                return None

        assert self.run(act()) == self.model.get(key)

    @rule(second=st.booleans(), prefix=st.sampled_from(["", "b/", "b", "b/d/", "*", ".", "x"]))
    def listed(self, second, prefix):
        async def act():
            return await self.pick(second).list(prefix)

        assert self.run(act()) == sorted(key for key in self.model if key.startswith(prefix))

    @rule(second=st.booleans(), name=NAMES)
    def lock(self, second, name):
        async def act():
            return await self.pick(second).try_lock(name, 600)

        lease = self.run(act())
        assert (lease is None) == (name in self.leases)
        if lease:
            self.leases[name] = lease

    @precondition(lambda self: self.leases)
    @rule(data=st.data())
    def release(self, data):
        lease = self.leases.pop(data.draw(st.sampled_from(sorted(self.leases))))

        async def act():
            lease.check()
            await lease.release()
            assert lease.lost

        self.run(act())

    @invariant()
    def held_are_the_held(self):
        if hasattr(self, "model"):
            assert self.run(self.one.held()) == sorted(self.leases)

    def teardown(self):
        if hasattr(self, "runner"):
            for storage in (self.one, self.two):
                self.run(storage.close())
            self.runner.close()


def machine(open_two, examples):
    class Machine(StorageMachine):
        pass

    Machine.open_two = staticmethod(open_two)
    Machine.TestCase.settings = settings(max_examples=examples, stateful_step_count=25, deadline=None)
    Machine.TestCase("runTest").runTest()


def test_memory():
    def open_two():
        storage = MemoryStorage()
        return storage, storage

    machine(open_two, 40)


def test_folder(tmp_path):
    def open_two():
        place = tmp_path / str(next(numbers))
        return FolderStorage(place), FolderStorage(place)

    machine(open_two, 20)


def test_sealed_folder(tmp_path):
    def open_two():
        place = tmp_path / str(next(numbers))
        return Sealed(FolderStorage(place), "s"), Sealed(FolderStorage(place), "s")

    machine(open_two, 10)


def test_redis(redis_server, tmp_path):
    def open_two():
        prefix = f"{tmp_path.name}{next(numbers)}"
        return RedisStorage(redis_server.url, prefix=prefix), RedisStorage(redis_server.url, prefix=prefix)

    machine(open_two, 20)
