"""village's own paths: challenges, hooks, health, status, metrics, the preview's events."""

from __future__ import annotations

import hmac
import ipaddress
import json
import re
from typing import Any

from village.errors import HookRefused
from village.metrics import CONTENT_TYPE
from village.server import hosts, preview, status
from village.server.answer import NOSNIFF, UNSTORED, Answer, Headers, Request, plain
from village.server.bodies import PATIENCE, Crowded, Incoming
from village.server.control import Reply
from village.server.events import Events
from village.server.fields import basic_credentials
from village.server.house import House

CHALLENGE = "/.well-known/acme-challenge/"
HOOK = "/hooks/redeploy"
SIBLING = "/-/sibling"
RING_BYTES = 1024 * 1024
PREFIXES = ("/-/", "/hooks/", CHALLENGE)
# RFC 8555 §8.3: a token is base64url; anything else is somebody trying a path.
TOKEN = re.compile(r"[A-Za-z0-9_-]{8,256}\Z")
PRIVATE: Headers = (*UNSTORED, NOSNIFF)


def concerns(target: str) -> bool:
    """Whether a target is one of ours."""
    return target.startswith(PREFIXES)


async def respond(house: House, request: Request, remote: str, body: Incoming) -> Answer | Events:
    """The answer to a request for one of our own paths."""
    path = request.target.partition("?")[0]
    if path.startswith(CHALLENGE):
        return challenge(house, request, path.removeprefix(CHALLENGE))
    if path == HOOK or path.startswith(HOOK + "/"):
        return await post(house, request, remote, body, path)
    if path == SIBLING:
        return await post(house, request, remote, body, path)
    if request.method not in {"GET", "HEAD"}:
        return plain(405, headers=(("Allow", "GET, HEAD"), *UNSTORED))
    found = read(house, request, remote, path)
    if isinstance(found, Answer):
        found.head_only = request.method == "HEAD"
    return found


def read(house: House, request: Request, remote: str, path: str) -> Answer | Events:
    """The pages that are only read."""
    if path == "/-/health/live":
        return plain(200 if house.control.live() else 503, "live" if house.control.live() else "not live", UNSTORED)
    if path == "/-/health/ready":
        ready, why = house.control.ready()
        return as_json(200 if ready and not house.draining else 503, {"ready": ready and not house.draining, **why})
    if path == "/-/live" and house.preview:
        return house.subscribe(preview.seen(request))
    if path in {"/-/status", "/-/status.json", "/-/metrics"}:
        refused = guard(house, request, remote)
        return refused or guarded(house, path)
    return plain(404, headers=UNSTORED)


def guarded(house: House, path: str) -> Answer:
    """What only the operator sees."""
    if path == "/-/metrics":
        house.tally.settle()
        return Answer(200, (("Content-Type", CONTENT_TYPE), *PRIVATE), (house.metrics.exposition(),))
    facts = {**house.control.status(), "street": house.facts()}
    if path == "/-/status.json":
        return as_json(200, facts)
    policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
    rows = (("Content-Type", "text/html; charset=utf-8"), ("Content-Security-Policy", policy), *PRIVATE)
    return Answer(200, rows, (status.html_page(facts).encode(),))


def as_json(code: int, facts: dict[str, Any]) -> Answer:
    body = json.dumps(facts, ensure_ascii=False, default=str, indent=1).encode() + b"\n"
    return Answer(code, (("Content-Type", "application/json"), *PRIVATE), (body,))


def guard(house: House, request: Request, remote: str) -> Answer | None:
    """None for the operator. Without a token set only this very machine may look, under a name of its own."""
    token = house.settings.admin_token
    if not token:
        if local(remote) and local_name(request.host):
            return None
        return plain(403, "Set VILLAGE_ADMIN_TOKEN to see this page from elsewhere.", UNSTORED)
    field = request.headers.get("authorization", "")
    if field and not house.guess_rate.allow(remote):
        return house.later("rate", 429, house.guess_rate.wait(remote))
    if hmac.compare_digest(given_token(field).encode("utf-8", "surrogateescape"), token.encode()):
        return None
    if field:
        house.guess_rate.charge(remote)
    house.metrics.refused.labels("unauthorized").inc()
    return plain(401, headers=(("WWW-Authenticate", 'Basic realm="village", charset="UTF-8"'), *UNSTORED))


