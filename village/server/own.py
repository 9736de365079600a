"""village's own paths: challenges, hooks, health, status, metrics, the preview's events."""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import json
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from village.errors import HookRefused
from village.metrics import CONTENT_TYPE
from village.server import hosts, preview, status
from village.server.answer import Answer, Headers, Request, plain
from village.server.bodies import PATIENCE, Crowded, Incoming
from village.server.control import Reply
from village.server.fields import basic_credentials

if TYPE_CHECKING:
    from village.server.street import Street

CHALLENGE = "/.well-known/acme-challenge/"
HOOK = "/hooks/redeploy"
SIBLING = "/-/sibling"
RING_BYTES = 1024 * 1024
HEARTBEAT = 15.0
PREFIXES = ("/-/", "/hooks/", CHALLENGE)
# RFC 8555 §8.3: a token is base64url; anything else is somebody trying a path.
TOKEN = re.compile(r"[A-Za-z0-9_-]{8,256}\Z")
PRIVATE: Headers = (("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"))


@dataclass(slots=True)
class Events:
    """An open stream of server-sent events."""

    head: Answer
    queue: asyncio.Queue[bytes | None]
    end: Callable[[asyncio.Queue[bytes | None]], None]

    async def messages(self) -> AsyncIterator[bytes]:
        try:
            yield b"retry: 500\n\n"
            while (message := await self.next()) is not None:
                yield message
        finally:
            self.end(self.queue)

    async def next(self) -> bytes | None:
        """The next message; now and then a comment, which finds out whether the client is still there."""
        try:
            async with asyncio.timeout(HEARTBEAT):
                return await self.queue.get()
        except TimeoutError:
            return b": still here\n\n"

    def close(self) -> None:
        """The client is gone, or the street closes."""
        self.queue.put_nowait(None)


def concerns(target: str) -> bool:
    """Whether a target is one of ours."""
    return target.startswith(PREFIXES)


async def respond(street: Street, request: Request, remote: str, body: Incoming) -> Answer | Events:
    """The answer to a request for one of our own paths."""
    path = request.target.partition("?")[0]
    if path.startswith(CHALLENGE):
        return challenge(street, request, path.removeprefix(CHALLENGE))
    if path == HOOK or path.startswith(HOOK + "/"):
        return await post(street, request, remote, body, path)
    if path == SIBLING:
        return await post(street, request, remote, body, path)
    if request.method not in {"GET", "HEAD"}:
        return plain(405, headers=(("Allow", "GET, HEAD"), *PRIVATE))
    found = read(street, request, remote, path)
    if isinstance(found, Answer):
        found.head_only = request.method == "HEAD"
    return found


def read(street: Street, request: Request, remote: str, path: str) -> Answer | Events:
    """The pages that are only read."""
    if path == "/-/health/live":
        return plain(200 if street.control.live() else 503, "live" if street.control.live() else "not live", PRIVATE)
    if path == "/-/health/ready":
        ready, why = street.control.ready()
        return as_json(200 if ready and not street.draining else 503, {"ready": ready and not street.draining, **why})
    if path == "/-/live" and street.preview:
        return street.subscribe(preview.seen(request))
    if path in {"/-/status", "/-/status.json", "/-/metrics"}:
        refused = guard(street, request, remote)
        return refused or guarded(street, path)
    return plain(404, headers=PRIVATE)


def guarded(street: Street, path: str) -> Answer:
    """What only the operator sees."""
    if path == "/-/metrics":
        street.tally.settle()
        return Answer(200, (("Content-Type", CONTENT_TYPE), *PRIVATE), (street.metrics.exposition(),))
    facts = {**street.control.status(), "street": street.facts()}
    if path == "/-/status.json":
        return as_json(200, facts)
    policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
    rows = (("Content-Type", "text/html; charset=utf-8"), ("Content-Security-Policy", policy), *PRIVATE)
    return Answer(200, rows, (status.html_page(facts).encode(),))


def as_json(code: int, facts: dict[str, Any]) -> Answer:
    body = json.dumps(facts, ensure_ascii=False, default=str, indent=1).encode() + b"\n"
    return Answer(code, (("Content-Type", "application/json"), *PRIVATE), (body,))


