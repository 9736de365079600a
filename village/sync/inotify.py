"""The one door to inotify(7), by way of libc: Python has none of its own.

A general watcher tells that a file changed; inotify also tells that its writer closed it: that is why we ask it
ourselves.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from collections.abc import Iterator

MODIFIED, ATTRIBUTES, CLOSED = 0x2, 0x4, 0x8  # IN_MODIFY, IN_ATTRIB, IN_CLOSE_WRITE
MOVED_FROM, MOVED_TO, CREATED, DELETED = 0x40, 0x80, 0x100, 0x200
SELF_DELETED, SELF_MOVED = 0x400, 0x800
UNMOUNTED, OVERFLOW, IGNORED = 0x2000, 0x4000, 0x8000
IS_FOLDER = 0x40000000
WANTED = MODIFIED | ATTRIBUTES | CLOSED | MOVED_FROM | MOVED_TO | CREATED | DELETED | SELF_DELETED | SELF_MOVED
ONLY_FOLDERS, NO_LINKS = 0x1000000, 0x2000000  # IN_ONLYDIR, IN_DONT_FOLLOW
HEAD = struct.Struct("iIII")  # watch, mask, cookie, length of the name
BYTES = 1 << 16

Event = tuple[int, int, str]  # (watch, mask, name)


def possible() -> bool:
    """Whether this system has inotify."""
    return sys.platform == "linux" and hasattr(ctypes.CDLL(None), "inotify_init1")


class Inotify:
    """One queue of events about folders. All methods raise OSError."""

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self.descriptor = self._done(self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC))

    def add(self, folder: str, *, link: bool = False) -> int:
        """Watch a folder, by its number from now on; ``link``: also where a symbolic link leads to one."""
        mask = WANTED | ONLY_FOLDERS | (0 if link else NO_LINKS)
        return self._done(
            self._libc.inotify_add_watch(self.descriptor, os.fsencode(folder), ctypes.c_uint32(mask)), folder
        )

    def remove(self, number: int) -> None:
        """Watch a folder no longer; it may be gone already."""
        self._libc.inotify_rm_watch(self.descriptor, number)

    def read(self) -> list[Event]:
        """What happened since the last call."""
        found: list[Event] = []
        while True:
            try:
                found += events(os.read(self.descriptor, BYTES))
            except BlockingIOError:
                return found

    def close(self) -> None:
        os.close(self.descriptor)

    def _done(self, result: int, folder: str | None = None) -> int:
        if result < 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), folder)
        return result


def events(data: bytes) -> Iterator[Event]:
    """The events in what was read: each a head and a name that is filled up with zeros."""
    at = 0
    while at < len(data):
        watch, mask, _, length = HEAD.unpack_from(data, at)
        at += HEAD.size + length
        yield watch, mask, os.fsdecode(data[at - length : at].rstrip(b"\0"))
