"""The store of objects: mended when it is damaged, and never given away for a remote that is slow, away or broken."""

from __future__ import annotations

import asyncio
import os
import shutil

import pytest

from tests.sync.conftest import git
from village.errors import GitFailed
from village.sync import objects
from village.sync.git import Checkout


def flip(path):
    """One byte of a file is another."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.chmod(0o600)
    path.write_bytes(data)


def rot(store):
    for path in (*store.glob("objects/??/*"), *store.glob("objects/pack/*.pack")):
        flip(path)


@pytest.fixture
def hanging_fetch(tmp_path, monkeypatch):
    """A git whose fetch says nothing for ever, while the file is there."""
    program, switch = tmp_path / "bin" / "git", tmp_path / "hangs"
    program.parent.mkdir()
    program.write_text(
        f'#!/bin/sh\ncase "$*" in *" fetch "*) test -e {switch} && exec sleep 1000;; esac\nexec {shutil.which("git")} "$@"\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.setattr(objects, "HUSH", 0.3)
    return switch


def test_a_fetch_that_hangs_costs_nothing_but_the_wait(forge, tmp_path, hanging_fetch):
    async def story():
        first = forge.push({"a": "1"})
        checkout = Checkout(tmp_path / "checkout", forge.url)
        await checkout.newest()
        store = (checkout.folder / "objects.git").stat().st_ino
        second = forge.push({"a": "2"})
        hanging_fetch.touch()
        for _ in range(objects.ODD):
            revision = await checkout.newest()
            assert (revision.commit, revision.changed) == (first, frozenset())
            assert "said nothing" in str(revision.behind)
        hanging_fetch.unlink()
        objects.HUSH = 100.0
        assert (await checkout.newest()).commit == second
        assert (checkout.folder / "objects.git").stat().st_ino == store

    asyncio.run(story())


def test_a_remote_that_is_broken_leaves_us_what_we_have(forge, tmp_path):
    async def story():
        first = forge.push({"a": "1"})
        checkout = Checkout(tmp_path / "checkout", forge.url)
        await checkout.newest()
        second = forge.push({"a": "2"})
        shutil.copytree(forge.bare, tmp_path / "whole")
        rot(forge.bare)
        for _ in range(2 * objects.ODD):
            revision = await checkout.newest()
            assert revision.commit == first
            assert isinstance(revision.behind, GitFailed)
            assert (checkout.tree / "a").read_text() == "1"
        shutil.rmtree(forge.bare)
        (tmp_path / "whole").rename(forge.bare)
        assert (await checkout.newest()).commit == second

    asyncio.run(story())


@pytest.mark.parametrize("push", [False, True])
def test_a_store_with_a_flipped_bit_is_fetched_anew_when_that_shows(forge, tmp_path, push):
    async def story():
        commit = forge.push({"a": "1" * 5000, "b": "2" * 5000})
        checkout = Checkout(tmp_path / "checkout", forge.url)
        await checkout.newest()
        rot(checkout.folder / "objects.git")
        (checkout.tree / "a").unlink()
        if push:
            commit = forge.push({"b": "3"})
        revision = await checkout.newest()
        assert (revision.commit, revision.behind) == (commit, None)
        assert (checkout.tree / "a").read_text() == "1" * 5000

    asyncio.run(story())


def test_a_damaged_store_is_kept_as_long_as_there_is_no_other(forge, tmp_path):
    async def story():
        forge.push({"a": "1"})
        checkout = Checkout(tmp_path / "checkout", forge.url)
        await checkout.newest()
        (checkout.folder / "objects.git" / "config").write_text("[")
        forge.bare.rename(tmp_path / "away")
        for _ in range(objects.ODD + 1):
            with pytest.raises(GitFailed):
                await checkout.newest()
        assert (checkout.folder / "objects.git" / "HEAD").exists()
        assert (checkout.tree / "a").read_text() == "1"
        (tmp_path / "away").rename(forge.bare)
        commit = forge.push({"a": "2"})
        assert (await checkout.newest()).commit == commit

    asyncio.run(story())


def test_what_git_itself_does_not_see_is_doubted_in_the_end(forge, tmp_path):
    async def story():
        forge.push({"a": "1"})
        checkout = Checkout(tmp_path / "checkout", forge.url)
        await checkout.newest()
        (checkout.folder / "objects.git" / "shallow").unlink()
        (checkout.folder / "objects.git" / "shallow").mkdir()
        commit = forge.push({"a": "2"})
        commits = [(await checkout.newest()).commit for _ in range(objects.ODD)]
        assert commits[-1] == commit

    asyncio.run(story())


def test_a_repository_that_names_its_objects_by_sha256(forge, tmp_path):
    async def story():
        forge.push({"a": "1"})
        checkout = Checkout(tmp_path / "checkout", forge.url)
        await checkout.newest()
        for folder in (forge.bare, forge.work):
            shutil.rmtree(folder)
        git(tmp_path, "init", "-q", "--bare", "--object-format=sha256", "-b", "main", str(forge.bare))
        git(tmp_path, "init", "-q", "--object-format=sha256", "-b", "main", str(forge.work))
        git(forge.work, "remote", "add", "origin", str(forge.bare))
        for text in ("2", "3"):
            commit = forge.push({"a": text})
            assert len(commit) == 64
            assert (await checkout.newest()).commit == commit
            assert (checkout.tree / "a").read_text() == text

    asyncio.run(story())


@pytest.mark.parametrize("history", [False, True])
def test_a_remote_that_is_a_shallow_clone_itself(forge, tmp_path, history):
    async def story():
        for number in range(4):
            forge.push({"a": str(number)})
        git(tmp_path, "clone", "-q", "--bare", "--depth=2", f"file://{forge.bare}", str(tmp_path / "shallow.git"))
        checkout = Checkout(tmp_path / "checkout", str(tmp_path / "shallow.git"), history=history)
        for _ in range(2):
            revision = await checkout.newest()
            assert (revision.commit, revision.behind) == (forge.head(), None)

    asyncio.run(story())


def test_commits_that_were_shown_do_not_stay_for_ever(forge, tmp_path, monkeypatch):
    monkeypatch.setattr(objects, "PACKS", 2)

    async def story():
        checkout = Checkout(tmp_path / "checkout", forge.url)
        for number in range(5):
            forge.push({f"content/{name}.md": f"{name} {number}" for name in range(120)})
            await checkout.newest()
        counted = dict(line.split(": ") for line in git(checkout.tree, "count-objects", "-v").splitlines())
        assert int(counted["count"]) + int(counted["in-pack"]) < 3 * 120

    asyncio.run(story())


def test_where_only_another_branch_is_and_where_the_name_is_a_tags(forge, tmp_path):
    async def story():
        forge.push({"a": "1"}, branch="master")
        with pytest.raises(GitFailed, match="default branch") as caught:
            await Checkout(tmp_path / "checkout", forge.url).newest()
        assert "master" in caught.value.hint
        assert caught.value.whose == "operator"
        git(forge.work, "tag", "-a", "v1", "-m", "x")
        git(forge.work, "push", "-q", "origin", "v1")
        with pytest.raises(GitFailed, match="'v1' is a tag") as caught:
            await Checkout(tmp_path / "checkout", forge.url, branch="v1").newest()
        assert "master" in caught.value.hint

    asyncio.run(story())
