"""How often a certificate may be asked for: the table of retries, and the CA's limits, counted for all replicas
together.

The records stand in storage. Their times are wall-clock seconds of whoever wrote them; every rule here also
bounds the wait by its own length, so that a clock which once stood in the future cannot stop renewals for good.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from village.certs.names import registered_domain

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
TABLE = (MINUTE, 10 * MINUTE, 100 * MINUTE, DAY)  # Let's Encrypt's integration guide: 1, 10, 100 minutes, then daily
JITTER = 0.1
LONGEST_RETRY_AFTER = 8 * DAY  # nobody's limit is longer than its week

# Let's Encrypt's limits (2026-08), a little below, for what other tools on the account may do.
FAILURES_PER_NAME_AND_HOUR = 4  # of 5
CERTIFICATES_PER_SET_AND_WEEK = 5
EARLY_PER_SET_AND_WEEK = 3  # because the CA wishes it: a window that is always now must not use up the week
CERTIFICATES_PER_DOMAIN_AND_WEEK = 45  # of 50
ORDERS_PER_3_HOURS = 250  # of 300


@dataclass(frozen=True, slots=True)
class Failure:
    """The last failure of a set of names, or of one name: how many in a row, when, and how long to wait after it."""

    count: int = 0
    at: float = 0.0
    wait: float = 0.0
    kind: str = ""
    message: str = ""
    hint: str = ""

    def remaining(self, now: float) -> float:
        """Seconds to wait still; never more than ``wait``, whatever the clocks did since."""
        return max(0.0, min(self.at + self.wait - now, self.wait)) if self.count else 0.0


def failed(
    last: Failure,
    now: float,
    draw: float,
    *,
    kind: str,
    message: str,
    hint: str = "",
    retry_after: float | None = None,
    lifetime: float = 0.0,
) -> Failure:
    """The record after one more failure; ``draw`` in [0, 1) is the jitter. Retry-After lengthens the wait,
    never shortens it.

    ``lifetime``: of the certificate to be replaced. The table is made for months; of a life of days or minutes a
    wait takes a tenth at most, or the certificate would expire while we wait.
    """
    wait = TABLE[min(last.count, len(TABLE) - 1)]
    wait = min(wait, lifetime / 10 if lifetime else wait) * (1 + JITTER * draw)
    asked = min(retry_after or 0.0, LONGEST_RETRY_AFTER)
    return Failure(last.count + 1, now, max(wait, asked), kind, message, hint)


@dataclass(frozen=True, slots=True)
class Ledger:
    """What was asked of one CA: times of orders, of certificates by set of names, and of failures by name."""

    orders: tuple[float, ...] = ()
    certificates: tuple[tuple[float, str, tuple[str, ...]], ...] = ()
    failures: dict[str, tuple[float, ...]] = field(default_factory=dict)

    def ordered(self, now: float) -> Ledger:
        """With one more order, and without what no limit counts any more."""
        recent = tuple(at for at in self.orders if within(at, now, 3 * HOUR))
        certificates = tuple(entry for entry in self.certificates if within(entry[0], now, 7 * DAY))
        failures = {name: kept for name, times in self.failures.items() if (kept := trimmed(times, now))}
        return Ledger((*recent, now), certificates, failures)

    def issued(self, now: float, key: str, names: Sequence[str]) -> Ledger:
        """With one more certificate."""
        return replace(self, certificates=(*self.certificates, (now, key, tuple(names))))

    def refused(self, now: float, names: Sequence[str]) -> Ledger:
        """With one more failed validation of each of ``names``."""
        more = {name: (*self.failures.get(name, ()), now) for name in names}
        return replace(self, failures={**self.failures, **more})


def within(at: float, now: float, span: float) -> bool:
    """True when ``at`` lies in the last ``span`` seconds; a time in the future counts as now."""
    return now - at < span


def trimmed(times: Sequence[float], now: float) -> tuple[float, ...]:
    return tuple(at for at in times if within(at, now, HOUR))


def over_limit(
    ledger: Ledger, key: str, names: Sequence[str], now: float, *, lifetime: float, early: bool = False
) -> tuple[float, str]:
    """(seconds to wait, why) before this set may be ordered; (0, "") when the CA's limits allow it now.

    ``lifetime`` is that of the certificate to be replaced, 0 for a first one: a CA that gives certificates for
    minutes expects to be asked again within minutes, so the weekly allowance grows with what the lifetime
    itself makes necessary.
    """
    own = [at for at, other, _ in ledger.certificates if other == key]
    weekly, in_a_row = (EARLY_PER_SET_AND_WEEK, 1) if early else (CERTIFICATES_PER_SET_AND_WEEK, 2)
    rules: list[tuple[Sequence[float], float, float, str]] = [
        (ledger.orders, max(ORDERS_PER_3_HOURS, need(lifetime, 3 * HOUR)), 3 * HOUR, "new orders in 3 hours"),
        (
            own,
            max(weekly, need(lifetime, 7 * DAY)),
            7 * DAY,
            "certificates for these names in 7 days",
        ),
        (own, in_a_row, min(HOUR, lifetime / 4) if lifetime else HOUR, "certificates for these names in a row"),
    ]
    for domain in sorted({registered_domain(name) for name in names}):
        under = [at for at, _, others in ledger.certificates if any(registered_domain(n) == domain for n in others)]
        most = max(CERTIFICATES_PER_DOMAIN_AND_WEEK, need(lifetime, 7 * DAY))
        rules.append((under, most, 7 * DAY, f"certificates under {domain} in 7 days"))
    for name in names:
        rules.append(
            (
                ledger.failures.get(name, ()),
                FAILURES_PER_NAME_AND_HOUR,
                HOUR,
                f"failed validations of {name} in an hour",
            )
        )
    waits = [(until_below(times, most, span, now), f"{most:.0f} {what}") for times, most, span, what in rules]
    return max(waits, default=(0.0, "")) if any(wait for wait, _ in waits) else (0.0, "")


def need(lifetime: float, span: float) -> float:
    """Twice the renewals that a lifetime makes necessary in ``span`` seconds."""
    return 2 * span / (lifetime / 2) if lifetime else 0.0


def until_below(times: Sequence[float], most: float, span: float, now: float) -> float:
    """Seconds until fewer than ``most`` of ``times`` lie within ``span``."""
    recent = sorted(at for at in times if within(at, now, span))
    if len(recent) < most:
        return 0.0
    frees = recent[len(recent) - int(most)]
    return min(span, max(0.0, frees + span - now))


def to_json(failure: Failure) -> dict[str, Any]:
    return {name: getattr(failure, name) for name in Failure.__slots__}


def from_json(table: object) -> Failure:
    """A stored record; whatever is not one counts as none."""
    if not isinstance(table, dict):
        return Failure()
    read: dict[str, Callable[[Any], Any]] = {
        "count": int,
        "at": float,
        "wait": float,
        "kind": str,
        "message": str,
        "hint": str,
    }
    try:
        return Failure(**{name: kind(table[name]) for name, kind in read.items() if name in table})
    except (TypeError, ValueError):
        return Failure()


def ledger_to_json(ledger: Ledger) -> dict[str, Any]:
    return {"orders": ledger.orders, "certificates": ledger.certificates, "failures": ledger.failures}


def ledger_from_json(table: object) -> Ledger:
    """A stored ledger; an unreadable one counts as empty: the CA keeps its own."""
    try:
        assert isinstance(table, dict)
        return Ledger(
            tuple(float(at) for at in table["orders"]),
            tuple((float(at), str(key), tuple(map(str, names))) for at, key, names in table["certificates"]),
            {str(name): tuple(float(at) for at in times) for name, times in table["failures"].items()},
        )
    except (AssertionError, KeyError, TypeError, ValueError, AttributeError):
        return Ledger()


def in_words(seconds: float) -> str:
    """``90`` → ``0:01:30``, for messages."""
    return str(timedelta(seconds=round(seconds)))
