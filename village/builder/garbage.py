"""When the garbage of builds is collected: a full collection walks every object of the site while nothing else runs,
30 ms for a thousand posts, and the interpreter would start several in the middle of a rebuild.
"""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator

TURNS = 3  # times that a site is made again, in one build or many, until what that left behind is worth a look
FEWEST = 500  # outputs
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
        self.remade = 0

    def collect(self, remade: int, outputs: int) -> None:
        """After a build of ``remade`` among all ``outputs`` is on show: once through everything where it pays, a stop
        of 0.3 s at 10,000 posts. What is left counts as permanent, so that no collection until the next build walks it.
        """
        self.remade += remade
        if self.remade > max(FEWEST, TURNS * outputs):
            self.remade = 0
            gc.unfreeze()
            gc.collect()
        gc.freeze()
