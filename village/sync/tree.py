"""What lies in a checkout's tree: files that are none (links, Git LFS pointers), and whether history is wanted."""

from __future__ import annotations

import contextlib
import logging
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from village.errors import ContentError

log = logging.getLogger("village.sync")

LINK, SUBMODULE = "120000", "160000"  # git's modes
PYTHONS_CACHE = "__pycache__"  # what running the site's own Python leaves behind, and no build reads
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


def special(files: Mapping[Path, str]) -> dict[Path, str]:
    """Those of the paths that are symbolic links or submodules."""
    return {path: mode for path, mode in files.items() if mode in {LINK, SUBMODULE}}


class Status(NamedTuple):
    """A work tree against its commit."""

    commit: str
    strays: frozenset[Path]  # not as in the commit
    sure: bool  # the paths say all; not so where a repository within the work tree hides its files


def status(reported: bytes) -> Status:
    """What ``git status --porcelain=v2 --branch -z`` reports. A symbolic link that is not there is as it should be."""
    commit, strays, sure = "", set(), True
    for row in filter(None, reported.split(b"\0")):
        kind, _, rest = row.partition(b" ")
        if kind == b"#":
            commit = rest.removeprefix(b"branch.oid ").decode() if rest.startswith(b"branch.oid ") else commit
            continue
        if kind == b"1":  # XY sub mH mI mW hH hI path
            state, _, _, indexed, found, _, _, rest = rest.split(b" ", 7)
            if state == b".D" and indexed.decode() == LINK and found == b"000000":
                continue
        name = os.fsdecode(rest)
        sure = sure and kind in {b"1", b"?", b"!"} and not name.endswith("/")
        if PYTHONS_CACHE not in Path(name).parts:
            strays.add(Path(name))
    return Status(commit, frozenset(strays), sure)


def is_empty(folder: Path) -> bool:
    """Whether there is a folder, and nothing in it."""
    with contextlib.suppress(OSError):
        return not folder.is_symlink() and not os.listdir(folder)
    return False


def remove_links(tree: Path, found: set[Path], *, told: set[Path]) -> None:
    """Symbolic links are not followed, as in Hugo since 0.123, nor published as the small text files git
    makes of them.
    """
    for path in found:
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            (tree / path).unlink()
    news = sorted(path.as_posix() for path in found - told)
    if news:
        names = ", ".join(map(printable, news[:5])) + (" …" if len(news) > 5 else "")
        log.warning("symbolic links are not followed: %s; put the files themselves into the repository", names)


def printable(name: str) -> str:
    """A name that a log and a page can show: of those that are no UTF-8, or go over lines, what can be shown."""
    return "".join(letter if letter.isprintable() else "�" for letter in name)


def pointer_error(path: Path) -> ContentError:
    """What the author of a Git LFS pointer reads; published as it is, it would be a broken image."""
    return ContentError(
        "this file is a Git LFS pointer, not the file itself",
        file=printable(path.as_posix()),
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
