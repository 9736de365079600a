"""Which certificates there should be, and which of them is due: pure functions of settings, storage and now.

One certificate for each site, with all its domains: a visitor of any of them is served after one order, the
CA's limits count one set, and the canonical redirect works from every name at once. A name that cannot be
proven is set aside for a while, by the table of retries; the others go on without it and the certificate is
replaced by a whole one as soon as the name works.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from village.certs import names, renewal
from village.certs.bundle import Bundle, Pool, ca_key, set_key
from village.certs.issuance import is_public
from village.certs.state import State
from village.settings.model import Settings, SiteSettings

INTERNAL = "internal"
OWN_NAMES = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Plan:
    """The certificate of one site: its names (canonical first), and those no CA would sign, with the reason."""

    site: str
    domains: tuple[str, ...]
    names: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]
    sources: tuple[str, ...]  # acceptable origins, in order of preference

    @property
    def key(self) -> str:
        """The set's name in storage."""
        return set_key(self.names)


@dataclass(frozen=True, slots=True)
class Due:
    """What to do for a plan: from ``at`` (seconds since the epoch) on, order ``names``; ``current`` is what is
    served so far.
    """

    at: float
    names: tuple[str, ...]
    reason: str  # missing | renewal | retry | asked
    current: Bundle | None = None

    @property
    def asked(self) -> bool:
        """True when an operator wants it now, whatever the waits say; the CA's limits still hold."""
        return self.reason == "asked"


def plans(settings: Settings) -> list[Plan]:
    """The plans of all sites that need a certificate from a CA or from ourselves."""
    if settings.tls.mode == INTERNAL:
        return [internal_plan(settings.sites)]
    if settings.tls.mode != "acme":
        return []
    made = [acme_plan(site, settings) for site in settings.sites]
    return [plan for plan in made if plan.domains]


def internal_plan(sites: Iterable[SiteSettings]) -> Plan:
    """One certificate for everything, this machine's own names included."""
    domains = tuple(dict.fromkeys(filter(None, (names.hostname(name) for site in sites for name in site.domains))))
    good = tuple(dict.fromkeys((*(name for name in domains if names.is_domain(name)), *OWN_NAMES)))
    return Plan(INTERNAL, domains or OWN_NAMES, good, (), (INTERNAL,))


def acme_plan(site: SiteSettings, settings: Settings) -> Plan:
    """A site's domains, parted into those to order and those that no order could get."""
    public = any(is_public(url, settings.acme.ca_bundle) for url in settings.acme.directory)
    domains = tuple(dict.fromkeys(names.hostname(name) or name for name in site.domains))
    refused = [(name, why) for name in domains if (why := names.objection(name, public=public))]
    good = tuple(name for name in domains if name not in dict(refused))
    return Plan(site.name, domains, good, tuple(refused), settings.acme.directory)


def serving(host: str, pool: Pool, sources: Iterable[str], now: datetime) -> Bundle | None:
    """The best certificate to show for ``host``: still valid before expired, from a wanted source, the youngest."""
    wanted = tuple(sources)
    able = [bundle for bundle in pool.all() if bundle.facts.covers(host)]
    return max(
        able,
        key=lambda bundle: (bundle.facts.valid_at(now), bundle.source in wanted, bundle.at),
        default=None,
    )


def satisfying(plan: Plan, wanted: Iterable[str], pool: Pool, now: datetime) -> Bundle | None:
    """An unexpired certificate of a wanted source for all of ``wanted``: another set's will do, so a shrunk site
    orders nothing.
    """
    hosts = tuple(wanted)
    able = [
        bundle
        for bundle in pool.newest.values()
        if bundle.source in plan.sources
        and now < bundle.facts.not_after  # one that begins later is our clock's fault: another would begin later still
        and all(bundle.facts.covers(host) for host in hosts)
    ]
    return max(able, key=lambda bundle: bundle.at, default=None)


def decide(plan: Plan, state: State, pool: Pool, now: float, *, asked: bool = False) -> Due | None:
    """When the plan's next order is due and for which names; None when it has no name that could be ordered."""
    if not plan.names:
        return None
    if asked:
        return Due(now, plan.names, "asked", pool.newest.get(plan.key))
    aside = {name: failure.remaining(now) for name, failure in state.by_name if failure.remaining(now) > 0}
    wanted = tuple(name for name in plan.names if name not in aside)
    current = satisfying(plan, wanted, pool, datetime.fromtimestamp(now, UTC))
    held = held_back(plan, state, now)
    if not wanted:
        return Due(now + max(held, min(aside[name] for name in plan.names)), plan.names, "retry")
    if current is None:
        return Due(now + held, wanted, "missing")
    renew_at = renewal.when(current.facts, state.wish).timestamp()
    return Due(max(renew_at, now + held), wanted, "renewal", current)


def held_back(plan: Plan, state: State, now: float) -> float:
    """Seconds until the first of the plan's CAs may be asked again."""
    by_ca = dict(state.by_ca)
    waits = [by_ca[key].remaining(now) if (key := ca_key(source)) in by_ca else 0.0 for source in plan.sources]
    return min(waits, default=0.0)
