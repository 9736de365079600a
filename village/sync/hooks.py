"""What a push hook says, without any I/O: headers and raw body in, ``Push``, ``Ping`` or ``Ignored`` out.

A hook is a doorbell: it says *look now*. The commit it names is a hint for logs; truth is fetched from git.
Proof of the sender comes before anything is parsed:

    GitHub            X-Hub-Signature-256: sha256=<hex HMAC of the raw body>  (docs: validating webhook deliveries)
    Gitea, Forgejo    X-Gitea-Signature, X-Forgejo-Signature: <hex>
    Gogs              X-Gogs-Signature: <hex>
    Bitbucket         X-Hub-Signature: sha256=<hex>     (GitHub's SHA-1 header of that name is refused)
    GitLab            X-Gitlab-Token: <the secret itself>
    Azure DevOps      Authorization: Basic, any user, the secret as the password
    curl, scripts     X-Signature-256: sha256=<hex>, or Authorization: Bearer <the secret itself>
"""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from village.errors import HookRefused

SIGNATURE_HEADERS = (
    "x-hub-signature-256",
    "x-gitea-signature",
    "x-forgejo-signature",
    "x-gogs-signature",
    "x-signature-256",
    "x-hub-signature",
)
TOKEN_HEADERS = ("x-gitlab-token", "authorization")
DELIVERY_HEADERS = (
    "x-github-delivery",
    "x-gitea-delivery",
    "x-forgejo-delivery",
    "x-gogs-delivery",
    "x-gitlab-webhook-uuid",
    "x-request-uuid",
)
EVENT_HEADERS = (
    "x-github-event",
    "x-gitea-event",
    "x-forgejo-event",
    "x-gogs-event",
    "x-gitlab-event",
    "x-event-key",
)
PUSH_EVENTS = {"push", "push hook", "repo:push", "repo:refs_changed", ""}
SYSTEM_HOOK = "system hook"  # of a whole GitLab: what happened stands in the payload
PING_EVENTS = {"ping", "diagnostics:ping"}
DEFAULT_BRANCH = ("default_branch", "defaultBranch")
HEX_SHA256 = re.compile(r"[0-9a-f]{64}")
COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
NO_COMMIT = re.compile(r"0+")


@dataclass(frozen=True, slots=True)
class Push:
    """Look now. ``branch`` and ``commit`` may be empty when the sender did not say; ``sender`` is for the
    log.
    """

    branch: str = ""
    commit: str = ""
    delivery: str = ""
    sender: str = ""
    status: int = 202


@dataclass(frozen=True, slots=True)
class Ping:
    """The forge asks whether the hook is there and the secret right."""

    delivery: str = ""
    status: int = 200


@dataclass(frozen=True, slots=True)
class Ignored:
    """Proved, understood, and no reason to look: another branch, a tag, another event."""

    reason: str
    delivery: str = ""
    status: int = 202


Told = Push | Ping | Ignored


def read(
    headers: Mapping[str, str],
    body: bytes,
    secrets: Iterable[str],
    branch: str,
    *,
    learnt: bool = False,
    open_to_all: bool = False,
) -> Told:
    """What the hook means for a site that publishes ``branch`` (empty = not known yet: every branch is a
    push).

    ``secrets``: every one of them is accepted, for rotation. ``learnt``: the branch is the remote's default, so the
    payload's word about it is newer. ``open_to_all``: no secret is asked for (the demo). Raises HookRefused: 401 no
    proof, 403 wrong proof or no secret configured, 400 a body that is none.
    """
    named = {name.lower(): value for name, value in headers.items()}
    if not open_to_all:
        prove(named, body, [secret for secret in secrets if secret])
    delivery = first(named, DELIVERY_HEADERS)[:100]
    event = first(named, EVENT_HEADERS).lower()
    if event in PING_EVENTS:
        return Ping(delivery)
    payload = {}
    if event in PUSH_EVENTS or event == SYSTEM_HOOK:
        payload = parse(body, named.get("content-type", ""))
        event = text(payload.get("event_name")) if event == SYSTEM_HOOK else event
    if event not in PUSH_EVENTS:
        return Ignored(f"the event {event[:40]!r} is no push", delivery)
    published = (default_branch(payload) if learnt else "") or branch
    return meaning(payload, published, delivery, named.get("user-agent", "")[:60])


def prove(headers: Mapping[str, str], body: bytes, secrets: list[str]) -> None:
    """Raises HookRefused unless one header proves one of the secrets. Never tells what was expected."""
    if not secrets:
        raise HookRefused(403, "no-secret-configured", "no hook secret is configured here: set VILLAGE_HOOK_SECRET")
    given = [(name, headers[name].strip()) for name in (*SIGNATURE_HEADERS, *TOKEN_HEADERS) if headers.get(name)]
    if not given:
        hint = "sign the body: X-Hub-Signature-256, or send the secret as X-Gitlab-Token"
        raise HookRefused(401, "signature-missing", f"the request carries no signature; {hint}")
    signature = functools.cache(lambda secret: hmac.new(secret.encode(), body, hashlib.sha256).hexdigest())
    verdicts = [proves(name, value, secret, signature) for name, value in given for secret in secrets]
    if not any(verdicts):
        if all(value.lower().startswith("sha1=") for _, value in given):
            raise HookRefused(
                403, "signature-wrong", "SHA-1 proves nothing any more: have the sender sign with SHA-256"
            )
        raise HookRefused(403, "signature-wrong", "the signature does not match: is the secret the same on both sides?")


