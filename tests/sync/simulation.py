"""An event loop with its own time: when nothing is ready it jumps to the next timer. A day of polling takes milliseconds."""

from __future__ import annotations

import asyncio
import selectors
from datetime import UTC, datetime, timedelta


class JumpingSelector(selectors.DefaultSelector):
    loop: SimulatedLoop

    def select(self, timeout=None):
        events = super().select(0)
        if not events:
            assert timeout is not None, "everybody waits and no timer is set: a deadlock"
            self.loop.now += max(timeout, 0)
        return events


class SimulatedLoop(asyncio.SelectorEventLoop):
    """``wall`` is a clock on the wall that a test may set; it moves with the loop's own."""

    def __init__(self) -> None:
        selector = JumpingSelector()
        selector.loop = self
        self.now = 0.0
        self.wall_offset = timedelta()
        super().__init__(selector)

    def time(self) -> float:
        return self.now

    def wall(self) -> datetime:
        return datetime(2026, 11, 22, tzinfo=UTC) + timedelta(seconds=self.now) + self.wall_offset


def simulate(story) -> None:
    """Run ``story(loop)`` in simulated time."""
    with asyncio.Runner(loop_factory=SimulatedLoop) as runner:
        runner.run(story(runner.get_loop()))
