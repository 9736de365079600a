"""Header fields from the wire, in the one form that the negotiation reads."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable

TCHAR = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]"  # one character of a token (RFC 9110 §5.6.2): a method, a field's name
# RFC 9110 §5.3: these are not lists, so a second one is not joined to the first.
SINGLE = frozenset({
    "user-agent", "referer", "authorization", "host", "from", "if-modified-since", "if-unmodified-since", "if-range",
    "range",
    "content-type", "content-length",
})  # fmt: skip


def fold(pairs: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Lower-case name → value; repeated list fields are joined with a comma, of others the first counts."""
    found: dict[str, str] = {}
    for name, value in pairs:
        key = name.decode("latin-1").lower()
        text = value.strip(b" \t").decode("utf-8", "surrogateescape")
        if key not in found:
            found[key] = text
        elif key == "cookie":
            found[key] += f"; {text}"
        elif key not in SINGLE:
            found[key] += f", {text}"
    return found


def basic_credentials(field: str) -> str:
    """``user:password`` of an Authorization field (RFC 7617); "" when it holds none."""
    scheme, _, value = field.partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(value.strip(), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return ""
