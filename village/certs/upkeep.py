"""What is done under the lock: orders, the CA's wishes, marks and oblivion; and whether there is anything to do."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from village.certs import attempts, plans, report, wishes
from village.certs.attempt import Attempts, Job
from village.certs.bundle import Bundle, Pool
from village.certs.plans import Due, Plan
from village.certs.shelf import Shelf
from village.certs.state import State
from village.storage.lease import Lease

log = logging.getLogger("village.certs")

WANTED_AGAIN = attempts.DAY / 2  # how often a set's mark "still in somebody's settings" is refreshed
FORGOTTEN = 14 * attempts.DAY  # a set that nobody marked for so long is removed


@dataclass(frozen=True, slots=True)
class View:
    """What one look at storage showed: certificates, what is remembered of each plan, what an operator asked for,
    and what this replica ``owes`` the storage, which counts as if it were there.
    """

    pool: Pool = field(default_factory=lambda: Pool({}, {}))
    states: dict[str, State] = field(default_factory=dict)
    asked: frozenset[str] = frozenset()
    owes: Mapping[str, Bundle] = field(default_factory=dict)

    def owing(self, owed: Mapping[str, Bundle]) -> View:
        """The same, with certificates that are better than what the storage has."""
        return replace(self, pool=Pool({**self.pool.newest, **owed}, self.pool.previous), owes=owed)

    def state(self, plan: Plan) -> State:
        """What is remembered of a plan."""
        return self.states.get(plan.key, State())

    def due(self, plan: Plan, now: float) -> Due | None:
        """When a plan's next order is due; see ``plans.decide``."""
        return plans.decide(plan, self.state(plan), self.pool, now, asked=plan.key in self.asked)


async def look(shelf: Shelf, wanted: Sequence[Plan], pool: Pool) -> View:
    """What storage remembers beside the certificates in ``pool``. Raises StorageError."""
    states = {plan.key: await shelf.state(plan.key) for plan in wanted if plan.names}
    return View(pool, states, frozenset(await shelf.asked()))


class Upkeep:
    """The work on a list of plans. Every method that writes is called under the lock."""

    def __init__(self, wanted: Sequence[Plan], shelf: Shelf, tries: Attempts, *, clock: Callable[[], float]) -> None:
        self._plans = [plan for plan in wanted if plan.names]
        self._shelf = shelf
        self._attempts = tries
        self._clock = clock

    def needed(self, view: View) -> bool:
        """True when the lock is worth taking."""
        return bool(view.owes) or any(
            self._due_now(plan, view)
            or self._wish_due(plan, view)
            or (self._unmarked(plan, view) and plan.key in view.pool.newest)
            for plan in self._plans
        )

    def _due_now(self, plan: Plan, view: View) -> Due | None:
        due, now = view.due(plan, self._clock()), self._clock()
        if due is None or due.at > now or (not due.asked and self._attempts.held_until(plan) > now):
            return None
        return due

    def _wish_due(self, plan: Plan, view: View) -> bool:
        due = view.due(plan, self._clock())
        return wishes.due(view.state(plan), due.current if due else None, self._clock())

    def _unmarked(self, plan: Plan, view: View) -> bool:
        return abs(self._clock() - view.state(plan).wanted) > WANTED_AGAIN

    async def work(self, view: View, lease: Lease, *, served: Collection[Bundle]) -> None:
        """What is owed, then one order if one is due; otherwise the small duties."""
        for name, bundle in view.owes.items():
            lease.check()
            log.warning("the storage had an older certificate than this replica: put back %s", report.describe(bundle))
            await self._shelf.store(name, bundle)
        for plan in self._plans:
            if due := self._due_now(plan, view):
                await self._attempts.make(Job(plan, due, view.state(plan), lease))
                if due.asked:
                    await self._finish_asked(plan, due, lease)
                return
        for plan in self._plans:
            if self._wish_due(plan, view):
                await self._ask_wish(plan, view, lease)
            elif self._unmarked(plan, view):
                lease.check()
                await self._shelf.put_state(plan.key, replace(view.state(plan), wanted=self._clock()))
        await self._forget(view, lease, served)

    async def _finish_asked(self, plan: Plan, due: Due, lease: Lease) -> None:
        """What was asked for is tried once: all names, and if some of them fail, the others."""
        state = await self._shelf.state(plan.key)
        failed = {name for name, failure in state.by_name if failure.remaining(self._clock())}
        rest = tuple(name for name in due.names if name not in failed)
        if rest and rest != due.names:
            await self._attempts.make(Job(plan, replace(due, names=rest), state, lease))
        await self._shelf.heard(plan.key)

    async def _ask_wish(self, plan: Plan, view: View, lease: Lease) -> None:
        due = view.due(plan, self._clock())
        if due is None or due.current is None:
            return
        conversation = self._attempts.conversation(due.current.source, lease)
        try:
            state = await wishes.ask(conversation, view.state(plan), due.current.facts, self._clock())
        finally:
            conversation.close()
        lease.check()
        await self._shelf.put_state(plan.key, replace(state, wanted=self._clock()))

    async def _forget(self, view: View, lease: Lease, served: Collection[Bundle]) -> None:
        """Remove the sets that no replica has marked for two weeks."""
        ours = {plan.key for plan in self._plans}
        for name, bundle in view.pool.newest.items():
            if name in ours or bundle in served:
                continue
            last = max((await self._shelf.state(name)).wanted, bundle.facts.not_before.timestamp())
            if self._clock() - last > FORGOTTEN:
                lease.check()
                log.info("forgetting %s, which is in nobody's settings", ", ".join(bundle.facts.names))
                await self._shelf.forget(name)

    async def failing(self) -> set[str]:
        """The names that are set aside now."""
        states = [await self._shelf.state(plan.key) for plan in self._plans]
        return {name for state in states for name, failure in state.by_name if failure.remaining(self._clock())}
