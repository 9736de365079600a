"""A CA's answers as plain values: orders, authorizations, problems, times. Pure; whatever a CA sends is read
with care.
"""

from __future__ import annotations

import email.utils
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from village.errors import AcmeProblem

URN = "urn:ietf:params:acme:error:"
UNREACHABLE = "unreachable"  # our own kind, for a CA that gave no ACME answer at all


class Response(Protocol):
    """What is read of an HTTP answer."""

    status_code: int
    headers: Any

    def json(self) -> Any:
        """The body. Raises ValueError."""


@dataclass(frozen=True, slots=True)
class Authorization:
    """One name's proof: the status, the HTTP-01 challenge, and the CA's error once it failed."""

    name: str
    status: str
    url: str
    challenge_url: str = ""
    token: str = ""
    challenge_status: str = ""
    problem: AcmeProblem | None = None
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """An order as the CA shows it now; ``retry_after`` in seconds when the CA said so."""

    url: str
    status: str
    authorizations: tuple[str, ...]
    finalize: str
    certificate: str = ""
    problem: AcmeProblem | None = None
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """ARI's answer, unjudged: whatever JSON the CA sent, and its Retry-After."""

    start: object
    end: object
    explanation: str
    retry_after: float | None


def tables(value: object) -> list[dict[str, Any]]:
    """The objects of a JSON list; whatever else it holds is left out."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def text(value: object) -> str:
    """A JSON string; anything else is ""."""
    return value if isinstance(value, str) else ""


def blamed(problem: Mapping[str, Any]) -> str:
    """The name that a subproblem or an authorization is about."""
    identifier = problem.get("identifier")
    return text(identifier.get("value")).lower() if isinstance(identifier, dict) else ""


def read_order(url: str, response: Response) -> Order:
    """An order from the CA's JSON. Raises AcmeProblem when it is no object."""
    table = table_of(response)
    authorizations = table.get("authorizations")
    return Order(
        url=url,
        status=text(table.get("status")),
        authorizations=tuple(map(text, authorizations if isinstance(authorizations, list) else ())),
        finalize=text(table.get("finalize")),
        certificate=text(table.get("certificate")),
        problem=problem_of(table.get("error")),
        retry_after=retry_after(response.headers),
    )


def read_authorization(url: str, response: Response) -> Authorization:
    """An authorization with its HTTP-01 challenge picked out. Raises AcmeProblem when it is no object."""
    table = table_of(response)
    challenges = tables(table.get("challenges"))
    http = next((each for each in challenges if each.get("type") == "http-01"), {})
    errors = [each["error"] for each in (http, *challenges) if each.get("error")]
    return Authorization(
        name=blamed(table),
        status=text(table.get("status")),
        url=url,
        challenge_url=text(http.get("url")),
        token=text(http.get("token")),
        challenge_status=text(http.get("status")),
        problem=problem_of(errors[0]) if errors else None,
        retry_after=retry_after(response.headers),
    )


def table_of(response: Response) -> dict[str, Any]:
    """The JSON object of an answer. Raises AcmeProblem when it is none."""
    try:
        table = response.json()
    except ValueError:
        table = None
    if not isinstance(table, dict):
        raise AcmeProblem(UNREACHABLE, "the CA's answer is no JSON object", status=response.status_code)
    return table


def problem_of(table: object, *, status: int = 0, wait: float | None = None) -> AcmeProblem | None:
    """The typed error behind a problem document (RFC 7807, RFC 8555 §6.7); None for no document."""
    if not isinstance(table, dict):
        return None
    subproblems = tables(table.get("subproblems"))
    words = [text(table.get("detail")) or text(table.get("title"))]
    words += [f"{blamed(each)}: {text(each.get('detail'))[:300]}" for each in subproblems[:10]]
    own_status = table.get("status")
    return AcmeProblem(
        text(table.get("type")).removeprefix(URN) or "unknown",
        "; ".join(words)[:2000],
        status=status or (own_status if isinstance(own_status, int) else 0),
        retry_after=wait,
        names=[name for each in subproblems if (name := blamed(each))],
    )


def retry_after(headers: Any, now: float | None = None) -> float | None:
    """Seconds of a Retry-After header in either form (RFC 9110 §10.2.3); None without a readable one.

    The form with a date is measured against the answer's own Date where there is one, so that a skewed clock
    does no harm.
    """
    text = headers.get("Retry-After")
    if not text:
        return None
    if text.strip().isascii() and text.strip().isdigit():
        return float(text)
    until, base = http_date(text), http_date(headers.get("Date") or "")
    if until is None:
        return None
    return max(0.0, until - (base if base is not None else now if now is not None else time.time()))


def http_date(text: str) -> float | None:
    """An HTTP date as seconds since the epoch; None when it is none."""
    try:
        return email.utils.parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
