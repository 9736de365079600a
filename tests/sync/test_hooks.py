"""Hooks as the forges send them, and as others might."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from urllib.parse import urlencode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from village.errors import HookRefused
from village.sync import hooks
from village.sync.hooks import Ignored, Ping, Push, read

SECRET = "It's a Secret to Everybody"
COMMIT = "a10867b14bb761a232cd80139fbd4c0d33264240"


def hexmac(body: bytes, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def push_body(ref: str = "refs/heads/main", after: str = COMMIT, **more) -> bytes:
    return json.dumps({"ref": ref, "before": "0" * 40, "after": after, "commits": [], **more}).encode()


def github(body: bytes, event: str = "push", secret: str = SECRET) -> dict[str, str]:
    return {
        "X-GitHub-Event": event,
        "X-GitHub-Delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958",
        "X-Hub-Signature-256": "sha256=" + hexmac(body, secret),
        "Content-Type": "application/json",
        "User-Agent": "GitHub-Hookshot/044aadd",
    }


def test_githubs_own_test_vector():
    """docs.github.com, validating webhook deliveries: body "Hello, World!"; the proof holds, the body is no JSON."""
    signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    with pytest.raises(HookRefused) as caught:
        read({"X-Hub-Signature-256": signature}, b"Hello, World!", [SECRET], "main")
    assert (caught.value.status, caught.value.code) == (400, "body-malformed")


def forges(body: bytes) -> dict[str, dict[str, str]]:
    return {
        "github": github(body),
        "gitea": {"X-Gitea-Event": "push", "X-Gitea-Signature": hexmac(body), "X-GitHub-Event": "push"},
        "forgejo": {"X-Forgejo-Event": "push", "X-Forgejo-Signature": hexmac(body)},
        "gogs": {"X-Gogs-Event": "push", "X-Gogs-Signature": hexmac(body)},
        "gitlab": {"X-Gitlab-Event": "Push Hook", "X-Gitlab-Token": SECRET},
        "curl with a signature": {"X-Signature-256": "sha256=" + hexmac(body)},
        "curl with a token": {"Authorization": f"Bearer {SECRET}"},
        "azure": {"Authorization": "Basic " + base64.b64encode(f"any:{SECRET}".encode()).decode()},
    }


@pytest.mark.parametrize("forge", forges(b""))
def test_every_forges_push_is_a_push(forge):
    body = push_body()
    told = read(forges(body)[forge], body, ["another secret", SECRET], "main")
    assert isinstance(told, Push)
    assert (told.branch, told.commit, told.status) == ("main", COMMIT, 202)
    lower = {name.lower(): value for name, value in forges(body)[forge].items()}
    assert read(lower, body, [SECRET], "") == told


@pytest.mark.parametrize("forge", forges(b""))
def test_a_wrong_secret_is_refused_and_the_right_one_never_told(forge):
    body = push_body()
    with pytest.raises(HookRefused) as caught:
        read(forges(body)[forge], body, ["another secret"], "main")
    assert (caught.value.status, caught.value.code) == (403, "signature-wrong")
    for private in ("another secret", hexmac(body, "another secret"), SECRET):
        assert private not in caught.value.describe()


def test_bitbucket_cloud_and_server():
    new = {"type": "branch", "name": "main", "target": {"hash": COMMIT}}
    body = json.dumps({"push": {"changes": [{"new": new, "old": None}]}}).encode()
    headers = {"X-Event-Key": "repo:push", "X-Hub-Signature": "sha256=" + hexmac(body)}
    assert read(headers, body, [SECRET], "main") == Push("main", COMMIT)
    tag = {"push": {"changes": [{"new": {"type": "tag", "name": "main", "target": {"hash": COMMIT}}}]}}
    body = json.dumps(tag).encode()
    assert isinstance(read({**headers, "X-Hub-Signature": "sha256=" + hexmac(body)}, body, [SECRET], "main"), Ignored)
    change = {"ref": {"id": "refs/heads/main"}, "toHash": COMMIT, "type": "UPDATE"}
    body = json.dumps({"changes": [change]}).encode()
    headers = {"X-Event-Key": "repo:refs_changed", "X-Hub-Signature": "sha256=" + hexmac(body)}
    assert read(headers, body, [SECRET], "main") == Push("main", COMMIT)


def test_a_form_encoded_payload_is_signed_as_it_is_sent():
    body = urlencode({"payload": push_body().decode()}).encode()
    headers = {**github(body), "Content-Type": "application/x-www-form-urlencoded"}
    told = read(headers, body, [SECRET], "main")
    assert isinstance(told, Push)
    assert told.commit == COMMIT


@pytest.mark.parametrize(
    ("body", "branch", "why"),
    [
        (push_body("refs/heads/other"), "main", "'other' is not the one published"),
        (push_body("refs/heads/feature/main"), "main", "'feature/main' is not the one"),
        (push_body("refs/tags/v1"), "main", "no branch"),
        (push_body("refs/tags/v1"), "", "no branch"),
        (push_body(after="0" * 40), "main", "deleted"),
        (push_body(deleted=True), "main", "deleted"),
    ],
)
def test_what_is_not_our_branch_is_answered_kindly_and_ignored(body, branch, why):
    told = read(github(body), body, [SECRET], branch)
    assert isinstance(told, Ignored)
    assert why in told.reason
    assert 200 <= told.status < 300


def test_pings_and_other_events():
    assert read(github(b"{}", "ping"), b"{}", [SECRET], "main").status == 200
    assert isinstance(read(github(b"{}", "ping"), b"{}", [SECRET], "main"), Ping)
    assert isinstance(read(github(b"{}", "issues"), b"{}", [SECRET], "main"), Ignored)
    tag = {"X-Gitlab-Event": "Tag Push Hook", "X-Gitlab-Token": SECRET}
    assert isinstance(read(tag, push_body("refs/tags/v1"), [SECRET], "main"), Ignored)
    with pytest.raises(HookRefused):
        read(github(b"{}", "ping", "wrong"), b"{}", [SECRET], "main")


def test_an_empty_body_with_a_token_is_a_plain_doorbell():
    assert isinstance(read({"Authorization": f"bearer {SECRET}"}, b"", [SECRET], "main"), Push)


def test_without_proof_or_secret_nothing_happens():
    body = push_body()
    with pytest.raises(HookRefused) as missing:
        read({"X-GitHub-Event": "push"}, body, [SECRET], "main")
    assert (missing.value.status, missing.value.code) == (401, "signature-missing")
    for secrets in ([], [""]):
        for headers in (github(body, secret=""), {"Authorization": "Bearer "}, {"X-Gitlab-Token": ""}):
            with pytest.raises(HookRefused) as unconfigured:
                read(headers, body, secrets, "main")
            assert (unconfigured.value.status, unconfigured.value.code) == (403, "no-secret-configured")
    assert isinstance(read({}, body, [], "main", open_to_all=True), Push)


def test_sha1_is_no_proof():
    body = push_body()
    sha1 = hmac.new(SECRET.encode(), body, hashlib.sha1).hexdigest()
    with pytest.raises(HookRefused):
        read({"X-Hub-Signature": f"sha1={sha1}"}, body, [SECRET], "main")


def test_the_token_is_no_signature_and_the_signature_no_token():
    body = push_body()
    signed = {"Authorization": f"Basic {hexmac(body)}"}
    for headers in (
        {"X-Hub-Signature-256": SECRET},
        {"X-Gitlab-Token": hexmac(body)},
        {"Authorization": SECRET},
        signed,
    ):
        with pytest.raises(HookRefused):
            read(headers, body, [SECRET], "main")


@given(body=st.binary(max_size=200), flip=st.integers(min_value=0), secret=st.text(min_size=1, max_size=40))
def test_one_changed_bit_is_refused(body, flip, secret):
    headers = {"X-Hub-Signature-256": "sha256=" + hexmac(body, secret)}
    changed = bytearray(body or b"\0")
    changed[flip % len(changed)] ^= 1 << (flip % 8)
    with pytest.raises(HookRefused) as caught:
        read(headers, bytes(changed), [secret], "main")
    assert caught.value.code == "signature-wrong"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["ref", "after", "deleted", "push", "changes", "new", "old", "target", "hash", "name", "type"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=15,
)


@given(payload=json_values, form=st.booleans(), branch=st.sampled_from(["", "main"]))
@example(payload={"push": {"changes": [{"new": {"target": []}}]}}, form=False, branch="main")
@example(payload={"changes": [{"ref": {"id": 3}}]}, form=False, branch="main")
def test_any_proved_payload_is_understood_or_refused_never_a_crash(payload, form, branch):
    body = json.dumps(payload).encode()
    kind = "application/x-www-form-urlencoded" if form else "application/json"
    body = urlencode({"payload": body}).encode() if form else body
    headers = {**github(body), "Content-Type": kind}
    if isinstance(payload, dict):
        assert isinstance(read(headers, body, [SECRET], branch), (Push, Ignored))
        return
    with pytest.raises(HookRefused) as caught:
        read(headers, body, [SECRET], branch)
    assert caught.value.status == 400


@given(
    headers=st.dictionaries(
        st.sampled_from(["X-Hub-Signature-256", "X-Gitlab-Token", "Authorization", "X-GitHub-Event", "Content-Type"]),
        st.text(max_size=60),
    ),
    body=st.binary(max_size=100),
)
def test_strangers_get_a_refusal_and_no_crash(headers, body):
    with pytest.raises(HookRefused) as caught:
        read(headers, body, [SECRET], "main")
    assert caught.value.status in {401, 403}


def test_deeply_nested_json_is_refused():
    body = b"[" * 200_000
    with pytest.raises(HookRefused) as caught:
        read(github(body), body, [SECRET], "main")
    assert caught.value.status == 400


BEARER = {"Authorization": f"Bearer {SECRET}"}
GITLAB = {"X-Gitlab-Token": SECRET, "X-Gitlab-Event": "System Hook"}


@pytest.mark.parametrize(
    ("headers", "payload", "commit"),
    [
        (GITLAB, {"event_name": "push", "ref": "refs/heads/main", "after": "a" * 40}, "a" * 40),
        (BEARER, {"resource": {"refUpdates": [{"name": "refs/heads/main", "newObjectId": "b" * 40}]}}, "b" * 40),
        (
            BEARER,
            {"data": {"webhook": {"updates": [{"ref": {"name": "refs/heads/main"}, "new": {"id": "c" * 40}}]}}},
            "c" * 40,
        ),
    ],
)
def test_payloads_of_gitlabs_system_hooks_azure_and_sourcehut(headers, payload, commit):
    told = read(headers, json.dumps(payload).encode(), [SECRET], "main")
    assert (told.branch, told.commit) == ("main", commit)
    other = read(headers, json.dumps(payload).encode(), [SECRET], "published")
    assert isinstance(other, Ignored)
    assert "'main' is not the one published" in other.reason


@pytest.mark.parametrize("event", ["project_create", "repository_update"])
def test_other_events_of_a_system_hook_are_ignored(event):
    told = read(GITLAB, json.dumps({"event_name": event}).encode(), [SECRET], "main")
    assert isinstance(told, Ignored)


def test_a_branch_that_sourcehut_deleted_is_no_reason_to_look():
    body = {"data": {"webhook": {"updates": [{"ref": {"name": "refs/heads/main"}, "new": None}]}}}
    told = read(BEARER, json.dumps(body).encode(), [SECRET], "main")
    assert "deleted" in told.reason


def test_sha1_alone_is_told_apart_from_a_wrong_secret():
    with pytest.raises(HookRefused, match="SHA-256"):
        read({"X-Hub-Signature": "sha1=" + "0" * 40}, b"{}", [SECRET], "main")


@pytest.mark.parametrize(
    "named",
    [
        {"repository": {"default_branch": "trunk"}},
        {"project": {"default_branch": "trunk"}},
        {"resource": {"repository": {"defaultBranch": "refs/heads/trunk"}}},
    ],
)
def test_a_renamed_default_branch_is_learnt_from_the_push_itself(named):
    body = json.dumps({"ref": "refs/heads/trunk", "after": COMMIT, **named}).encode()
    old = json.dumps({"ref": "refs/heads/main", "after": COMMIT, **named}).encode()
    assert read(BEARER, body, [SECRET], "main", learnt=True) == Push("trunk", COMMIT)
    assert isinstance(read(BEARER, old, [SECRET], "main", learnt=True), Ignored)
    assert isinstance(read(BEARER, body, [SECRET], "main"), Ignored)  # the operator named the branch


def test_a_form_is_known_by_its_looks_when_its_type_was_lost():
    body = urlencode({"payload": push_body().decode()}).encode()
    for kind in ({}, {"Content-Type": "text/plain"}, {"Content-Type": "application/json"}):
        told = read({**BEARER, **kind}, body, [SECRET], "main")
        assert told == Push("main", COMMIT)


def test_a_stranger_makes_us_sign_the_body_once_for_each_secret(monkeypatch):
    signed = []
    monkeypatch.setattr(
        hooks.hmac, "new", lambda key, body, kind, new=hmac.new: signed.append(key) or new(key, body, kind)
    )
    with pytest.raises(HookRefused):
        read(dict.fromkeys(hooks.SIGNATURE_HEADERS, "sha256=" + "0" * 64), b"{}", ["one", "two"], "main")
    assert signed == [b"one", b"two"]
