"""One attempt at one certificate: which CA, staging first or not, and what is remembered when it fails."""

from __future__ import annotations

import logging
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from village.certs import attempts, minting, persistence, plans, renewal, report
from village.certs.answers import UNREACHABLE
from village.certs.attempts import Failure
from village.certs.bundle import Bundle, ca_key
from village.certs.certificate import Facts
from village.certs.issuance import Conversation, Wanted, is_public
from village.certs.memory import Memory
from village.certs.plans import Due, Plan
from village.certs.shelf import Shelf
from village.certs.state import State
from village.certs.worker import Worker
from village.errors import AcmeProblem, ChallengeFailed, OperatorError, VillageError
from village.metrics import Metrics
from village.settings.model import LETSENCRYPT, LETSENCRYPT_STAGING, Settings
from village.storage.lease import Lease

log = logging.getLogger("village.certs")

INTERNAL_LIFETIME = timedelta(days=90)
SKEW = 60.0  # seconds of clock difference worth a word
SETTLING = "the storage lost what it held: other replicas are given time to bring back what they remember"
NAMES_AT_FAULT = {"rejectedIdentifier", "unsupportedIdentifier", "caa", "dns", "unauthorized", "malformed"}


class LimitReached(OperatorError):
    """The CA's limits forbid an order for ``wait`` more seconds."""

    def __init__(self, message: str, wait: float) -> None:
        super().__init__(message)
        self.wait = wait


@dataclass(frozen=True, slots=True)
class Job:
    """A plan that is due, with what is remembered of it, under the lease that allows to act."""

    plan: Plan
    due: Due
    state: State
    lease: Lease


