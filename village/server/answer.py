"""An answer, decided but not yet sent: the one form that HTTP/1.1's two lanes and HTTP/2 all send from."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

Headers = tuple[tuple[str, str], ...]
NOSNIFF = ("X-Content-Type-Options", "nosniff")
UNSTORED: Headers = (("Cache-Control", "no-store"),)
REASONS = {status.value: status.phrase for status in HTTPStatus} | {
    413: "Content Too Large",
    421: "Misdirected Request",
}
# RFC 9110 §8.6 and §15.4.5: these say nothing of a length.
BODILESS = frozenset({204, 304})


@dataclass(frozen=True, slots=True)
class Request:
    """A request as the negotiation sees it. ``headers``: lower-case names, repeated fields joined; ``host`` as
    it was sent or "".
    """

    method: str
    target: str
    host: str
    headers: Mapping[str, str]
    scheme: str = "http"


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of a file; ``whole`` when it is the entire file."""

    path: str
    offset: int
    length: int
    whole: bool = True


Piece = bytes | Slice


@dataclass(slots=True)
class Answer:
    """Status, headers in the order sent (without Date and Connection), and the body in pieces; ``site`` labels
    the metrics. ``once``: true of this moment only, never prepared for the next request. ``proved``: whether the
    password that was given for a guarded path was right; None where none was asked or given.
    """

    status: int
    headers: Headers = ()
    body: tuple[Piece, ...] = ()
    site: str = ""
    close: bool = False
    head_only: bool = False
    once: bool = False
    proved: bool | None = None
    length: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self.length = sum(len(piece) if isinstance(piece, bytes) else piece.length for piece in self.body)
        if self.status not in BODILESS and not any(name == "Content-Length" for name, _ in self.headers):
            self.headers = (*self.headers, ("Content-Length", str(self.length)))

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """What really goes over the wire."""
        return () if self.head_only or self.status in BODILESS else self.body

    @property
    def sent(self) -> int:
        """Body bytes that go over the wire."""
        return self.length if self.pieces else 0

    def start(self) -> bytes:
        """Status line and headers of HTTP/1.1 up to where Date and Connection follow."""
        rows = [f"HTTP/1.1 {self.status} {REASONS.get(self.status, 'Unknown')}", "Server: village"]
        rows += [f"{name}: {value}" for name, value in self.headers]
        return ("\r\n".join(rows) + "\r\n").encode("utf-8", "surrogateescape")

    def wire(self, date: bytes, connection: bytes) -> bytes:
        """The whole of an answer that holds its body in memory, in HTTP/1.1."""
        body = (piece for piece in self.pieces if isinstance(piece, bytes))
        return b"".join((self.start(), date, connection, b"\r\n", *body))


def plain(status: int, text: str = "", headers: Headers = (), *, site: str = "", close: bool = False) -> Answer:
    """A short answer in plain text."""
    body = (text or REASONS.get(status, "Unknown")) + "\n"
    return Answer(
        status,
        (("Content-Type", "text/plain; charset=utf-8"), NOSNIFF, *headers),
        (body.encode(),),
        site=site,
        close=close,
    )


def page(status: int, headers: Headers = (), *, site: str = "", words: str = "") -> Answer:
    """A small page of our own, where the site has none for ``status``."""
    title = f"{status} {REASONS.get(status, 'Unknown')}"
    text = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{title}</title><body style='font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:20vh auto;"
        f"padding:0 1rem'><h1>{title}</h1>{f'<p>{html.escape(words)}</p>' if words else ''}</body></html>\n"
    )
    return Answer(status, (("Content-Type", "text/html; charset=utf-8"), *headers), (text.encode(),), site=site)


def redirect(status: int, location: str, headers: Headers = (), *, site: str = "") -> Answer:
    """A redirect with the short note of RFC 9110 §15.4."""
    note = f'<a href="{html.escape(location)}">{REASONS[status]}</a>\n'
    return Answer(
        status,
        (("Content-Type", "text/html; charset=utf-8"), ("Location", location), *headers),
        (note.encode("utf-8", "surrogateescape"),),
        site=site,
    )
