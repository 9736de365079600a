"""Headers that say how long an answer may be kept and what a browser may do with it."""

from __future__ import annotations

from collections.abc import Iterable

from village.release.manifest import RESERVED_HEADERS
from village.server.answer import Headers

CACHE_CONTROL = {
    "page": "max-age=0, must-revalidate",
    "asset": "max-age=3600",
    "guarded": "private, max-age=0, must-revalidate",
    "immutable": "public, max-age=31536000, immutable",
}
# Only directives that no theme can trip over: who may frame the site, where forms of injected markup could lead.
CONTENT_SECURITY_POLICY = "base-uri 'self'; frame-ancestors 'self'; object-src 'none'"
SECURITY: Headers = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "strict-origin-when-cross-origin"),
)
DOCUMENT: Headers = (
    ("X-Frame-Options", "SAMEORIGIN"),
    ("Content-Security-Policy", CONTENT_SECURITY_POLICY),
)
SMALLEST = 256  # bytes: below this a coding saves nothing that a packet would notice
_TEXTUAL = frozenset({
    "application/javascript", "application/json", "application/ld+json", "application/manifest+json", "application/xml",
    "application/wasm", "application/x-javascript", "application/vnd.ms-fontobject", "font/otf", "font/ttf",
    "font/sfnt",
    "image/bmp", "image/svg+xml", "image/x-icon", "image/vnd.microsoft.icon",
})  # fmt: skip


def compressible(media_type: str, length: int) -> bool:
    """Whether a coding is worth keeping beside the plain form; decides Vary too, so it must not depend on what
    is ready yet.
    """
    kind = media_type.partition(";")[0].strip().lower()
    textual = kind.startswith("text/") or kind in _TEXTUAL or kind.endswith(("+xml", "+json"))
    return textual and length >= SMALLEST


def content_type(media_type: str) -> str:
    """Text is UTF-8: village wrote it."""
    if not media_type:
        return "application/octet-stream"
    return f"{media_type}; charset=utf-8" if media_type.startswith("text/") and ";" not in media_type else media_type


def is_html(media_type: str) -> bool:
    return media_type.partition(";")[0].strip().lower() in {"text/html", "application/xhtml+xml"}


def security(media_type: str, hsts: int) -> Headers:
    """The default security headers of an answer; ``hsts`` in seconds, 0 = none."""
    found = SECURITY + (DOCUMENT if is_html(media_type) else ())
    return (*found, ("Strict-Transport-Security", f"max-age={hsts}")) if hsts else found


def override(defaults: Iterable[tuple[str, str]], own: Iterable[tuple[str, str]]) -> Headers:
    """``defaults`` with the site's own headers in place of those of the same name; an empty value only takes away.

    One name given twice by the site is sent twice (Link, Set-Cookie). What would break the message is left out.
    """
    mine = [(name, value) for name, value in own if name.lower() not in RESERVED_HEADERS and sound(name, value)]
    names = {name.lower() for name, _ in mine}
    kept = [(name, value) for name, value in defaults if name.lower() not in names]
    return (*kept, *((name, value) for name, value in mine if value))


def sound(name: str, value: str) -> bool:
    """A header that cannot split the response."""
    token = bool(name) and name.isascii() and all(c.isalnum() or c in "!#$%&'*+-.^_`|~" for c in name)
    return token and not any((c < " " and c != "\t") or c == "\x7f" for c in value)
