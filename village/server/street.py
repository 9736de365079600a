"""The street: the one object that shows releases to the world."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Mapping
from functools import partial
from typing import Any

from aiohttp import web

from village.metrics import Metrics
from village.release.manifest import Manifest
from village.release.store import Store
from village.server import heap, preview, slowlane
from village.server.access import FLUSH_SECONDS
from village.server.compression import BUSY, RESTED, Compressor
from village.server.control import Control
from village.server.hosts import Entrance, Hosts
from village.server.house import House
from village.server.listeners import Listener, bind, room_for
from village.server.sites import Site
from village.settings.model import Settings, listen_address

log = logging.getLogger("village.server")
BUSY_REQUESTS = 50  # in a quarter of a second
IN_FLIGHT = 1.0  # seconds: what a client sent before it could know that we close has arrived by then


class Street(House):
    """Made once; ``start`` opens the ports, ``show`` puts a release on show, ``close`` drains.

    ``stores``: the store of each site by name.
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
        super().__init__(settings, metrics, control, preview=preview, log_descriptor=log_descriptor)
        self.stores = stores
        self.hosts = self.arrange({})
        self.compressor = Compressor(self.refresh)
        self.listeners: list[Listener] = []
        self._seen = 0
        self._flusher: asyncio.TimerHandle | None = None
        for scheme in self.memos:
            metrics.connections.labels(scheme).set_function(partial(self.open, scheme))

    @property
    def bound(self) -> list[tuple[str, str, int]]:
        """(scheme, host, port) of every address really bound."""
        return [(listener.scheme, *listener.address) for listener in self.listeners]

    def open(self, scheme: str) -> int:
        """Connections that are open now."""
        return sum(each.open for each in self.listeners if each.scheme == scheme)

    def facts(self) -> dict[str, Any]:
        """The server's own part of the status page."""
        return {"listening": [f"{scheme}://{host}:{port}" for scheme, host, port in self.bound], **super().facts()}

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

    def announce(self, event: str, data: str) -> None:
        """Tell every open preview."""
        message = preview.event(event, data, preview.moment(self.hosts, self.failure))
        for queue in self.events:
            queue.put_nowait(message)

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
        for queue in self.events:
            queue.put_nowait(None)
        begun = asyncio.get_running_loop().time()
        await self._emptied(begun + min(IN_FLIGHT, drain / 5))
        for connection in list(self.connections):
            connection.finish()
        await self._emptied(begun + drain)
        for connection in list(self.connections):
            connection.abort()
        for task in list(self.tasks):
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
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
