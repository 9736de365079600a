"""What visitors are shown: for every host the best certificate there is, self-signed until there is one."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime

from village.certs import minting, plans, report, tls
from village.certs.bundle import Bundle, Pool
from village.certs.plans import Plan
from village.metrics import Metrics

log = logging.getLogger("village.certs")
SELF_SIGNED = "self-signed"
EVERY_HOST = ""  # the certificate of tls = files is shown whatever name is asked for


class Showcase:
    """``served``: the certificate of each host. ``fallback``: for everything else, from the first moment on."""

    def __init__(self, own_names: Iterable[str], metrics: Metrics, on_change: Callable[[], None]) -> None:
        self.fallback = Bundle.of(*minting.self_signed(list(own_names)), SELF_SIGNED)
        self.served: dict[str, Bundle] = {}
        self._doorman = tls.Doorman(self.fallback)
        self._metrics = metrics
        self._on_change = on_change

    @property
    def context(self) -> ssl.SSLContext:
        """The listener's context: one object for the life of the process; certificates are swapped behind it."""
        return self._doorman.context

    def covers(self, host: str) -> bool:
        """Whether ``host`` has a certificate to send visitors to: any but the self-signed one of the beginning."""
        return host in self.served or EVERY_HOST in self.served

    def of(self, plan: Plan) -> Bundle:
        """What a plan's visitors see."""
        return next((self.served[name] for name in plan.domains if name in self.served), self.fallback)

    def of_every_host(self) -> Bundle:
        """What all visitors see with tls = files."""
        return self.served.get(EVERY_HOST, self.fallback)

    def show(self, chosen: Mapping[str, Bundle]) -> None:
        """Show a certificate for every host, if any choice changed."""
        if chosen == self.served:
            return
        refused = self._doorman.show(chosen)
        for host, error in refused.items():
            log.warning("the certificate for %s is not served: %s", host, error)
        known = {bundle.facts.fingerprint for bundle in self.served.values()}
        for bundle in {each.facts.fingerprint: each for each in chosen.values()}.values():
            if bundle.facts.fingerprint not in known:
                log.info("serving %s", report.describe(bundle))
        for host, bundle in chosen.items():
            self._metrics.certificate_not_after.labels(host or "*").set(bundle.facts.not_after.timestamp())
        self.served = dict(chosen)
        self._on_change()


def best(wanted: Collection[Plan], pool: Pool, now: datetime) -> dict[str, Bundle]:
    """For every host of the plans the best certificate in ``pool``, where there is one."""
    hosts = {host: plan.sources for plan in wanted for host in (*plan.domains, *plan.names)}
    found = {host: plans.serving(host, pool, sources, now) for host, sources in hosts.items()}
    return {host: bundle for host, bundle in found.items() if bundle}
