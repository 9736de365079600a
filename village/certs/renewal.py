"""When a certificate is renewed: pure functions of its dates, of the CA's wish (ARI, RFC 9773), and of now.

Every replica computes the same moment, without talking to the others: what is random is derived from the
certificate, or drawn once and stored beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from village.certs.certificate import Facts

SHORT = timedelta(
    days=10
).total_seconds()  # Let's Encrypt's advice: at half of the lifetime below ten days, else at two thirds
LAST_CALL = 1 / 20  # of the lifetime: from here on the CA's wish no longer counts
SPREAD = 1 / 50  # of the lifetime: a random second, so that certificates of one hour do not come back in one hour
CHECK_LEAST, CHECK_MOST, CHECK_USUAL = 60.0, 86400.0, 6 * 3600.0  # seconds between two looks at ARI (RFC 9773 §4.3)


@dataclass(frozen=True, slots=True)
class Wish:
    """The CA's suggested window for one certificate, and the moment in it that was drawn, once, for all replicas."""

    cert_id: str
    start: datetime
    end: datetime
    selected: datetime
    explanation: str = ""


def when(facts: Facts, wish: Wish | None = None) -> datetime:
    """The moment from which ``facts``'s certificate should be replaced.

    A wish counts only for the certificate it was made for, and never past the last twentieth of the lifetime.
    """
    last_call = facts.not_after - timedelta(seconds=facts.lifetime * LAST_CALL)
    if wish and wish.cert_id == facts.cert_id:
        return min(wish.selected, last_call)
    return by_lifetime(facts)


def by_lifetime(facts: Facts) -> datetime:
    """Without ARI: a third of the lifetime before the end, half below ten days, at a second of this
    certificate's own.
    """
    remaining = facts.lifetime / (2 if facts.lifetime < SHORT else 3)
    own = int(facts.fingerprint[:8], 16) / 0xFFFFFFFF
    return facts.not_after - timedelta(seconds=remaining - own * facts.lifetime * SPREAD)


def draw(facts: Facts, start: datetime, end: datetime, draw: float, explanation: str = "") -> Wish | None:
    """The wish for a window, ``draw`` in [0, 1) choosing the moment; None for a window that cannot be meant for
    this certificate.

    A window that ends before it starts is malformed (RFC 9773 §4.2); one that was over before the certificate
    began belongs to its predecessor, and following it renews in a circle (cert-manager #8993).
    """
    if end <= start or end <= facts.not_before:
        return None
    return Wish(facts.cert_id, start, end, start + (end - start) * draw, explanation)


def keep_or_redraw(old: Wish | None, new: Wish) -> Wish:
    """The old moment while the window stands; a moved window moves the moment (RFC 9773 §4.2)."""
    same = old is not None and (old.cert_id, old.start, old.end) == (new.cert_id, new.start, new.end)
    return old if old is not None and same else new


def next_check(retry_after: float | None) -> float:
    """Seconds until the next look at ARI: the CA's Retry-After within reason, six hours without one."""
    return CHECK_USUAL if retry_after is None else min(max(retry_after, CHECK_LEAST), CHECK_MOST)


def parse_time(text: object) -> datetime | None:
    """An RFC 3339 timestamp as aware UTC; None for anything else, a timestamp without an offset included."""
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text.strip().replace("z", "Z"))
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


def moment(text: datetime) -> str:
    """How a time is written in storage and on the status page."""
    return text.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
