"""Nothing outside the site is read: every file a repository names passes here.

Symbolic links are not followed, as in Hugo since 0.123: a link in ``content/``, ``static/``, ``data/`` or
``layouts/`` could point at ``/etc/passwd``, and whoever can push content must not gain the server's files.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

from village.errors import AuthorError, ContentError

MOST_BYTES = 64 * 1024 * 1024  # of one text file of a site: config, data, content


@dataclass(slots=True)
class Guard:
    """The folders that may be read, and what was refused. ``roots`` are absolute with every link followed."""

    folder: Path
    roots: tuple[Path, ...]
    warnings: list[AuthorError] = field(default_factory=list)

    @classmethod
    def of(cls, folder: Path, root: Path | None, more: tuple[Path, ...] = ()) -> Guard:
        """The guard of a site: its folder, or the wider ``root`` around it, and the folders of bundled themes."""
        return cls(folder, tuple(path.resolve() for path in (folder, *((root,) if root else ()), *more)))

    def allows(self, path: Path) -> bool:
        """Whether ``path``, every link followed, lies in a folder that may be read."""
        real = path.resolve()
        return any(real.is_relative_to(root) for root in self.roots)

    def shown(self, path: Path | str) -> str:
        """The path as an author knows it: relative to the site's folder where it lies inside."""
        return relative(str(path), str(self.folder))

    def refuse_link(self, path: str) -> None:
        """Warn that a symbolic link was passed over."""
        hint = "copy the file into the site, or mount its folder (module.mounts)"
        self.warnings.append(ContentError("a symbolic link is not followed", file=self.shown(path), hint=hint))

    def speakable(self, path: str) -> bool:
        """Whether a file's name is UTF-8 and can stand in a URL; a warning otherwise."""
        if path.isascii():
            return True
        try:
            path.encode()
        except UnicodeEncodeError:
            shown = self.shown(path).encode("utf-8", "replace").decode()
            self.warnings.append(ContentError("the file name is not UTF-8", file=shown, hint="rename the file"))
            return False
        return True

    def read_text(self, path: Path) -> str | None:
        """A small UTF-8 file inside the site; None when it is a link to the outside, too big, no file or not UTF-8."""
        if not self.allows(path):
            self.refuse_link(str(path))
            return None
        data = read_bounded(str(path))
        try:
            return None if data is None else data.decode("utf-8-sig")
        except UnicodeDecodeError:
            return None


def relative(path: str, folder: str) -> str:
    """``path`` without ``folder`` in front."""
    return path[len(folder) + 1 :] if path.startswith(folder + os.sep) else path


def read_bounded(path: str) -> bytes | None:
    """The bytes of a regular file of bounded size, or None. A FIFO or a device is not opened for long: O_NONBLOCK."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_size > MOST_BYTES:
            return None
        return read_to(descriptor, found.st_size)
    except OSError:
        return None
    finally:
        os.close(descriptor)


def read_to(descriptor: int, size: int) -> bytes:
    """As many bytes as the file said it has."""
    data = os.read(descriptor, size + 1)
    while len(data) < size and (piece := os.read(descriptor, size)):
        data += piece
    return data
