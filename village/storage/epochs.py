"""A lock as a row of numbered files, of which only the highest counts.

Taking the lock is making the next number: the file system lets one process make it (O_EXCL, or a hard link to
a file that is whole). Nobody ever removes or rewrites a file that may be somebody else's lock, which is how
lock schemes with one file lose: a slow waiter removes the fresh lock of the waiter that was faster
(certmagic's ``.unlock`` files, caddy #4448).

A holder and a taker can meet in the middle: the holder, thought dead, rewrites its file while the taker makes
the next number. Each writes first and looks second, so that at least one of them sees the other and steps
back:

    holder   rewrite own file, then look whether there is a higher number: if so the lock is lost
    taker    make the next number, then look at the file it judged: if it changed, remove the new number again

A released lock stays as a file that says so, a few bytes for each name: numbers must never begin again, or a
waiter with an old view could make a number that had been used.
"""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import json
import os
import uuid
from dataclasses import dataclass
from pathlib import Path

from village.files import write_whole

NO_HARD_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK, errno.EINVAL}


@dataclass(frozen=True, slots=True)
class Sight:
    """What one look found: the highest number, its bytes (empty or torn ones are somebody's lock too), and
    when it was first seen.
    """

    number: int = 0
    content: bytes = b""
    free: bool = True
    ttl: float = 0.0  # as its holder wrote it; 0 when unreadable
    seen: float = 0.0

    def seen_at(self, now: float) -> Sight:
        return dataclasses.replace(self, seen=now)


class Epochs:
    """One process's view of one lock's folder. Every method blocks; raises OSError."""

    def __init__(self, folder: Path, owner: str, ttl: float) -> None:
        self.folder = folder
        self.owner = owner
        self.ttl = ttl
        self.number = 0
        self._beat = 0

    def look(self) -> Sight:
        """The lock as it stands now."""
        number = self.highest()
        if not number:
            return Sight()
        content = self.content_of(number)
        if content is None:
            return Sight(number, b"changed under the reader", free=False)
        return interpret(number, content)

    def take(self, sight: Sight) -> bool:
        """Make the number after ``sight``; True when the lock is ours."""
        number = sight.number + 1
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not make_exclusively(self.path(number), self.content("held")):
            return False
        if self.highest() != number or (sight.number and self.content_of(sight.number) != sight.content):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.path(number))
            return False
        self.number = number
        self.forget_older()
        return True

    def keep(self) -> bool:
        """A sign of life; False when there is a higher number."""
        if self.highest() != self.number:
            return False
        self._beat += 1
        write_whole(self.path(self.number), self.content("held"), mode=0o600)
        return self.highest() == self.number

    def drop(self) -> None:
        """Mark the lock as free; nothing when it is no longer ours."""
        if self.highest() == self.number:
            write_whole(self.path(self.number), self.content("free"), mode=0o600)

    def highest(self) -> int:
        with contextlib.suppress(FileNotFoundError):
            return max((int(name) for name in os.listdir(self.folder) if name.isdigit()), default=0)
        return 0

    def forget_older(self) -> None:
        with contextlib.suppress(OSError):
            for name in os.listdir(self.folder):
                if name.isdigit() and int(name) < self.number:
                    os.unlink(self.folder / name)

    def content_of(self, number: int) -> bytes | None:
        """The bytes of a number; None when there is none (it was forgotten, so a higher one exists)."""
        for _ in range(3):
            try:
                return self.path(number).read_bytes()
            except FileNotFoundError:
                break
            except OSError as error:
                if error.errno != errno.ESTALE:  # NFS: replaced between the look at its name and the reading
                    raise
        return None

    def content(self, state: str) -> bytes:
        return json.dumps({"state": state, "owner": self.owner, "beat": self._beat, "ttl": self.ttl}).encode()

    def path(self, number: int) -> Path:
        return self.folder / f"{number:012d}"


def interpret(number: int, content: bytes) -> Sight:
    """A lock file's bytes. What cannot be read is a lock that somebody was about to write: held, until it is
    judged dead.
    """
    try:
        record = json.loads(content)
        return Sight(number, content, record["state"] == "free", min(max(float(record["ttl"]), 0.0), 3600.0))
    except (ValueError, KeyError, TypeError):
        return Sight(number, content, free=False)


def make_exclusively(path: Path, content: bytes) -> bool:
    """True for the one process that made ``path``. With hard links it appears whole; without, it is empty for
    a moment.
    """
    part = path.with_name(f".{uuid.uuid4().hex}.part")
    try:
        part.write_bytes(content)
        os.link(part, path)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in NO_HARD_LINKS:
            raise
    else:
        return True
    finally:
        part.unlink(missing_ok=True)
    return make_directly(path, content)


def make_directly(path: Path, content: bytes) -> bool:
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return False
    try:
        os.write(descriptor, content)
    finally:
        os.close(descriptor)
    return True
