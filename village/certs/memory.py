"""What this replica remembers of the certificates it has seen, so that a storage which forgets costs no order.

Redis without persistence comes back empty, a volume comes back as its last backup was, and a write can fail just when
the CA has issued. Whoever has a younger certificate than the storage owes it that one; and as the youngest may be in
another replica's memory, a storage that was seen to begin anew is given time before anything is ordered.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from village.certs.bundle import Bundle, Pool
from village.certs.plans import Plan
from village.certs.spare import Recollection, Spare
from village.settings.model import Settings

SETTLING = 60.0  # seconds after a loss: two looks of every replica
SETTLING_NOTHING = 20.0  # where nobody here has a certificate: as long as an issuer holds on to a lock that is gone


class Memory:
    """The youngest certificate ever seen of each plan, the account key, and how the storage was marked."""

    def __init__(
        self, settings: Settings, wanted: Iterable[Plan], *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._plans = tuple(wanted)
        self._spare = Spare(settings)
        self._monotonic = monotonic
        self._recalled = False
        self._mark = ""
        self._forgot: float | None = None  # on the monotonic clock, when the storage was seen to have lost everything
        self.account_key = b""
        self.bundles: dict[str, Bundle] = {}

    async def recall(self) -> None:
        """Once, before the first look at storage: what the last process on this disk remembered."""
        if self._recalled:
            return
        kept = await self._spare.recall()
        self.bundles = {**self._ours(kept.bundles), **self.bundles}
        self.account_key, self._mark = kept.account_key, kept.mark
        self._recalled = True

    def observe(self, mark: str) -> None:
        """Take note of the storage's mark: another one than before means that it began anew."""
        if self._mark and mark != self._mark:
            self._forgot = self._monotonic()
        self._mark = mark

    async def hold(self, key: str, bundle: Bundle, now: float) -> Bundle:
        """Remember a certificate from the moment it exists; returns it, dated after the one before it."""
        before = self.bundles.get(key)
        dated = replace(bundle, at=max(now, before.at + 1) if before else now)
        self.bundles[key] = dated
        await self._keep()
        return dated

    async def learn(self, pool: Pool) -> None:
        """Remember what a look at storage showed."""
        self.bundles |= youngest(self._ours(pool.newest), self.bundles)
        await self._keep()

    def owed(self, pool: Pool, now: datetime) -> dict[str, Bundle]:
        """By set: what the storage should have and has not, or has only an older one of."""
        good = {
            plan.key: bundle
            for plan in self._plans
            if (bundle := self.bundles.get(plan.key)) and bundle.source in plan.sources and now < bundle.facts.not_after
        }
        return youngest(good, pool.newest)

    def settling(self, key: str) -> float:
        """Seconds for which a set must not be ordered, because another replica may remember a younger certificate.

        Never more than a tenth of a life, or a certificate of minutes would expire meanwhile.
        """
        if self._forgot is None:
            return 0.0
        known = self.bundles.get(key)
        span = min(SETTLING, known.facts.lifetime / 10) if known else SETTLING_NOTHING
        return max(0.0, self._forgot + span - self._monotonic())

    async def close(self) -> None:
        await self._spare.close()

    def _ours(self, bundles: Mapping[str, Bundle]) -> dict[str, Bundle]:
        return {plan.key: bundles[plan.key] for plan in self._plans if plan.key in bundles}

    async def _keep(self) -> None:
        await self._spare.keep(Recollection(dict(self.bundles), self.account_key, self._mark))


def youngest(offered: Mapping[str, Bundle], known: Mapping[str, Bundle]) -> dict[str, Bundle]:
    """Those of ``offered`` that are missing from ``known``, or younger than what is known."""
    return {
        key: bundle
        for key, bundle in offered.items()
        if key not in known or (known[key].at < bundle.at and known[key].facts != bundle.facts)
    }
