"""A wall clock that a test can step: ``time.time`` is off by the seconds that stand in the file ``MOVED_CLOCK``.

Python imports this by its name when the folder is on PYTHONPATH. Not libfaketime: it takes a lock of its own whenever a
thread waits, and a child that is forked meanwhile never begins its program (one start of village in four hung so).
"""

from __future__ import annotations

import os
import time
from pathlib import Path

FILE = Path(os.environ.get("MOVED_CLOCK", os.devnull))
READ_AGAIN = 0.2  # seconds


class Moved:
    def __init__(self) -> None:
        self._true = time.time_ns
        self._read_at = float("-inf")
        self._ahead = 0

    def ns(self) -> int:
        if time.monotonic() - self._read_at > READ_AGAIN:
            self._ahead = int(float(FILE.read_text() or "0") * 1e9)
            self._read_at = time.monotonic()
        return self._true() + self._ahead

    def seconds(self) -> float:
        return self.ns() / 1e9


moved = Moved()
time.time, time.time_ns = moved.seconds, moved.ns
