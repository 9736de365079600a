"""What the preview adds: a script that reloads the page, and the error page while the site cannot be built."""

from __future__ import annotations

import re

from village.server import policy
from village.server.answer import Answer, Headers, Request, Slice
from village.server.hosts import Entrance, Hosts
from village.server.negotiate import negotiate
from village.server.pages import Pages

SCRIPT = b"""<script>(()=>{let lost=false;const open=()=>{const s=new EventSource("/-/live");
s.onopen=()=>{if(lost)location.reload()};s.onerror=()=>{lost=true};
s.addEventListener("reload",()=>location.reload());
s.addEventListener("css",()=>{for(const l of document.querySelectorAll('link[rel="stylesheet"]')){
const u=new URL(l.href);if(u.origin!==location.origin)continue;u.searchParams.set("live",Date.now());
const n=l.cloneNode();n.href=u;n.onload=()=>l.remove();l.after(n)}})};open()})()</script>"""
_BODY_END = re.compile(rb"</body\s*>", re.IGNORECASE)
UNCACHED: Headers = (("Cache-Control", "no-store"),)
_DROPPED = frozenset({"cache-control", "etag", "accept-ranges", "content-length", "vary", "last-modified",
"content-security-policy",
                      "x-frame-options"})  # fmt: skip


def events_head() -> Answer:
    """The head of an event stream, which has no length."""
    found = Answer(200, (("Content-Type", "text/event-stream"), *UNCACHED))
    found.headers = tuple(pair for pair in found.headers if pair[0] != "Content-Length")
    return found


def event(name: str, data: str) -> bytes:
    """One server-sent event."""
    lines = "".join(f"data: {line}\n" for line in (data.splitlines() or [""]))
    return f"event: {name}\n{lines}\n".encode()


def with_script(page: bytes) -> bytes:
    """The page with the script at the end of its body, or at its end where no body ends."""
    ends = list(_BODY_END.finditer(page))
    cut = ends[-1].start() if ends else len(page)
    return page[:cut] + SCRIPT + page[cut:]


def decide(request: Request, hosts: Hosts, entrance: Entrance, failure: bytes | None, pages: Pages) -> Answer:
    """The answer in the preview: nothing cached, nothing compressed, HTML with the script. Raises ReleaseBroken."""
    kept = {
        name: value
        for name, value in request.headers.items()
        if name not in {"accept-encoding", "if-none-match", "if-match"}
    }
    found = negotiate(Request(request.method, request.target, request.host, kept, request.scheme), hosts, entrance)
    media_type = next((value for name, value in found.headers if name.lower() == "content-type"), "")
    headers = tuple(pair for pair in found.headers if pair[0].lower() not in _DROPPED) + UNCACHED
    if not policy.is_html(media_type) or found.status in {301, 302, 303, 307, 308, 206}:
        if found.status == 200:
            found.headers = (*headers, ("Content-Length", str(found.length)), ("Accept-Ranges", "bytes"))
        return found
    if failure is not None:
        return Answer(500, headers, (with_script(failure),), head_only=found.head_only, site=found.site)
    body = b"".join(pages.body(pages.get(piece.path)) if isinstance(piece, Slice) else piece for piece in found.body)
    return Answer(found.status, headers, (with_script(body),), head_only=found.head_only, site=found.site)
