"""Whether a CA that asks for a challenge would be led to us already.

A balancer takes a few looks before it sends anybody to a replica, and a DNS name that it has just resolved may be sent
visitors before the first look. A validation that meets a closed door costs a minute at best (``attempts``), so
behind a balancer we ask for a token of our own first, by the same way as the CA.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection

from village.certs import diagnosis

log = logging.getLogger("village.certs")

LOOKS = 6  # answers in a row: a CA asks from several places at once, and each may reach another replica
BETWEEN = 0.25  # seconds between two looks at a name


class Doors:
    """Remembers which names were seen to lead here; each is waited for once in the life of the process."""

    def __init__(self, patience: float, port: int) -> None:
        self._patience = patience
        self._port = port
        self._seen: set[str] = set()

    async def wait(self, names: Collection[str], thumbprint: str) -> None:
        """Return once every name leads here, or after ``patience`` seconds.

        A router that does not lead its own network back in (no hairpin NAT) is no reason not to ask the CA, hence the
        end of the patience.
        """
        new = sorted(set(names) - self._seen)
        if not new or not self._patience:
            return
        try:
            async with asyncio.timeout(self._patience):
                await asyncio.gather(*(self._led_here(name, thumbprint) for name in new))
        except TimeoutError:
            log.info(
                "not every one of %s leads here after %.0f s, as seen from here; asking the CA all the same",
                ", ".join(new),
                self._patience,
            )
        self._seen.update(new)

    async def _led_here(self, name: str, thumbprint: str) -> None:
        answers = 0
        while answers < LOOKS:
            obstacle = await diagnosis.advice(name, thumbprint, port=self._port)
            answers = 0 if obstacle else answers + 1
            await asyncio.sleep(BETWEEN)
