"""Range requests (RFC 9110 §14)."""

from __future__ import annotations

import re

# More parts than this, or more bytes than the whole has, are an attack or a mistake (RFC 9110 §14.2): the whole is sent
# instead, as nginx does.
MOST_PARTS = 16
_SPEC = re.compile(r"(\d{0,20})-(\d{0,20})\Z", re.ASCII)


class Unsatisfiable(ValueError):
    """No part lies inside the representation: 416."""


def parse(field: str, length: int) -> list[tuple[int, int]] | None:
    """(first, last) of each part, both inclusive, in the order asked. None = ignore the field and send the whole.

    Ignored: an unknown unit, too many parts or too much. Raises Unsatisfiable, for a malformed set, too, as
    nginx does.
    """
    unit, separator, members = field.partition("=")
    if not separator or unit.lower() != "bytes":
        return None
    found: list[tuple[int, int]] = []
    for member in members.split(","):
        if not member.strip(" \t"):
            continue
        match = _SPEC.match(member.strip(" \t"))
        if match is None or match.group() == "-":
            raise Unsatisfiable(field)
        first, last = match.groups()
        if first and last and int(first) > int(last):
            raise Unsatisfiable(field)
        part = clip(first, last, length)
        if part is not None:
            found.append(part)
    if not members.strip(" \t,"):
        return None
    if not found:
        raise Unsatisfiable(field)
    return found if reasonable(found, length) else None


def clip(first: str, last: str, length: int) -> tuple[int, int] | None:
    """One part cut to the representation; None when it lies outside."""
    if not first:
        wanted = min(int(last), length)
        return (length - wanted, length - 1) if wanted else None
    start = int(first)
    if start >= length:
        return None
    return start, min(int(last), length - 1) if last else length - 1


def reasonable(parts: list[tuple[int, int]], length: int) -> bool:
    """Few parts, together no longer than the whole."""
    return len(parts) <= MOST_PARTS and sum(last - first + 1 for first, last in parts) <= length
