"""What lies in a checkout's tree: files that are none (Git LFS pointers), and whether the site wants git's
history.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterable
from pathlib import Path

from village.errors import ContentError

LFS = b"version https://git-lfs.github.com/spec/"
LFS_LONGEST = 1024  # bytes: git-lfs's own limit of a pointer file
CONFIGURATIONS = {".toml", ".yaml", ".yml", ".json"}
ENABLE_GIT_INFO = re.compile(
    rb"""(?:^|[{,])\s*["']?enableGitInfo["']?\s*[:=]\s*["']?true""", re.IGNORECASE | re.MULTILINE
)


def pointer_error(path: Path) -> ContentError:
    """What the author of a Git LFS pointer reads; published as it is, it would be a broken image."""
    return ContentError(
        "this file is a Git LFS pointer, not the file itself",
        file=path.as_posix(),
        line=1,
        hint="village does not fetch from LFS: take the file out of LFS (git lfs migrate export) and push again",
    )


def wants_history(tree: Path) -> bool:
    """Whether a configuration file says ``enableGitInfo``; in whatever format, for being wrong only costs a
    fetch.
    """
    places = [path for name in ("hugo", "config", "village") for path in tree.glob(f"{name}.*")]
    places += [path for path in tree.glob("config/**/*") if path.suffix in CONFIGURATIONS]
    for path in places:
        with contextlib.suppress(OSError):
            if ENABLE_GIT_INFO.search(path.read_bytes()):
                return True
    return False


def every_file(tree: Path) -> Iterable[Path]:
    """Paths below ``tree``."""
    for parent, _, names in os.walk(tree):
        yield from (Path(parent, name).relative_to(tree) for name in names if name != ".git")


def is_pointer(path: Path) -> bool:
    """Whether a file begins as git-lfs's specification says a pointer begins."""
    with contextlib.suppress(OSError):
        if not 100 < os.lstat(path).st_size <= LFS_LONGEST:
            return False
        with path.open("rb") as file:
            return file.read(len(LFS)) == LFS
    return False