class Attempts:
    """Makes this replica's attempts. What concerns all replicas stands in storage; what only this one, in here."""

    def __init__(
        self,
        settings: Settings,
        shelf: Shelf,
        memory: Memory,
        worker: Worker,
        metrics: Metrics,
        *,
        clock: Callable[[], float],
    ) -> None:
        self._acme = settings.acme
        self._shelf = shelf
        self._memory = memory
        self._worker = worker
        self._metrics = metrics
        self._clock = clock
        self._doubt = persistence.doubt(settings)
        self._own: dict[str, Failure] = {}  # by set: this replica's own troubles, its network above all
        self._limits: dict[str, tuple[float, str]] = {}  # by set: until when a limit forbids, and which
        self.skew = 0.0  # seconds that our clock is ahead of the CA's

    def held_until(self, plan: Plan) -> float:
        """Until when this replica must not try, seconds since the epoch; 0 when nothing holds it back."""
        now = self._clock()
        away = self._own.get(plan.key, Failure()).remaining(now)
        limit = self._limits.get(plan.key, (0.0, ""))[0]
        waits = (away, self._memory.settling(plan.key), attempts.DAY if self._forbidden(plan) else 0.0)
        return max(limit, *(now + wait if wait else 0.0 for wait in waits))

    def obstacles(self, plan: Plan) -> list[str]:
        """Why this replica does not try now, for the status page."""
        until, limit = self._limits.get(plan.key, (0.0, ""))
        lines = [
            self._forbidden(plan),
            limit if until > self._clock() else "",
            self._own.get(plan.key, Failure()).message,
            SETTLING if self._memory.settling(plan.key) else "",
        ]
        if abs(self.skew) > SKEW:
            lines.append(f"this machine's clock is {self.skew:+.0f} s off the CA's")
        return [line for line in lines if line]

    def _forbidden(self, plan: Plan) -> str:
        """Why no public CA is asked at all: certificates lost with the container burn a week's limits in hours."""
        public = any(is_public(source, self._acme.ca_bundle) for source in plan.sources)
        if not public or not self._doubt or self._acme.allow_ephemeral:
            return ""
        return f"no certificate is ordered: {self._doubt}; mount a volume, or set VILLAGE_ACME_ALLOW_EPHEMERAL=true"

    async def make(self, job: Job) -> None:
        """Try the plan's CAs in turn. Failures are written down, not raised; raises LeaseLost and StorageError."""
        if job.plan.sources == (plans.INTERNAL,):
            await self._sign_ourselves(job)
            return
        for directory in job.plan.sources:
            if not job.due.asked and self._resting(job.state, directory):
                continue
            try:
                await self._shelf.prove_writable()
                await self._try(job, directory)
            except LimitReached as limit:
                self._limits[job.plan.key] = (self._clock() + limit.wait, str(limit))
                self._metrics.certificate_attempts.labels("limited").inc()
                log.warning("%s", limit)
            except AcmeProblem as problem:
                job = replace(job, state=await self._remember(job, directory, problem))
                if isinstance(problem, ChallengeFailed):
                    return  # the way from outside to us is broken: no other CA would fare better
            except OperatorError as error:
                self._note_own(job, error)
            else:
                return

    def _resting(self, state: State, directory: str) -> bool:
        return dict(state.by_ca).get(ca_key(directory), Failure()).remaining(self._clock()) > 0

    async def _sign_ourselves(self, job: Job) -> None:
        root, key = await self._shelf.authority(minting.authority)
        chain, leaf_key = minting.issued(root, key, job.plan.names, lifetime=INTERNAL_LIFETIME)
        made = Bundle.of(chain, leaf_key, plans.INTERNAL)
        job.lease.check()
        await self._shelf.store(job.plan.key, await self._memory.hold(job.plan.key, made, self._clock()))
        self._metrics.certificate_attempts.labels("issued").inc()

    async def _try(self, job: Job, directory: str) -> None:
        ca, key, names = ca_key(directory), job.plan.key, job.due.names
        predecessor = job.due.current or await self._shelf.bundle(key)
        await self._respect_limits(ca, job, predecessor)
        if suspects := self._suspects(job):
            await self._rehearse(directory, suspects, job.lease)
        replaces = predecessor.facts.cert_id if predecessor and predecessor.source == directory else ""
        before = await self._shelf.bundle(key)
        wanted = Wanted(key, names, replaces, before.facts.fingerprint if before else "")
        bundle = await self._obtain(directory, wanted, job.lease)
        await self._keep(job, bundle, ca)

    async def _respect_limits(self, ca: str, job: Job, predecessor: Bundle | None) -> None:
        """Raises LimitReached. An order under way was counted when it was placed."""
        key, now, current = job.plan.key, self._clock(), job.due.current
        if await self._shelf.order(key):
            return
        early = current is not None and not job.due.asked and now < renewal.by_lifetime(current.facts).timestamp()
        wait, limit = attempts.over_limit(
            await self._shelf.ledger(ca),
            key,
            job.due.names,
            now,
            lifetime=predecessor.facts.lifetime if predecessor else 0.0,
            early=early,
        )
        if wait:
            raise LimitReached(f"{ca}: the limit of {limit} is reached; next try in {attempts.in_words(wait)}", wait)

    @staticmethod
    def _suspects(job: Job) -> tuple[str, ...]:
        """Names to try at a staging CA first: those that failed before, or all after a failure of the whole order."""
        failed = {name for name, failure in job.state.by_name if failure.count}
        suspects = tuple(name for name in job.due.names if name in failed)
        return suspects or (job.due.names if any(failure.count for _, failure in job.state.by_ca) else ())

    async def _rehearse(self, directory: str, names: tuple[str, ...], lease: Lease) -> None:
        """A retry goes to the staging CA first. Only a failed validation counts: staging itself may be down."""
        staging = self._acme.staging or (LETSENCRYPT_STAGING if directory == LETSENCRYPT else "")
        if not staging or staging == directory:
            return
        try:
            await self._obtain(staging, Wanted("", names), lease)
        except ChallengeFailed:
            raise
        except AcmeProblem as problem:
            log.warning("the staging CA is no help (%s); asking the real one", problem)

    async def _obtain(self, directory: str, wanted: Wanted, lease: Lease) -> Bundle:
        conversation = self.conversation(directory, lease)
        log.info("ordering a certificate for %s from %s", ", ".join(wanted.names), directory)
        try:
            self._compare_clocks((await conversation.open()).skew)
            return await conversation.obtain(wanted)
        except VillageError:
            raise
        except (
            Exception
        ) as error:  # whatever a CA's answer or a library makes of it: it must not be tried at once again
            log.exception("an unforeseen error at %s", directory)
            raise AcmeProblem("unforeseen", f"{type(error).__name__}: {error}") from None
        finally:
            conversation.close()

    def conversation(self, directory: str, lease: Lease) -> Conversation:
        """A conversation with one CA, in this replica's one thread."""
        return Conversation(self._acme, self._shelf, self._worker, lease, directory, clock=self._clock)

    def _compare_clocks(self, skew: float) -> None:
        if abs(skew) > SKEW and abs(self.skew) <= SKEW:
            log.warning(
                "this machine's clock is %+.0f s off the CA's; certificates seem to begin or end at odd times", skew
            )
        self.skew = skew

    async def _keep(self, job: Job, bundle: Bundle, ca: str) -> None:
        """Bundle first: whatever follows can be lost without harm.

        In memory before the storage: from there the next look puts it back, whatever happens to lock and storage.
        """
        now, plan, facts = self._clock(), job.plan, bundle.facts
        bundle = await self._memory.hold(plan.key, bundle, now)
        job.lease.check()
        await self._shelf.store(plan.key, bundle)
        await self._shelf.put_order(plan.key, None)
        ledger = await self._shelf.ledger(ca)
        await self._shelf.put_ledger(ca, ledger.issued(now, plan.key, facts.names))
        still_bad = tuple((name, failure) for name, failure in job.state.by_name if not facts.covers(name))
        await self._shelf.put_state(plan.key, State(by_name=still_bad, by_ca=self._odd_dates(facts, ca), wanted=now))
        self._own.pop(plan.key, None)
        self._limits.pop(plan.key, None)
        self._metrics.certificate_attempts.labels("issued").inc()
        log.info("obtained %s", report.describe(bundle))

    def _odd_dates(self, facts: Facts, ca: str) -> tuple[tuple[str, Failure], ...]:
        """A fresh certificate that our clock wants renewed at once must not be ordered again and again."""
        now = self._clock()
        if now < renewal.by_lifetime(facts).timestamp():
            return ()
        words = f"by this machine's clock the new certificate, until {renewal.moment(facts.not_after)}, is old already"
        hint = "set the clock; it tells whether a certificate is valid"
        return ((ca, attempts.failed(Failure(count=3), now, 0.0, kind="clock", message=words, hint=hint)),)

    # failures

    def _note_own(self, job: Job, error: VillageError) -> None:
        """A failure that says nothing about the other replicas."""
        last, kind = self._own.get(job.plan.key, Failure()), type(error).__name__
        wait = error.retry_after if isinstance(error, AcmeProblem) else None
        self._own[job.plan.key] = attempts.failed(
            last,
            self._clock(),
            chance(),
            kind=kind,
            message=str(error),
            hint=error.hint,
            retry_after=wait,
            lifetime=lifetime_of(job),
        )
        self._metrics.certificate_attempts.labels("failed").inc()
        log.warning("no certificate for %s: %s", ", ".join(job.due.names), error.describe())

    async def _remember(self, job: Job, directory: str, problem: AcmeProblem) -> State:
        """Write the failure down where it belongs: to names, to the CA for this set, or to this replica."""
        if problem.kind == UNREACHABLE and not problem.status:
            self._note_own(job, problem)
            return job.state
        self._metrics.certificate_attempts.labels("failed").inc()
        log.warning("no certificate for %s from %s: %s", ", ".join(job.due.names), directory, problem.describe())
        blamed = blamed_names(problem, job.due.names) or self._suspected(job, ca_key(directory), problem)
        state = self._with_failure(job, ca_key(directory), blamed, problem)
        job.lease.check()
        if blamed:
            ledger = await self._shelf.ledger(ca_key(directory))
            await self._shelf.put_ledger(ca_key(directory), ledger.refused(self._clock(), blamed))
        await self._shelf.put_state(job.plan.key, state)
        return state

    @staticmethod
    def _suspected(job: Job, ca: str, problem: AcmeProblem) -> tuple[str, ...]:
        """A CA that refuses twice without saying which name it minds: try the canonical one alone."""
        again = dict(job.state.by_ca).get(ca, Failure()).count > 0
        return job.due.names[1:] if again and problem.kind in NAMES_AT_FAULT else ()

    def _with_failure(self, job: Job, ca: str, blamed: Sequence[str], problem: AcmeProblem) -> State:
        now, drawn, state = self._clock(), chance(), job.state

        def one_more(known: dict[str, Failure], name: str) -> Failure:
            return attempts.failed(
                known.get(name, Failure()),
                now,
                drawn,
                kind=problem.kind,
                message=problem.message,
                hint=problem.hint,
                retry_after=problem.retry_after,
                lifetime=lifetime_of(job),
            )

        by_name, by_ca = dict(state.by_name), dict(state.by_ca)
        if not blamed:
            by_ca[ca] = one_more(by_ca, ca)
        for name in blamed:
            by_name[name] = one_more(by_name, name)
        return replace(state, by_name=tuple(by_name.items()), by_ca=tuple(by_ca.items()))


def lifetime_of(job: Job) -> float:
    """Seconds that the certificate to be replaced was made for; 0 when there is none."""
    return job.due.current.facts.lifetime if job.due.current else 0.0


def chance() -> float:
    """Jitter in [0, 1)."""
    return random.random()  # noqa: S311


def blamed_names(problem: AcmeProblem, names: tuple[str, ...]) -> tuple[str, ...]:
    """The ordered names that a problem is about: those it lists, else those that its words mention."""
    listed = tuple(name for name in names if name in problem.names)
    if listed or problem.kind not in NAMES_AT_FAULT:
        return listed
    words = {word.strip(".") for word in re.findall(r"[a-z0-9._-]+", problem.detail.lower())}
    return tuple(name for name in names if name in words)
