"""Time and size limits of one rendering, so that whoever pushes content cannot take the server's time or memory."""

from __future__ import annotations

import ctypes
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from village.errors import TemplateError

LONGEST_TEXT = 4 * 1024 * 1024  # of one string an expression makes
LONGEST_LIST = 1_000_000
LARGEST_POWER = 4096  # bits of an integer


class TookTooLong(BaseException):
    """Raised inside a rendering from outside. No ``except Exception`` on the way may swallow it."""


class Watch:
    """Ends renderings that take too long: a thread that looks at the clock and raises in the thread that renders.

    Works between any two steps of Python code; a single call in C is bounded by the size limits instead.
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
        while not self.open.wait(0.2):
            with self.lock:
                if self.deadline and time.monotonic() > self.deadline:
                    self.deadline = 0.0
                    raise_in(self.thread, TookTooLong)

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


def too_large(what: str) -> TemplateError:
    return TemplateError(f"{what} is larger than a page may make", hint="build less in one expression")


def check_operation(operator: str, left: Any, right: Any) -> None:
    """Refuse arithmetic whose result would fill the memory. Raises TemplateError."""
    if operator == "**":
        if (
            isinstance(left, int)
            and isinstance(right, int)
            and right > 0
            and abs(left).bit_length() * right > LARGEST_POWER
        ):
            raise too_large("the power")
    elif operator == "*":
        for one, other in ((left, right), (right, left)):
            if isinstance(one, (str, list, tuple)) and isinstance(other, int):
                check_length(len(one) * max(other, 0), one)
    elif operator == "+":
        if isinstance(left, (str, list, tuple)) and isinstance(right, (str, list, tuple)):
            check_length(len(left) + len(right), left)
    elif operator == "%" and isinstance(left, str):
        check_format(left)


def check_length(length: int, kind: Any) -> None:
    if length > (LONGEST_TEXT if isinstance(kind, str) else LONGEST_LIST):
        raise too_large("the text" if isinstance(kind, str) else "the list")


def check_format(text: str) -> None:
    """``"%1000000000d" % 1`` makes a gigabyte."""
    digits = "".join(char if char.isdigit() else " " for char in text).split()
    if any(len(number) > 6 for number in digits):
        raise too_large("the formatted text")


PADDING = frozenset({"ljust", "rjust", "center", "zfill", "expandtabs"})


def check_method(name: str, holder: Any, arguments: tuple[Any, ...]) -> None:
    """The string methods that can grow a text without limit."""
    if name in PADDING and any(isinstance(item, int) and item > LONGEST_TEXT for item in arguments):
        raise too_large("the text")
    if name == "replace" and len(arguments) >= 2 and isinstance(holder, str):
        old, new = str(arguments[0]), str(arguments[1])
        if len(new) > len(old):
            check_length((holder.count(old) if old else len(holder) + 1) * len(new), holder)
    if name == "join" and arguments and isinstance(arguments[0], (list, tuple)):
        check_length(len(str(holder)) * len(arguments[0]), holder)
