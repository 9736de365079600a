"""The loop that keeps every site's certificate: looks at storage, swaps what changed, and orders what is due.

Every replica runs one. They look at storage every half minute and swap on their own; whoever finds an order due takes the lock,
looks again, and makes one attempt.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import ssl
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from village.certs import challenges, export, keys, minting, plans, report, tls
from village.certs.attempt import Attempt
from village.certs.names import hostname
from village.certs.pem_files import SOURCE as FILES
from village.certs.pem_files import PemFiles
from village.certs.plans import Due, Plan
from village.certs.shelf import Bundle, Pool, Shelf, State
from village.certs.worker import Worker
from village.errors import LeaseLost, OperatorError, VillageError
from village.metrics import Metrics
from village.settings import Settings
from village.storage.base import Storage

log = logging.getLogger("village.certs")

LOCK = "certificates"
LOCK_LIFE = 20.0  # seconds: a killed issuer delays the next one by no more than this
POLL = 30.0  # seconds between two looks at storage
POLL_EAGERLY = 2.0  # while a certificate is missing
STORAGE_RETRY = 5.0
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
    ) -> None:
        self.settings = settings
        self.plans = plans.plans(settings)
        self._shelf = Shelf(storage)
        self._storage = storage
        self._metrics = metrics
        self._clock = clock
        self._poll = poll
        self._files = PemFiles(settings.tls.cert, settings.tls.key) if settings.tls.mode == FILES else None
        self._worker = Worker("acme")
        self._attempt = Attempt(settings, self._shelf, self._worker, metrics, clock=clock)
        domains = [hostname(name) for site in settings.sites for name in site.domains]
        self._domains = tuple(dict.fromkeys(name for name in domains if name))
        fallback_names = [name for name in self._domains if not name.startswith("*")] or list(plans.OWN_NAMES)
        self._fallback = Bundle.of(*minting.self_signed(fallback_names), SELF_SIGNED)
        self._doorman = tls.Doorman(self._fallback)
        self._contexts: dict[str, ssl.SSLContext] = {self._fallback.facts.fingerprint: self._doorman.context}
        self._served: dict[str, Bundle] = {}
        self._pool = Pool({}, {})
        self._states: dict[str, State] = {}
        self._thumbprint = ""
        self._looked = False
        self._trouble = ""
        self._wake = asyncio.Event()
        self._issuing: asyncio.Task[None] | None = None

    # what the server asks

    @property
    def context(self) -> ssl.SSLContext:
        """The listener's context: one object for the life of the process; certificates are swapped behind it."""
        return self._doorman.context

    def challenge(self, host: str, token: str) -> str | None:
        """The answer to an HTTP-01 challenge, or None when it is not ours to give."""
        if self.settings.tls.mode != "acme":
            return None
        return challenges.answer(host, token, hosts=self._domains, thumbprint=self._thumbprint)

    def ready(self) -> bool:
        """True once storage was read: before that, this replica may show a worse certificate than its siblings do."""
        return self._looked

    def status(self) -> list[dict[str, Any]]:
        """One entry for each certificate, for the status page and ``village cert list``; see ``report.entry``."""
        now = self._clock()
        if self._files:
            return [report.files_entry(self._served.get("") or self._fallback, self._domains, self._trouble)]
        return [
            report.entry(
                plan,
                self._states.get(plan.key, State()),
                self._served_for(plan),
                self._due(plan, now),
                now=now,
                obstacle=self._attempt.obstacle(plan),
                trouble=self._trouble,
            )
            for plan in self.plans
        ]

    def _served_for(self, plan: Plan) -> Bundle:
        return next((self._served[name] for name in plan.domains if name in self._served), self._fallback)

    def _due(self, plan: Plan, now: float) -> Due | None:
        return plans.decide(plan, self._states.get(plan.key, State()), self._pool, now)

    # the life of the process

    async def run(self) -> None:
        """Keep certificates until cancelled; an attempt under way is given up and its lock released."""
        try:
            while True:
                wait = await self._turn()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), wait)
                self._wake.clear()
        finally:
            await self._stop()

    async def _stop(self) -> None:
        if self._issuing:
            self._issuing.cancel()
            await asyncio.gather(self._issuing, return_exceptions=True)
        self._worker.close()

    async def _turn(self) -> float:
        """One look, and an attempt begun if one is due; how long to wait for the next turn."""
        try:
            await self.look()
        except VillageError as error:
            self._complain(error)
            return STORAGE_RETRY
        except Exception as error:  # the loop outlives whatever a turn meets
            log.exception("looking after the certificates failed")
            self._trouble = f"{type(error).__name__}"
            return STORAGE_RETRY
        if self._work() and not self._busy():
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
        now = self._clock()
        waits = [self._poll]
        for plan in self.plans:
            due = self._due(plan, now)
            if due and not self._busy():
                waits.append(max(due.at, self._attempt.held_until(plan)) - now)
            served = self._served_for(plan)
            waits.append(POLL_EAGERLY if served is self._fallback else served.facts.lifetime / 40)
        return max(0.05, min(waits))

    # look

    async def look(self) -> None:
        """Read storage (or the operator's files) and serve what is there. Raises StorageError, OperatorError."""
        if self._files:
            self._look_at_files(self._files)
        else:
            await self._look_at_storage()
        self._looked, self._trouble = True, ""

    def _look_at_files(self, files: PemFiles) -> None:
        bundle = files.changed()
        if bundle:
            self._doorman.show({}, tls.context_of(bundle))
            self._note({"": bundle})

    async def _look_at_storage(self) -> None:
        if self.settings.tls.mode == "acme" and not self._thumbprint:
            self._thumbprint = keys.thumbprint(keys.from_pem(await self._shelf.account_key()))
        self._pool = await self._shelf.pool()
        self._states = {plan.key: await self._shelf.state(plan.key) for plan in self.plans if plan.names}
        self._serve()

    def _serve(self) -> None:
        """Choose a certificate for every host and show the new table if any choice changed."""
        now = datetime.fromtimestamp(self._clock(), UTC)
        chosen: dict[str, Bundle] = {}
        for plan in self.plans:
            for host in {*plan.domains, *plan.names}:
                bundle = plans.serving(host, self._pool, plan.sources, now)
                if bundle:
                    chosen[host] = bundle
        if chosen != self._served:
            self._show(chosen)

    def _show(self, chosen: dict[str, Bundle]) -> None:
        contexts = {}
        for host, bundle in list(chosen.items()):
            try:
                contexts[host] = self._context(bundle)
            except OperatorError as error:
                log.warning("the certificate for %s is not served: %s", host, error)
                del chosen[host]
        first = next((contexts[name] for plan in self.plans for name in plan.domains if name in contexts), None)
        self._doorman.show(contexts, first or self._doorman.context)
        used = {bundle.facts.fingerprint for bundle in (*chosen.values(), self._fallback)}
        self._contexts = {key: context for key, context in self._contexts.items() if key in used}
        self._note(chosen)

    def _context(self, bundle: Bundle) -> ssl.SSLContext:
        key = bundle.facts.fingerprint
        if key not in self._contexts:
            self._contexts[key] = tls.context_of(bundle)
        return self._contexts[key]

    def _note(self, served: dict[str, Bundle]) -> None:
        known = {bundle.facts.fingerprint for bundle in self._served.values()}
        self._served = served
        for bundle in {each.facts.fingerprint: each for each in served.values()}.values():
            if bundle.facts.fingerprint not in known:
                log.info("serving %s", report.describe(bundle))
        for host, bundle in served.items():
            self._metrics.certificate_not_after.labels(host or "*").set(bundle.facts.not_after.timestamp())

    # order

    def _work(self) -> bool:
        """True when some plan needs the lock now: an order due, or the CA's wish to be asked for."""
        now = self._clock()
        return any(
            self._is_due(plan, now) or self._attempt.wish_due(plan, *self._view(plan), now) for plan in self.plans
        )

    def _view(self, plan: Plan) -> tuple[State, Due | None]:
        return self._states.get(plan.key, State()), self._due(plan, self._clock())

    def _is_due(self, plan: Plan, now: float) -> bool:
        due = self._due(plan, now)
        return due is not None and due.at <= now and self._attempt.held_until(plan) <= now

    async def _issue(self) -> None:
        """Take the lock, look again, make one attempt at whatever is due then; the next turn finds what is left."""
        try:
            async with self._storage.lock(LOCK, LOCK_LIFE) as lease:
                await self.look()
                now = self._clock()
                for plan in self.plans:
                    state, due = self._view(plan)
                    if self._is_due(plan, now) and due:
                        await self._attempt.make(plan, due, state, lease)
                        break
                    await self._attempt.ask_wish(plan, state, due, lease)
        except LeaseLost as error:
            log.warning("%s; whoever holds it goes on", error)
        except VillageError as error:
            self._complain(error)
            await asyncio.sleep(random.uniform(0.5, 1) * STORAGE_RETRY)  # noqa: S311 - spreads replicas
        except Exception:
            log.exception("an attempt at a certificate failed")
            await asyncio.sleep(STORAGE_RETRY)
        self._wake.set()

    async def renew(self, name: str) -> None:
        """Renew now the certificate of a site or a domain, whatever its dates and its waits say; the CA's limits still hold.

        Works in any process with the same settings: the running replicas answer the challenge. Raises VillageError.
        """
        plan = next((plan for plan in self.plans if name == plan.site or hostname(name) in plan.domains), None)
        if plan is None or not plan.names:
            known = ", ".join(plan.site for plan in self.plans) or "none"
            raise OperatorError(f"no certificate is kept for {name!r} (sites: {known})")
        async with self._storage.lock(LOCK, LOCK_LIFE) as lease:
            await self.look()
            state, due = self._view(plan)
            current = due.current if due else None
            forced = Due(self._clock(), plan.names, "asked for", current)
            await self._attempt.make(plan, forced, state, lease, forced=True)
        await self.look()

    async def export(self, folder: Path) -> list[Path]:
        """Write every served certificate as PEM files; see ``export.write``."""
        await self.look()
        found = {plan.domains[0]: self._served_for(plan) for plan in self.plans if plan.domains}
        return export.write(folder, {name: bundle for name, bundle in found.items() if bundle is not self._fallback})
