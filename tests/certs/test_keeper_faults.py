"""Killed and frozen issuers, and a storage that fails: one valid order for each name, whatever happens."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.certs.lane import Lane, keeper_for, obtained, running, settings_for, stage, until
from tests.fakes import ca as scripted
from tests.parts.need import need
from tests.storage.conftest import RedisServer
from village.certs.keeper import Keeper
from village.errors import StorageError
from village.storage.folder import FolderStorage
from village.storage.memory import MemoryStorage
from village.storage.redis import RedisStorage
from village.storage.sealed import Sealed


class Replicas:
    """Issuers in processes of their own; this process answers the challenges, as any replica can."""

    def __init__(self, folder: Path, ca: scripted.Running) -> None:
        self.folder = folder
        self.ca = ca
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.certs.replica", str(self.folder)]
        command += [self.ca.directory, self.ca.ca_bundle, "one.test"]
        log = (self.folder.parent / f"replica-{len(self.processes)}.log").open("wb")
        with log:
            process = subprocess.Popen(command, stderr=log, stdout=log)
        self.processes.append(process)
        return process

    def witness(self, street: Lane) -> Keeper:
        settings = settings_for(self.folder, "one.test", directory=(self.ca.directory,), ca_bundle=self.ca.ca_bundle)
        keeper = keeper_for(settings, FolderStorage(self.folder))
        street.keepers.append(keeper)
        return keeper


@contextlib.contextmanager
def replicas(folder: Path, ca: scripted.Running) -> Iterator[Replicas]:
    made = Replicas(folder, ca)
    try:
        yield made
    finally:
        for process in made.processes:
            process.kill()
            process.wait()


async def looking(keeper: Keeper) -> bool:
    await keeper.look()
    return obtained(keeper)


def test_kill_9_of_the_issuer_at_one_step_after_another(tmp_path: Path) -> None:
    async def journey() -> None:
        async with stage(tmp_path) as scene:
            steps = ["newAccount", "challenge", "finalize", "cert"]
            with replicas(tmp_path / "storage", scene.running) as village:

                def kill_here(endpoint: str) -> None:
                    if steps and endpoint == steps[0]:
                        steps.pop(0)
                        village.processes[-1].kill()
                        village.start()

                scene.ca.after = kill_here
                witness = village.witness(scene.street)
                await witness.look()
                village.start()
                await until(lambda: looking(witness), "the certificate in storage", 60)
                assert not steps
                assert len(village.processes) == 5
            assert scene.issued() == 1
            assert len(scene.ca.orders) == 1

    asyncio.run(journey())


def test_an_issuer_frozen_for_longer_than_its_lock_orders_nothing_when_it_wakes(tmp_path: Path) -> None:
    async def journey() -> None:
        async with stage(tmp_path) as scene:
            with replicas(tmp_path / "storage", scene.running) as village:

                def freeze_here(endpoint: str) -> None:
                    if endpoint == "finalize" and len(village.processes) == 1:
                        village.processes[0].send_signal(signal.SIGSTOP)
                        village.start()

                scene.ca.gate = freeze_here
                witness = village.witness(scene.street)
                await witness.look()
                village.start()
                await until(lambda: looking(witness), "the certificate in storage", 60)
                before = witness.status()[0]["fingerprint"]
                requests = len(scene.ca.requests)
                village.processes[0].send_signal(signal.SIGCONT)
                log = tmp_path / "replica-0.log"
                await until(lambda: "no longer ours" in log.read_text(), "the sleeper notices")
                await until(lambda: looking(witness), "the certificate is still there")
                assert witness.status()[0]["fingerprint"] == before
                assert [name for name, _ in scene.ca.requests[requests:] if name in {"newOrder", "finalize"}] == []
            assert scene.issued() == 1

    asyncio.run(journey())


class Ill(MemoryStorage):
    """A storage whose writes under some keys fail."""

    def __init__(self) -> None:
        super().__init__()
        self.refuses = "nothing"
        self.refused = 0

    async def put(self, key: str, data: bytes) -> None:
        if self.refuses in key:
            self.refused += 1
            raise StorageError("no space left")
        await super().put(key, data)

    async def put_new(self, key: str, data: bytes) -> bool:
        if self.refuses in key:
            self.refused += 1
            raise StorageError("no space left")
        return await super().put_new(key, data)


def test_a_full_storage_costs_no_order(tmp_path: Path) -> None:
    async def journey() -> None:
        async with stage(tmp_path) as scene:
            scene.storage = ill = Ill()
            ill.refuses = "certs/"
            keeper = scene.keeper()
            async with running(keeper):
                await until(lambda: "no space left" in str(keeper.status()[0]["problems"]), "the trouble is told")
            assert scene.ca.count("newOrder") == 0

    asyncio.run(journey())


def test_a_certificate_that_could_not_be_stored_is_stored_later_not_ordered_again(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("village.certs.keeper.AFTER_TROUBLE", 0.1)

    async def journey() -> None:
        async with stage(tmp_path) as scene:
            scene.storage = ill = Ill()
            ill.refuses = "certs/bundles"
            keeper = scene.keeper()
            async with running(keeper):
                await until(lambda: ill.refused > 1, "two failed writes")
                ill.refuses = "nothing"
                await until(lambda: obtained(keeper), "the certificate")
            assert scene.issued() == 1
            assert len(scene.ca.orders) == 1

    asyncio.run(journey())


def test_a_stopping_keeper_gives_its_lock_back(tmp_path: Path) -> None:
    async def journey() -> None:
        async with stage(tmp_path) as scene:
            scene.ca.processing = 10_000
            keeper = scene.keeper()
            async with running(keeper):
                await until(lambda: scene.ca.count("finalize"), "the order is being finalised")
                assert await scene.storage.held() == ["certificates"]
            assert await scene.storage.held() == []

    asyncio.run(journey())


def test_a_replica_that_was_not_told_the_secret_orders_nothing_and_overwrites_nothing(tmp_path: Path) -> None:
    async def journey() -> None:
        async with stage(tmp_path) as scene:
            shared = MemoryStorage()
            told, untold = (keeper_for(scene.settings("one.test"), Sealed(shared, secret)) for secret in ("secret", ""))
            scene.street.keepers.append(told)
            async with running(told):
                await until(lambda: obtained(told), "the certificate")
            before = dict(shared.values)
            async with running(untold):
                await until(lambda: "is sealed" in str(untold.status()[0]["problems"]), "the trouble is told")
            assert shared.values == before
            assert scene.ca.count("newOrder") == 1

    asyncio.run(journey())


def test_replicas_on_a_sealed_redis_order_one_certificate(tmp_path: Path) -> None:
    need("redis-server")

    async def journey(server: RedisServer) -> None:
        async with stage(tmp_path / "stage") as scene:
            stores = [Sealed(RedisStorage(server.url), "the-secret-of-the-cluster") for _ in range(3)]
            keepers = [keeper_for(scene.settings("one.test"), store) for store in stores]
            scene.street.keepers += keepers
            async with running(*keepers):
                await until(lambda: all(map(obtained, keepers)), "the certificate everywhere", 60)
            assert scene.issued() == 1
            raw = RedisStorage(server.url)
            values = [await raw.get(key) for key in await raw.list("certs/")]
            assert values
            assert not any(b"PRIVATE KEY" in value for value in values)
            for store in (*stores, raw):
                await store.close()

    server = RedisServer(tmp_path)
    server.start()
    try:
        asyncio.run(journey(server))
    finally:
        server.stop()
