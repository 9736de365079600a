"""What the status page and the log say about certificates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from village.certs.attempts import Failure
from village.certs.bundle import Bundle
from village.certs.plans import Due, Plan
from village.certs.renewal import moment
from village.certs.state import State
from village.settings.model import Settings


def entry(
    plan: Plan, state: State, served: Bundle, due: Due | None, *, now: float, obstacles: Sequence[str]
) -> dict[str, Any]:
    """One certificate as JSON-ready fields.

    ``missing`` are domains that the served certificate does not cover; ``problems`` says why, in sentences.
    """
    covered = [name for name in plan.domains if served.facts.covers(name) and served.source != "self-signed"]
    failures = [*state.by_ca, *state.by_name]
    last = max((failure for _, failure in failures), key=lambda failure: failure.at, default=None)
    return {
        "site": plan.site,
        "domains": list(plan.domains),
        "missing": [name for name in plan.domains if name not in covered],
        **certificate_fields(served, now),
        "renews_at": moment(datetime.fromtimestamp(due.at, UTC)) if due and due.reason == "renewal" else None,
        "next_attempt": moment(datetime.fromtimestamp(max(due.at, now), UTC)) if due and missing(due) else None,
        "last_error": failure_fields(last) if last else None,
        "problems": [*sentences(plan, state, now), *obstacles],
    }


def no_plans(settings: Settings) -> str:
    """Why there is no certificate to keep."""
    if settings.tls.mode == "off":
        return "tls = off: village serves plain HTTP only"
    if settings.tls.mode == "files":
        return "tls = files: whoever writes VILLAGE_TLS_CERT renews it; village reads it again when it changes"
    return "no host names are set: VILLAGE_DOMAINS names those to order a certificate for"


def missing(due: Due) -> bool:
    """True when something has still to be obtained, unlike a renewal in good time."""
    return due.reason != "renewal"


def files_entry(served: Bundle, domains: Sequence[str], trouble: str, now: float) -> dict[str, Any]:
    """The same for tls = files."""
    return {
        "site": "files",
        "domains": list(domains),
        "missing": [name for name in domains if not served.facts.covers(name)],
        **certificate_fields(served, now),
        "renews_at": None,
        "next_attempt": None,
        "last_error": None,
        "problems": [trouble] if trouble else [],
    }


def certificate_fields(bundle: Bundle, now: float) -> dict[str, Any]:
    facts = bundle.facts
    return {
        "source": bundle.source,
        "issuer": facts.issuer,
        "names": list(facts.names),
        "not_before": moment(facts.not_before),
        "not_after": moment(facts.not_after),
        "expires_in": round(facts.not_after.timestamp() - now),
        "serial": facts.serial,
        "fingerprint": facts.fingerprint,
    }


def failure_fields(failure: Failure) -> dict[str, Any]:
    return {
        "at": moment(datetime.fromtimestamp(failure.at, UTC)),
        "kind": failure.kind,
        "message": failure.message,
        "hint": failure.hint,
        "attempts": failure.count,
    }


def sentences(plan: Plan, state: State, now: float) -> list[str]:
    """Why the certificate is not what it should be."""
    lines = [f"{name}: {why}" for name, why in plan.refused]
    for name, failure in state.by_name:
        lines.append(f"{name} is set aside for {failure.remaining(now):.0f} s: {failure.message}")
    for ca, failure in state.by_ca:
        lines.append(f"{ca} is asked again in {failure.remaining(now):.0f} s: {failure.message}")
    if state.wish and state.wish.explanation:
        lines.append(f"the CA explains its renewal window at {state.wish.explanation}")
    return lines


def describe(bundle: Bundle) -> str:
    """A certificate in one line of a log."""
    facts = bundle.facts
    return f"{', '.join(facts.names)} from {facts.issuer}, until {moment(facts.not_after)}"
