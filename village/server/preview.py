"""What the preview adds: a script that reloads the page, and the error page while the site cannot be built."""

from __future__ import annotations

import hashlib
import re
import urllib.parse

from village.server import policy
from village.server.answer import Answer, Headers, Request, Slice
from village.server.hosts import Entrance, Hosts
from village.server.negotiate import negotiate
from village.server.pages import Pages

# A page knows the moment it was made at. The stream is asked with it, so that what was saved between the page and
# the stream (or while the tab was hidden, or the preview was down) is not missed. Hidden tabs let their stream go:
# a browser opens only six connections to one host over HTTP/1.1.
SCRIPT = b"""<script>(()=>{let at="%s",s;const open=()=>{
if(s||document.hidden)return;s=new EventSource("/-/live?at="+at);
s.addEventListener("reload",e=>{if(e.lastEventId!==at)location.reload()});
s.addEventListener("css",e=>{at=e.lastEventId;for(const l of document.querySelectorAll('link[rel="stylesheet"]')){
const u=new URL(l.href);if(u.origin!==location.origin)continue;u.searchParams.set("live",Date.now());
const n=l.cloneNode();n.href=u;n.onload=()=>l.remove();l.after(n)}})};
document.addEventListener("visibilitychange",()=>{if(!document.hidden)open();else if(s){s.close();s=null}});
open()})()</script>"""
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


def moment(hosts: Hosts, failure: bytes | None) -> str:
    """A name for what is on show: it changes whenever a reload would show something else."""
    shown = " ".join(site.release.id for site in hosts.sites.values())
    return hashlib.sha256(shown.encode() + b"\0" + (failure or b"")).hexdigest()[:16]


def seen(request: Request) -> str:
    """The moment that the tab behind a stream shows; "" when it does not say."""
    query = urllib.parse.parse_qs(request.target.partition("?")[2])
    return request.headers.get("last-event-id") or query.get("at", [""])[0]


def event(name: str, data: str, at: str) -> bytes:
    """One server-sent event, of the moment ``at``."""
    lines = "".join(f"data: {line}\n" for line in (data.splitlines() or [""]))
    return f"event: {name}\nid: {at}\n{lines}\n".encode()


def with_script(page: bytes, at: str) -> bytes:
    """The page with the script at the end of its body, or at its end where no body ends."""
    ends = list(_BODY_END.finditer(page))
    cut = ends[-1].start() if ends else len(page)
    return page[:cut] + SCRIPT % at.encode() + page[cut:]


def decide(request: Request, hosts: Hosts, entrance: Entrance, failure: bytes | None, pages: Pages) -> Answer:
    """The answer in the preview: nothing cached, nothing compressed, HTML with the script. Raises ReleaseBroken."""
    at = moment(hosts, failure)
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
        return Answer(500, headers, (with_script(failure, at),), head_only=found.head_only, once=True, site=found.site)
    body = b"".join(pages.body(pages.get(piece.path)) if isinstance(piece, Slice) else piece for piece in found.body)
    return Answer(
        found.status, headers, (with_script(body, at),), head_only=found.head_only, once=True, site=found.site
    )
