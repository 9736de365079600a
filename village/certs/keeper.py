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
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from village.certs import attempts, challenges, diagnosis, export, keys, minting, plans, report, tls, wishes
from village.certs.attempt import Attempts, Job
from village.certs.bundle import Bundle, Pool
from village.certs.names import hostname
from village.certs.pem_files import SOURCE as FILES
from village.certs.pem_files import PemFiles
from village.certs.plans import Due, Plan
from village.certs.shelf import Shelf
from village.certs.spare import Spare
from village.certs.state import State
from village.certs.worker import Worker
from village.errors import LeaseLost, OperatorError, StorageError, VillageError
from village.metrics import Metrics
from village.settings import Settings
from village.storage.base import Storage
from village.storage.lease import Lease

log = logging.getLogger("village.certs")

LOCK = "certificates"
LOCK_LIFE = 20.0  # seconds: a killed issuer delays the next one by little more
POLL = 30.0  # seconds between two looks at storage
POLL_FILES = 5.0  # a look at two files costs nothing
POLL_EAGERLY, EAGER = 2.0, 600.0  # while a certificate is missing, in the first minutes
AFTER_TROUBLE = 5.0
WANTED_AGAIN = attempts.DAY / 2  # how often a set's mark "still in somebody's settings" is refreshed
FORGOTTEN = 14 * attempts.DAY  # a set that nobody marked for so long is removed
SELF_SIGNED = "self-signed"


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
    ) -> None:
        self.settings = settings
        self.plans = plans.plans(settings)
        self._shelf = Shelf(storage)
        self._storage = storage
        self._metrics = metrics
        self._clock = clock
        self._poll = poll
        self._may_order = may_order
        self._files = PemFiles(settings.tls.cert, settings.tls.key) if settings.tls.mode == FILES else None
        self._worker = Worker("acme")
        self._attempts = Attempts(settings, self._shelf, self._worker, metrics, clock=clock)
        hosts = (hostname(name) for site in settings.sites for name in site.domains)
        self._hosts = tuple(dict.fromkeys(host for host in hosts if host))
        own_names = [host for host in self._hosts if not host.startswith("*")] or plans.OWN_NAMES
        self._fallback = Bundle.of(*minting.self_signed(own_names), SELF_SIGNED)
        self._doorman = tls.Doorman(self._fallback)
        self._served: dict[str, Bundle] = {}
        self._pool = Pool({}, {})
        self._states: dict[str, State] = {}
        self._asked: set[str] = set()
        self._account_key, self._thumbprint = b"", ""
        self._spare = Spare(settings)
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
        """The listener's context: one object for the life of the process; certificates are swapped behind it."""
        return self._doorman.context

    def challenge(self, host: str, token: str) -> str | None:
        """The answer to an HTTP-01 challenge, or None when it is not ours to give."""
        return challenges.answer(host, token, hosts=self._hosts, thumbprint=self._thumbprint)

    def ready(self) -> bool:
        """True once storage was read: before that, this replica may show a worse certificate than its siblings."""
        return self._looked

    def status(self) -> list[dict[str, Any]]:
        """One entry for each certificate, for the status page and ``village cert list``; see ``report.entry``."""
        if self._files:
            return [report.files_entry(self._served.get("", self._fallback), self._hosts, self._trouble, self._clock())]
        return [self._entry(plan) for plan in self.plans]

    def _entry(self, plan: Plan) -> dict[str, Any]:
        failing = [name for name, failure in self._state(plan).by_name if failure.count]
        seen = [self._advice[name] for name in failing if self._advice.get(name)]
        due = self._due(plan)
        return report.entry(
            plan,
            self._state(plan),
            self._served_for(plan),
            due and replace(due, at=max(due.at, self._attempts.held_until(plan))),
            now=self._clock(),
            obstacles=[*seen, *self._attempts.obstacles(plan), *([self._trouble] if self._trouble else [])],
        )

    def _served_for(self, plan: Plan) -> Bundle:
        return next((self._served[name] for name in plan.domains if name in self._served), self._fallback)

    def _state(self, plan: Plan) -> State:
        return self._states.get(plan.key, State())

    def _due(self, plan: Plan) -> Due | None:
        asked = plan.key in self._asked
        return plans.decide(plan, self._state(plan), self._pool, self._clock(), asked=asked)

    # the life of the process

    async def run(self) -> None:
        """Keep certificates until cancelled; an attempt under way is given up and its lock released."""
        try:
            while True:
                wait = await self._turn()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(wait):  # Python 3.11's wait_for loses a cancellation at the very timeout
                        await self._wake.wait()
                self._wake.clear()
        finally:
            await self._stop()

    async def _stop(self) -> None:
        for task in filter(None, (self._issuing, self._advising)):
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        self._worker.close()
        await self._spare.close()

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
        if self._may_order() and not self._busy() and any(self._needs_lock(plan) for plan in self.plans):
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
            due, served = self._due(plan), self._served_for(plan)
            if due and not self._busy():
                waits.append(max(due.at, self._attempts.held_until(plan)) - self._clock())
            if served is not self._fallback:
                waits.append(served.facts.lifetime / 40)
            elif due and time.monotonic() - self._born < EAGER:
                waits.append(POLL_EAGERLY)
        return max(0.05, min(waits))

    # look

    async def look(self) -> None:
        """Read storage (or the operator's files) and serve what is there. Raises StorageError, OperatorError."""
        if self._files:
            if bundle := self._files.changed():
                self._serve({"": bundle})
        elif self.plans:
            await self._look_at_storage()
        self._looked, self._trouble = True, ""

    async def _look_at_storage(self) -> None:
        try:
            if self.settings.tls.mode == "acme" and not self._account_key:
                self._use_account(await self._shelf.account_key())
            self._pool = await self._shelf.pool()
            self._states = {plan.key: await self._shelf.state(plan.key) for plan in self.plans if plan.names}
            self._asked = await self._shelf.asked()
        except StorageError:
            await self._fall_back()
            raise
        self._choose()
        await self._spare.keep(self._pool, {plan.key for plan in self.plans}, self._account_key)

    async def _fall_back(self) -> None:
        """At a start without the storage: serve what this replica served before."""
        if self._looked or self._served:
            return
        self._pool, account_key = await self._spare.recall()
        if account_key:
            self._use_account(account_key)
        self._choose()
        self._looked = bool(self.plans) and all(host in self._served for plan in self.plans for host in plan.names)

    def _use_account(self, key: bytes) -> None:
        self._account_key, self._thumbprint = key, keys.thumbprint(keys.from_pem(key).public_key())

    def _choose(self) -> None:
        """For every host the best certificate there is."""
        now = datetime.fromtimestamp(self._clock(), UTC)
        hosts = {host: plan.sources for plan in self.plans for host in (*plan.domains, *plan.names)}
        best = {host: plans.serving(host, self._pool, sources, now) for host, sources in hosts.items()}
        self._serve({host: bundle for host, bundle in best.items() if bundle})

    def _serve(self, chosen: Mapping[str, Bundle]) -> None:
        """Show a certificate for every host, if any choice changed."""
        if chosen == self._served:
            return
        refused = self._doorman.show(chosen)
        for host, error in refused.items():
            log.warning("the certificate for %s is not served: %s", host, error)
        known = {bundle.facts.fingerprint for bundle in self._served.values()}
        for bundle in {each.facts.fingerprint: each for each in chosen.values()}.values():
            if bundle.facts.fingerprint not in known:
                log.info("serving %s", report.describe(bundle))
        for host, bundle in chosen.items():
            self._metrics.certificate_not_after.labels(host or "*").set(bundle.facts.not_after.timestamp())
        self._served = dict(chosen)

    # order

    def _is_due(self, plan: Plan) -> bool:
        due = self._due(plan)
        if due is None or due.at > self._clock():
            return False
        return due.asked or self._attempts.held_until(plan) <= self._clock()

    def _wish_due(self, plan: Plan) -> bool:
        due = self._due(plan)
        return wishes.due(self._state(plan), due.current if due else None, self._clock())

    def _unmarked(self, plan: Plan) -> bool:
        return bool(plan.names) and abs(self._clock() - self._state(plan).wanted) > WANTED_AGAIN

    def _needs_lock(self, plan: Plan) -> bool:
        return self._is_due(plan) or self._wish_due(plan) or (self._unmarked(plan) and plan.key in self._pool.newest)

    async def _issue(self) -> None:
        """Take the lock, look again, do one thing that is due then; the next turn finds what is left."""
        try:
            async with self._storage.lock(LOCK, LOCK_LIFE) as lease:
                await self.look()
                await self._work(lease)
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

    async def _look_into_failures(self) -> None:
        """Beside the loop, and without the lock: see from here why names fail."""
        if self._advising and not self._advising.done():
            return
        states = [await self._shelf.state(plan.key) for plan in self.plans if plan.names]
        names = {name for state in states for name, failure in state.by_name if failure.remaining(self._clock())}
        if names:
            self._advising = asyncio.create_task(self._advise(names), name="certificate advice")

    async def _advise(self, names: set[str]) -> None:
        for name in sorted(names):
            advice = await diagnosis.advice(name, self._thumbprint)
            if advice and advice != self._advice.get(name):
                log.info("seen from here: %s", advice)
            self._advice[name] = advice

    async def _work(self, lease: Lease) -> None:
        for plan in self.plans:
            due = self._due(plan)
            if due and self._is_due(plan):
                await self._attempts.make(Job(plan, due, self._state(plan), lease))
                if due.asked:
                    await self._finish_asked(plan, due, lease)
                return
        for plan in self.plans:
            if self._wish_due(plan):
                await self._ask_wish(plan, lease)
        await self._sweep(lease)

    async def _finish_asked(self, plan: Plan, due: Due, lease: Lease) -> None:
        """What was asked for is tried once: all names, and if some of them fail, the others."""
        state = await self._shelf.state(plan.key)
        failed = {name for name, failure in state.by_name if failure.remaining(self._clock())}
        rest = tuple(name for name in due.names if name not in failed)
        if rest and rest != due.names:
            await self._attempts.make(Job(plan, replace(due, names=rest), state, lease))
        await self._shelf.heard(plan.key)

    async def _ask_wish(self, plan: Plan, lease: Lease) -> None:
        due, state = self._due(plan), self._state(plan)
        if due is None or due.current is None:
            return
        conversation = self._attempts.conversation(due.current.source, lease)
        try:
            state = await wishes.ask(conversation, state, due.current.facts, self._clock())
        finally:
            conversation.close()
        lease.check()
        await self._shelf.put_state(plan.key, state)
        self._states[plan.key] = state

    async def _sweep(self, lease: Lease) -> None:
        """Mark the sets that we want; remove those that no replica has marked for two weeks."""
        ours = {plan.key for plan in self.plans}
        for plan in self.plans:
            if self._unmarked(plan):
                lease.check()
                await self._shelf.put_state(plan.key, replace(self._state(plan), wanted=self._clock()))
        for name, bundle in self._pool.newest.items():
            if name in ours or bundle in self._served.values():
                continue
            last = max((await self._shelf.state(name)).wanted, bundle.facts.not_before.timestamp())
            if self._clock() - last > FORGOTTEN:
                log.info("forgetting %s, which is in nobody's settings", ", ".join(bundle.facts.names))
                await self._shelf.forget(name)

    # what the operator asks

    async def renew(self, name: str = "") -> list[str]:
        """Have a certificate renewed now: that of a site or a domain, or all of them ("").

        Leaves the wish in storage, so any process with the same settings can ask; the running replicas act on it
        within their poll. Waits are passed over, the CA's limits still hold. Returns the sites; raises OperatorError.
        """
        host = hostname(name)
        found = [plan for plan in self.plans if plan.names and (not name or name == plan.site or host in plan.domains)]
        if not found:
            known = ", ".join(plan.site for plan in self.plans) or "none"
            raise OperatorError(f"no certificate is kept for {name!r} (sites: {known})")
        for plan in found:
            await self._shelf.ask(plan.key)
        self._wake.set()
        return [plan.site for plan in found]

    async def export(self, folder: Path) -> list[Path]:
        """Write every served certificate as PEM files; see ``export.write``."""
        await self.look()
        found = {plan.domains[0]: self._served_for(plan) for plan in self.plans}
        return export.write(folder, {name: bundle for name, bundle in found.items() if bundle is not self._fallback})
