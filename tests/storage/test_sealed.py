"""Nothing private can be read from the shared storage without the cluster secret."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from village.errors import StorageError
from village.storage.memory import MemoryStorage
from village.storage.sealed import MARK, Sealed

SEALED = Sealed(MemoryStorage(), "secret")


@given(key=st.text(min_size=1, max_size=20), value=st.binary(min_size=1, max_size=100))
def test_sealing_hides_and_opening_gives_back(key, value):
    closed = SEALED.sealed(key, value)
    assert len(value) < 4 or value not in closed[len(MARK) :]
    assert closed != SEALED.sealed(key, value), "the same value twice must not show"
    assert SEALED.opened(key, closed) == value


@given(value=st.binary(max_size=50), place=st.integers(0), bit=st.integers(0, 7))
def test_one_changed_bit_does_not_open(value, place, bit):
    closed = bytearray(SEALED.sealed("key", value))
    place = len(MARK) + place % (len(closed) - len(MARK))
    closed[place] ^= 1 << bit
    with pytest.raises(StorageError):
        SEALED.opened("key", bytes(closed))


def test_another_secret_another_key_or_a_torn_value_do_not_open():
    closed = SEALED.sealed("key", b"private")
    for opener, key, data in (
        (Sealed(MemoryStorage(), "other"), "key", closed),
        (SEALED, "other", closed),
        (SEALED, "key", closed[:-1]),
        (SEALED, "key", MARK),
    ):
        with pytest.raises(StorageError) as caught:
            opener.opened(key, data)
        assert "VILLAGE_CLUSTER_SECRET" in caught.value.hint


def test_values_from_before_the_secret_are_read_and_sealed_when_written():
    async def story():
        plain = MemoryStorage()
        await plain.put("key", b"before")
        sealed = Sealed(plain, "secret")
        assert await sealed.get("key") == b"before"
        await sealed.put("key", b"after")
        assert plain.values["key"].startswith(MARK)
        assert await sealed.get("key") == b"after"
        await sealed.close()

    asyncio.run(story())


def test_without_the_secret_a_sealed_value_is_refused_and_others_are_as_they_are():
    async def story():
        inner = MemoryStorage()
        await Sealed(inner, "secret").put("key", b"private")
        plain = Sealed(inner, "")
        with pytest.raises(StorageError) as caught:
            await plain.get("key")
        assert "VILLAGE_CLUSTER_SECRET" in caught.value.hint
        await plain.put("other", b"open")
        assert inner.values["other"] == await plain.get("other") == b"open"

    asyncio.run(story())
