from __future__ import annotations

from pathlib import Path

import pytest

from village.certs import persistence
from village.settings.model import Settings

CONTAINER = """\
1 0 0:50 / / rw,relatime master:1 - overlay overlay rw,lowerdir=/l,upperdir=/u
2 1 0:51 / /proc rw - proc proc rw
3 1 0:52 / /run rw - tmpfs tmpfs rw
4 1 8:1 /var/lib/docker/volumes/x /data rw - ext4 /dev/sda1 rw
5 1 8:1 /odd /with\\040space rw - xfs /dev/sda2 rw
garbage
"""
BARE_METAL = "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n"


@pytest.mark.parametrize(
    ("settings", "mounts", "doubtful"),
    [
        (Settings(data=Path("/data")), CONTAINER, False),
        (Settings(data=Path("/srv/data")), CONTAINER, True),
        (Settings(data=Path("/database")), CONTAINER, True),
        (Settings(data=Path("/run/village")), CONTAINER, True),
        (Settings(data=Path("/with space/x")), CONTAINER, False),
        (Settings(data=Path("/srv/data"), storage="folder:///data/certs"), CONTAINER, False),
        (Settings(data=Path("/srv/data"), storage="folder:///with%20space/certs"), CONTAINER, False),
        (Settings(data=Path("/data"), storage="folder:///tmp/x"), CONTAINER, True),
        (Settings(data=Path("/srv"), storage="redis://host/0"), CONTAINER, False),
        (Settings(data=Path("/srv/data")), BARE_METAL, False),
        (Settings(data=Path("/srv/data")), "", False),
    ],
)
def test_what_vanishes_with_the_container(settings: Settings, mounts: str, doubtful: bool) -> None:
    assert bool(persistence.doubt(settings, mounts)) is doubtful
