"""tls = files: the operator's own chain and key, read again when they change on disk."""

from __future__ import annotations

import os
from pathlib import Path

from village.certs.bundle import Bundle
from village.errors import OperatorError

SOURCE = "files"
LARGEST = 1 << 20


class PemFiles:
    """Two files, which certbot and its like replace one after the other: a pair that does not match is not an
    end, but a moment.
    """

    def __init__(self, cert: str, key: str) -> None:
        self.paths = (Path(cert), Path(key))
        self._seen: tuple[object, ...] = ()

    def changed(self) -> Bundle | None:
        """The pair if it changed since it was last read well, else None. Raises OperatorError; the next call
        tries again.
        """
        looks = tuple(look(path) for path in self.paths)
        if looks == self._seen:
            return None
        chain, key = (read(path) for path in self.paths)
        bundle = Bundle.of(chain, key, SOURCE)
        self._seen = looks
        return bundle


def look(path: Path) -> object:
    """What changes when a file does; links are followed, as certbot's ``live`` folder and Kubernetes secrets
    are links.
    """
    try:
        status = os.stat(path)
    except OSError as error:
        raise unreadable(path, error) from None
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def read(path: Path) -> bytes:
    """The file's bytes. Raises OperatorError."""
    try:
        with path.open("rb") as file:
            return file.read(LARGEST)
    except OSError as error:
        raise unreadable(path, error) from None


def unreadable(path: Path, error: OSError) -> OperatorError:
    return OperatorError(f"cannot read {path}: {error.strerror}", hint="see VILLAGE_TLS_CERT and VILLAGE_TLS_KEY")
