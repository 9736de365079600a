"""A full disk: the last good release stays on show, and the site goes on by itself once there is room."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.conftest import post
from tests.journeys.test_push import ring
from tests.parts.forge import Forge
from tests.parts.household import Household
from tests.parts.waiting import until


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 12 MB, in memory; needs root."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(disk)], check=False)
    if mounted.returncode:
        pytest.skip("mounting a small file system needs root")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


def test_a_full_disk_keeps_the_last_release_and_heals(tmp_path: Path, forge: Forge, small_disk: Path):
    with Household(tmp_path / "house", forge.url, VILLAGE_DATA=str(small_disk / "data")) as house:
        house.ready()
        ballast = small_disk / "ballast"
        fill(ballast)
        commit = forge.push({"content/posts/first.md": post("First", "Written on a full disk. " * 2000)})
        ring(house, forge, commit)
        until(lambda: "space" in str(house.status()["sites"][0]["problems"]).lower(), "the status says that it is full")
        assert "The first post." in house.request("/posts/first/")[2].decode()
        ballast.unlink()
        house.shows("/posts/first/", "Written on a full disk.", seconds=60)
        assert "Traceback" not in house.words()


def fill(ballast: Path, *, leave: int = 0) -> None:
    """All space but ``leave`` bytes."""
    with pytest.raises(OSError, match="No space"), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(b"\0" * 4096)
    with ballast.open("r+b") as file:
        file.truncate(max(0, ballast.stat().st_size - leave))


def test_a_first_start_on_a_full_disk_says_so_and_heals(tmp_path: Path, forge: Forge, small_disk: Path):
    ballast = small_disk / "ballast"
    fill(ballast, leave=160 * 1024)  # for the checkout, and for nothing after it
    with Household(tmp_path / "house", forge.url, VILLAGE_DATA=str(small_disk / "data")) as house:
        until(lambda: "space" in str(house.status()["sites"][0]["problems"]).lower(), "the status says that it is full")
        ballast.unlink()
        house.shows("/posts/first/", "The first post.", seconds=60)
        assert "nothing is on show yet" in house.words()
        assert "Traceback" not in house.words()
