"""The conditions of a redirect rule: what a static server can know of a visitor (Netlify's, and Hugo's
``fromHeaders``).
"""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping
from dataclasses import dataclass

from village.server.rule_patterns import anything


@dataclass(frozen=True, slots=True)
class Visit:
    """What rules look at: a normal path, the query as it came, the host's name, the request's headers."""

    path: str
    query: str
    host: str
    headers: Mapping[str, str]


def cookies(headers: Mapping[str, str]) -> dict[str, str]:
    """Name → value; of two with one name the first (the more special path comes first, RFC 6265 §5.4)."""
    found: dict[str, str] = {}
    for pair in headers.get("cookie", "").split(";"):
        name, equals, value = pair.strip().partition("=")
        if equals:
            found.setdefault(name, value.strip('"'))
    return found


def holds(name: str, value: str, visit: Visit) -> bool:
    """Whether a condition holds. A country is known only from the cookie ``nf_country`` that a site's own chooser sets,
    a role never: a rule for these is passed over.
    """
    wanted = {part.strip().lower() for part in value.split(",")}
    if name == "Query":  # looked at before
        return True
    if name == "Language":
        first = visit.headers.get("accept-language", "").split(",")[0].partition(";")[0].strip().lower()
        first = cookies(visit.headers).get("nf_lang", "").lower() or first
        return first in wanted or first.partition("-")[0] in wanted
    if name == "Country":
        return cookies(visit.headers).get("nf_country", "").lower() in wanted - {""}
    if name == "Cookie":
        return not cookies(visit.headers).keys().isdisjoint(part.strip() for part in value.split(","))
    if name == "Path":  # of a rule of Hugo's with both a glob and an expression
        return anything(value).match(visit.path) is not None
    if name == "Header":
        field, _, glob = value.partition(":")
        return fnmatch.fnmatchcase(visit.headers.get(field.strip().lower(), ""), glob.strip())
    return False


def reads_of(name: str, value: str) -> tuple[str, ...]:
    """The request headers that a condition looks at."""
    if name == "Header":
        return (value.partition(":")[0].strip().title(),)
    return {"Language": ("Accept-Language", "Cookie"), "Country": ("Cookie",), "Cookie": ("Cookie",)}.get(name, ())
