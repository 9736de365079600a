"""Content coding by Accept-Encoding (RFC 9110 §12.5.3)."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache

# Token → suffix of the blob that holds the coded form; the order is our preference among equals: smallest first.
SUFFIXES = {"br": "br", "zstd": "zst", "gzip": "gz"}
_QVALUE = re.compile(r"(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\Z")


@lru_cache(maxsize=1024)
def accepted(field: str | None) -> tuple[str, ...]:
    """The codings of ours that the field allows, best first; those liked less than the plain form come not at all.

    A field that is absent allows any coding by the RFC, but only clients that cannot decode leave it out: they
    get the plain form.
    """
    if not field:
        return ()
    weights = dict(weigh(field))
    if "x-gzip" in weights:  # RFC 9110 §8.4.1.3: an alias
        weights.setdefault("gzip", weights["x-gzip"])
    anything = weights.get("*", 0.0)
    plain = weights.get("identity", anything if "*" in weights else 0.0)
    liked = [(weights.get(coding, anything), coding) for coding in SUFFIXES]
    # sort is stable, so equals keep our order
    return tuple(
        coding for weight, coding in sorted(liked, key=lambda pair: -pair[0]) if weight > 0 and weight >= plain
    )


def weigh(field: str) -> list[tuple[str, float]]:
    """(coding in lower case, weight) of each well-formed member; malformed members are passed over."""
    found = []
    for member in field.split(","):
        coding, _, parameters = member.partition(";")
        weight = quality(parameters.strip())
        if coding.strip() and weight is not None:
            found.append((coding.strip().lower(), weight))
    return found


def quality(parameters: str) -> float | None:
    """The weight of ``q=…``; 1 when there is none, None when it is malformed."""
    if not parameters:
        return 1.0
    name, _, value = parameters.partition("=")
    if name.strip().lower() != "q" or not _QVALUE.match(value.strip()):
        return None
    return float(value)


def choose(field: str | None, available: Collection[str]) -> str:
    """The coding to send, "" for the plain form."""
    if not available:
        return ""
    return next((coding for coding in accepted(field) if coding in available), "")
