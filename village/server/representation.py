"""One blob as it is sent: coding, validators, conditions, ranges."""

from __future__ import annotations

from email.utils import formatdate

from village.release.manifest import Entry
from village.server import conditions, encodings, policy, ranges
from village.server.answer import Answer, Headers, Piece, Request, Slice, plain
from village.server.conditions import Verdict
from village.server.sites import Site

# Sent with 304 too (RFC 9110 §15.4.5 wants those that a cache would update); what describes the body alone is not.
_BODY_HEADERS = frozenset({"content-type", "content-encoding", "content-length", "accept-ranges", "content-language"})


def tag(blob: str, coding: str) -> str:
    """A strong entity tag: the content's hash, marked with its coding, so equal on every replica."""
    return f'"{blob[:32]}-{coding}"' if coding else f'"{blob[:32]}"'


def answer(request: Request, site: Site, entry: Entry, defaults: Headers, status: int) -> Answer:
    """The answer for a blob. ``defaults``: caching, security and the site's own headers."""
    codings = site.codings(entry)
    coding = encodings.choose(request.headers.get("accept-encoding"), codings)
    if status == 200 and "if-none-match" in request.headers:
        coding = held(request, entry, codings, coding)
    length = codings[coding] if coding else entry.length
    headers = describe(site, entry, coding, defaults, status)
    if status != 200:
        return Answer(status, headers, (whole(site, entry, coding, length),), site=site.name)
    mark = tag(entry.blob, coding)
    verdict = conditions.judge(request.headers, mark, site.modified)
    if verdict is Verdict.NOT_MODIFIED:
        kept = tuple(pair for pair in headers if pair[0].lower() not in _BODY_HEADERS)
        return Answer(304, kept, site=site.name)
    if verdict is Verdict.FAILED:
        return plain(412, site=site.name)
    field = request.headers.get("range")
    if (
        field
        and request.method == "GET"
        and conditions.range_holds(request.headers.get("if-range"), mark, site.modified)
    ):
        partial = part(field, site, entry, whole(site, entry, coding, length), headers)
        if partial is not None:
            return partial
    return Answer(200, headers, (whole(site, entry, coding, length),), site=site.name)


def held(request: Request, entry: Entry, codings: dict[str, int], chosen: str) -> str:
    """The coding of the copy that the client already holds, if it is one it may be sent: a copy fetched before the
    compressed form was ready is still good, and 304 names it."""
    wanted = encodings.accepted(request.headers.get("accept-encoding"))
    field = request.headers["if-none-match"]
    for coding in (chosen, "", *(each for each in wanted if each in codings)):
        if conditions.matches(field, tag(entry.blob, coding), strong=False):
            return coding
    return chosen


def describe(site: Site, entry: Entry, coding: str, defaults: Headers, status: int) -> Headers:
    """The headers of the representation."""
    names = {name.lower() for name, _ in defaults}
    rows = [] if "content-type" in names else [("Content-Type", policy.content_type(entry.media_type))]
    if coding:
        rows.append(("Content-Encoding", coding))
    if status == 200:
        rows.append(("ETag", tag(entry.blob, coding)))
        if site.modified is not None:
            rows.append(("Last-Modified", formatdate(site.modified, usegmt=True)))
        rows.append(("Accept-Ranges", "bytes"))
    if policy.compressible(entry.media_type, entry.length):
        given = [value for name, value in defaults if name.lower() == "vary"]
        rows.append(("Vary", ", ".join(["Accept-Encoding", *given])))
        defaults = tuple(pair for pair in defaults if pair[0].lower() != "vary")
    return (*rows, *defaults)


def whole(site: Site, entry: Entry, coding: str, length: int) -> Slice:
    return Slice(site.file(entry.blob, encodings.SUFFIXES[coding] if coding else ""), 0, length)


def part(field: str, site: Site, entry: Entry, found: Slice, headers: Headers) -> Answer | None:
    """206, 416, or None when the whole is to be sent."""
    path, length = found.path, found.length
    try:
        parts = ranges.parse(field, length)
    except ranges.Unsatisfiable:
        return plain(416, headers=(("Content-Range", f"bytes */{length}"),), site=site.name)
    if parts is None:
        return None
    if len(parts) == 1:
        first, last = parts[0]
        rows = (*headers, ("Content-Range", f"bytes {first}-{last}/{length}"))
        return Answer(206, rows, (Slice(path, first, last - first + 1, whole=False),), site=site.name)
    return multipart(parts, found, entry, headers, site.name)


def multipart(parts: list[tuple[int, int]], found: Slice, entry: Entry, headers: Headers, site: str) -> Answer:
    """Several ranges as multipart/byteranges (RFC 9110 §14.6). The boundary follows from the content, so answers
    compare equal.
    """
    path, length = found.path, found.length
    boundary = f"village-{entry.blob[32:56]}"
    media_type = next((value for name, value in headers if name.lower() == "content-type"), "application/octet-stream")
    pieces: list[Piece] = []
    for first, last in parts:
        mark = f"\r\n--{boundary}\r\nContent-Type: {media_type}\r\nContent-Range: bytes {first}-{last}/{length}\r\n\r\n"
        pieces += [mark.encode(), Slice(path, first, last - first + 1, whole=False)]
    pieces.append(f"\r\n--{boundary}--\r\n".encode())
    rest = tuple(pair for pair in headers if pair[0].lower() != "content-type")
    rows = (("Content-Type", f"multipart/byteranges; boundary={boundary}"), *rest)
    return Answer(206, rows, tuple(pieces), site=site)
