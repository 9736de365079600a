"""What lies in a checkout's folder, and that it does: a folder where a folder belongs, a file where a file.

    <folder>/objects.git    refs/village/latest = what was fetched, HEAD = what the tree shows
    <folder>/renewed.git    a store that is to take the place of a damaged one, once it is whole
    <folder>/tree           the files of one commit; its .git is a file that leads to the store, for ``git log``
    <folder>/unfinished     there while the tree is between two commits
    <folder>/lock           see village.sync.ownership
    <folder>/ssh_key        a copy of the deploy key, as ssh wants to have it
    <folder>/known_hosts    hosts met so far, where the operator gives none

All of it is ours and can be made anew from the remote, so what stands in the way is removed, links included: a store
behind a link is somebody else's. After a full disk, a backup restored by halves or a careless hand there is no state
of this folder that a restart, or the next turn, does not mend.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from village.files import explain

FOLDERS = ("objects.git", "tree")
PASSING = ("renewed.git", "damaged.git")  # whose end did not come
FILES = ("unfinished", "ssh_key", "known_hosts")


def open_up(folder: Path) -> None:
    """The folder itself, and a lock that can be taken; nothing else is touched before it is. Raises typed errors."""
    with typed_errors(folder):
        if not (folder.is_symlink() and folder.is_dir()):  # it may be kept elsewhere
            put_right(folder, stat.S_ISDIR)
        folder.mkdir(parents=True, exist_ok=True)
        put_right(folder / "lock", stat.S_ISREG)


def put_in_order(folder: Path) -> None:
    """What is of the wrong kind is removed, and what a git that was killed left behind. Raises typed errors."""
    with typed_errors(folder):
        for name in FOLDERS:
            put_right(folder / name, stat.S_ISDIR)
        for name in FILES:
            put_right(folder / name, stat.S_ISREG)
        for name in PASSING:
            remove(folder / name)
        sweep(folder / "objects.git")


@contextlib.contextmanager
def typed_errors(path: Path) -> Iterator[None]:
    """An OSError of what is done here, said as DiskFull or OperatorError."""
    try:
        yield
    except OSError as error:
        raise explain(error, path) from error


def put_right(path: Path, is_right: Callable[[int], bool]) -> None:
    """Remove what is of another kind; open what is closed to us."""
    with contextlib.suppress(FileNotFoundError):
        mode = os.lstat(path).st_mode
        if not is_right(mode):
            remove(path)
            return
        needed = 0o700 if stat.S_ISDIR(mode) else 0o600
        if mode & needed != needed:
            with contextlib.suppress(PermissionError):  # somebody else's: whoever needs it will say so
                os.chmod(path, stat.S_IMODE(mode) | needed)


def sweep(store: Path) -> None:
    """Locks and unfinished packs: one git runs here at a time, and none is running now. A fetch that failed leaves all
    that it had received, so a disk that was full once would stay so.
    """
    for parent, folders, names in os.walk(store):
        inside = os.path.basename(parent)
        dead = [name for name in names if name.endswith(".lock")]
        if parent == str(store):
            dead += [name for name in folders if name.endswith(".lock")]
        if inside in {"objects", "pack"}:
            dead += [name for name in (*names, *folders) if name.startswith("tmp_")]
        if inside == "objects":
            folders[:] = [name for name in folders if name in {"pack", "info"}]  # not its 256 others
        for name in dead:
            remove(Path(parent, name))


def remove(path: Path) -> None:
    """Remove a file, a link or a folder with all below it, closed folders included."""
    if path.is_symlink() or not os.path.isdir(path):
        path.unlink(missing_ok=True)
        return
    try:
        shutil.rmtree(path)
    except OSError:
        os.chmod(path, 0o700)
        for parent, folders, _ in os.walk(path):  # from the top: each is open before it is looked into
            for inner in (Path(parent, name) for name in folders):
                if not inner.is_symlink():
                    inner.chmod(0o700)
        shutil.rmtree(path)


def clear(folder: Path) -> None:
    """Leave a folder, which may be a mount point, with nothing in it."""
    for name in os.listdir(folder):
        remove(folder / name)
