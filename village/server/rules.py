"""A site's own redirects, rewrites and headers (``_redirects``, ``_headers``, Hugo's ``server``), compiled for
matching.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl, quote, unquote

from village.release.manifest import EXPRESSION, HeaderRule, RedirectRule
from village.server import target as targets
from village.server.answer import Headers
from village.server.rule_conditions import Visit, holds, reads_of
from village.server.rule_patterns import Pattern, anything, compiled, first_segment, split_host

_PLACEHOLDER = re.compile(r":([A-Za-z][A-Za-z0-9_]*)")
_GROUP = re.compile(r"\$(\d)")  # of an expression, as Hugo writes it
_PORT = re.compile(r"https?://[^/?#]*:\d", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that applies: ``location`` is its target with the placeholders filled in, escaped. ``query``: whether
    that of the visitor goes along.
    """

    status: int
    location: str
    query: bool = True


@dataclass(frozen=True, slots=True)
class Ruling:
    """The rule for a visit, if any, and the request headers that were asked to find it (for Vary)."""

    hit: Hit | None = None
    vary: tuple[str, ...] = ()


NOTHING = Ruling()
EVERYBODY: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Compiled:
    """A rule in its place. ``path``: None where the source is a plain path; ``query``: what it asks of the query."""

    number: int
    rule: RedirectRule
    host: str
    path: Pattern | None
    query: tuple[tuple[str, str], ...]
    reads: tuple[str, ...]

    def captures(self, path: str) -> dict[str, str] | None:
        if self.path is None:
            return {}
        match = self.path.match(path)
        return None if match is None else {name: value or "" for name, value in match.groupdict().items()}

    def asked(self, given: Mapping[str, str]) -> dict[str, str] | None:
        """The placeholders that the query fills; None when it is not the query of the rule. Exact, as at Netlify."""
        if not self.query:
            return {}
        if given.keys() != {name for name, _ in self.query}:
            return None
        if any(given[name] != value for name, value in self.query if not value.startswith(":")):
            return None
        return {value[1:]: given[name] for name, value in self.query if value.startswith(":")}

    def fill(self, values: Mapping[str, str]) -> str:
        """The target for a visit."""
        return fill(self.rule.target, values, _GROUP if self.rule.source.startswith(EXPRESSION) else _PLACEHOLDER)


def prepared(number: int, rule: RedirectRule) -> Compiled:
    host, path = split_host(rule.source)
    pairs = [value.partition("=") for name, value in rule.conditions if name == "Query"]
    reads = tuple(dict.fromkeys(header for name, value in rule.conditions for header in reads_of(name, value)))
    return Compiled(
        number,
        rule,
        host,
        compiled(path),
        tuple((name, value) for name, _, value in pairs),
        reads,
    )


class Redirects:
    """The redirect rules in their order; the first that matches wins."""

    def __init__(self, rules: Iterable[RedirectRule]) -> None:
        usable = [rule for rule in rules if rule.status != 200 or rule.target.startswith("/")]
        self.plain: dict[str, list[Compiled]] = {}
        self.below: dict[str, list[Compiled]] = {}  # patterns by the first segment
        self.anywhere: list[Compiled] = []
        for number, rule in enumerate(usable):
            one = prepared(number, rule)
            if one.path is not None:
                segment = first_segment(split_host(rule.source)[1])
                (self.below.setdefault(segment, []) if segment else self.anywhere).append(one)
            else:
                path = unquote(split_host(rule.source)[1], errors="surrogateescape")
                self.plain.setdefault(path.rstrip("/") or "/", []).append(one)
        self.any_forced = any(rule.force for rule in usable)
        self.any_host = any(split_host(rule.source)[0] for rule in usable)
        self.any = bool(usable)

    def find(self, visit: Visit, *, exists: bool, elsewhere: bool = False) -> Ruling:
        """The rule for a visit; where a page ``exists`` only forced ones count; ``elsewhere``, at a host that is
        not the site's first, only those that name it.
        """
        if targets.normal(visit.path) != visit.path:
            return NOTHING
        given = dict(parse_qsl(visit.query, keep_blank_values=True))
        fitting = []
        for one in self.candidates(visit.path):
            if (one.rule.force or not exists) and one.host in ({visit.host} if elsewhere else {"", visit.host}):
                path, query = one.captures(visit.path), one.asked(given)
                if path is not None and query is not None:
                    fitting.append((one, path | query))
        return decide(fitting, visit)

    def candidates(self, path: str) -> list[Compiled]:
        """Rules that may match, in their order."""
        plain, below = self.plain.get(path.rstrip("/") or "/", []), self.below.get(path.split("/", 2)[1], [])
        return sorted((*plain, *below, *self.anywhere), key=lambda one: one.number)


