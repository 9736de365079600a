"""A disk that is full at whatever step: what is here stays, what did not fit is given back, and room is all that is needed."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sync.conftest import git
from village.errors import VillageError
from village.sync.git import Checkout

KIB = 1024


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 4 MB, in memory; needs root."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)], check=False).returncode:
        pytest.skip("mounting a small file system needs root")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def free(disk: Path) -> int:
    found = os.statvfs(disk)
    return found.f_bavail * found.f_bsize


def fill(disk: Path, *, leave: int) -> None:
    (disk / "ballast").write_bytes(b"x" * (free(disk) - leave))


def test_a_push_that_does_not_fit_leaves_what_was_there_and_the_room_that_was(forge, tmp_path, disk):
    async def story():
        first = forge.push({"a": "1"})
        checkout = Checkout(disk / "checkout", forge.url)
        await checkout.newest()
        second = forge.push({f"{number}.bin": os.urandom(300 * KIB) for number in range(6)})
        fill(disk, leave=1000 * KIB)
        for _ in range(3):
            revision = await checkout.newest()
            assert (revision.commit, revision.changed) == (first, frozenset())
            assert "no space left" in str(revision.behind)
            assert free(disk) > 900 * KIB
        (disk / "ballast").unlink()
        assert (await checkout.newest()).commit == second

    asyncio.run(story())


def test_a_tree_that_does_not_fit_is_given_back(forge, tmp_path, disk):
    async def story():
        forge.push({"a": "1"})
        checkout = Checkout(disk / "checkout", forge.url)
        await checkout.newest()
        second = forge.push({f"{number}.txt": str(number) * 800 * KIB for number in range(4)})
        fill(disk, leave=1000 * KIB)
        for again in (checkout, Checkout(disk / "checkout", forge.url)):
            with pytest.raises(VillageError) as caught:
                await again.newest()
            assert "full" in caught.value.message
            assert "free space" in caught.value.hint
            assert free(disk) > 900 * KIB
        (disk / "ballast").unlink()
        revision = await checkout.newest()
        assert (revision.commit, revision.changed) == (second, None)
        assert (checkout.tree / "3.txt").stat().st_size == 800 * KIB

    asyncio.run(story())


def test_without_a_single_byte_what_is_here_is_still_known(forge, tmp_path, disk):
    async def story():
        first = forge.push({"a": "1"})
        checkout = Checkout(disk / "checkout", forge.url)
        await checkout.newest()
        second = forge.push({"a": "2"})
        fill(disk, leave=0)
        for again in (checkout, Checkout(disk / "checkout", forge.url)):
            revision = await again.newest()
            assert (revision.commit, revision.changed) == (first, frozenset())
            assert revision.behind
        (disk / "ballast").unlink()
        assert (await checkout.newest()).commit == second

    asyncio.run(story())


def test_a_first_clone_that_does_not_fit_makes_room_for_one_that_does(forge, tmp_path, disk):
    async def story():
        forge.push({"large": os.urandom(5000 * KIB)})
        checkout = Checkout(disk / "checkout", forge.url)
        for _ in range(2):
            with pytest.raises(VillageError, match="space"):
                await checkout.newest()
            assert free(disk) > 3500 * KIB
        git(forge.work, "checkout", "-q", "--orphan", "smaller")
        small = forge.push({"large": "small"}, force=True)
        assert (await checkout.newest()).commit == small

    asyncio.run(story())


def test_a_damaged_store_makes_room_for_the_new_one_when_both_do_not_fit(forge, tmp_path, disk):
    async def story():
        forge.push({"large": os.urandom(1300 * KIB)})
        checkout = Checkout(disk / "checkout", forge.url)
        await checkout.newest()
        for path in checkout.folder.glob("objects.git/objects/pack/*.pack"):
            path.chmod(0o600)
            path.write_bytes(path.read_bytes()[:-100] + b"x" * 100)
        commit = forge.push({"a": "1"})
        fill(disk, leave=500 * KIB)
        commits = [(await checkout.newest()).commit for _ in range(2)]
        assert commits[-1] == commit

    asyncio.run(story())
