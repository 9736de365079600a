"""One attempt at one certificate: which CA, staging first or not, and what is remembered when it fails."""

from __future__ import annotations

import logging
import random
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

from village.certs import acme, attempts, minting, persistence, plans, renewal, report
from village.certs.attempts import Failure
from village.certs.issuance import Conversation, Wanted, is_public
from village.certs.plans import Due, Plan
from village.certs.shelf import Bundle, Shelf, State, ca_key
from village.certs.worker import Worker
from village.errors import AcmeProblem, ChallengeFailed, OperatorError
from village.metrics import Metrics
from village.settings import LETSENCRYPT, LETSENCRYPT_STAGING, Settings
from village.storage.lease import Lease

log = logging.getLogger("village.certs")

INTERNAL_LIFETIME = timedelta(days=90)
NO_WISH_AGAIN = attempts.DAY  # a CA without ARI is asked for it again after a day


class Attempt:
    """Makes attempts for this replica. What concerns all replicas stands in storage, what concerns only this one in here."""

    def __init__(
        self, settings: Settings, shelf: Shelf, worker: Worker, metrics: Metrics, *, clock: Callable[[], float]
    ) -> None:
        self._settings = settings
        self._acme = settings.acme
        self._shelf = shelf
        self._worker = worker
        self._metrics = metrics
        self._clock = clock
        self._doubt = persistence.doubt(settings)
        self._unreachable: dict[str, Failure] = {}  # by set: this replica's own network troubles
        self._limited: dict[str, tuple[float, str]] = {}  # by set: until when a limit forbids, and which

    def held_until(self, plan: Plan) -> float:
        """Until when this replica must not try, seconds since the epoch; 0 when nothing holds it back."""
        now = self._clock()
        away = self._unreachable.get(plan.key, Failure()).remaining(now)
        limit = self._limited.get(plan.key, (0.0, ""))[0]
        return max(now + away if away else 0.0, limit, now + attempts.DAY if self._forbidden(plan) else 0.0)

    def obstacle(self, plan: Plan) -> str:
        """Why this replica does not try now, for the status page; "" when nothing stands in the way."""
        failure = self._unreachable.get(plan.key, Failure())
        until, why = self._limited.get(plan.key, (0.0, ""))
        limit = why if until > self._clock() else ""
        return self._forbidden(plan) or limit or (failure.message if failure.count else "")

    def _forbidden(self, plan: Plan) -> str:
        """Why no public CA is asked at all: certificates that vanish with the container burn a week's limits within hours."""
        public = any(is_public(source, self._acme.ca_bundle) for source in plan.sources if source != plans.INTERNAL)
        if not public or not self._doubt or self._acme.allow_ephemeral:
            return ""
        return f"no certificate is ordered: {self._doubt}; mount a volume, or set VILLAGE_ACME_ALLOW_EPHEMERAL=true"

    async def make(self, plan: Plan, due: Due, state: State, lease: Lease, *, forced: bool = False) -> None:
        """Try every CA in turn. Failures are written down, not raised, unless the attempt was ``forced``."""
        if plan.sources == (plans.INTERNAL,):
            await self._sign_ourselves(plan)
            return
        problem: Exception | None = None
        for directory in plan.sources:
            if not forced and dict(state.by_ca).get(ca_key(directory), Failure()).remaining(self._clock()) > 0:
                continue
            try:
                await self._shelf.prove_writable()
                await self._try(plan, due, state, lease, directory)
            except AcmeProblem as caught:
                problem = caught
                state = await self._remember(plan, due, state, directory, caught)
                if isinstance(caught, ChallengeFailed):
                    break  # the way from outside to us is broken: no other CA would fare better
            except OperatorError as caught:
                problem = caught
            else:
                return
        if forced and problem:
            raise problem

    async def _sign_ourselves(self, plan: Plan) -> None:
        root, key = await self._shelf.authority(minting.authority)
        chain, leaf_key = minting.issued(root, key, plan.names, lifetime=INTERNAL_LIFETIME)
        await self._shelf.store(plan.key, Bundle.of(chain, leaf_key, plans.INTERNAL))

    async def _try(self, plan: Plan, due: Due, state: State, lease: Lease, directory: str) -> None:
        now, ca = self._clock(), ca_key(directory)
        predecessor = due.current or await self._shelf.bundle(plan.key)
        lifetime = predecessor.facts.lifetime if predecessor else 0.0
        ledger = await self._shelf.ledger(ca)
        wait, limit = attempts.over_limit(ledger, plan.key, due.names, now, lifetime=lifetime)
        if wait:
            why = f"{ca}: the limit of {limit} is reached; next try in {attempts.in_words(wait)}"
            self._limited[plan.key] = (now + wait, why)
            log.warning("%s", why)
            raise OperatorError(why)
        if suspects := self._suspects(due, state):
            await self._rehearse(directory, suspects, lease)
        same_ca = predecessor is not None and predecessor.source == directory
        wanted = Wanted(plan.key, due.names, predecessor.facts.cert_id if predecessor and same_ca else "")
        bundle = await self._obtain(directory, wanted, lease)
        await self._keep(plan, state, bundle, ca)

    @staticmethod
    def _suspects(due: Due, state: State) -> tuple[str, ...]:
        """The names to try at a staging CA first: those that failed before, or all after a failure of the whole order."""
        failed = {name for name, failure in state.by_name if failure.count}
        suspects = tuple(name for name in due.names if name in failed)
        return suspects or (due.names if any(failure.count for _, failure in state.by_ca) else ())

    async def _rehearse(self, directory: str, names: tuple[str, ...], lease: Lease) -> None:
        """A retry goes to the staging CA first, whose limits are wide. Only a failed validation counts: staging may be down."""
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
        conversation = Conversation(self._acme, self._shelf, self._worker, lease, directory)
        log.info("ordering a certificate for %s from %s", ", ".join(wanted.names), directory)
        try:
            await conversation.open()
            return await conversation.obtain(wanted)
        finally:
            await conversation.close()

    async def _keep(self, plan: Plan, state: State, bundle: Bundle, ca: str) -> None:
        """Bundle first: whatever follows can be lost without harm."""
        now = self._clock()
        await self._shelf.store(plan.key, bundle)
        await self._shelf.put_order(plan.key, None)
        ledger = await self._shelf.ledger(ca)
        await self._shelf.put_ledger(ca, ledger.issued(now, plan.key, bundle.facts.names))
        still_bad = tuple((name, failure) for name, failure in state.by_name if not bundle.facts.covers(name))
        await self._shelf.put_state(plan.key, State(by_name=still_bad, wanted=now))
        self._unreachable.pop(plan.key, None)
        self._limited.pop(plan.key, None)
        self._metrics.certificate_attempts.labels("issued").inc()
        log.info("obtained %s", report.describe(bundle))

    async def _remember(self, plan: Plan, due: Due, state: State, directory: str, problem: AcmeProblem) -> State:
        """Write the failure down where it belongs: to a name, to the CA for this set, or to this replica's network."""
        self._metrics.certificate_attempts.labels("failed").inc()
        log.warning("no certificate for %s from %s: %s", ", ".join(due.names), directory, problem.describe())
        now, draw, ca = self._clock(), random.random(), ca_key(directory)  # noqa: S311 - jitter
        fields = {"kind": problem.kind, "message": problem.message, "hint": problem.hint}

        def next_failure(last: Failure) -> Failure:
            return attempts.failed(last, now, draw, retry_after=problem.retry_after, **fields)

        if problem.kind == acme.UNREACHABLE and not problem.status:
            self._unreachable[plan.key] = next_failure(self._unreachable.get(plan.key, Failure()))
            return state
        blamed = blamed_names(problem, due.names)
        if blamed:
            ledger = await self._shelf.ledger(ca)
            await self._shelf.put_ledger(ca, ledger.refused(now, blamed))
            failures = dict(state.by_name)
            failures |= {name: next_failure(failures.get(name, Failure())) for name in blamed}
            state = replace(state, by_name=tuple(failures.items()))
        else:
            by_ca: dict[str, Failure] = dict(state.by_ca)
            by_ca[ca] = next_failure(by_ca.get(ca, Failure()))
            state = replace(state, by_ca=tuple(by_ca.items()))
        await self._shelf.put_state(plan.key, state)
        return state

    # the CA's wish (ARI)

    def wish_due(self, plan: Plan, state: State, due: Due | None, now: float) -> bool:
        """True when the CA should be asked when it wants the current certificate replaced."""
        current = due.current if due else None
        if current is None or current.source == plans.INTERNAL or not current.facts.cert_id:
            return False
        return state.wish_again <= now or state.wish_again - now > 2 * attempts.DAY

    async def ask_wish(self, plan: Plan, state: State, due: Due | None, lease: Lease) -> None:
        """Ask, and store the moment drawn; a CA that cannot say is asked again later. The wish never makes an attempt fail."""
        now = self._clock()
        if not self.wish_due(plan, state, due, now) or due is None or due.current is None:
            return
        facts = due.current.facts
        conversation = Conversation(self._acme, self._shelf, self._worker, lease, due.current.source)
        wish, again = state.wish, min(attempts.HOUR, facts.lifetime / 4)
        try:
            session = await conversation.open()
            if not session.has_renewal_info:
                wish, again = None, NO_WISH_AGAIN
            else:
                window = await conversation.call(lambda session: session.renewal_window(facts.cert_id))
                again = min(renewal.next_check(window.retry_after), max(facts.lifetime / 4, renewal.CHECK_LEAST))
                wish = self._judge(window, facts, wish)
        except AcmeProblem as problem:
            log.info("the CA does not say when it wants %s renewed: %s", plan.names[0], problem)
        finally:
            await conversation.close()
        await self._shelf.put_state(plan.key, replace(state, wish=wish, wish_checked=now, wish_again=now + again))

    @staticmethod
    def _judge(window: acme.Window, facts: object, old: renewal.Wish | None) -> renewal.Wish | None:
        start, end = renewal.parse_time(window.start), renewal.parse_time(window.end)
        drawn = random.random()  # noqa: S311 - spreads load
        new = renewal.draw(facts, start, end, drawn, window.explanation) if start and end else None  # type: ignore[arg-type]
        if new is None:
            log.warning(
                "the CA's renewal window makes no sense (%s to %s); going by the lifetime", window.start, window.end
            )
            return None
        kept = renewal.keep_or_redraw(old, new)
        if kept is new:
            log.info("the CA wants a renewal at %s %s", renewal.moment(new.selected), window.explanation)
        return kept


def blamed_names(problem: AcmeProblem, names: tuple[str, ...]) -> tuple[str, ...]:
    """The ordered names that a problem is about: those it lists, else those that its words mention, unless that is none."""
    listed = tuple(name for name in names if name in problem.names)
    if listed or problem.kind not in {"rejectedIdentifier", "caa", "dns", "unsupportedIdentifier", "unauthorized"}:
        return listed
    words: Mapping[str, object] = dict.fromkeys(re.findall(r"[a-z0-9._-]+", problem.detail.lower()))
    trimmed = {word.strip(".") for word in words}
    return tuple(name for name in names if name in trimmed)
