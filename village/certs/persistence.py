"""Whether the storage outlives the container: a CA's weekly limits are burnt by volumes that nobody mounted."""

from __future__ import annotations

from pathlib import Path

from village.settings import Settings

LAYERS = {"overlay", "aufs", "overlayfs"}
MEMORY = {"tmpfs", "ramfs"}
MOUNTS = Path("/proc/self/mountinfo")


def doubt(settings: Settings, mounts: str | None = None) -> str:
    """Why the storage will not last, or "" when nothing speaks against it."""
    if settings.storage.startswith(("redis://", "rediss://")):
        return ""
    folder = Path(settings.storage.removeprefix("folder://")) if settings.storage else settings.data
    try:
        text = MOUNTS.read_text() if mounts is None else mounts
    except OSError:
        return ""  # not Linux: no container layers either
    mount, kind = filesystem(folder.absolute(), text)
    if kind in MEMORY:
        return f"{folder} lies in memory ({kind})"
    if kind in LAYERS and mount == "/":
        return f"{folder} lies on the container's own layer"
    return ""


def filesystem(path: Path, mountinfo: str) -> tuple[str, str]:
    """(mount point, type) of the file system that holds ``path``, from the text of proc_pid_mountinfo(5)."""
    best = ("", "")
    for line in mountinfo.splitlines():
        left, _, right = line.partition(" - ")
        fields = left.split()
        if len(fields) < 5 or not right:
            continue
        mount = fields[4].encode().decode("unicode_escape")
        if path.is_relative_to(mount) and len(mount) >= len(best[0]):
            best = (mount, right.split()[0])
    return best
