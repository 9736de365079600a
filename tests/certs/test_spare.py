from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from tests.certs.lane import Forgetful, keeper_for, obtained, running, settings_for, until
from village.certs import keeper as room
from village.certs import keys, minting
from village.certs.bundle import Bundle
from village.certs.spare import Recollection, Spare
from village.storage.memory import MemoryStorage

CA = "https://ca.example/directory"


def bundle_for(*names: str) -> Bundle:
    return Bundle.of(*minting.self_signed(names), CA)


@pytest.mark.parametrize("secret", ["", "a-cluster-secret"])
def test_what_was_kept_is_recalled_and_replaced(tmp_path: Path, secret: str) -> None:
    async def journey() -> None:
        settings = replace(settings_for(tmp_path), storage="redis://elsewhere", cluster_secret=secret)
        spare, first, second = Spare(settings), bundle_for("one.test"), bundle_for("two.test")
        await spare.keep(Recollection({"one": first}, b"key", "mark"))
        assert await Spare(settings).recall() == Recollection({"one": first}, b"key", "mark")
        await spare.keep(Recollection({"two": second}, b"key", "mark"))
        assert (await Spare(settings).recall()).bundles == {"two": second}
        stored = b"".join(path.read_bytes() for path in (tmp_path / "spare").rglob("*") if path.is_file())
        assert (b"PRIVATE KEY" in stored) is not bool(secret)

    asyncio.run(journey())


def test_where_the_storage_is_a_folder_of_ones_own_nothing_is_kept_twice(tmp_path: Path) -> None:
    async def journey() -> None:
        spare = Spare(settings_for(tmp_path))
        await spare.keep(Recollection({"one": bundle_for("one.test")}, b"key", "mark"))
        assert await spare.recall() == Recollection()
        assert list(tmp_path.iterdir()) == []

    asyncio.run(journey())


def test_a_start_without_the_storage_serves_what_was_served_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "AFTER_TROUBLE", 0.05)

    async def journey() -> None:
        settings = replace(settings_for(tmp_path, "one.test", directory=(CA,), ca_bundle="x"), storage="redis://x")
        before = keeper_for(settings, MemoryStorage())
        await before._shelf.store(before.plans[0].key, bundle_for("one.test"))
        await before.look()
        assert obtained(before)
        away = Forgetful()
        away.away = True
        after = keeper_for(settings, away)
        async with running(after):
            await until(after.ready, "ready from the spare")
            assert obtained(after)
            token = "t" * 43
            assert after.challenge("one.test", token) == before.challenge("one.test", token)
            assert "the storage is away" in after.status()[0]["problems"]
        assert keys.from_pem(after._memory.account_key)

    asyncio.run(journey())


def test_a_storage_that_forgot_everything_while_all_replicas_were_down_gets_it_back(tmp_path: Path) -> None:
    async def journey() -> None:
        settings = replace(settings_for(tmp_path, "one.test", directory=(CA,), ca_bundle="x"), storage="redis://x")
        before = keeper_for(settings, MemoryStorage())
        await before._shelf.store(before.plans[0].key, bundle_for("one.test"))
        await before.look()
        after, empty = None, MemoryStorage()
        after = keeper_for(settings, empty)
        await after.look()
        assert obtained(after)
        assert after._thumbprint == before._thumbprint
        assert any("bundles/one.test" in key for key in empty.values)

    asyncio.run(journey())