@lru_cache(maxsize=64)
def redirects(rules: tuple[RedirectRule, ...]) -> Redirects:
    """Compiled once: a site may have thousands, and releases that differ in them are few."""
    return Redirects(rules)


def decide(fitting: list[tuple[Compiled, dict[str, str]]], visit: Visit) -> Ruling:
    """The first whose conditions hold. A rule that asks for the query goes before the same one that does not: Netlify
    calls that one the base case and lets it stand first.
    """
    asking = {one.rule.source for one, _ in fitting if one.query}
    vary: dict[str, None] = {}
    for one, values in fitting:
        if not one.query and one.rule.source in asking:
            continue
        vary |= dict.fromkeys(one.reads)
        if all(holds(name, value, visit) for name, value in one.rule.conditions):
            hit = Hit(one.rule.status, one.fill(values), not one.query)
            if not (300 <= hit.status < 400 and stays(hit, visit)):
                return Ruling(hit, tuple(vary))
    return Ruling(None, tuple(vary))


def stays(hit: Hit, visit: Visit) -> bool:
    """Whether a redirect leads to where the visitor is, and would for ever: ``/a /a/ 301!`` and ``http://example.org/*
    https://example.org/:splat 301!`` stand in many files, but slashes and HTTPS are the server's own business.
    """
    host, address = split_host(hit.location.partition("#")[0])
    path, mark, query = address.partition("?")
    if host not in {"", visit.host} or _PORT.match(hit.location):
        return False
    same = unquote(path, errors="surrogateescape").rstrip("/") == visit.path.rstrip("/")
    return same and (query if mark or not hit.query else visit.query) == visit.query


def fill(text: str, values: Mapping[str, str], holes: re.Pattern[str] = _PLACEHOLDER) -> str:
    """The target with its placeholders replaced and escaped. A local target stays local: ``//host`` would leave the
    site.
    """
    path, mark, query = text.partition("?")
    path = holes.sub(lambda hole: targets.encode(values.get(hole.group(1), hole.group())), path)
    query = holes.sub(lambda hole: quote(values.get(hole.group(1), hole.group()), safe="/:-._~"), query)
    return ("/" + path.lstrip("/\\") if text.startswith("/") else path) + mark + query


class HeaderRules:
    """The header rules; all that match apply, the later over the earlier. Those for a host count where it is ``host``,
    the site's own.
    """

    def __init__(self, rules: Iterable[HeaderRule], host: str = "") -> None:
        self.rules: list[tuple[Pattern, tuple[tuple[str, str], ...]]] = []
        self.guards: list[tuple[Pattern, frozenset[str]]] = []
        for rule in rules:
            named, path = split_host(rule.source)
            if not named:
                self.add(anything(path), rule.headers)
            elif match := anything(f"/{named}").match(f"/{host}"):
                here = tuple((name, filled(value, match.groupdict())) for name, value in rule.headers)
                self.add(anything(path), here)

    def add(self, path: Pattern, headers: tuple[tuple[str, str], ...]) -> None:
        plain = tuple(pair for pair in headers if pair[0].lower() != "basic-auth")
        if plain:
            self.rules.append((path, plain))
        if pairs := [value for name, value in headers if name.lower() == "basic-auth"]:
            self.guards.append((path, frozenset(" ".join(pairs).split())))

    def find(self, path: str) -> Headers:
        found: dict[str, list[tuple[str, str]]] = {}
        for compiled_path, headers in self.rules:
            if match := compiled_path.match(path):
                own: dict[str, list[tuple[str, str]]] = {}
                for name, value in headers:
                    own.setdefault(name.lower(), []).append((name, filled(value, match.groupdict())))
                found.update(own)
        return tuple(joined for pairs in found.values() for joined in join(pairs))

    def guard(self, path: str) -> frozenset[str]:
        """The user:password pairs that may see ``path`` (Netlify's Basic-Auth); empty = everybody."""
        if not self.guards:
            return EVERYBODY
        return next((pairs for compiled_path, pairs in self.guards if compiled_path.match(path)), EVERYBODY)


def filled(value: str, captures: Mapping[str, str | None]) -> str:
    """A header's value with the placeholders of its host or path (Cloudflare's)."""
    if ":" not in value or not captures:
        return value
    return _PLACEHOLDER.sub(
        lambda hole: targets.encode(captures[hole.group(1)] or "") if hole.group(1) in captures else hole.group(), value
    )


def join(pairs: list[tuple[str, str]]) -> Headers:
    """One name given several times is one list (both services say so); cookies are none (RFC 6265 §3), and an empty
    value takes away what stood before it.
    """
    values = [value for _, value in pairs if value]
    if pairs[0][0].lower() == "set-cookie" or len(values) < 2:
        return tuple(pair for pair in pairs if pair[1]) or (pairs[0],)
    return ((pairs[0][0], ", ".join(values)),)
