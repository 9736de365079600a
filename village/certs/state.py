"""What is remembered of one set of names between attempts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from village.certs import attempts
from village.certs.renewal import Wish, parse_time


@dataclass(frozen=True, slots=True)
class State:
    """What is remembered of one set between attempts."""

    by_name: tuple[tuple[str, attempts.Failure], ...] = ()
    by_ca: tuple[tuple[str, attempts.Failure], ...] = ()
    wish: Wish | None = None
    wish_again: float = 0.0
    wanted: float = 0.0


def write_state(state: State) -> dict[str, Any]:
    wish = state.wish
    return {
        "by_name": {name: attempts.to_json(failure) for name, failure in state.by_name},
        "by_ca": {name: attempts.to_json(failure) for name, failure in state.by_ca},
        "wish": wish
        and {
            "cert_id": wish.cert_id,
            "start": wish.start.isoformat(),
            "end": wish.end.isoformat(),
            "selected": wish.selected.isoformat(),
            "explanation": wish.explanation,
        },
        "wish_again": state.wish_again,
        "wanted": state.wanted,
    }


def read_state(table: object) -> State:
    """A stored state; what does not read counts as never written."""
    if not isinstance(table, dict):
        return State()
    by_name, by_ca = (named_failures(table.get(part)) for part in ("by_name", "by_ca"))
    return State(
        by_name, by_ca, read_wish(table.get("wish")), number(table.get("wish_again")), number(table.get("wanted"))
    )


def named_failures(table: object) -> tuple[tuple[str, attempts.Failure], ...]:
    if not isinstance(table, dict):
        return ()
    return tuple((str(name), attempts.from_json(each)) for name, each in table.items())


def number(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) else 0.0


def read_wish(table: object) -> Wish | None:
    if not isinstance(table, dict):
        return None
    start, end, selected = (parse_time(table.get(part)) for part in ("start", "end", "selected"))
    if not (start and end and selected):
        return None
    return Wish(str(table.get("cert_id", "")), start, end, selected, str(table.get("explanation", "")))
