"""The one process: opens every room in order, introduces them to one another, closes them in reverse."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from typing import Any

import uvloop

from village import __version__
from village.app import signals, sources
from village.app.front_desk import FrontDesk
from village.app.publisher import Publisher
from village.app.pulse import Pulse
from village.builder.garbage import Garbage
from village.certs.keeper import Keeper
from village.errors import SettingsError
from village.metrics import Metrics
from village.release.manifest import Manifest
from village.server.control import Reply
from village.server.street import Street
from village.settings.model import Settings, listen_address
from village.storage.opening import open_storage
from village.sync.siblings import Siblings, replica_id, shared_secret

log = logging.getLogger("village")
# The interpreter hands the lock over every 5 ms by default; a build in a thread would cost each request that much.
SWITCH_INTERVAL = 0.0005


class Process:
    """Everything that runs, by name. ``settings`` decides all of it."""

    def __init__(self, settings: Settings) -> None:
        if not settings.sites:
            raise SettingsError(
                "VILLAGE_SOURCE",
                "settings",
                "nothing to serve",
                hint="set VILLAGE_SOURCE to a site folder or a git URL; `village demo` shows everything on an example",
            )
        self.settings = settings
        self.closing = False
        self.metrics = Metrics()
        self.storage = open_storage(settings.storage, settings.data, settings.cluster_secret)
        self.keeper = Keeper(
            settings,
            self.storage,
            self.metrics,
            may_order=self.may_order,
            on_change=self.certificates_changed,
            siblings_hosts=self.siblings_hosts,
        )
        self.builder = ThreadPoolExecutor(1, thread_name_prefix="builder")
        self.garbage = Garbage()
        self.publishers: dict[str, Publisher] = {}
        for site in settings.sites:
            self.publishers[site.name] = Publisher(
                site,
                settings,
                sources.source_of(site, settings.data),
                metrics=self.metrics,
                builder=self.builder,
                house=self,
            )
        self.desk = FrontDesk(self)
        stores = {name: publisher.store for name, publisher in self.publishers.items()}
        self.street = Street(settings, self.metrics, self.desk, stores)
        self.siblings = Siblings(
            self.storage,
            replica_id(settings.data),
            sites=tuple(self.publishers),
            on_wanted=self.look,
            about=self.about,
            failing=lambda name: self.publishers[name].latest.failing,
            peers=settings.peers,
            port=next((listen_address(address)[1] for address in settings.http), 80),
            greeted=settings.proxy_protocol,
            secret=shared_secret(settings),
            shared=bool(settings.storage),
        )

    def certificates_changed(self) -> None:
        """Which hosts visitors are redirected to may be another answer now."""
        self.street.refresh()

    def may_order(self) -> bool:
        """A CA is asked only once visitors can be sent here: before that its validation would meet a closed door."""
        return self.desk.ready()[0]

    def show(self, name: str, release: Manifest) -> None:
        """Put a release on the street."""
        self.street.show(name, release)

    def look(self, name: str, commit: str) -> None:
        """A sibling, or storage, says that there is something new."""
        if name in self.publishers:
            self.publishers[name].latest.want(commit)

    def look_around(self) -> None:
        """The operator asks for a look at every source now."""
        log.info("SIGHUP: looking for something new")
        for publisher in self.publishers.values():
            publisher.latest.want()

    async def pushed(self, name: str, commit: str) -> None:
        """A proved push: recorded for all replicas before it is answered, then everybody looks."""
        self.look(name, commit)
        await self.siblings.want(name, commit)

    async def rung(self, headers: Mapping[str, str], body: bytes) -> Reply:
        """A sibling's ring."""
        return Reply(self.siblings.receive(headers, body))

    def about(self) -> dict[str, Any]:
        """What the other replicas' status pages show of this one."""
        rows = self.keeper.status() if self.settings.tls.mode != "off" else []
        ends = [row["not_after"] for row in rows if row.get("not_after")]
        return {"version": __version__, "certificate_until": min(ends, default=""), "hosts": list(self.keeper.hosts)}

    def siblings_hosts(self) -> set[str]:
        """Host names in the settings of the other live replicas, as their records say: signed rings, or storage."""
        named = [record.about.get("hosts") for record in self.siblings.presence.live()]
        return {host for hosts in named if isinstance(hosts, list) for host in hosts if isinstance(host, str)}

    async def run(self, on_ready: Callable[[], None] | None = None) -> None:
        """Serve until a signal ends it; then drain and return."""
        stop = asyncio.Event()
        signals.heed(stop.set, self.look_around)
        async with AsyncExitStack() as stack:
            await self.open(stack)
            told = asyncio.create_task(self.tell(on_ready)) if on_ready else None
            await stop.wait()
            self.closing = True
            await self.siblings.leave()
            log.info("draining for at most %.0f s", self.settings.drain)
            if told:
                told.cancel()

    async def open(self, stack: AsyncExitStack) -> None:
        """Every room in order; the last release is on show before any network is touched."""
        stack.callback(self.builder.shutdown, wait=False, cancel_futures=True)
        stack.push_async_callback(self.storage.close)
        for publisher in self.publishers.values():
            await asyncio.to_thread(publisher.show_last)
        if self.settings.tls.mode != "off":
            # Nobody is redirected to the self-signed certificate of the first minutes: until the real one is there, the
            # site is shown over plain HTTP.
            self.street.secure = self.keeper.covers
            self.street.set_tls(self.keeper.context)
        await self.street.start()
        stack.push_async_callback(self.street.close)
        for scheme, host, port in self.street.bound:
            log.info("listening on %s://%s:%d", scheme, f"[{host}]" if ":" in host else host, port)
        await self.siblings.start()
        stack.push_async_callback(self.siblings.close)
        for name, publisher in self.publishers.items():
            if publisher.provenance:
                await self.siblings.shown(name, publisher.provenance.id, publisher.provenance.commit)
        stack.push_async_callback(self.task(self.keeper.run()))
        stack.push_async_callback(self.task(Pulse(self.metrics).run()))
        for publisher in self.publishers.values():
            publisher.source.start(publisher.latest.want)
            stack.push_async_callback(publisher.source.close)
            publisher.latest.start()
            stack.push_async_callback(publisher.close)
        gc.freeze()  # what lives as long as the process need not be walked at every collection

    @staticmethod
    def task(work: Any) -> Callable[[], Any]:
        """Start ``work``; the returned callback cancels it and waits for its end."""
        running = asyncio.create_task(work)

        async def cancel() -> None:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

        return cancel

    async def tell(self, on_ready: Callable[[], None]) -> None:
        """Call ``on_ready`` once every site is on show."""
        while not self.desk.ready()[0]:  # noqa: ASYNC110 - three rooms make readiness, none of them alone
            await asyncio.sleep(0.05)
        on_ready()


def main(settings: Settings, on_ready: Callable[[], None] | None = None) -> None:
    """Run the process to its end on uvloop."""
    sys.setswitchinterval(SWITCH_INTERVAL)
    with contextlib.suppress(asyncio.CancelledError), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(Process(settings).run(on_ready))
