"""Saves come in bursts: when is what changed whole, and may be built? Pure; ``now``: a clock that never turns back."""

from __future__ import annotations

WHOLE = 0.005  # seconds without a further change when all files are whole: what one save writes comes together
QUIET = 0.05  # the same when more may follow: a save by rename begins with a removal, a checkout is many files
LONGEST = 0.5  # how long a burst, or a file that is still being written, may hold a set up
MANY = 8  # files: more of them are no save but a checkout, a script, a sync


class Burst:
    """What changed and was not handed over yet.

    A file that somebody writes is waited for until it is closed. One that was removed, or is empty, is most often
    the first half of a save. One that came and went in the same burst was somebody's scratch file.
    """

    def __init__(self) -> None:
        self.changed: set[str] = set()
        self.everything = False
        self._new: set[str] = set()
        self._open: set[str] = set()  # written to and not closed
        self._half: set[str] = set()  # removed, or empty
        self._first = self._last = 0.0

    def __bool__(self) -> bool:
        return self.everything or bool(self.changed)

    def touched(self, path: str, now: float) -> None:
        """Something about it changed, whoever may be writing to it."""
        self._begin(now)
        self.changed.add(path)

    def opened(self, path: str, now: float, *, new: bool = False) -> None:
        """Somebody is writing."""
        if new and path not in self.changed:
            self._new.add(path)
        self.touched(path, now)
        self._open.add(path)
        self._half.discard(path)

    def finished(self, path: str, now: float, *, empty: bool = False) -> None:
        """The file is as its writer left it."""
        self.touched(path, now)
        self._open.discard(path)
        (self._half.add if empty else self._half.discard)(path)

    def removed(self, path: str, now: float) -> None:
        """There is no such file any more."""
        self.touched(path, now)
        self._open.discard(path)
        if path in self._new:
            self._new.discard(path)
            self.changed.discard(path)
        else:
            self._half.add(path)

    def lost(self, now: float) -> None:
        """Something changed, and nobody knows what."""
        self.everything = True
        self._begin(now)

    def due(self) -> float:
        """When to hand it over if nothing else happens."""
        if self._open:
            rest = LONGEST
        elif self._half or self.everything or len(self.changed) > MANY:
            rest = QUIET
        else:
            rest = WHOLE
        return min(self._last + rest, self._first + LONGEST)

    def _begin(self, now: float) -> None:
        self._first = self._first or now
        self._last = now