def proves(name: str, value: str, secret: str, signature: Callable[[str], str]) -> bool:
    """Whether one header proves one secret; in constant time. ``signature``: what signs the body with a secret."""
    if name == "authorization":
        scheme, _, value = value.partition(" ")
        if scheme.lower() == "basic":
            return same(basic_password(value), secret)
        return scheme.lower() == "bearer" and same(value.strip(), secret)
    if name == "x-gitlab-token":
        return same(value, secret)
    given = value.lower().removeprefix("sha256=")
    return HEX_SHA256.fullmatch(given) is not None and same(given, signature(secret))


def basic_password(value: str) -> str:
    """The password of basic authentication (RFC 7617); "\0", which is no secret, for what is none."""
    try:
        return base64.b64decode(value.strip(), validate=True).decode().partition(":")[2] or "\0"
    except ValueError:
        return "\0"


def same(one: str, other: str) -> bool:
    """Compared in constant time, whatever a client put in its header."""
    return hmac.compare_digest(one.encode("utf-8", "surrogateescape"), other.encode("utf-8", "surrogateescape"))


def parse(body: bytes, content_type: str) -> dict[str, Any]:
    """The payload: JSON, or JSON in the form field ``payload``; an empty body is an empty payload. Raises
    HookRefused.

    A body that is nothing but that field is a form whatever its type says: a proxy may have lost the type.
    """
    text = body
    if content_type.lower().startswith("application/x-www-form-urlencoded") or body.startswith(b"payload="):
        try:
            fields = parse_qs(body.decode("ascii"), max_num_fields=100)
        except (ValueError, UnicodeDecodeError):
            raise HookRefused(400, "body-malformed", "the form cannot be read") from None
        text = fields.get("payload", [""])[0].encode("utf-8", "replace")
    if not text.strip():
        return {}
    try:
        payload = json.loads(text)
    except (ValueError, RecursionError):
        raise HookRefused(400, "body-malformed", "the body is no JSON") from None
    if not isinstance(payload, dict):
        raise HookRefused(400, "body-malformed", "the body is no JSON object")
    return payload


def meaning(payload: Mapping[str, Any], branch: str, delivery: str, sender: str) -> Push | Ignored:
    """A push payload against the branch that is published."""
    changes = (
        bitbucket_changes(payload)
        or listed_updates(payload)
        or [(payload.get("ref"), payload.get("after"), payload.get("deleted") is True)]
    )
    foreign = ""
    for named, hashed, deleted in changes:
        ref, after = text(named), text(hashed)
        if ref.startswith("refs/") and not ref.startswith("refs/heads/"):
            foreign = foreign or f"{ref[:100]} is no branch"
            continue
        pushed = ref.removeprefix("refs/heads/")
        if branch and pushed and pushed != branch:
            foreign = foreign or f"the branch {pushed[:100]!r} is not the one published here"
            continue
        if deleted or (after and NO_COMMIT.fullmatch(after)):
            foreign = foreign or f"the branch {pushed[:100]!r} was deleted; the last release stays"
            continue
        return Push(pushed[:200], after if COMMIT.fullmatch(after) else "", delivery, sender)
    return Ignored(foreign, delivery)


def bitbucket_changes(payload: Mapping[str, Any]) -> list[tuple[Any, Any, bool]]:
    """Bitbucket's ``push.changes`` (cloud) and ``changes`` (server), as (ref, new commit, deleted)."""
    push = payload.get("push")
    listed = push.get("changes") if isinstance(push, dict) else payload.get("changes")
    found: list[tuple[Any, Any, bool]] = []
    for change in listed if isinstance(listed, list) else []:
        if not isinstance(change, dict):
            continue
        if isinstance(change.get("ref"), dict):  # Bitbucket Server
            found.append((change["ref"].get("id"), change.get("toHash"), change.get("type") == "DELETE"))
            continue
        side = change.get("new") or change.get("old") or {}
        if isinstance(side, dict):
            kind = "heads" if side.get("type", "branch") == "branch" else "tags"
            target = side.get("target")
            commit = target.get("hash") if isinstance(target, dict) else ""
            found.append((f"refs/{kind}/{side.get('name', '')}", commit, not change.get("new")))
    return found


def listed_updates(payload: Mapping[str, Any]) -> list[tuple[Any, Any, bool]]:
    """Azure DevOps' ``resource.refUpdates`` and sourcehut's ``data.webhook.updates``, as (ref, new commit, deleted)."""
    found: list[tuple[Any, Any, bool]] = []
    for update in nested(payload, "resource", "refUpdates"):
        found.append((update.get("name"), update.get("newObjectId"), False))
    for update in nested(payload, "data", "webhook", "updates"):
        ref, new = update.get("ref"), update.get("new")
        name = ref.get("name") if isinstance(ref, dict) else ""
        found.append((name, new.get("id") if isinstance(new, dict) else "", new is None))
    return found


def default_branch(payload: Mapping[str, Any]) -> str:
    """The repository's default branch by the payload: GitHub and Gitea, GitLab, Azure DevOps; "" from the others."""
    resource = payload.get("resource")
    azure = resource.get("repository") if isinstance(resource, dict) else None
    places = (payload.get("repository"), payload.get("project"), azure)
    names = (place.get(key) for place in places if isinstance(place, dict) for key in DEFAULT_BRANCH)
    return next(filter(None, map(text, names)), "").removeprefix("refs/heads/")


def nested(payload: Mapping[str, Any], *path: str) -> list[dict[str, Any]]:
    """The objects of a list that lies deep in a payload; empty when there is no such list."""
    value: Any = payload
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def text(value: Any) -> str:
    """``value`` if it is text; a hostile payload may hold anything anywhere."""
    return value if isinstance(value, str) else ""


def first(headers: Mapping[str, str], names: Iterable[str]) -> str:
    """The first of these headers that was sent."""
    return next((headers[name] for name in names if headers.get(name)), "")
