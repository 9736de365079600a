"""Write a whole file or none; swap a pointer in one step.

Durability: rename(2) is atomic for every reader, so a killed process leaves either the old or the new file.
``durable=True`` adds fsync of the file and of its folder, for what must survive a power cut (pointers, keys,
certificates).
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import secrets
from pathlib import Path

from village.errors import DiskFull, OperatorError

# Names of unfinished files: no other process, container (where pids repeat) or life of this one uses them.
TOKEN = secrets.token_hex(8)
SERIAL = itertools.count()


def write_whole(path: Path | str, data: bytes, *, durable: bool = False, mode: int = 0o644) -> None:
    """Put ``data`` at ``path`` so that no reader ever sees a part of it.

    Raises DiskFull (no space, quota) or OperatorError (permissions, read-only file system).
    """
    temporary = os.path.join(os.path.dirname(path), f".{TOKEN}.{os.getpid()}.{next(SERIAL)}.part")
    try:
        descriptor = create(temporary)
    except OSError as error:
        raise explain(error, path) from error
    try:
        try:
            write_all(descriptor, data)
            os.fchmod(descriptor, mode)
            if durable:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.replace(temporary, path)
        if durable:
            sync_folder(Path(path).parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise explain(error, path) from error


def write_all(descriptor: int, data: bytes) -> None:
    """All of ``data``: one call may write a part of it (write(2))."""
    written = os.write(descriptor, data)
    while written < len(data):
        written += os.write(descriptor, memoryview(data)[written:])


def create(temporary: str) -> int:
    """A new file, its folder made when it is not there yet: the builder writes thousands into folders that are."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0)
    try:
        return os.open(temporary, flags, 0o600)
    except FileNotFoundError:
        os.makedirs(os.path.dirname(temporary), exist_ok=True)
        return os.open(temporary, flags, 0o600)


def sync_folder(folder: Path) -> None:
    """Make a rename in ``folder`` survive a power cut; silently skipped where the file system has no such notion."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def within(root: Path, candidate: Path) -> bool:
    """True when ``candidate``, every link followed, still lies under ``root``."""
    return candidate.resolve().is_relative_to(root.resolve())


def explain(error: OSError, path: Path | str) -> DiskFull | OperatorError:
    """The typed error behind an OSError of a write."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        hint = "free space on the data volume; the last release stays on show"
        return DiskFull(f"no space left to write {path}", hint=hint)
    return OperatorError(
        f"cannot write {path}: {error.strerror}",
        hint="village needs write access there; another folder is named by --out, or VILLAGE_DATA on a server",
    )
