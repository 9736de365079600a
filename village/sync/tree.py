"""What lies in a checkout's tree: files that are none (links, Git LFS pointers), and whether history is wanted."""

from __future__ import annotations

import contextlib
import logging
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from village.errors import ContentError

log = logging.getLogger("village.sync")

LINK = "120000"  # git's mode of a symbolic link
LFS = b"version https://git-lfs.github.com/spec/"
LFS_LONGEST = 1024  # bytes: git-lfs's own limit of a pointer file
CONFIGURATIONS = {".toml", ".yaml", ".yml", ".json"}
ENABLE_GIT_INFO = re.compile(
    rb"""(?:^|[{,])\s*["']?enableGitInfo["']?\s*[:=]\s*["']?true""", re.IGNORECASE | re.MULTILINE
)


def modes(listed: bytes) -> dict[Path, str]:
    """Every path of a commit with its mode, from ``git ls-tree -r -z``."""
    rows = (row.partition(b"\t") for row in listed.split(b"\0") if row)
    return {Path(os.fsdecode(name)): facts[:6].decode() for facts, _, name in rows}


def changes(raw: bytes) -> dict[Path, str]:
    """Every path that differs with its new mode (000000: removed), from ``git diff-tree -r -z --raw``."""
    pieces = raw.split(b"\0")
    return {
        Path(os.fsdecode(name)): facts.split(b" ")[1].decode()
        for facts, name in zip(pieces[::2], pieces[1::2], strict=False)
    }


def links(files: Mapping[Path, str]) -> set[Path]:
    """Those of the paths that are symbolic links."""
    return {path for path, mode in files.items() if mode == LINK}


def remove_links(tree: Path, found: set[Path], *, told: set[Path]) -> None:
    """Symbolic links are not followed, as in Hugo since 0.123, nor published as the small text files git
    makes of them.
    """
    for path in found:
        (tree / path).unlink(missing_ok=True)
    news = sorted(path.as_posix() for path in found - told)
    if news:
        names = ", ".join(news[:5]) + (" …" if len(news) > 5 else "")
        log.warning("symbolic links are not followed: %s; put the files themselves into the repository", names)


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
