"""How late the event loop is: a tick a few times a second, and by how much it was missed."""

from __future__ import annotations

import asyncio

from village.metrics import Metrics

TICK = 0.1  # seconds


class Pulse:
    """Feeds ``village_event_loop_delay_seconds``."""

    def __init__(self, metrics: Metrics) -> None:
        self._delay = metrics.loop_delay

    async def run(self) -> None:
        """Until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + TICK
            await asyncio.sleep(TICK)
            self._delay.observe(max(0.0, loop.time() - due))