def given_token(field: str) -> str:
    """The bearer token, or the password of basic auth; "" when there is neither."""
    scheme, _, value = field.partition(" ")
    return value.strip() if scheme.lower() == "bearer" else basic_credentials(field).partition(":")[2]


def local(remote: str) -> bool:
    try:
        return ipaddress.ip_address(remote).is_loopback
    except ValueError:
        return False


def local_name(host: str) -> bool:
    """A name that no stranger's DNS can point here (against rebinding)."""
    try:
        name = hosts.split(host)[0]
    except hosts.BadHost:
        return False
    return name == "localhost" or name.endswith(".localhost") or local(name)


def challenge(house: House, request: Request, token: str) -> Answer:
    """The key authorization as RFC 8555 §8.3 wants it."""
    if request.method not in {"GET", "HEAD"}:
        return plain(405, headers=(("Allow", "GET, HEAD"), *UNSTORED))
    try:
        name = hosts.split(request.host)[0]
    except hosts.BadHost:
        return plain(400, close=True)
    value = house.control.challenge(name, token) if TOKEN.match(token) else None
    if value is None:
        return plain(404, headers=UNSTORED)
    rows = (("Content-Type", "application/octet-stream"), *PRIVATE)
    return Answer(200, rows, (value.encode(),), head_only=request.method == "HEAD")


async def post(house: House, request: Request, remote: str, body: Incoming, path: str) -> Answer:
    """Hooks and siblings. Who proves itself may ring as often as it likes: no forge sends a lost hook again."""
    if request.method != "POST":
        return plain(405, headers=(("Allow", "POST"), *UNSTORED))
    if not house.hook_rate.allow(remote):
        return house.later("rate", 429, house.hook_rate.wait(remote))
    found = await taken_in(house, request, remote, body, path)
    if found.status >= 300:
        house.hook_rate.charge(remote)
    return found


async def taken_in(house: House, request: Request, remote: str, body: Incoming, path: str) -> Answer:
    """The whole body for the app, or the reason why not."""
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        return plain(415, "Send the payload uncompressed.", UNSTORED, close=True)
    try:
        async with house.bodies.whole(body, RING_BYTES if path == SIBLING else house.limits.hook_bytes) as data:
            if data is None:
                return plain(413, headers=UNSTORED, close=True)
            return from_reply(await pass_on(house, request, data, remote, path))
    except TimeoutError:
        house.metrics.refused.labels("body_timeout").inc()
        return plain(408, headers=UNSTORED, close=True)
    except Crowded:
        return house.later("bodies", 503, int(PATIENCE))


async def pass_on(house: House, request: Request, data: bytes, remote: str, path: str) -> Reply:
    """To the app; a refusal is an answer, too."""
    try:
        if path == SIBLING:
            return await house.control.sibling(request.headers, data)
        site = site_of(house, request, path.removeprefix(HOOK).strip("/"))
        if site is None:
            return Reply(404, b"no such site\n")
        return await house.control.hook(site, request.headers, data, remote)
    except HookRefused as error:
        return Reply(error.status, json.dumps({"error": error.code, "message": error.message}).encode())


def site_of(house: House, request: Request, named: str) -> str | None:
    """The site a hook is for: named in the path, else that of the host, else the only one."""
    names = [site.name for site in house.settings.sites]
    if named:
        return named if named in names else None
    try:
        place = house.hosts.find(hosts.split(request.host)[0])
    except hosts.BadHost:
        place = None
    if place:
        return place.site.name
    domains = {hosts.ascii_name(domain): site.name for site in house.settings.sites for domain in site.domains}
    return domains.get(request.host.partition(":")[0].lower()) or (names[0] if len(names) == 1 else None)


def from_reply(reply: Reply) -> Answer:
    given = {name.lower() for name in reply.headers}
    kind = (
        ()
        if "content-type" in given
        else (("Content-Type", "application/json" if reply.body[:1] in {b"{", b"["} else "text/plain; charset=utf-8"),)
    )
    return Answer(reply.status, (*kind, *reply.headers.items(), *PRIVATE), (reply.body,) if reply.body else ())
