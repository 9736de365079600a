"""What assets stand on: the workbench that reads and publishes, bytes that are made when first read, media types."""

from __future__ import annotations

import hashlib
import mimetypes
import posixpath
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

TYPES = {
    ".scss": "text/x-scss", ".sass": "text/x-sass", ".js": "text/javascript", ".mjs": "text/javascript",
    ".ts": "text/typescript", ".css": "text/css", ".json": "application/json",
    ".webp": "image/webp", ".avif": "image/avif", ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json", ".woff2": "font/woff2", ".woff": "font/woff", ".md": "text/markdown",
}  # fmt: skip


class Workbench(Protocol):
    """What the engine gives: reading is noted, publishing is an output of the page being made."""

    def read(self, path: str) -> bytes | None:
        """The bytes of an asset by its path in the union of all ``assets`` folders; None when there is none."""

    def names(self) -> Sequence[str]:
        """The paths of all assets, sorted."""

    def link(self, target: str) -> tuple[str, str]:
        """(link below the host, absolute link) of an output file."""

    def publish(self, target: str, content: bytes, *, immutable: bool) -> None:
        """Write an output file; ``immutable`` when its name holds its hash."""

    def cached(self, key: str, make: Callable[[], bytes]) -> bytes:
        """What ``make`` gave when it was first asked under this key."""

    def execute(self, source: str, name: str, context: Any) -> str:
        """A template's text rendered."""

    def imaging(self) -> Mapping[str, Any]:
        """The site's ``imaging`` table."""


class Promise:
    """Bytes made when first read, and the key that names them before they are."""

    __slots__ = ("_content", "_make", "key")

    def __init__(self, key: str, make: Callable[[], bytes]) -> None:
        self.key = key
        self._make = make
        self._content: bytes | None = None

    def bytes(self) -> bytes:
        if self._content is None:
            self._content = self._make()
        return self._content


def source(content: bytes) -> Promise:
    """Bytes that are there already."""
    return Promise(hashlib.sha256(content).hexdigest(), lambda: content)


def media_type(path: str) -> str:
    """By suffix; bytes of no known kind otherwise."""
    suffix = posixpath.splitext(path)[1].lower()
    return TYPES.get(suffix) or mimetypes.guess_type(f"x{suffix}")[0] or "application/octet-stream"
