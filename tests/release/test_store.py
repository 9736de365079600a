"""store: patch equals write, a torn blob is mended, damage is noticed, the pointer always names a whole release."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from village.errors import ReleaseBroken
from village.release.manifest import Entry, Rules
from village.release.store import Store

names = st.sampled_from([f"/p{n}/" for n in range(12)])
bodies = st.binary(max_size=8)


def entry(store: Store, body: bytes) -> Entry:
    return Entry(store.put(body), len(body), "text/html")


@given(before=st.dictionaries(names, bodies), edits=st.dictionaries(names, st.none() | bodies))
def test_a_patched_release_is_the_release_written_whole(tmp_path_factory, before: dict, edits: dict):
    store = Store(tmp_path_factory.mktemp("store"))
    base = store.write({path: entry(store, body) for path, body in before.items()}, Rules())
    changed = {path: None if body is None else entry(store, body) for path, body in edits.items()}
    patched = store.patch(base, changed, Rules())
    after = {**before, **edits}
    whole = store.write({path: entry(store, body) for path, body in after.items() if body is not None}, Rules())
    assert patched == whole
    assert store.load(patched.id) == whole
    assert store.load(patched.id, base) == whole


def test_a_torn_blob_is_written_again(tmp_path: Path):
    store = Store(tmp_path)
    blob = store.put(b"whole body")
    store.blob_path(blob).write_bytes(b"whole")
    assert store.put(b"whole body") == blob
    assert store.get(blob) == b"whole body"


def test_damage_is_never_shown(tmp_path: Path):
    store = Store(tmp_path)
    release = store.write({"/": entry(store, b"x")}, Rules())
    shard = next(blob for blob in release.shards if len(store.get(blob)) > 2)
    store.blob_path(shard).write_bytes(b'{"/":["evil"]}')
    with pytest.raises(ReleaseBroken, match="damaged"):
        store.load(release.id)
    (store.releases / release.id).write_bytes(b"{}")
    with pytest.raises(ReleaseBroken, match="does not match"):
        store.load(release.id)
    with pytest.raises(ReleaseBroken, match="missing"):
        store.load("0" * 64)


def test_the_pointer_survives_nonsense(tmp_path: Path):
    store = Store(tmp_path)
    assert store.current() is None
    release = store.write({}, Rules())
    store.activate(release.id, "abc")
    assert (store.current().id, store.current().commit) == (release.id, "abc")
    store.pointer.write_bytes(b"\0\0")
    assert store.current() is None


def test_missing_names_blobs_that_are_gone_or_torn(tmp_path: Path):
    store = Store(tmp_path)
    release = store.write(
        {"/a": entry(store, b"aaaa"), "/b": entry(store, b"bbbb"), "/c": entry(store, b"cc")}, Rules()
    )
    store.blob_path(release.entries["/a"].blob).unlink()
    store.blob_path(release.entries["/b"].blob).write_bytes(b"b")
    assert set(store.missing(release)) == {release.entries["/a"].blob, release.entries["/b"].blob}


def test_pruning_keeps_what_is_on_show_and_what_is_young(tmp_path: Path):
    store = Store(tmp_path)
    shown = store.write({"/": entry(store, b"shown")}, Rules())
    store.activate(shown.id)
    for number in range(7):
        store.write({"/": entry(store, b"%d" % number)}, Rules())
    old = 1_000_000_000
    for path in store.blobs.glob("*/*"):
        os.utime(path, (old, old))
    os.utime(store.releases / shown.id, (old, old))
    young = store.put(b"young")
    store.prune(keep=2)
    assert {identity for identity, _ in store.history()} >= {shown.id}
    assert len(store.history()) == 3
    assert store.load(shown.id) == shown
    assert store.get(shown.entries["/"].blob) == b"shown"
    assert store.get(young) == b"young"
