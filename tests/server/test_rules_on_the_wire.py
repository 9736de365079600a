"""A site's rules as visitors meet them."""

import base64

import pytest

from tests.server.conftest import Running, html, release
from village.release.manifest import Entry, HeaderRule, RedirectRule, Rules

RULES = Rules(
    redirects=(
        RedirectRule("/private/*", "/secret/:splat", 200),
        RedirectRule("/x/*", "/:splat", 200),
        RedirectRule("/found", "/style.css?v=1#top", 302),
        RedirectRule("/asked", "/posts/:id/#top", 302, conditions=(("Query", "id=:id"),)),
        RedirectRule("/tiny.txt", "/style.css", 302, True, (("Cookie", "pretty"),)),
        RedirectRule("http://blog.example.com/*", "https://example.com/blog/:splat", 301),
        RedirectRule("/app/*", "/index.html", 200),
        RedirectRule("/ru/*", "/ru/404.html", 404),
        RedirectRule("/c%C3%A9line/*", "/posts/:splat", 301),
    ),
    headers=(HeaderRule("/secret/*", (("Basic-Auth", "ann:parola bob:пароль"),)),),
)


@pytest.fixture(scope="module")
def ruled(tmp_path_factory):
    found = Running(tmp_path_factory.mktemp("ruled"), domains=("example.com", "blog.example.com"), tls=False)
    secret = html("secret")
    extra = {
        "/secret/": Entry(found.store.put(secret), len(secret), "text/html"),
        "/secret/a.css": Entry(found.store.put(b"a"), 1, "text/css", policy="immutable"),
    }
    found.call(lambda: found.street.show("one", release(found.store, extra, RULES)))
    yield found
    found.close()


def get(ruled, target, host="example.com", **headers):
    return ruled.get(target, host=host, **headers)


def test_a_single_page_application(ruled):
    status, headers, body = get(ruled, "/app/some/route")
    assert (status, body) == (200, html("home"))
    assert get(ruled, "/app/some/route", If_None_Match=headers["etag"])[0] == 304
    assert get(ruled, "/ru/nowhere")[0] == 404
    assert "нет такой" in get(ruled, "/ru/nowhere")[2].decode()


def test_a_rewrite_shows_no_hidden_file(ruled):
    assert get(ruled, "/x/tiny.txt")[2] == b"tiny\n"
    assert get(ruled, "/x/.git/config")[0] == 404


def test_query_and_fragment_of_a_target(ruled):
    assert get(ruled, "/found?a=b")[1]["location"] == "/style.css?v=1#top"
    assert get(ruled, "/asked?id=hello")[1]["location"] == "/posts/hello/#top"
    assert get(ruled, "/c%C3%A9line/%D1%8F%25?x=1")[1]["location"] == "/posts/%D1%8F%25?x=1"


def test_caches_are_told_what_was_looked_at(ruled):
    status, headers, _ = get(ruled, "/tiny.txt", Cookie="a=b; pretty=1")
    assert (status, headers["vary"]) == (302, "Cookie")
    status, headers, body = get(ruled, "/tiny.txt")
    assert (status, headers["vary"], body) == (200, "Cookie", b"tiny\n")
    assert get(ruled, "/style.css")[1]["vary"] == "Accept-Encoding"


def test_a_rule_for_a_host_goes_before_the_way_to_the_first(ruled):
    assert get(ruled, "/a?b", host="blog.example.com")[1]["location"] == "https://example.com/blog/a?b"
    assert get(ruled, "/nowhere/a")[0] == 404


def test_a_password_guards_what_is_below(ruled):
    for target in (
        "/secret/",
        "/secret",
        "/secret/nowhere",
        "/secret/a.css",
        "//secret/",
        "/private/",
        "/secret/index.html",
    ):
        status, headers, body = get(ruled, target)
        assert status == 401, target
        assert headers["www-authenticate"].startswith("Basic ")
        assert b"secret" not in body
        assert "basic-auth" not in headers
    for pair in ("ann:parola", "bob:пароль"):
        word = "Basic " + base64.b64encode(pair.encode()).decode()
        status, headers, body = get(ruled, "/secret/", Authorization=word)
        assert (status, body) == (200, html("secret"))
        assert headers["cache-control"].startswith("private")
        assert get(ruled, "/secret/a.css", Authorization=word)[1]["cache-control"].startswith("private")
    for word in ("Basic", "Basic !!!", "Bearer x", "Basic " + base64.b64encode(b"ann:other").decode()):
        assert get(ruled, "/secret/", Authorization=word)[0] == 401


def test_a_password_is_guessed_slowly(start):
    """Also the right one waits: its answer would tell it from the wrong ones."""
    found = start(tls=False)
    found.call(lambda: found.street.show("one", release(found.store, None, RULES)))
    word = {pair: "Basic " + base64.b64encode(f"ann:{pair}".encode()).decode() for pair in ("parola", "wrong")}
    assert found.get("/secret/x", Authorization=word["parola"])[0] == 404
    tries = [found.get("/secret/x", Authorization=word["wrong"])[0] for _ in range(40)]
    assert 15 <= tries.count(401) <= 25
    assert tries[-1] == 429
    status, headers, _ = found.get("/secret/y", Authorization=word["parola"])
    assert (status, int(headers["retry-after"]) > 0) == (429, True)
    assert found.get("/tiny.txt", Authorization=word["wrong"])[0] == 200
    assert found.get("/secret/x")[0] == 401, "the question that a browser asks without a password is no guess"
    assert found.metrics.refused.labels("rate")._value.get() > 1
