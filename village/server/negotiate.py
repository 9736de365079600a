"""Request and releases → answer. Pure: both lanes of HTTP/1.1 and HTTP/2 ask here, so they agree by construction."""

from __future__ import annotations

import hmac
import re
from urllib.parse import quote, unquote

from village.release.manifest import Entry
from village.server import hosts as hosts_module
from village.server import policy, representation
from village.server import target as targets
from village.server.answer import Answer, Headers, Request, page, plain, redirect
from village.server.fields import basic_credentials
from village.server.hosts import Entrance, Hosts, Place
from village.server.rule_conditions import Visit
from village.server.rules import NOTHING, Hit, Ruling
from village.server.sites import Found, Site

ALLOW: Headers = (("Allow", "GET, HEAD, OPTIONS"),)
READING = frozenset({"GET", "HEAD"})
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
REVALIDATE: Headers = (("Cache-Control", policy.CACHE_CONTROL["page"]),)


def negotiate(request: Request, hosts: Hosts, entrance: Entrance) -> Answer:
    """The answer to any well-formed request that is not for one of village's own paths."""
    try:
        target = targets.parse(request.target)
        name, port = (
            hosts_module.split(target.authority or request.host) if target.authority or request.host else ("", "")
        )
    except targets.BadTarget as error:
        return plain(400, f"Bad request: {error}", close=True)
    except hosts_module.BadHost:
        return plain(400, "Bad request: the Host header names no host", close=True)
    if request.host == "" and "host" in request.headers:
        return plain(400, "Bad request: the Host header is empty", close=True)
    place = hosts.find(name)
    if place is None:
        return not_yet() if hosts.is_awaited(name) else unknown_host(request)
    if target.path == "*":
        return options(place.site) if request.method == "OPTIONS" else plain(400, site=place.site.name, close=True)
    hsts = entrance.hsts if request.scheme == "https" and place.canonical and entrance.secure(place.canonical) else 0
    elsewhere = origin(place, entrance, request.scheme, name, port)
    if elsewhere and not (named := of_host(request, place.site, target, name)).hit:
        status = 301 if request.method in READING else 308
        where = request.target if request.target.startswith("/") else targets.encode(target.path) + target.suffix
        return redirect(status, elsewhere + where, vary(REVALIDATE, named.vary), site=place.site.name)
    return answer(request, place.site, target, name, hsts)


def not_yet() -> Answer:
    """The first release is being built."""
    headers = (("Retry-After", "2"), ("Cache-Control", "no-store"))
    return page(503, headers, words="This site is being built for the first time. Try again in a moment.")


def unknown_host(request: Request) -> Answer:
    """A name that is nobody's: over TLS the client reused a connection wrongly (RFC 9110 §15.5.20)."""
    return plain(421 if request.scheme == "https" else 404, "No site here under this name.")


def origin(place: Place, entrance: Entrance, scheme: str, name: str, port: str) -> str:
    """The origin to redirect to, in one hop, or "" when the visitor is at the right one."""
    if not place.canonical:
        return ""
    if scheme == "http" and entrance.https_port and entrance.secure(place.canonical):
        return entrance.https_url(place.canonical)
    if name == place.canonical:
        return ""
    return f"{scheme}://{place.canonical}" + (
        f":{port}" if port and port != {"http": "80", "https": "443"}[scheme] else ""
    )


def of_host(request: Request, site: Site, target: targets.Target, name: str) -> Ruling:
    """What the site's rules say of one host by its name: they go before the way to the site's first host."""
    path = targets.normal(target.path)
    if path is None or not site.redirects.any_host:
        return NOTHING
    return site.redirects.find(Visit(path, target.query, name, request.headers), exists=False, elsewhere=True)


def answer(request: Request, site: Site, target: targets.Target, name: str, hsts: int) -> Answer:
    """The answer of one site, asked by ``name``."""
    path = targets.normal(target.path)
    if path is None:
        return plain(400, "Bad request: the path leaves the site", site=site.name, close=True)
    if refused := unauthorized(request, site, path):
        return refused
    found = None if targets.hidden(path) else site.find(path)
    ruling = NOTHING
    if site.redirects.any and (found is None or site.redirects.any_forced):
        ruling = site.redirects.find(Visit(path, target.query, name, request.headers), exists=found is not None)
    if ruling.hit is not None:
        result = by_rule(request, site, target, ruling.hit, hsts)
    elif found is None:
        result = missing(request, site, path, hsts)
    else:
        result = shown(request, site, target, found, hsts)
    if site.headers.guard(path):
        result.proved = True
    if ruling.vary:
        result.headers = vary(result.headers, ruling.vary)
    return result


