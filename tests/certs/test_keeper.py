"""The keeper without a CA: files, its own CA, no storage, and what it says of itself."""

from __future__ import annotations

import asyncio
import json
import ssl
from dataclasses import replace
from pathlib import Path

import pytest

from tests.certs.lane import handshake, keeper_for, obtained, running, settings_for, until
from village.certs import keeper as room
from village.certs import minting
from village.certs.keeper import Keeper
from village.errors import OperatorError, StorageError
from village.settings.model import LETSENCRYPT, TlsSettings
from village.storage.folder import FolderStorage
from village.storage.memory import MemoryStorage


def names_of(side: ssl.SSLObject) -> list[str]:
    return [value for _, value in side.getpeercert()["subjectAltName"]]


def test_replicas_share_the_internal_certificate_and_survive_a_restart(tmp_path: Path) -> None:
    async def journey() -> None:
        settings = settings_for(tmp_path, "one.test", mode="internal")
        stores = [FolderStorage(tmp_path / "shared") for _ in range(3)]
        keepers = [keeper_for(settings, store) for store in stores]
        async with running(*keepers):
            await until(lambda: all(map(obtained, keepers)), "the certificate everywhere")
        fingerprints = {keeper.status()[0]["fingerprint"] for keeper in keepers}
        again = keeper_for(settings, stores[0])
        await again.look()
        assert {again.status()[0]["fingerprint"]} == fingerprints
        root, _ = await again._shelf.authority(minting.authority)
        client = ssl.create_default_context(cadata=root.decode())
        for name in ("one.test", "localhost", "127.0.0.1"):
            assert "one.test" in names_of(await handshake(again.context, name, client))
        assert again.status()[0]["problems"] == []
        for store in stores:
            await store.close()

    asyncio.run(journey())


def test_the_internal_certificate_is_renewed(tmp_path: Path) -> None:
    async def journey() -> None:
        ahead = [0.0]
        storage, settings = MemoryStorage(), settings_for(tmp_path, mode="internal")
        keeper = keeper_for(settings, storage, clock=lambda: 1.8e9 + ahead[0])
        async with running(keeper):
            await until(lambda: obtained(keeper), "the first certificate")
        first = keeper.status()[0]
        assert first["source"] == "internal"
        assert first["renews_at"]

    asyncio.run(journey())


def files_settings(folder: Path, *domains: str):
    tls = TlsSettings(mode="files", cert=str(folder / "chain.pem"), key=str(folder / "key.pem"))
    return replace(settings_for(folder, *domains), tls=tls)


def write_pair(folder: Path, *names: str) -> None:
    chain, key = minting.self_signed(names)
    (folder / "key.pem").write_bytes(key)
    (folder / "chain.pem").write_bytes(chain)


def test_the_operators_files_are_served_and_reloaded_when_they_change(tmp_path: Path) -> None:
    async def journey() -> None:
        write_pair(tmp_path, "one.test", "www.one.test")
        keeper = keeper_for(
            files_settings(tmp_path, "one.test", "www.one.test", "odd.test"), MemoryStorage(), poll=0.05
        )
        async with running(keeper):
            await until(keeper.ready, "the first look")
            (entry,) = keeper.status()
            assert (entry["source"], entry["missing"]) == ("files", ["odd.test"])
            write_pair(tmp_path, "odd.test")
            await until(lambda: keeper.status()[0]["names"] == ["odd.test"], "the new pair")
            (tmp_path / "chain.pem").write_text("rubbish")
            await until(lambda: keeper.status()[0]["problems"], "the trouble is told")
            assert keeper.status()[0]["names"] == ["odd.test"], "the last good pair stays"
            assert await handshake(keeper.context, "odd.test")

    asyncio.run(journey())


def test_missing_files_leave_a_self_signed_certificate_and_say_why(tmp_path: Path) -> None:
    async def journey() -> None:
        keeper = keeper_for(files_settings(tmp_path, "one.test"), MemoryStorage(), poll=0.05)
        async with running(keeper):
            await until(lambda: keeper.status()[0]["problems"], "the trouble")
            assert not keeper.ready()
            assert await handshake(keeper.context, "one.test")
            assert keeper.status()[0]["source"] == "self-signed"

    asyncio.run(journey())


class Away(MemoryStorage):
    """A storage that nobody reaches."""

    gone = True

    async def get(self, key: str) -> bytes:
        if self.gone:
            raise StorageError("the storage is away")
        return await super().get(key)


