"""Hot pages in memory, bounded by bytes; the clock algorithm (second chance) decides who goes."""

from __future__ import annotations

import os
from collections import deque

from village.errors import ReleaseBroken
from village.server.answer import Piece, Slice

LARGEST = 256 * 1024  # bytes; larger files are streamed and live in the page cache of the kernel


class Page:
    """A body that may be thrown out at any time: ``body`` is None then."""

    __slots__ = ("body", "path", "used")

    def __init__(self, path: str, body: bytes) -> None:
        self.path = path
        self.body: bytes | None = body
        self.used = True


class Pages:
    """Bodies by path. Paths are names of immutable blobs, so nothing here is ever stale."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.size = 0
        self._pages: dict[str, Page] = {}
        self._hand: deque[Page] = deque()

    def get(self, path: str) -> Page:
        """The whole file. Raises ReleaseBroken."""
        page = self._pages.get(path)
        if page is None:
            page = Page(path, read(path))
            self._keep(page)
        page.used = True
        return page

    def held(self, pieces: tuple[Piece, ...]) -> tuple[Page | None, bytes]:
        """What a prepared answer keeps of its one piece: a page, which may be thrown out meanwhile, or its own bytes.
        Raises ReleaseBroken.
        """
        if not pieces:
            return None, b""
        piece = pieces[0]
        return (None, piece) if isinstance(piece, bytes) else (self.get(piece.path), b"")

    def body(self, page: Page) -> bytes:
        """The page's bytes, read again when they were thrown out."""
        page.used = True
        return page.body if page.body is not None else self.again(page)

    def again(self, page: Page) -> bytes:
        known = self._pages.get(page.path)
        if known is not None and known.body is not None:
            return known.body
        body = page.body = read(page.path)
        self._keep(page)  # which may throw it out again at once, where memory is that small
        return body

    def _keep(self, page: Page) -> None:
        assert page.body is not None
        self._pages[page.path] = page
        self._hand.append(page)
        self.size += len(page.body)
        while self.size > self.limit and self._hand:
            self._evict()

    def _evict(self) -> None:
        page = self._hand.popleft()
        if page.used:
            page.used = False
            self._hand.append(page)
            return
        if self._pages.get(page.path) is page:
            del self._pages[page.path]
        self.size -= len(page.body or b"")
        page.body = None


def read(path: str) -> bytes:
    """A small file in one go. Raises ReleaseBroken."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise ReleaseBroken(f"blob {os.path.basename(path)[:12]}… cannot be read: {error.strerror}") from error
    try:
        return os.read(descriptor, LARGEST + 1)
    finally:
        os.close(descriptor)


def small(piece: Slice) -> bool:
    """Whether a piece is answered from memory."""
    return piece.whole and piece.length <= LARGEST