def guard(street: Street, request: Request, remote: str) -> Answer | None:
    """None for the operator. Without a token set only this very machine may look, under a name of its own."""
    token = street.settings.admin_token
    if not token:
        if local(remote) and local_name(request.host):
            return None
        return plain(403, "Set VILLAGE_ADMIN_TOKEN to see this page from elsewhere.", PRIVATE)
    field = request.headers.get("authorization", "")
    if field and not street.guess_rate.allow(remote):
        return later(street, "rate", 429, street.guess_rate.wait(remote))
    if hmac.compare_digest(given_token(field).encode("utf-8", "surrogateescape"), token.encode()):
        return None
    if field:
        street.guess_rate.charge(remote)
    street.metrics.refused.labels("unauthorized").inc()
    return plain(401, headers=(("WWW-Authenticate", 'Basic realm="village", charset="UTF-8"'), *PRIVATE))


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


def challenge(street: Street, request: Request, token: str) -> Answer:
    """The key authorization as RFC 8555 §8.3 wants it."""
    if request.method not in {"GET", "HEAD"}:
        return plain(405, headers=(("Allow", "GET, HEAD"), *PRIVATE))
    try:
        name = hosts.split(request.host)[0]
    except hosts.BadHost:
        return plain(400, close=True)
    value = street.control.challenge(name, token) if TOKEN.match(token) else None
    if value is None:
        return plain(404, headers=PRIVATE)
    rows = (("Content-Type", "application/octet-stream"), *PRIVATE)
    return Answer(200, rows, (value.encode(),), head_only=request.method == "HEAD")


async def post(street: Street, request: Request, remote: str, body: Incoming, path: str) -> Answer:
    """Hooks and siblings. Who proves itself may ring as often as it likes: no forge sends a lost hook again."""
    if request.method != "POST":
        return plain(405, headers=(("Allow", "POST"), *PRIVATE))
    if not street.hook_rate.allow(remote):
        return later(street, "rate", 429, street.hook_rate.wait(remote))
    found = await taken_in(street, request, remote, body, path)
    if found.status >= 300:
        street.hook_rate.charge(remote)
    return found


async def taken_in(street: Street, request: Request, remote: str, body: Incoming, path: str) -> Answer:
    """The whole body for the app, or the reason why not."""
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        return plain(415, "Send the payload uncompressed.", PRIVATE, close=True)
    try:
        async with street.bodies.whole(body, RING_BYTES if path == SIBLING else street.limits.hook_bytes) as data:
            if data is None:
                return plain(413, headers=PRIVATE, close=True)
            return from_reply(await pass_on(street, request, data, remote, path))
    except TimeoutError:
        street.metrics.refused.labels("body_timeout").inc()
        return plain(408, headers=PRIVATE, close=True)
    except Crowded:
        return later(street, "bodies", 503, int(PATIENCE))


def later(street: Street, why: str, status: int, wait: int) -> Answer:
    """Not now: come again after ``wait`` seconds."""
    street.metrics.refused.labels(why).inc()
    return plain(status, headers=(("Retry-After", str(wait)), *PRIVATE), close=True)


async def pass_on(street: Street, request: Request, data: bytes, remote: str, path: str) -> Reply:
    """To the app; a refusal is an answer, too."""
    try:
        if path == SIBLING:
            return await street.control.sibling(request.headers, data)
        site = site_of(street, request, path.removeprefix(HOOK).strip("/"))
        if site is None:
            return Reply(404, b"no such site\n")
        return await street.control.hook(site, request.headers, data, remote)
    except HookRefused as error:
        return Reply(error.status, json.dumps({"error": error.code, "message": error.message}).encode())


def site_of(street: Street, request: Request, named: str) -> str | None:
    """The site a hook is for: named in the path, else that of the host, else the only one."""
    names = [site.name for site in street.settings.sites]
    if named:
        return named if named in names else None
    try:
        place = street.hosts.find(hosts.split(request.host)[0])
    except hosts.BadHost:
        place = None
    if place:
        return place.site.name
    domains = {hosts.ascii_name(domain): site.name for site in street.settings.sites for domain in site.domains}
    return domains.get(request.host.partition(":")[0].lower()) or (names[0] if len(names) == 1 else None)


def from_reply(reply: Reply) -> Answer:
    given = {name.lower() for name in reply.headers}
    kind = (
        ()
        if "content-type" in given
        else (("Content-Type", "application/json" if reply.body[:1] in {b"{", b"["} else "text/plain; charset=utf-8"),)
    )
    return Answer(reply.status, (*kind, *reply.headers.items(), *PRIVATE), (reply.body,) if reply.body else ())