def test_an_unreachable_storage_is_waited_for_and_the_certificate_in_hand_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "AFTER_TROUBLE", 0.05)

    async def journey() -> None:
        storage = Away()
        keeper = keeper_for(settings_for(tmp_path, mode="internal"), storage, poll=0.05)
        async with running(keeper):
            await until(lambda: keeper._trouble, "the trouble")
            assert not keeper.ready()
            assert await handshake(keeper.context, None)
            storage.gone = False
            await until(lambda: obtained(keeper), "the certificate")
            served = keeper.status()[0]["fingerprint"]
            storage.gone = True
            await until(lambda: keeper._trouble, "the trouble again")
            assert keeper.status()[0]["fingerprint"] == served
            assert "the storage is away" in keeper.status()[0]["problems"]

    asyncio.run(journey())


def test_a_public_ca_is_not_asked_while_the_storage_vanishes_with_the_container(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("village.certs.persistence.doubt", lambda settings: "/data lies on the container's own layer")

    async def journey() -> None:
        settings = settings_for(tmp_path, "village.example.org", directory=(LETSENCRYPT,))
        keeper = keeper_for(settings, MemoryStorage())
        await keeper.look()
        assert not keeper._upkeep.needed(keeper._view)
        assert "mount a volume" in str(keeper.status()[0]["problems"])
        vouched = keeper_for(replace(settings, acme=replace(settings.acme, allow_ephemeral=True)), MemoryStorage())
        await vouched.look()
        assert vouched._upkeep.needed(vouched._view)

    asyncio.run(journey())


def test_the_status_is_json_and_says_why_there_is_no_certificate(tmp_path: Path) -> None:
    settings = settings_for(tmp_path, "localhost", "*.example.org", directory=(LETSENCRYPT,))
    keeper = keeper_for(settings, MemoryStorage())
    (entry,) = json.loads(json.dumps(keeper.status()))
    assert entry["missing"] == ["localhost", "*.example.org"]
    assert entry["source"] == "self-signed"
    assert any("wildcard needs DNS-01" in line for line in entry["problems"])


def test_what_the_operator_asks_for_must_exist(tmp_path: Path) -> None:
    async def journey() -> None:
        storage = MemoryStorage()
        keeper = keeper_for(settings_for(tmp_path, "example.com"), storage)
        assert await keeper.renew("EXAMPLE.com") == await keeper.renew("blog") == await keeper.renew() == ["blog"]
        with pytest.raises(OperatorError, match="sites: blog"):
            await keeper.renew("two.test")
        other: Keeper = keeper_for(settings_for(tmp_path, "example.com"), storage)
        await other.look()
        assert other._view.due(other.plans[0], 0).asked, "any process may ask"

    asyncio.run(journey())


def test_a_keeper_without_work_touches_nothing(tmp_path: Path) -> None:
    async def journey() -> None:
        storage = MemoryStorage()
        for mode in ("acme", "off"):
            keeper = keeper_for(settings_for(tmp_path, mode=mode), storage)
            async with running(keeper):
                await until(keeper.ready, "a look")
            assert keeper.status() == []
        assert storage.values == {}

    asyncio.run(journey())


def test_export_writes_what_is_served(tmp_path: Path) -> None:
    async def journey() -> None:
        keeper = keeper_for(settings_for(tmp_path, "one.test", mode="internal"), MemoryStorage())
        assert await keeper.export(tmp_path / "early") == []
        async with running(keeper):
            await until(lambda: obtained(keeper), "the certificate")
        written = await keeper.export(tmp_path / "pem")
        assert tmp_path / "pem/one.test/fullchain.pem" in written

    asyncio.run(journey())


def test_a_challenge_for_a_siblings_host_is_answered_and_for_a_strangers_not(tmp_path: Path) -> None:
    async def journey() -> None:
        told: set[str] = set()
        settings = settings_for(tmp_path, "one.test")
        keeper = keeper_for(settings, MemoryStorage(), siblings_hosts=lambda: told)
        await keeper.look()
        token = "t" * 43
        own = keeper.challenge("one.test:80", token)
        assert own
        assert keeper.challenge("new.test", token) is None
        told.add("new.test")
        assert keeper.challenge("New.test:80", token) == own
        assert keeper.challenge("other.test", token) is None

    asyncio.run(journey())
