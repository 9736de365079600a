"""When the garbage of builds is collected: a full collection walks every object of the site while nothing else runs,
30 ms for a thousand posts, and the interpreter would start several in the middle of a rebuild.
"""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator

MANY_REMADE = 500  # outputs; below it a build leaves little behind
OFTEN_ENOUGH = 50  # builds; the little adds up
NEVER = 1_000_000_000


@contextlib.contextmanager
def left_alone() -> Iterator[None]:
    """The old generation is not looked at meanwhile; the young ones are, they cost little. What was made counts
    as permanent at the end: else the collection that was due would run at once.
    """
    young, middle, old = gc.get_threshold()
    gc.set_threshold(young, middle, NEVER)
    try:
        yield
    finally:
        gc.freeze()
        gc.set_threshold(young, middle, old)


class Garbage:
    """One for all builds of the process, which take turns in one thread."""

    def __init__(self) -> None:
        self.builds = 0

    def collect(self, remade: int) -> None:
        """After a build is on show: once through everything where it pays. What is left counts as permanent, so that no
        collection until the next build walks it.
        """
        self.builds += 1
        if remade >= MANY_REMADE or self.builds >= OFTEN_ENOUGH:
            self.builds = 0
            gc.unfreeze()
            gc.collect()
        gc.freeze()
