"""On which file system a path lies, and what kinds there are: read from proc_pid_mountinfo(5), nothing elsewhere."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

TABLE = Path("/proc/self/mountinfo")
LAYERS = {"overlay", "aufs", "overlayfs"}  # a container's own, gone with it
MEMORY = {"tmpfs", "ramfs"}
# where the kernel does not hear of other machines' writes
NETWORK = {"nfs", "nfs4", "cifs", "smb3", "9p", "virtiofs", "vboxsf", "fakeowner", "ceph", "glusterfs", "lustre"}


def filesystem(path: Path, table: str | None = None) -> tuple[str, str]:
    """(mount point, type) of the file system that holds the absolute ``path``; ("", "") where that is unknown.

    ``table``: the text of mountinfo; None = this process's.
    """
    if table is None:
        table = ""
        with contextlib.suppress(OSError):  # not Linux: no container layers either
            table = TABLE.read_text("utf-8", "surrogateescape")
    best = ("", "")
    for line in table.splitlines():
        left, _, right = line.partition(" - ")
        fields = left.split(" ")
        if len(fields) < 5 or not right:
            continue
        mount = unescaped(fields[4])
        if path.is_relative_to(mount) and len(mount) >= len(
            best[0]
        ):  # of two on one place the later one hides the other
            best = (mount, right.split(" ")[0])
    return best


def unescaped(field: str) -> str:
    r"""A field with its octal escapes undone: ``\040`` is a space."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found.group(1), 8)), field)


def on_network(path: Path, table: str | None = None) -> bool:
    """Whether writes of other machines to ``path`` go unnoticed by the kernel here."""
    kind = filesystem(path, table)[1]
    return kind in NETWORK or kind.startswith("fuse.")
