"""The house: what is on show, who may come in, and the books that are kept of it. All that a connection knows of its
server; the street opens the doors.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable, Coroutine
from typing import Any

from aiohttp import web

from village.errors import ReleaseBroken
from village.metrics import Metrics
from village.server import http2_blocks, preview
from village.server.access import AccessLog
from village.server.answer import UNSTORED, Answer, Request, page, plain
from village.server.bodies import Bodies
from village.server.clock import Clock
from village.server.control import Control
from village.server.events import Events
from village.server.fastlane import Memo
from village.server.hosts import Entrance, Hosts
from village.server.negotiate import negotiate
from village.server.pages import Pages
from village.server.rates import Rate, Seats
from village.server.tally import Tally
from village.settings.model import Settings

log = logging.getLogger("village.server")


class House:
    """``preview``: reload script and event stream. ``secure``: whether a host has a certificate worth redirecting to;
    the app may replace it, by default every host has once there is a ``context``. ``connections``: all that are open.
    """

    aiohttp: web.Server

    def __init__(
        self, settings: Settings, metrics: Metrics, control: Control, *, preview: bool, log_descriptor: int
    ) -> None:
        self.settings = settings
        self.limits = settings.limits
        self.metrics = metrics
        self.control = control
        self.preview = preview
        self.secure: Callable[[str], bool] = lambda _: self.context is not None
        self.context: ssl.SSLContext | None = None
        self.hosts = Hosts()
        self.entrance = Entrance()
        self.memos = {"http": Memo(), "https": Memo()}
        self.clock = Clock()
        self.pages = Pages(self.limits.cache_bytes)
        self.tally = Tally(metrics)
        self.access = AccessLog(settings.access_log, self.clock, log_descriptor)
        self.seats = Seats(self.limits.connections, self.limits.connections_per_ip)
        self.hook_rate = Rate(burst=30, per_second=0.5)
        self.guess_rate = Rate(burst=20, per_second=0.2)
        self.bodies = Bodies(self.limits.body_timeout)
        self.connections: set[Any] = set()
        self.draining = False
        self.failure: bytes | None = None
        self.events: set[asyncio.Queue[bytes | None]] = set()
        self.tasks: set[asyncio.Task[None]] = set()
        self._date_line = self._date_field = b""

    def decide(self, request: Request, remote: str) -> Answer:
        """The answer to a request that is not for one of our own paths; never raises."""
        try:
            if self.preview:
                found = preview.decide(request, self.hosts, self.entrance, self.failure, self.pages)
            else:
                found = negotiate(request, self.hosts, self.entrance)
        except ReleaseBroken as error:
            found = self.broken(error)
        except Exception:
            log.exception("%s %s could not be answered", request.method, request.target)
            found = plain(500, close=True)
            found.once = True
        if found.proved is not None:
            found = self.proof(found, remote)
        found.head_only = request.method == "HEAD"
        return found

    def proof(self, found: Answer, remote: str) -> Answer:
        """A site's own passwords may be guessed as often as the operator's token. Over the limit the right one is
        refused, too: its answer would tell it from the others.
        """
        if not self.guess_rate.allow(remote):
            found = self.later("rate", 429, self.guess_rate.wait(remote))
            found.once = True
        elif not found.proved:
            self.guess_rate.charge(remote)
        return found

    def later(self, why: str, status: int, wait: int) -> Answer:
        """Not now: come again after ``wait`` seconds."""
        self.metrics.refused.labels(why).inc()
        return plain(status, headers=(("Retry-After", str(wait)), *UNSTORED), close=True)

    def broken(self, error: ReleaseBroken) -> Answer:
        """What a visitor sees when the disk has lost a blob."""
        log.error("%s", error.message)
        found = page(500, (("Cache-Control", "no-store"),), words="This page is damaged; its owner has been told.")
        found.once = True
        return found

    def date_field(self) -> bytes:
        """The date for HTTP/2, made once a second."""
        line = self.clock.date
        if line != self._date_line:
            self._date_line = line
            self._date_field = http2_blocks.date_field(line)
        return self._date_field

    def log_parts(self, head: bytes) -> tuple[str, str, str, str]:
        """(request line, referer, agent, host) for the access log."""
        if not self.access.on:
            return "", "", "", ""
        lines = head.decode("utf-8", "surrogateescape").split("\r\n")
        found = {"referer": "", "user-agent": "", "host": ""}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            key = name.lower()
            if key in found and not found[key]:
                found[key] = value.strip()
        return lines[0], found["referer"], found["user-agent"], found["host"]

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def turned_away(self, remote: str, reason: str, words: str) -> None:
        self.metrics.refused.labels(reason).inc()
        log.debug("turned away %s: %s %s", remote, reason, words)

    def facts(self) -> dict[str, Any]:
        """The server's own part of the status page."""
        self.tally.settle()
        return {
            "connections": self.seats.taken,
            "hot_pages_bytes": self.pages.size,
            "draining": self.draining,
            "sites": [
                {
                    "name": site.name,
                    "domains": ", ".join(site.domains),
                    "release": site.release.id,
                    "paths": len(site.release.entries),
                }
                for site in self.hosts.sites.values()
            ],
        }

    def subscribe(self, seen: str = "") -> Events:
        """An event stream; it begins with a reload for a tab that shows another moment than this one."""
        queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        now = preview.moment(self.hosts, self.failure)
        if seen and seen != now:
            queue.put_nowait(preview.event("reload", "", now))
        self.events.add(queue)
        return Events(preview.events_head(), queue, self.events.discard)
