"""The request target: from the bytes of the request line to a path that can be looked up."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote_to_bytes

_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_RAW = re.compile(rb"[\x80-\xff]")
# RFC 3986 §3.3: what may stand in a path without an escape.
PATH_SAFE = "/-._~!$&'()*+,;=:@"


class BadTarget(ValueError):
    """A target that no honest client sends: answered 400."""


@dataclass(frozen=True, slots=True)
class Target:
    """``path`` decoded, ``query`` as it came (without "?"), ``authority`` of an absolute-form target ("" else)."""

    path: str
    query: str = ""
    authority: str = ""

    @property
    def suffix(self) -> str:
        """The query as it is appended to a Location."""
        return f"?{self.query}" if self.query else ""


def parse(raw: str) -> Target:
    """Origin-form, absolute-form (RFC 9112 §3.2) or ``*``. Raises BadTarget."""
    if raw == "*":
        return Target("*")
    authority = ""
    if not raw.startswith("/"):
        raw, authority = absolute(raw)
    if "#" in raw:
        raise BadTarget("a fragment is never sent")
    path, _, query = raw.partition("?")
    return Target(decode(path), query, authority)


def absolute(raw: str) -> tuple[str, str]:
    """(origin-form, authority) of an absolute-form target."""
    scheme, separator, rest = raw.partition("://")
    if not separator or scheme.lower() not in {"http", "https"}:
        raise BadTarget("the target is neither a path nor an http URL")
    cut = min((rest.find(mark) for mark in "/?" if mark in rest), default=len(rest))
    authority, path = rest[:cut], rest[cut:]
    if not authority or "@" in authority:
        raise BadTarget("an http URL needs a host and takes no user")
    return (path if path.startswith("/") else f"/{path}"), authority


def escaped(raw: bytes) -> bytes:
    """A target with its bytes beyond ASCII as escapes: curl and many scripts send what was typed, nginx and Caddy serve
    it."""
    return raw if raw.isascii() else _RAW.sub(lambda found: b"%%%02X" % found.group()[0], raw)


def decode(path: str) -> str:
    """Percent-decoding, once. Control characters and broken escapes are refused; what is not UTF-8 is kept apart as
    surrogates, which no path of a release holds."""
    if "%" not in path and path.isascii():
        text = path
    elif _BROKEN_ESCAPE.search(path):
        raise BadTarget("a percent sign without two hex digits")
    else:
        text = unquote_to_bytes(path.encode("utf-8", "surrogateescape")).decode("utf-8", "surrogateescape")
    if _CONTROL.search(text):
        raise BadTarget("a control character in the path")
    return text


def encode(path: str) -> str:
    """A decoded path as it stands in a Location header."""
    return quote(path, safe=PATH_SAFE, errors="surrogateescape")


def normal(path: str) -> str | None:
    """``path`` with dot segments resolved and repeated slashes merged (RFC 3986 §5.2.4); None when it climbs
    above the root.
    """
    segments: list[str] = []
    parts = path.split("/")[1:]
    for number, part in enumerate(parts):
        last = number == len(parts) - 1
        if part == "..":
            if not segments:
                return None
            segments.pop()
        elif part not in {".", ""}:
            segments.append(part)
            continue
        if last and segments:
            segments.append("")
    return "/" + "/".join(segments)


def hidden(path: str) -> bool:
    """A segment that starts with a dot is nobody's business, except ``/.well-known/`` (RFC 8615)."""
    rest = path.removeprefix("/.well-known/") if path.startswith("/.well-known/") else path
    return "/." in rest or rest.startswith(".")
