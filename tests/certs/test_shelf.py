from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from village.certs import bundle, certificate, keys, minting
from village.certs.attempts import Failure, Ledger
from village.certs.bundle import Bundle
from village.certs.renewal import Wish
from village.certs.shelf import Shelf
from village.certs.state import State, read_state, write_state
from village.storage.folder import FolderStorage
from village.storage.memory import MemoryStorage


def bundle_for(name: str) -> Bundle:
    return Bundle.of(*minting.self_signed([name]), "test")


def test_the_generation_before_is_kept_and_steps_in_for_a_damaged_one() -> None:
    async def journey() -> None:
        storage = MemoryStorage()
        shelf, first, second = Shelf(storage), bundle_for("one.test"), bundle_for("one.test")
        await shelf.store("set", first)
        await shelf.store("set", second)
        pool = await shelf.pool()
        assert (pool.newest["set"], pool.previous["set"]) == (second, first)
        for damage in (b"", b"{", bundle.pack(second)[:-200]):
            storage.values["certs/bundles/set"] = damage
            assert await Shelf(storage).bundle("set") == first
            assert "set" not in (await Shelf(storage).pool()).newest
        await shelf.store("set", second)
        assert (await shelf.pool()).previous["set"] == first, "a damaged value must not push out a good one"

    asyncio.run(journey())


def test_storing_the_same_certificate_twice_keeps_its_predecessor() -> None:
    async def journey() -> None:
        shelf, first, second = Shelf(MemoryStorage()), bundle_for("one.test"), bundle_for("one.test")
        for each in (first, second, second):
            await shelf.store("set", each)
        assert (await shelf.pool()).previous["set"] == first

    asyncio.run(journey())


def test_the_account_key_is_made_once_by_whoever_comes_first(tmp_path: Path) -> None:
    async def journey() -> None:
        shelves = [Shelf(FolderStorage(tmp_path)) for _ in range(8)]
        made = await asyncio.gather(*(shelf.account_key() for shelf in shelves))
        assert len(set(made)) == 1
        assert keys.from_pem(made[0])
        roots = await asyncio.gather(*(shelf.authority(minting.authority) for shelf in shelves))
        assert len(set(roots)) == 1
        for shelf in shelves:
            await shelf.storage.close()

    asyncio.run(journey())


@pytest.mark.parametrize("damage", [b"", b"\x00\xff" * 50, b"-----BEGIN PRIVATE KEY-----\nMIG", b"{}", b"[]"])
def test_a_damaged_key_is_made_anew_from_what_is_remembered_or_from_nothing(damage: bytes) -> None:
    async def journey() -> None:
        shelf, known = Shelf(MemoryStorage()), keys.to_pem(keys.new_key())
        for path in ("certs/account/key", "certs/internal/authority", "certs/mark"):
            await shelf.storage.put(path, damage)
        assert await shelf.account_key(known) == known
        root, key = await shelf.authority(minting.authority)
        assert certificate.belongs(root, keys.from_pem(key))
        assert await shelf.mark()
        await shelf.storage.put("certs/account/key", damage)
        made = await shelf.account_key(b"no key either")
        assert keys.from_pem(made)
        assert await shelf.account_key() == made

    asyncio.run(journey())


def test_an_account_is_that_of_its_key() -> None:
    async def journey() -> None:
        shelf = Shelf(MemoryStorage())
        await shelf.put_account("ca", "https://ca/account/1", "one")
        assert [await shelf.account("ca", key) for key in ("one", "two")] == ["https://ca/account/1", ""]
        await shelf.storage.put("certs/account/ca", b'{"url": "https://ca/account/1"}')  # as earlier versions wrote it
        assert await shelf.account("ca", "two") == "https://ca/account/1"

    asyncio.run(journey())


def test_forgetting_leaves_nothing_of_a_set() -> None:
    async def journey() -> None:
        shelf = Shelf(MemoryStorage())
        await shelf.store("set", bundle_for("one.test"))
        await shelf.put_state("set", State(wanted=1.0))
        await shelf.ask("set")
        assert await shelf.asked() == {"set"}
        await shelf.forget("set")
        assert await shelf.storage.list() == []

    asyncio.run(journey())


def test_values_that_others_damaged_count_as_never_written() -> None:
    async def journey() -> None:
        storage = MemoryStorage()
        for key in ("state/set", "ledger/ca", "orders/set", "account/ca"):
            for junk in (b"", b"{", b"[]", b'{"whole": 7}', b"null"):
                storage.values[f"certs/{key}"] = junk
                shelf = Shelf(storage)
                assert await shelf.state("set") == State()
                assert await shelf.ledger("ca") == Ledger()
                assert await shelf.order("set") is None
                assert await shelf.account("ca", "key") == ""

    asyncio.run(journey())


moments = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
failures = st.builds(Failure, st.integers(0, 9), st.floats(0, 1e10), st.floats(0, 1e6), st.text(), st.text(), st.text())
named = st.dictionaries(st.text(), failures, max_size=3).map(lambda table: tuple(table.items()))
wishes = st.builds(Wish, st.text(), moments, moments, moments, st.text())
states = st.builds(State, named, named, st.none() | wishes, *(st.floats(0, 1e10) for _ in ("asked again", "wanted")))


@given(states)
def test_a_state_survives_storage(state: State) -> None:
    assert read_state(write_state(state)) == state
