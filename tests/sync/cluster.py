"""Replicas in one process and one simulated time: real workers, real siblings, a storage and a network that can fail."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from village.errors import GitFailed, HookRefused, StorageError
from village.storage.base import Storage
from village.storage.memory import MemoryStorage
from village.sync.git import Revision
from village.sync.latest import Latest
from village.sync.ring import HEADER
from village.sync.siblings import Siblings

SITE = "site"


class FlakyStorage(MemoryStorage):
    """One replica's way to the shared storage: "up", "down" (fails at once), "hanging", or "stubborn" (hangs, and
    swallows the first cancellation, as client libraries do)."""

    def __init__(self, shared: MemoryStorage, clock) -> None:
        super().__init__(clock)
        self.values, self.locks = shared.values, shared.locks
        self.state = "up"

    async def _reach(self) -> None:
        if self.state == "down":
            raise StorageError("the storage is away")
        if self.state == "hanging":
            await asyncio.sleep(1e6)
        if self.state == "stubborn":
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(1e6)
            await asyncio.sleep(0.5)

    async def get(self, key):
        await self._reach()
        return await super().get(key)

    async def put(self, key, data):
        await self._reach()
        await super().put(key, data)

    async def put_new(self, key, data):
        await self._reach()
        return await super().put_new(key, data)

    async def delete(self, key):
        await self._reach()
        await super().delete(key)

    async def list(self, prefix=""):
        await self._reach()
        return await super().list(prefix)


@dataclass
class Built:
    release: str
    next_moment: datetime | None = None


class Replica:
    """What the app makes of a worker and siblings."""

    def __init__(self, cluster: Cluster, number: int) -> None:
        self.cluster = cluster
        self.name = f"replica-{number}"
        self.storage: Storage = FlakyStorage(cluster.shared, cluster.loop.time)
        self.on_show = ""
        self.tree: str | None = None
        self.git_gone = False
        self.deaf = False  # the network does not reach us
        self.outcomes: list[str] = []

    async def start(self, *, poll: float) -> None:
        self.tree = None
        self.latest = Latest(SITE, self, poll=poll, now=self.cluster.loop.wall)
        self.siblings = SimulatedSiblings(self, secret="cluster secret")
        await self.siblings.start()
        self.latest.start()

    async def kill(self) -> None:
        """As kill -9: no farewell."""
        await self.latest.close()
        for task in list(self.siblings._tasks):
            task.cancel()
        await asyncio.gather(*self.siblings._tasks, return_exceptions=True)

    async def stop(self) -> None:
        await self.siblings.leave()
        await self.latest.close()
        await self.siblings.close()

    async def hook(self, commit: str) -> None:
        """A push reaches this replica."""
        await self.siblings.want(SITE, commit)
        self.latest.want(commit)

    async def fetch(self) -> Revision:
        await asyncio.sleep(self.cluster.chance.uniform(0.02, 0.1))
        if self.git_gone:
            raise GitFailed("gone")
        old, self.tree = self.tree, self.cluster.head
        changed = None if old is None else frozenset({Path("x")} if old != self.tree else ())
        return Revision(self.tree, changed)

    async def build(self, changed, commit) -> Built:
        await asyncio.sleep(self.cluster.chance.uniform(0.01, self.cluster.slowest_build))
        return Built(f"release-of-{commit}")

    async def publish(self, built, commit) -> None:
        self.outcomes.append(await self.siblings.together(SITE, built.release, commit))
        self.on_show = commit
        self.cluster.switches.append((self.cluster.loop.time(), self.name, commit))
        await self.siblings.shown(SITE, built.release, commit)

    async def failed(self, error, commit) -> None:
        await self.siblings.shown(SITE, f"release-of-{self.on_show}", self.on_show, failing=True)


class SimulatedSiblings(Siblings):
    """Rings go through the cluster's network instead of sockets."""

    def __init__(self, replica: Replica, secret: str) -> None:
        super().__init__(
            replica.storage,
            replica.name,
            sites=[SITE],
            on_wanted=lambda _site, commit: replica.latest.want(commit),
            peers="tasks.village",
            secret=secret,
            clock=replica.cluster.loop.time,
        )
        self.replica = replica

    async def _ring(self, wanted) -> None:
        cluster = self.replica.cluster
        record = self.record()
        message = {"from": self.identity, "record": json.loads(record.encoded())}
        body, signature = self._bell.write(message | ({"wanted": dict(wanted)} if wanted else {}))
        for other in list(cluster.running):
            if other is self.replica or other.deaf or self.replica.deaf or cluster.chance.random() < cluster.loss:
                continue
            await asyncio.sleep(cluster.chance.uniform(0, 0.01))
            try:
                other.siblings.receive({HEADER: signature}, body)
            except HookRefused as refusal:
                raise AssertionError("a sibling's ring was refused") from refusal


class Cluster:
    def __init__(self, loop, size: int = 3, *, seed: int = 0, poll: float = 1e9) -> None:
        self.loop = loop
        self.chance = random.Random(seed)
        self.shared = MemoryStorage(loop.time)
        self.poll = poll
        self.loss = 0.0
        self.slowest_build = 0.2
        self.pushes = 0
        self.switches: list[tuple[float, str, str]] = []
        self.replicas = [Replica(self, number) for number in range(size)]
        self.running: list[Replica] = []

    @property
    def head(self) -> str:
        return f"commit-{self.pushes}"

    async def start(self, *replicas: Replica) -> None:
        for replica in replicas or self.replicas:
            await replica.start(poll=self.poll)
            self.running.append(replica)
        for replica in self.running:
            await replica.latest.idle()

    async def push(self, replica: Replica | None = None) -> None:
        self.pushes += 1
        await (replica or self.chance.choice(self.running)).hook(self.head)

    async def stop(self) -> None:
        for replica in list(self.running):
            self.running.remove(replica)
            await replica.stop()

    def all_show(self, commit: str) -> bool:
        return all(replica.on_show == commit for replica in self.running)
