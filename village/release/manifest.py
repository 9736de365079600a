"""What a release holds: for each URL path everything the server needs to answer, decided before the request.

Canonical form: entries are dealt into ``SHARDS`` by the hash of their path; a shard is a blob of sorted JSON; the
root lists the
shards' hashes. The release id is the hash of the root. So a one-page edit rewrites one shard and the root, whatever the
size of the site, and equal content has an equal id on every replica, however it was built.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from village.errors import ReleaseBroken

SHARDS = 256
# Headers that the server sets from what it really sends; a site's rule for one of these would break the message.
RESERVED_HEADERS = frozenset({
    "accept-ranges", "age", "allow", "connection", "content-encoding", "content-length", "content-range", "date",
    "etag", "keep-alive", "last-modified", "location", "server", "te", "trailer", "transfer-encoding", "upgrade",
    "www-authenticate",
})  # fmt: skip
EXPRESSION = "~"  # begins a rule's source that is an expression of RE2: nginx's mark for such a location
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Entry:
    """One URL path's answer.

    ``blob``: sha256 (hex) of the body, also its strong ETag; empty for redirects and gone. ``policy``: "page"
    (revalidate),
    "asset" (short life), "immutable" (the name carries a fingerprint). ``status``: 200, 301, 302, 307, 308, 410.
    ``stub``: blob of the HTML file that stands for a redirect when the release is exported as plain files.
    """

    blob: str = ""
    length: int = 0
    media_type: str = ""
    status: int = 200
    location: str = ""
    policy: str = "page"
    stub: str = ""

    def row(self) -> list[Any]:
        """The canonical JSON form: trailing defaults are left out."""
        row = [self.blob, self.length, self.media_type, self.status, self.location, self.policy, self.stub]
        defaults = ["", 0, "", 200, "", "page", ""]
        while row and row[-1] == defaults[len(row) - 1]:
            row.pop()
        return row


@dataclass(frozen=True, slots=True)
class RedirectRule:
    """One line of ``_redirects`` or of Hugo's ``server.redirects``. ``source`` may hold ``*`` (splat) and
    ``:name`` segments, and begin with a host: ``https://blog.example.org/*``; with ``~`` begins an expression of RE2.

    ``status`` 200 = rewrite, 301/302/303/307/308 = redirect, 404 = that page with status 404, 410 = gone.
    ``force``: also where a page exists. ``conditions``: pairs; Netlify's ("Language", "ru"), ("Cookie", "a,b"),
    ("Query", "id=:id"), and Hugo's ("Header", "Accept: text/*") and ("Path", a second source).
    """

    source: str
    target: str
    status: int = 301
    force: bool = False
    conditions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class HeaderRule:
    """Response headers for the paths that match the glob ``source`` (``_headers``, Hugo's ``server.headers``). An empty
    value takes a header away; ("Basic-Auth", "user:password …") is a guard, and no header.
    """

    source: str
    headers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class HostRule:
    """A host that shows a part of the release: the entries below ``tree`` ("/ru"), at ``base`` ("" or "/sub")."""

    name: str
    tree: str
    base: str = ""


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds for the site as a whole. ``not_found``: (path prefix, path of the 404 page), longest prefix first.
    ``hosts``: where languages have hosts of their own, one for each, the default language's first.
    """

    redirects: tuple[RedirectRule, ...] = ()
    headers: tuple[HeaderRule, ...] = ()
    not_found: tuple[tuple[str, str], ...] = ()
    hosts: tuple[HostRule, ...] = ()


@dataclass(frozen=True)
class Manifest:
    """A release as a table. ``entries`` keys are URL paths as they are served, percent-decoded UTF-8:
    "/posts/hello/", "/index.xml".

    A directory-style page is keyed with its trailing slash; its file when exported is that + "index.html".
    """

    id: str
    entries: Mapping[str, Entry]
    rules: Rules
    shards: tuple[str, ...] = field(default=(), compare=False, repr=False)


def seen_from(host: HostRule, entries: Mapping[str, Entry]) -> dict[str, Entry]:
    """The entries that a host shows, by the path they have there."""
    start = len(host.tree)
    return {host.base + path[start:]: entry for path, entry in entries.items() if path.startswith(host.tree + "/")}


def part(release: Manifest, host: HostRule) -> Manifest:
    """A release as one of its hosts shows it; it keeps its id."""
    start = len(host.tree)
    missing = tuple(
        (host.base + prefix[start:], host.base + path[start:])
        for prefix, path in release.rules.not_found
        if prefix.startswith(host.tree + "/")
    )
    return Manifest(release.id, seen_from(host, release.entries), replace(release.rules, not_found=missing, hosts=()))


def shard_of(path: str) -> int:
    """Which shard holds ``path``: the first byte of its hash."""
    return hashlib.sha256(path.encode()).digest()[0]


def encode_shard(entries: Iterable[tuple[str, Entry]]) -> bytes:
    """A shard's canonical bytes; independent of the order given."""
    rows = {path: entry.row() for path, entry in entries}
    return json.dumps(rows, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def decode_shard(data: bytes) -> dict[str, Entry]:
    """The inverse of encode_shard. Raises ReleaseBroken for what this village does not read."""
    try:
        return {path: Entry(*row) for path, row in json.loads(data).items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise ReleaseBroken("a shard holds what this village does not read") from error


def encode_root(shards: Iterable[str], rules: Rules) -> bytes:
    """The root's canonical bytes; its sha256 is the release id."""
    root = {"format": FORMAT, "rules": encode_rules(rules), "shards": list(shards)}
    return json.dumps(root, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def decode_root(data: bytes) -> tuple[tuple[str, ...], Rules]:
    """(shard hashes, rules). Raises ReleaseBroken.

    After a rollback an older village meets the releases of a newer one: it passes over them, as over damaged ones.
    """
    try:
        root = json.loads(data)
        if root["format"] != FORMAT:
            raise ReleaseBroken(f"a release of format {root['format']}; this village reads format {FORMAT}")
        return tuple(root["shards"]), decode_rules(root["rules"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ReleaseBroken("a release holds what this village does not read") from error


def encode_rules(rules: Rules) -> dict[str, Any]:
    table: dict[str, Any] = {
        "redirects": [[r.source, r.target, r.status, r.force, list(r.conditions)] for r in rules.redirects],
        "headers": [[r.source, list(r.headers)] for r in rules.headers],
        "not_found": list(rules.not_found),
    }
    if rules.hosts:  # left out where there are none: releases of other sites keep their ids
        table["hosts"] = [[host.name, host.tree, host.base] for host in rules.hosts]
    return table


def decode_rules(table: Mapping[str, Any]) -> Rules:
    return Rules(
        redirects=tuple(
            RedirectRule(source, target, status, force, tuple((k, v) for k, v in conditions))
            for source, target, status, force, conditions in table["redirects"]
        ),
        headers=tuple(HeaderRule(source, tuple((k, v) for k, v in headers)) for source, headers in table["headers"]),
        not_found=tuple((prefix, path) for prefix, path in table["not_found"]),
        hosts=tuple(HostRule(*row) for row in table.get("hosts", ())),
    )


def digest(data: bytes) -> str:
    """The name of a blob: sha256 in hex."""
    return hashlib.sha256(data).hexdigest()


def deal(entries: Mapping[str, Entry]) -> list[dict[str, Entry]]:
    """Entries dealt into their shards."""
    dealt: list[dict[str, Entry]] = [{} for _ in range(SHARDS)]
    for path, entry in entries.items():
        dealt[shard_of(path)][path] = entry
    return dealt
