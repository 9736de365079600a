"""One process and its git own a checkout's folder.

A git that outlives a village killed with -9 goes on writing into the tree that the next village believes to
be its own. So every git inherits the descriptor of a locked file: the kernel keeps the lock until the last of
them is gone, and the next village waits for it.
"""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
from pathlib import Path

from village.errors import GitFailed
from village.files import explain

PATIENCE = 15.0  # seconds
_owned: dict[Path, int] = {}


async def own(folder: Path, patience: float = PATIENCE) -> int:
    """The descriptor of the folder's lock, once nobody else holds it. Raises GitFailed after ``patience``
    seconds.
    """
    if folder in _owned:
        return _owned[folder]
    try:
        descriptor = os.open(folder / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise explain(error, folder) from error
    try:
        await wait_for(descriptor, folder, patience)
    except BaseException:
        os.close(descriptor)
        raise
    return _owned.setdefault(folder, descriptor)


async def wait_for(descriptor: int, folder: Path, patience: float) -> None:
    deadline = asyncio.get_running_loop().time() + patience
    while not locked(descriptor):
        if asyncio.get_running_loop().time() > deadline:
            raise GitFailed(
                f"another village, or a git that one left behind, uses {folder}",
                hint="give every replica a data folder of its own (VILLAGE_DATA)",
            )
        await asyncio.sleep(0.1)


def locked(descriptor: int) -> bool:
    """True when the lock is ours, or the file system has no such locks."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in {errno.EAGAIN, errno.EACCES, errno.EWOULDBLOCK}
    return True
