"""The loop that keeps every site's certificate: looks at storage, swaps what changed, and orders what is due.

Every replica runs one. They look at storage every half minute and swap on their own; whoever finds an order due
takes the lock, looks again, and makes one attempt.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import ssl
import time
from collections.abc import Callable, Container
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from village.certs import challenges, diagnosis, export, keys, plans, report, showcase, upkeep
from village.certs.attempt import Attempts
from village.certs.bundle import Bundle, Pool
from village.certs.doors import Doors
from village.certs.memory import Memory
from village.certs.names import hostname
from village.certs.pem_files import SOURCE as FILES
from village.certs.pem_files import PemFiles
from village.certs.plans import Plan
from village.certs.shelf import Shelf
from village.certs.showcase import Showcase
from village.certs.upkeep import Upkeep, View
from village.certs.worker import Worker
from village.errors import LeaseLost, OperatorError, StorageError, VillageError
from village.metrics import Metrics
from village.settings.model import Settings
from village.storage.base import Storage

log = logging.getLogger("village.certs")

LOCK = "certificates"
LOCK_LIFE = 20.0  # seconds: a killed issuer delays the next one by little more
POLL = 30.0  # seconds between two looks at storage
POLL_FILES = 5.0  # a look at two files costs nothing
POLL_EAGERLY, EAGER = 2.0, 600.0  # while a certificate is missing, in the first minutes
AFTER_TROUBLE = 5.0


class Keeper:
    """Certificates of all sites. ``context`` is usable from the moment this object exists."""

    def __init__(
        self,
        settings: Settings,
        storage: Storage,
        metrics: Metrics,
        *,
        clock: Callable[[], float] = time.time,
        poll: float = POLL,
        may_order: Callable[[], bool] = lambda: True,
        on_change: Callable[[], None] = lambda: None,
        siblings_hosts: Callable[[], Container[str]] = frozenset,
    ) -> None:
        self.settings = settings
        self.plans = plans.plans(settings)
        self._shelf = Shelf(storage)
        self._storage = storage
        self._clock = clock
        self._poll = poll
        self._may_order = may_order
        self._siblings_hosts = siblings_hosts
        self._files = PemFiles(settings.tls.cert, settings.tls.key) if settings.tls.mode == FILES else None
        self._worker = Worker("acme")
        self._memory = Memory(settings, self.plans)
        self._attempts = Attempts(settings, self._shelf, self._memory, self._worker, metrics, clock=clock)
        behind = settings.proxy_protocol or settings.peers
        self._doors = Doors(settings.acme.self_check if behind else 0.0, settings.acme.http_port)
        self._upkeep = Upkeep(self.plans, self._shelf, self._attempts, clock=clock)
        hosts = (hostname(name) for site in settings.sites for name in site.domains)
        self.hosts = tuple(dict.fromkeys(host for host in hosts if host))
        own_names = [host for host in self.hosts if not host.startswith("*")] or plans.OWN_NAMES
        self._showcase = Showcase(own_names, metrics, on_change)
        self._view = View()
        self._thumbprint = ""
        self._looked = False
        self._trouble = ""
        self._born = time.monotonic()
        self._wake = asyncio.Event()
        self._issuing: asyncio.Task[None] | None = None
        self._advice: dict[str, str] = {}  # by name: what a look from here says about its last failure
        self._advising: asyncio.Task[None] | None = None

    # what the server asks

    @property
    def context(self) -> ssl.SSLContext:
        """The listener's context; see ``Showcase.context``."""
        return self._showcase.context

    def challenge(self, host: str, token: str) -> str | None:
        """The answer to an HTTP-01 challenge, or None when it is not ours to give.

        Ours are also the hosts of our siblings: in a rolling update the CA's question about a new name may come to a
        replica that has not been told of it yet, and one refusal fails the whole validation.
        """
        hosts = self.hosts if hostname(host) in self.hosts else self._siblings_hosts()
        return challenges.answer(host, token, hosts=hosts, thumbprint=self._thumbprint)

    def ready(self) -> bool:
        """True once storage was read: before that, this replica may show a worse certificate than its siblings."""
        return self._looked

    def covers(self, host: str) -> bool:
        """Whether visitors of ``host`` can be sent to HTTPS; see ``Showcase.covers``."""
        return self._showcase.covers(host)

    def status(self) -> list[dict[str, Any]]:
        """One entry for each certificate, for the status page and ``village cert list``; see ``report.entry``."""
        if self._files:
            return [report.files_entry(self._showcase.of_every_host(), self.hosts, self._trouble, self._clock())]
        return [self._entry(plan) for plan in self.plans]

    def _entry(self, plan: Plan) -> dict[str, Any]:
        failing = [name for name, failure in self._view.state(plan).by_name if failure.count]
        seen = [self._advice[name] for name in failing if self._advice.get(name)]
        due = self._view.due(plan, self._clock())
        return report.entry(
            plan,
            self._view.state(plan),
            self._showcase.of(plan),
            due and replace(due, at=max(due.at, self._attempts.held_until(plan))),
            now=self._clock(),
            obstacles=[*seen, *self._attempts.obstacles(plan), *([self._trouble] if self._trouble else [])],
        )

    # the life of the process

    async def run(self) -> None:
        """Keep certificates until cancelled; an attempt under way is given up and its lock released."""
        self._tell_what_is_impossible()
        try:
            while True:
                wait = await self._turn()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(wait):  # Python 3.11's wait_for loses a cancellation at the very timeout
                        await self._wake.wait()
                self._wake.clear()
        finally:
            await self._stop()

    def _tell_what_is_impossible(self) -> None:
        """What no waiting will bring."""
        for name, why in (pair for plan in self.plans for pair in plan.refused):
            log.warning("no certificate is ordered for %s: %s", name, why)
        if self.settings.tls.mode == "acme" and not self.plans:
            log.warning("HTTPS shows a self-signed certificate: %s", report.no_plans(self.settings))

    async def _stop(self) -> None:
        for task in filter(None, (self._issuing, self._advising)):
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        self._worker.close()
        await self._memory.close()

    async def _turn(self) -> float:
        """One look, and an attempt begun if one is due; how long to wait for the next turn."""
        try:
            await self.look()
        except VillageError as error:
            self._complain(error)
            return AFTER_TROUBLE
        except Exception as error:  # the loop outlives whatever a turn meets
            log.exception("looking after the certificates failed")
            self._trouble = f"unforeseen: {type(error).__name__}"
            return AFTER_TROUBLE
        if self._may_order() and not self._busy() and self._upkeep.needed(self._view):
            self._issuing = asyncio.create_task(self._issue(), name="certificates")
        return self._next_turn()

    def _busy(self) -> bool:
        return self._issuing is not None and not self._issuing.done()

    def _complain(self, error: VillageError) -> None:
        if str(error) != self._trouble:
            log.log(error.consequence.log_level, "%s", error.describe())
        self._trouble = str(error)

    def _next_turn(self) -> float:
        """Seconds: half a minute, less while something is missing, short-lived, or due soon."""
        waits = [min(self._poll, POLL_FILES) if self._files else self._poll]
        for plan in self.plans:
            due, served = self._view.due(plan, self._clock()), self._showcase.of(plan)
            if due and not self._busy():
                waits.append(max(due.at, self._attempts.held_until(plan)) - self._clock())
            if served is not self._showcase.fallback:
                waits.append(served.facts.lifetime / 40)
            elif due and time.monotonic() - self._born < EAGER:
                waits.append(POLL_EAGERLY)
        return max(0.05, min(waits))

    # look

    async def look(self) -> None:
        """Read storage (or the operator's files) and serve what is there. Raises StorageError, OperatorError."""
        if self._files:
            if bundle := self._files.changed():
                self._showcase.show({showcase.EVERY_HOST: bundle})
        elif self.plans:
            await self._look_at_storage()
        self._looked, self._trouble = True, ""

    async def _look_at_storage(self) -> None:
        memory = self._memory
        await memory.recall()
        try:
            # First what is shown: no damage to anything else in storage keeps a certificate from its visitors.
            self._view = View(await self._shelf.pool(), self._view.states, self._view.asked)
            if self.settings.tls.mode == "acme":
                memory.account_key = await self._shelf.account_key(memory.account_key)
            self._view = await self._seen(self._view.pool)
        except StorageError:
            self._fall_back()
            raise
        finally:
            self._thumbprint = keys.thumbprint_of(memory.account_key)
        self._choose()
        await memory.learn(self._view.pool)

    async def _seen(self, pool: Pool) -> View:
        """Storage as it is, after it got back what it lost and this replica still has."""
        self._memory.observe(await self._shelf.mark())
        lost = {key: bundle for key, bundle in self._owed(pool).items() if key not in pool.newest}
        if lost and await self._shelf.restore(lost):
            pool = await self._shelf.pool()
        return (await upkeep.look(self._shelf, self.plans, pool)).owing(self._owed(pool))

    def _owed(self, pool: Pool) -> dict[str, Bundle]:
        return self._memory.owed(pool, datetime.fromtimestamp(self._clock(), UTC))

    def _fall_back(self) -> None:
        """Without the storage: serve what this replica remembers, at the start that of the process before it."""
        known = self._view.pool
        every = replace(self._view, pool=Pool({**self._memory.bundles, **known.newest}, known.previous))
        self._view = every.owing(self._owed(known))
        self._choose()
        if not self._looked:
            hosts = [host for plan in self.plans for host in plan.names]
            self._looked = bool(self.plans) and all(map(self.covers, hosts))

    def _choose(self) -> None:
        now = datetime.fromtimestamp(self._clock(), UTC)
        self._showcase.show(showcase.best(self.plans, self._view.pool, now))

    # order

    async def _issue(self) -> None:
        """Take the lock, look again, do one thing that is due then; the next turn finds what is left."""
        try:
            await self._doors.wait(self._first_names(), self._thumbprint)
            async with self._storage.lock(LOCK, LOCK_LIFE) as lease:
                await self.look()
                await self._upkeep.work(self._view, lease, served=self._showcase.served.values())
            await self._look_into_failures()
        except LeaseLost as error:
            log.warning("%s; whoever holds it goes on", error)
        except VillageError as error:
            self._complain(error)
            await asyncio.sleep(random.uniform(0.5, 1) * AFTER_TROUBLE)  # noqa: S311 - spreads replicas
        except Exception:
            log.exception("an attempt at a certificate failed")
            await asyncio.sleep(AFTER_TROUBLE)
        self._wake.set()

    def _first_names(self) -> list[str]:
        """Names that no certificate was obtained for yet; a renewal finds the door as open as visitors do."""
        if self.settings.tls.mode != "acme":
            return []
        return [name for plan in self.plans for name in plan.names if not self.covers(name)]

    async def _look_into_failures(self) -> None:
        """Beside the loop, and without the lock: see from here why names fail."""
        names = await self._upkeep.failing()
        if names and not (self._advising and not self._advising.done()):
            self._advising = asyncio.create_task(self._advise(names), name="certificate advice")

    async def _advise(self, names: set[str]) -> None:
        for name in sorted(names):
            advice = await diagnosis.advice(name, self._thumbprint, port=self.settings.acme.http_port)
            if advice and advice != self._advice.get(name):
                log.info("seen from here: %s", advice)
            self._advice[name] = advice

    # what the operator asks

    async def renew(self, name: str = "") -> list[str]:
        """Have a certificate renewed now: that of a site or a domain, or all of them ("").

        Leaves the wish in storage, so any process with the same settings can ask; the running replicas act on it
        within their poll. Waits are passed over, the CA's limits still hold. Returns the sites; raises OperatorError.
        """
        host = hostname(name)
        found = [plan for plan in self.plans if plan.names and (not name or name == plan.site or host in plan.domains)]
        if not self.plans:
            why = report.no_plans(self.settings)
            raise OperatorError("village keeps no certificate of its own here", hint=why)
        if not found:
            known = ", ".join(plan.site for plan in self.plans) or "none"
            raise OperatorError(f"no certificate is kept for {name!r} (sites: {known})")
        for plan in found:
            await self._shelf.ask(plan.key)
        self._wake.set()
        return [plan.site for plan in found]

    async def export(self, folder: Path) -> list[Path]:
        """Write every served certificate as PEM files; see ``export.write``. Empty when there is none yet."""
        await self.look()
        found = {plan.domains[0]: self._showcase.of(plan) for plan in self.plans}
        real = {name: bundle for name, bundle in found.items() if bundle is not self._showcase.fallback}
        return export.write(folder, real)
