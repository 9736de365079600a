"""What was made of assets, kept by the hash of what went in.

An image is resized once, however often the site is built.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from village import files

CHECKSUM = 32


class AssetCache:
    """A folder of files named by key, each led by its content's checksum: a torn file is made again, never used."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, key: str, make: Callable[[], bytes]) -> bytes:
        """The content under ``key``; made and kept when it is not there. Errors of ``make`` pass through."""
        path = self.folder / key[:2] / key
        found = self.read(path)
        if found is None:
            found = make()
            path.parent.mkdir(parents=True, exist_ok=True)
            files.write_whole(path, hashlib.sha256(found).digest() + found)
        return found

    def read(self, path: Path) -> bytes | None:
        try:
            written = path.read_bytes()
        except OSError:
            return None
        content = written[CHECKSUM:]
        if hashlib.sha256(content).digest() != written[:CHECKSUM]:
            return None
        os.utime(path)  # used: ``prune`` goes by age
        return content

    def prune(self, oldest: float) -> int:
        """Drop what nobody used since ``oldest`` (seconds since 1970); how many files that were."""
        dropped = 0
        for path in self.folder.glob("??/*"):
            if path.stat().st_mtime < oldest:
                path.unlink(missing_ok=True)
                dropped += 1
        return dropped
