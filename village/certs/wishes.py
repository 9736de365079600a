"""The CA's wish: when it would like a certificate replaced (ARI, RFC 9773), asked under the lock, kept for all
replicas.
"""

from __future__ import annotations

import logging
import random
from dataclasses import replace

from village.certs import attempts, renewal
from village.certs.answers import Window
from village.certs.bundle import Bundle
from village.certs.certificate import Facts
from village.certs.issuance import Conversation
from village.certs.state import State
from village.errors import AcmeProblem

log = logging.getLogger("village.certs")

WITHOUT_ARI = attempts.DAY  # a CA without ARI is asked for it again after a day
AFTER_TROUBLE = attempts.HOUR


def due(state: State, current: Bundle | None, now: float) -> bool:
    """True when the CA should be asked; never about an expired certificate (RFC 9773 §4.3)."""
    if current is None or not current.facts.cert_id or "://" not in current.source:
        return False
    if current.facts.not_after.timestamp() <= now:
        return False
    return state.wish_again <= now or state.wish_again - now > 2 * attempts.DAY  # a clock once stood in the future


async def ask(conversation: Conversation, state: State, facts: Facts, now: float) -> State:
    """The state with what the CA says, or with the moment to ask again. Never raises AcmeProblem: a wish is no
    duty.
    """
    floor = max(renewal.CHECK_LEAST, facts.lifetime / 4)
    try:
        session = await conversation.open()
        if not session.has_renewal_info:
            return replace(state, wish=None, wish_again=now + WITHOUT_ARI)
        window = await conversation.call(lambda session: session.renewal_window(facts.cert_id))
    except AcmeProblem as problem:
        log.info("the CA does not say when it wants %s renewed: %s", facts.names[0], problem)
        again = max(problem.retry_after or 0.0, min(AFTER_TROUBLE, floor))
        return replace(state, wish_again=now + min(again, attempts.DAY))
    again = min(renewal.next_check(window.retry_after), floor)
    return replace(state, wish=judged(window, facts, state.wish), wish_again=now + again)


def judged(window: Window, facts: Facts, old: renewal.Wish | None) -> renewal.Wish | None:
    """The wish that a window makes: the old moment while the window stands, none for a window without sense."""
    start, end = renewal.parse_time(window.start), renewal.parse_time(window.end)
    chance = random.random()  # noqa: S311 - spreads load
    new = renewal.draw(facts, start, end, chance, window.explanation) if start and end else None
    if new is None:
        log.warning("a renewal window without sense: %r to %r; going by the lifetime", window.start, window.end)
        return None
    kept = renewal.keep_or_redraw(old, new)
    if kept is new:
        log.info("the CA wants %s renewed at %s %s", facts.names[0], renewal.moment(new.selected), new.explanation)
    return kept
