"""Time and memory of one rendering, so that whoever pushes content cannot take the server's."""

from __future__ import annotations

import ctypes
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOOK = 0.05  # seconds between two looks
LARGEST_GROWTH = 1 << 30  # bytes that a build may add to the process
LARGEST_SHARE = 0.85  # of what the container may have: beyond it the kernel would end the whole server
PAGE = os.sysconf("SC_PAGE_SIZE")
CGROUP_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


class TookTooLong(BaseException):
    """Raised inside a rendering from outside. No ``except Exception`` on the way may swallow it."""


class TookTooMuch(BaseException):
    """The same, for memory."""


class Watch:
    """Ends renderings that take too long or too much: a thread that looks at clock and memory, and raises in the thread
    that renders.

    Works between any two steps of Python code; a single call in C is bounded by ``limits`` instead.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.lock = threading.Lock()
        self.deadline = 0.0
        self.thread = 0
        self.open = threading.Event()
        self.watcher: threading.Thread | None = None

    @contextmanager
    def building(self) -> Iterator[None]:
        """The watching thread lives as long as a build."""
        self.start()
        try:
            yield
        finally:
            self.stop()

    def start(self) -> None:
        """Begin to watch. In a forked process anew: the thread did not come along, and its lock may have been held."""
        self.lock, self.open = threading.Lock(), threading.Event()
        self.watcher = threading.Thread(target=self.run, name="village-watch", daemon=True)
        self.watcher.start()

    def stop(self) -> None:
        """End the thread; before a fork, so that a process with one thread forks."""
        self.open.set()
        if self.watcher is not None:
            self.watcher.join()
            self.watcher = None

    def run(self) -> None:
        ceiling = min(resident() + LARGEST_GROWTH, int(available() * LARGEST_SHARE))
        while not self.open.wait(LOOK):
            with self.lock:
                if not self.deadline:
                    continue
                late = time.monotonic() > self.deadline
                if late or resident() > ceiling:
                    self.deadline = 0.0
                    raise_in(self.thread, TookTooLong if late else TookTooMuch)

    @contextmanager
    def rendering(self) -> Iterator[None]:
        """One rendering; nested ones share the time of the outermost."""
        if self.deadline:
            yield
            return
        self.thread = threading.get_ident()
        self.deadline = time.monotonic() + self.seconds
        try:
            yield
        finally:
            with self.lock:
                if not self.deadline:
                    raise_in(self.thread, None)  # raised but not yet delivered: take it back
                self.deadline = 0.0


def raise_in(thread: int, error: type[BaseException] | None) -> None:
    """Have ``error`` raised in another thread at its next step; None takes a pending one back."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(error) if error else None)


def resident() -> int:
    """Bytes of memory this process holds; 0 where the system does not tell."""
    try:
        return int(Path("/proc/self/statm").read_bytes().split()[1]) * PAGE
    except (OSError, ValueError, IndexError):
        return 0


def available() -> int:
    """Bytes this process may hold: the container's limit (cgroup v2, then v1), or the machine's memory."""
    found = [os.sysconf("SC_PHYS_PAGES") * PAGE]
    for place in CGROUP_LIMITS:
        try:
            found.append(int(Path(place).read_text()))
        except (OSError, ValueError):  # none, or "max"
            continue
    return min(found)
