"""A checkout's folder in every state that a full disk, a backup or a careless hand leaves: the next turn mends it."""

from __future__ import annotations

import asyncio
import os
import shutil

import pytest

from village.sync import layout
from village.sync.git import Checkout


def spoil(path, kind, elsewhere):
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    elif os.path.lexists(path):
        path.unlink()
    if kind == "file":
        path.write_text("garbage")
    elif kind == "folder":
        path.mkdir()
        (path / "inner").write_text("x")
    elif kind == "link":
        path.symlink_to(elsewhere)


@pytest.mark.parametrize("kind", ["file", "folder", "link", "nothing"])
@pytest.mark.parametrize(
    "victim", ["", "tree", "objects.git", "lock", "unfinished", "ssh_key", "tree/.git", "objects.git/HEAD"]
)
def test_whatever_stands_where_something_of_ours_belongs_gives_way(forge, tmp_path, victim, kind):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "precious").write_text("x")
    key = tmp_path / "key"
    key.write_text("key")

    async def story():
        forge.push({"content/a.md": "a", "b": "1"})
        checkout = Checkout(tmp_path / "checkout", forge.url, key=str(key))
        await checkout.newest()
        spoil(checkout.folder / victim, kind, elsewhere)
        for files in ({}, {"b": "2"}):
            commit = forge.push(files)
            revision = await checkout.newest()
            assert (revision.commit, revision.behind) == (commit, None)
            assert (checkout.tree / "content" / "a.md").read_text() == "a"
        assert (checkout.tree / "b").read_text() == "2"
        assert [path.name for path in elsewhere.iterdir()][:1] == ["precious"] or victim == ""

    asyncio.run(story())


def test_what_a_killed_git_leaves_is_swept_out(tmp_path):
    store = tmp_path / "objects.git"
    litter = ["index.lock", "refs/village/latest.lock", "modules/t/shallow.lock", "modules/t/objects/pack/tmp_pack_1"]
    litter += ["objects/pack/tmp_idx_1", "objects/tmp_objdir-incoming-1/pack/x", "objects/info/commit-graph.lock"]
    kept = ["index", "modules/a.lock/HEAD", "objects/pack/pack-1.pack", "objects/ab/cd"]
    for name in (*litter, *kept):
        (store / name).parent.mkdir(parents=True, exist_ok=True)
        (store / name).write_text("")
    layout.put_in_order(tmp_path)
    assert sorted(path.relative_to(store).as_posix() for path in store.rglob("*") if path.is_file()) == sorted(kept)


def test_a_folder_that_is_closed_is_removed_all_the_same(tmp_path):
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (inner / "file").write_text("x")
    inner.chmod(0)
    (tmp_path / "a").chmod(0o500)
    layout.remove(tmp_path / "a")
    assert not (tmp_path / "a").exists()
