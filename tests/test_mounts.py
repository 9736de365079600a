"""Which file system holds a path, read from the kernel's own table."""

from __future__ import annotations

from pathlib import Path

import pytest

from village import mounts

TABLE = """\
1 0 0:50 / / rw,relatime master:1 - overlay overlay rw,lowerdir=/l,upperdir=/u
2 1 8:1 / /data rw - ext4 /dev/sda1 rw
3 1 0:60 / /data/shared rw shared:3 - nfs4 server:/export rw,vers=4.2
4 1 0:61 / /sites\\040of\\134mine rw - fuse.sshfs host: rw
5 1 0:62 / /сайт rw - virtiofs share rw
6 1 0:63 / /twice rw - nfs server:/old rw
7 6 8:2 / /twice rw - xfs /dev/sdb1 rw
garbage
8 1 0:64
"""


@pytest.mark.parametrize(
    ("path", "mount", "kind", "network"),
    [
        ("/srv", "/", "overlay", False),
        ("/data", "/data", "ext4", False),
        ("/database", "/", "overlay", False),
        ("/data/shared/certs", "/data/shared", "nfs4", True),
        ("/sites of\\mine/blog", "/sites of\\mine", "fuse.sshfs", True),
        ("/сайт/blog", "/сайт", "virtiofs", True),
        ("/twice/x", "/twice", "xfs", False),
    ],
)
def test_the_nearest_and_latest_mount_holds_a_path(path: str, mount: str, kind: str, network: bool) -> None:
    assert mounts.filesystem(Path(path), TABLE) == (mount, kind)
    assert mounts.on_network(Path(path), TABLE) is network


def test_without_a_table_nothing_is_known(tmp_path: Path) -> None:
    assert mounts.filesystem(tmp_path, "") == ("", "")
    assert not mounts.on_network(tmp_path, "")


def test_this_machines_own_table_is_read(tmp_path: Path) -> None:
    assert mounts.TABLE.exists()
    assert mounts.filesystem(tmp_path)[1]
