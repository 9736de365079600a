"""What the street asks the rest of the house: challenges, hooks, rings of siblings, health, status."""

from __future__ import annotations

import asyncio
import functools
import logging
import time
from collections.abc import Mapping
from typing import Any, Protocol

from village import __version__
from village.app.publisher import Publisher
from village.certs.keeper import Keeper
from village.errors import HookRefused
from village.metrics import Metrics
from village.server.control import Reply
from village.settings.model import Settings
from village.storage.base import Storage
from village.sync import hooks
from village.sync.siblings import Siblings

log = logging.getLogger("village.hook")
LARGE = 64 * 1024  # bytes of a payload


class House(Protocol):
    """What the desk needs of the process around it."""

    settings: Settings
    metrics: Metrics
    storage: Storage
    publishers: dict[str, Publisher]
    siblings: Siblings
    keeper: Keeper
    closing: bool

    async def pushed(self, name: str, commit: str) -> None:
        """A proved push."""

    async def rung(self, headers: Mapping[str, str], body: bytes) -> Reply:
        """A sibling's ring."""


class FrontDesk:
    """``server.control.Control`` for the production process."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.started = time.time()

    def challenge(self, host: str, token: str) -> str | None:
        """The answer to an HTTP-01 challenge, None when it is not ours."""
        return self.house.keeper.challenge(host, token)

    async def hook(self, site: str, headers: Mapping[str, str], body: bytes, remote: str) -> Reply:
        """A push hook: proved, recorded for every replica, then answered; the work comes after the answer."""
        publisher = self.house.publishers.get(site)
        if publisher is None:
            raise HookRefused(404, "no-such-site", "no site is published under this host")
        try:
            told = await read_hook(headers, body, publisher)
        except HookRefused as refusal:
            self.house.metrics.hooks.labels("refused").inc()
            log.warning("%s: refused a hook from %s: %s", site, remote, refusal.code)
            raise
        self.house.metrics.hooks.labels(type(told).__name__.lower()).inc()
        log.info("%s: %s from %s", site, told, remote)
        if isinstance(told, hooks.Push):
            await self.house.pushed(site, told.commit)
        words = told.reason if isinstance(told, hooks.Ignored) else type(told).__name__.lower()
        return Reply(told.status, f"{words}\n".encode(), {"Content-Type": "text/plain; charset=utf-8"})

    async def sibling(self, headers: Mapping[str, str], body: bytes) -> Reply:
        """Another replica rings."""
        return await self.house.rung(headers, body)

    def live(self) -> bool:
        """The loop that answers this is the loop that serves."""
        return True

    def ready(self) -> tuple[bool, dict[str, Any]]:
        """Every site has a release on show and the certificates were read."""
        shown = {name: publisher.release is not None for name, publisher in self.house.publishers.items()}
        certificates = self.house.settings.tls.mode == "off" or self.house.keeper.ready()
        return all(shown.values()) and certificates and not self.house.closing, {
            "releases": shown,
            "certificates": certificates,
            "draining": self.house.closing,
        }

    def status(self) -> dict[str, Any]:
        """What the status page shows, most wanted first."""
        return {
            "version": __version__,
            "uptime": round(time.time() - self.started),
            "sites": [publisher.status() for publisher in self.house.publishers.values()],
            "certificates": self.house.keeper.status() if self.house.settings.tls.mode != "off" else [],
            "replicas": self.house.siblings.status(),
            "storage": str(self.house.storage),
        }


async def read_hook(headers: Mapping[str, str], body: bytes, publisher: Publisher) -> hooks.Told:
    """What a hook says; a large one is read beside the loop, which visitors wait for (7 MB of a form: a second)."""
    site, branch = publisher.site, publisher.source.branch
    read = functools.partial(hooks.read, headers, body, site.hook_secret, branch, learnt=not site.branch)
    return await asyncio.to_thread(read) if len(body) > LARGE else read()