def unauthorized(request: Request, site: Site, path: str) -> Answer | None:
    """401 where the site's author has put a password on ``path``, None for who knows it."""
    pairs = site.headers.guard(path)
    if not pairs:
        return None
    field = request.headers.get("authorization", "")
    given = basic_credentials(field).encode("utf-8", "surrogateescape")
    if any(hmac.compare_digest(given, each.encode("utf-8", "surrogateescape")) for each in pairs):
        return None
    challenge = ("WWW-Authenticate", f'Basic realm="{site.name}", charset="UTF-8"')
    refused = plain(401, headers=(challenge, ("Cache-Control", "no-store")), site=site.name)
    if field:
        refused.once, refused.proved = True, False
    return refused


def shown(request: Request, site: Site, target: targets.Target, found: Found, hsts: int) -> Answer:
    """A path of the table, at its one address."""
    if request.method not in READING:
        return options(site) if request.method == "OPTIONS" else plain(405, headers=ALLOW, site=site.name)
    path = targets.normal(target.path) or "/"
    moved = found.moved or (path if path != target.path else "")
    if moved:
        return moved_answer(301, targets.encode(moved) + target.suffix, site, found.path, hsts)
    return entry_answer(request, site, found, target.suffix, hsts)


def options(site: Site) -> Answer:
    return Answer(204, ALLOW, site=site.name)


def entry_answer(request: Request, site: Site, found: Found, suffix: str, hsts: int, *, status: int = 200) -> Answer:
    """What an entry of the table stands for."""
    entry = found.entry
    assert entry is not None
    if refused := unauthorized(request, site, found.path):
        return refused
    if entry.status == 410 and not entry.blob:
        return page(
            410, headers_for(site, found.path, entry, hsts), site=site.name, words="This page is gone for good."
        )
    if entry.location:
        location = uri(entry.location)
        return moved_answer(entry.status, location + ("" if "?" in location else suffix), site, found.path, hsts)
    defaults = headers_for(site, found.path, entry, hsts)
    result = representation.answer(request, site, entry, defaults, status if entry.status == 200 else entry.status)
    if site.headers.guard(found.path):
        result.proved = True
    return result


def headers_for(site: Site, path: str, entry: Entry, hsts: int) -> Headers:
    """Caching, security and the site's own headers for ``path``."""
    media_type = entry.media_type or "text/html"
    cache = ("Cache-Control", policy.CACHE_CONTROL.get(entry.policy, policy.CACHE_CONTROL["page"]))
    if site.headers.guard(path):
        cache = ("Cache-Control", policy.CACHE_CONTROL["guarded"])
    return policy.override((cache, *policy.security(media_type, hsts)), site.headers.find(path))


def moved_answer(status: int, location: str, site: Site, path: str, hsts: int) -> Answer:
    return redirect(status, location, headers_for(site, path, Entry(), hsts), site=site.name)


def uri(location: str) -> str:
    """A location as it may stand in a header: what is not ASCII is escaped, what is escaped already stays."""
    return quote(location, safe="/%:?#[]@!$&'()*+,;=~-._", errors="surrogateescape")


def by_rule(request: Request, site: Site, target: targets.Target, hit: Hit, hsts: int) -> Answer:
    """A redirect, rewrite, 404 or 410 that the site's author wrote down."""
    if request.method not in READING:
        return options(site) if request.method == "OPTIONS" else plain(405, headers=ALLOW, site=site.name)
    if hit.status in {200, 404, 410}:
        found = rewritten(site, hit.location)
        if found is None:
            return missing(request, site, target.path, hsts, hit.status if hit.status != 200 else 404)
        return entry_answer(request, site, found, "", hsts, status=hit.status)
    location, mark, fragment = uri(hit.location).partition("#")
    suffix = "" if "?" in location or not hit.query else target.suffix
    return moved_answer(hit.status, location + suffix + mark + fragment, site, target.path, hsts)


def rewritten(site: Site, location: str) -> Found | None:
    """What a rewrite shows in place of the path that was asked: never a redirect to the page's one address, and never
    a hidden file.
    """
    path = targets.normal(unquote(location.partition("#")[0].partition("?")[0], errors="surrogateescape"))
    found = None if path is None or targets.hidden(path) else site.find(path)
    if found is not None and found.moved:
        found = site.find(found.moved)
    return found if found is not None and found.entry is not None else None


def vary(headers: Headers, fields: tuple[str, ...]) -> Headers:
    """``headers`` of an answer that depends on more request headers."""
    before = [value for name, value in headers if name == "Vary"]
    rest = tuple(pair for pair in headers if pair[0] != "Vary")
    return (*rest, ("Vary", ", ".join([*before, *fields]))) if fields else headers


def missing(request: Request, site: Site, path: str, hsts: int, status: int = 404) -> Answer:
    """The site's own page for what is not there, or a small one of ours."""
    entry = site.not_found(path) if status == 404 else None
    if entry is None or not entry.blob:
        return page(status, headers_for(site, path, Entry(), hsts), site=site.name)
    return representation.answer(request, site, entry, headers_for(site, path, entry, hsts), status)
