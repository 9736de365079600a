from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from village.certs import bundle, keys, minting
from village.certs.bundle import Bundle
from village.errors import VillageError

MADE = Bundle.of(*minting.self_signed(["one.test"]), "https://ca.example/directory")
PACKED = bundle.pack(MADE)
hosts = st.lists(st.from_regex(r"[a-z]{1,8}\.test", fullmatch=True), min_size=1, unique=True)


def test_a_bundle_survives_storage() -> None:
    assert bundle.unpack(PACKED) == MADE


@given(st.integers(0, len(PACKED) - 1))
def test_a_bundle_cut_off_anywhere_is_noticed(end: int) -> None:
    with pytest.raises(VillageError):
        bundle.unpack(PACKED[:end])


@given(st.integers(0, len(PACKED) - 1), st.integers(1, 255))
def test_no_flipped_bit_makes_another_bundle(position: int, mask: int) -> None:
    damaged = bytearray(PACKED)
    damaged[position] ^= mask
    with contextlib.suppress(VillageError):
        assert bundle.unpack(bytes(damaged)) == MADE  # white space between the members, for one


@given(st.binary() | st.recursive(st.none() | st.text(), st.lists).map(lambda value: json.dumps(value).encode()))
def test_junk_is_no_bundle(data: bytes) -> None:
    with pytest.raises(VillageError):
        bundle.unpack(data)


def test_a_key_of_another_certificate_is_refused() -> None:
    with pytest.raises(VillageError, match="do not belong together"):
        Bundle.of(MADE.chain, keys.to_pem(keys.new_key()), "x")


def test_the_private_key_is_not_in_the_representation() -> None:
    assert "PRIVATE" not in repr(MADE)


@given(hosts)
def test_a_set_has_one_name_however_it_is_ordered(names: list[str]) -> None:
    assert bundle.set_key(names) == bundle.set_key(reversed(names)) == bundle.set_key([*names, names[0]])


@given(hosts, hosts)
def test_different_sets_have_different_names(one: list[str], two: list[str]) -> None:
    assert (bundle.set_key(one) == bundle.set_key(two)) is (set(one) == set(two))


def test_storage_names_are_words() -> None:
    assert bundle.ca_key("https://ca.example:14000/dir?x=1") == "ca.example_14000_dir_x_1"
    assert "/" not in bundle.set_key(["::1", "a/b"])
