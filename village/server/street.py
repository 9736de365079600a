"""The street: the one object that shows releases to the world."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from aiohttp import web

from village.errors import ReleaseBroken
from village.metrics import Metrics
from village.release.manifest import Manifest
from village.release.store import Store
from village.server import heap, http2_blocks, own, preview, slowlane
from village.server.access import FLUSH_SECONDS, AccessLog
from village.server.answer import Answer, Request, page, plain
from village.server.bodies import Bodies
from village.server.clock import Clock
from village.server.compression import BUSY, RESTED, Compressor
from village.server.control import Control
from village.server.fastlane import Memo
from village.server.hosts import Entrance, Hosts
from village.server.listeners import Listener, bind, room_for
from village.server.negotiate import negotiate
from village.server.pages import Pages
from village.server.rates import Rate, Seats
from village.server.sites import Site
from village.server.tally import Tally
from village.settings.model import Settings, listen_address

log = logging.getLogger("village.server")
BUSY_REQUESTS = 50  # in a quarter of a second
IN_FLIGHT = 1.0  # seconds: what a client sent before it could know that we close has arrived by then


class Street:
    """Made once; ``start`` opens the ports, ``show`` puts a release on show, ``close`` drains.

    ``stores``: the store of each site by name. ``preview``: reload script and event stream. ``secure``:
    whether a host has
    a certificate worth redirecting to; the app may replace it, by default every host has once ``set_tls`` was called.
    """

    def __init__(
        self,
        settings: Settings,
        metrics: Metrics,
        control: Control,
        stores: Mapping[str, Store],
        *,
        preview: bool = False,
        log_descriptor: int = 1,
    ) -> None:
        self.settings = settings
        self.limits = settings.limits
        self.metrics = metrics
        self.control = control
        self.stores = stores
        self.preview = preview
        self.secure: Callable[[str], bool] = lambda _: self.context is not None
        self.context: ssl.SSLContext | None = None
        self.hosts = self.arrange({})
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
        self.compressor = Compressor(self.refresh)
        self.connections: set[Any] = set()
        self.listeners: list[Listener] = []
        self.draining = False
        self.failure: bytes | None = None
        self._seen = 0
        self._date_line = self._date_field = b""
        self._tasks: set[asyncio.Task[None]] = set()
        self._events: set[asyncio.Queue[bytes | None]] = set()
        self._flusher: asyncio.TimerHandle | None = None

    @property
    def bound(self) -> list[tuple[str, str, int]]:
        """(scheme, host, port) of every address really bound."""
        return [(listener.scheme, *listener.address) for listener in self.listeners]

    async def start(self, http: tuple[str, ...] | None = None, https: tuple[str, ...] | None = None) -> None:
        """Open the ports of the settings, or those given. Raises PortTaken, OperatorError; nothing is open then."""
        loop = asyncio.get_running_loop()
        self.aiohttp = web.Server(slowlane.handle)
        wanted = [("http", each) for each in (self.settings.http if http is None else http)]
        if self.settings.tls.mode != "off":
            wanted += [("https", each) for each in (self.settings.https if https is None else https)]
        try:
            for scheme, address in wanted:
                self.listeners.append(Listener(self, scheme, bind(*listen_address(address))))
        except Exception:
            for listener in self.listeners:
                listener.socket.close()
            self.listeners.clear()
            raise
        heap.keep_warm()
        self.seats.total = room_for(self.limits.connections)
        self.clock.start()
        self.access.start(loop.call_soon)
        self.compressor.start(loop)
        self._flush()
        self.refresh()
        for listener in self.listeners:
            await listener.start()

    def _flush(self) -> None:
        self.access.flush()
        total = self.tally.total()
        self.compressor.pause = BUSY if total - self._seen > BUSY_REQUESTS else RESTED
        self._seen = total
        self._flusher = asyncio.get_running_loop().call_later(FLUSH_SECONDS, self._flush)

    def set_tls(self, context: ssl.SSLContext | None) -> None:
        """The context for connections from now on; None = no certificate yet."""
        self.context = context
        self.refresh()

    def show(self, name: str, manifest: Manifest, *, modified: int | None = None) -> None:
        """Put a release on show, whole, in one step. ``modified``: its date in UNIX seconds, equal on all
        replicas, or None.
        """
        before = self.hosts.sites.get(name)
        if before is None:
            domains = next((site.domains for site in self.settings.sites if site.name == name), ())
            site = Site(name, domains, self.stores[name], manifest, modified)
        else:
            site = before.successor(manifest, modified)
        self.hosts = self.arrange({**self.hosts.sites, name: site})
        self.refresh()
        self.compressor.enqueue(site)

    def arrange(self, sites: Mapping[str, Site]) -> Hosts:
        """Hosts in the order of the settings, with those that wait for their first release."""
        order = [each.name for each in self.settings.sites]
        shown = sorted(sites.values(), key=lambda each: order.index(each.name) if each.name in order else len(order))
        return Hosts(shown, [each.domains for each in self.settings.sites if each.name not in sites])

    def refresh(self) -> None:
        """Forget prepared answers: something that they were made from has changed."""
        port = self.settings.https_port or next((port for scheme, _, port in self.bound if scheme == "https"), 0)
        hsts = self.settings.tls.hsts if self.settings.tls.mode in {"acme", "files"} else 0
        self.entrance = Entrance(port, self.secure, hsts)
        for memo in self.memos.values():
            memo.clear()

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
            found = own.later(self, "rate", 429, self.guess_rate.wait(remote))
            found.once = True
        elif not found.proved:
            self.guess_rate.charge(remote)
        return found

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
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def leave(self, listener: Listener, remote: str) -> None:
        """A connection is over."""
        self.seats.give_back(remote)
        listener.open -= 1

    def turned_away(self, remote: str, reason: str, words: str) -> None:
        self.metrics.refused.labels(reason).inc()
        log.debug("turned away %s: %s %s", remote, reason, words)

    def facts(self) -> dict[str, Any]:
        """The street's own part of the status page."""
        self.tally.settle()
        return {
            "listening": [f"{scheme}://{host}:{port}" for scheme, host, port in self.bound],
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

    def announce(self, event: str, data: str) -> None:
        """Tell every open preview."""
        message = preview.event(event, data, preview.moment(self.hosts, self.failure))
        for queue in self._events:
            queue.put_nowait(message)

    def subscribe(self, seen: str = "") -> own.Events:
        """An event stream; it begins with a reload for a tab that shows another moment than this one."""
        queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        now = preview.moment(self.hosts, self.failure)
        if seen and seen != now:
            queue.put_nowait(preview.event("reload", "", now))
        self._events.add(queue)
        return own.Events(preview.events_head(), queue, self._events.discard)

    def fail(self, page_html: str) -> None:
        """Show ``page_html`` with status 500 in place of every page."""
        self.failure = page_html.encode()
        self.refresh()

    def heal(self) -> None:
        """Show the site again."""
        self.failure = None
        self.refresh()

    async def close(self, drain: float | None = None) -> None:
        """Stop accepting, let open requests finish for ``drain`` seconds, then close what is left.

        Idle connections are closed a moment later than the listeners, not at once: a request may be on its way on them
        already, or a handshake half done, and a client may not ask again for what is not safe to repeat (RFC 9112
        §9.3.1; nginx's keepalive_min_timeout). Whoever asks meanwhile is answered with ``Connection: close``.
        """
        drain = self.settings.drain if drain is None else drain
        self.draining = True
        self.refresh()
        for listener in self.listeners:
            await listener.close()
        for queue in self._events:
            queue.put_nowait(None)
        begun = asyncio.get_running_loop().time()
        await self._emptied(begun + min(IN_FLIGHT, drain / 5))
        for connection in list(self.connections):
            connection.finish()
        await self._emptied(begun + drain)
        for connection in list(self.connections):
            connection.abort()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.sleep(0)
        self.compressor.stop()
        if self._flusher:
            self._flusher.cancel()
        self.clock.stop()
        self.tally.settle()
        self.access.stop()
        self.listeners.clear()

    async def _emptied(self, deadline: float) -> None:
        loop = asyncio.get_running_loop()
        while self.connections and loop.time() < deadline:  # noqa: ASYNC110 - no event on the hot path
            await asyncio.sleep(0.02)
