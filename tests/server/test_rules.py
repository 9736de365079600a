import pytest
from hypothesis import given
from hypothesis import strategies as st

from village.release.manifest import HeaderRule, RedirectRule
from village.server.rule_conditions import Visit
from village.server.rule_patterns import pattern
from village.server.rules import HeaderRules, Redirects


@pytest.mark.parametrize(
    ("source", "path", "values"),
    [
        ("/old/*", "/old/a/b", {"splat": "a/b"}), ("/old/*", "/old/", {"splat": ""}), ("/old/*", "/old", {"splat": None}), ("/old/*", "/older", None),
        ("/news/:year/:slug", "/news/2024/hi", {"year": "2024", "slug": "hi"}), ("/news/:year", "/news/2024/x", None), ("/a", "/a/", {}),
        ("/a/", "/a", {}), ("/*", "/x/y", {"splat": "x/y"}), ("/", "/", {}), ("/**", "/x/y", {"splat": "x/y"}), ("/*.html", "/a/b.html", {"splat": "a/b"}),
        ("/a.b", "/axb", None), ("/x/:a/y/*", "/x/1/y/2/3", {"a": "1", "splat": "2/3"}),
    ],
)  # fmt: skip
def test_pattern(source, path, values):
    match = pattern(source).match(path)
    assert (match.groupdict() if match else None) == values


def rule_on(rules, path, *, exists=False, query="", host="", **headers):
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    return Redirects(rules).find(Visit(path, query, host, fields), exists=exists)


def find(rules, path, **options):
    hit = rule_on(rules, path, **options).hit
    return hit and (hit.status, hit.location)


def test_the_first_rule_wins_and_pages_win_over_rules():
    rules = [
        RedirectRule("/a/*", "/first/:splat"),
        RedirectRule("/a/b", "/second", 302),
        RedirectRule("/f", "/forced", 302, force=True),
    ]
    assert find(rules, "/a/b") == (301, "/first/b")
    assert find(rules, "/a/b", exists=True) is None
    assert find(rules, "/f", exists=True) == (302, "/forced")
    assert find(rules, "/z") is None


@given(st.text(st.sampled_from("/\\.eE"), max_size=12))
def test_a_local_target_stays_local(splat):
    found = find([RedirectRule("/go/*", "/:splat")], f"/go/{splat}")
    if found:
        assert not found[1].startswith(("//", "/\\"))


def test_conditions():
    rules = [
        RedirectRule("/", "/de/", 302, conditions=(("Language", "de,at"),)),
        RedirectRule("/", "/us/", 302, conditions=(("Country", "us"),)),
    ]
    assert find(rules, "/", accept_language="de-CH, en;q=0.5") == (302, "/de/")
    assert find(rules, "/", accept_language="en, de;q=0.5") is None
    assert find(rules, "/") is None


def test_a_proxy_rule_is_not_followed():
    assert find([RedirectRule("/api/*", "https://elsewhere.example/:splat", 200)], "/api/x") is None


def test_what_was_asked_to_find_a_rule_is_in_vary():
    rules = [
        RedirectRule("/", "/de/", 302, conditions=(("Language", "de"),)),
        RedirectRule("/", "/old/", 302, conditions=(("Cookie", "legacy,old"),)),
        RedirectRule("/", "/never/", 302, conditions=(("Role", "admin"),)),
        RedirectRule("/other", "/x", 302, conditions=(("Header", "Accept: text/*"),)),
    ]
    assert find(rules, "/", cookie="a=b; legacy=") == (302, "/old/")
    assert find(rules, "/", cookie="nf_lang=de") == (302, "/de/")
    assert rule_on(rules, "/").vary == ("Accept-Language", "Cookie"), "also where none holds: a cache must know"
    assert rule_on(rules, "/", accept_language="de").vary == ("Accept-Language", "Cookie")
    assert rule_on(rules, "/other", accept="text/html").hit.location == "/x"
    assert rule_on(rules, "/other", accept="image/png") == rule_on(rules, "/other")
    assert rule_on(rules, "/elsewhere").vary == ()


def test_a_country_is_what_the_cookie_says():
    rules = [RedirectRule("/", "/anz/", 302, conditions=(("Country", "au,nz"),))]
    assert find(rules, "/") is None
    assert find(rules, "/", cookie="nf_country=NZ") == (302, "/anz/")


def test_a_query_must_be_the_rule_s():
    """The example of Netlify's documentation, where the base case stands first."""
    rules = [
        RedirectRule("/path/*", "/other/:splat"),
        RedirectRule("/path/*", "/other/:one/:splat", conditions=(("Query", "a=:one"),)),
        RedirectRule("/path/*", "/other/:two/:splat", conditions=(("Query", "b=:two"),)),
        RedirectRule("/path/*", "/other/:one/:two/:splat", conditions=(("Query", "a=:one"), ("Query", "b=:two"))),
        RedirectRule("/fixed", "/five?id=:id", conditions=(("Query", "id=:id"), ("Query", "kind=5"))),
    ]
    assert find(rules, "/path/x") == (301, "/other/x")
    assert find(rules, "/path/x", query="a=1") == (301, "/other/1/x")
    assert find(rules, "/path/x", query="b=2&a=%2F%2F1") == (301, "/other///1/2/x")
    assert find(rules, "/path/x", query="a=1&c=3") == (301, "/other/x")
    assert find(rules, "/fixed", query="kind=5&id=a%26b") == (301, "/five?id=a%26b")
    assert find(rules, "/fixed", query="kind=6&id=1") is None
    assert not rule_on(rules, "/path/x", query="a=1").hit.query, "used up by the rule"
    assert rule_on(rules, "/path/x", query="z=1").hit.query


def test_rules_may_name_a_host():
    rules = [RedirectRule("https://blog.example.org/*", "https://example.org/blog/:splat"), RedirectRule("/*", "/all")]
    assert find(rules, "/x", host="blog.example.org") == (301, "https://example.org/blog/x")
    assert find(rules, "/x", host="example.org") == (301, "/all")
    visit = Visit("/x", "", "www.example.org", {})
    assert Redirects(rules).find(visit, exists=False, elsewhere=True).hit is None


@pytest.mark.parametrize(
    ("source", "target", "path", "host", "query"),
    [
        ("/a", "/a/", "/a/", "", ""), ("/a/", "/a", "/a", "", ""), ("/a", "/a/", "/a", "", ""),
        ("/*", "/:splat", "/x/y", "", "q=1"), ("/c%C3%A9/*", "/cé/:splat#top", "/cé/ü", "", ""),
        ("http://example.org/*", "https://example.org/:splat", "/x", "example.org", "q=1"),
        ("/*", "https://example.org/:splat?a=b", "/x", "example.org", "a=b"),
    ],
)  # fmt: skip
def test_a_redirect_to_where_one_is_leads_nowhere(source, target, path, host, query):
    rules = [RedirectRule(source, target, 301, force=True), RedirectRule("/*", "/next", 302, force=True)]
    assert find(rules, path, host=host, query=query) == (302, "/next")


def test_other_places_of_the_same_name_are_no_loop():
    assert find([RedirectRule("/*", "https://example.org/:splat")], "/x", host="www.example.org")
    assert find([RedirectRule("/*", "https://example.org:8443/:splat")], "/x", host="example.org")
    assert find([RedirectRule("/*", "/:splat?lang=ru", 302)], "/x", query="")
    assert find([RedirectRule("/x", "/x", 200)], "/x"), "a rewrite goes nowhere"


def test_expressions_are_hugos():
    """What Hugo's own server answered to the same rules."""
    rules = [
        RedirectRule("~/re/([a-z]+)/", "/got/$1", 302),
        RedirectRule("~^/both/(\\d+)$", "/num/$1", conditions=(("Path", "/both/*"),)),
        RedirectRule("~^/named/(?P<who>.*)$", "/x/${who}"),
    ]
    assert find(rules, "/re/abc/") == find(rules, "/pre/re/abc/post") == (302, "/got/abc")
    assert find(rules, "/re/ABC/") is None
    assert find(rules, "/both/12") == (301, "/num/12")
    assert find(rules, "/both/a") is None
    assert find(rules, "/named/a") == (301, "/x/${who}")
    assert find(rules, "/re/\udcff/") is None
    assert find([RedirectRule("~(", "/x")], "/(") is None


def test_ten_thousand_rules_are_not_all_asked():
    rules = [RedirectRule(f"/{number}/*", "/x/:splat") for number in range(10_000)]
    rules += [RedirectRule("/*.php", "/y"), RedirectRule("/7/a", "/never")]
    found = Redirects(rules)
    assert [one.number for one in found.candidates("/7/a")] == [7, 10_000, 10_001]
    assert len(found.candidates("/nowhere")) == 1


def test_paths_are_compared_decoded_and_filled_in_escaped():
    rules = [
        RedirectRule("/c%C3%A9line/*", "/über/:splat"),
        RedirectRule("/привет", "/x"),
        RedirectRule("/find/:what", "/search?q=:what"),
    ]
    assert find(rules, "/céline/100% a?b#c") == (301, "/über/100%25%20a%3Fb%23c")
    assert find(rules, "/привет") == (301, "/x")
    assert find(rules, "/find/a&b=c") == (301, "/search?q=a%26b%3Dc")


@given(
    st.lists(st.sampled_from(["*", "/", "a", ":x", ".", "b"]), min_size=1, max_size=12), st.text("ab/.", max_size=30)
)
def test_a_pattern_is_always_one(parts, path):
    pattern("/" + "".join(parts)).match("/" + path)


def test_no_pattern_makes_a_match_slow():
    hostile = pattern("/" + "*a" * 12 + "*b")
    assert hostile.match("/" + "a" * 8000) is None  # hours, if the stars gave back what they took


def test_headers_merge_the_later_over_the_earlier():
    rules = HeaderRules(
        [HeaderRule("/*", (("A", "1"), ("B", "1"))), HeaderRule("/x/*", (("a", "2"), ("Link", "p"), ("Link", "q")))]
    )
    assert rules.find("/") == (("A", "1"), ("B", "1"))
    assert rules.find("/x/y") == (("a", "2"), ("B", "1"), ("Link", "p, q"))


def test_headers_are_taken_away_and_filled_in():
    rules = HeaderRules(
        [
            HeaderRule("/*", (("X-A", "1"), ("Set-Cookie", "a=b"), ("Set-Cookie", "c=d"))),
            HeaderRule("/movies/:title", (("X-A", ""), ("X-Title", "You are watching ':title' at 12:30"))),
            HeaderRule("/x/*", (("Link", "</:splat>; rel=canonical"),)),
        ]
    )
    assert rules.find("/") == (("X-A", "1"), ("Set-Cookie", "a=b"), ("Set-Cookie", "c=d"))
    assert rules.find("/movies/é") == (
        ("X-A", ""), ("Set-Cookie", "a=b"), ("Set-Cookie", "c=d"), ("X-Title", "You are watching '%C3%A9' at 12:30"),
    )  # fmt: skip
    assert dict(rules.find("/x/a/b"))["Link"] == "</a/b>; rel=canonical"


def test_headers_for_a_host():
    given = HeaderRule(
        "https://:project.pages.dev/*", (("Access-Control-Allow-Origin", "https://staging.:project.pages.dev/"),)
    )
    assert HeaderRules([given], "mine.pages.dev").find("/x") == (
        ("Access-Control-Allow-Origin", "https://staging.mine.pages.dev/"),
    )
    rules = [
        HeaderRule("https://example.org/*", (("X-Mine", "1"),)),
        HeaderRule("https://:project.pages.dev/*", (("X-Robots-Tag", "noindex"),)),
    ]
    assert HeaderRules(rules, "example.org").find("/") == (("X-Mine", "1"),)
    assert HeaderRules(rules, "a.pages.dev").find("/") == (("X-Robots-Tag", "noindex"),)
    assert HeaderRules(rules).find("/") == ()


def test_a_password_is_no_header():
    rules = HeaderRules([HeaderRule("/secret/*", (("Basic-Auth", "a:b c:d"), ("X-A", "1")))])
    assert rules.find("/secret/x") == (("X-A", "1"),)
    assert rules.guard("/secret/x") == rules.guard("/secret") == {"a:b", "c:d"}
    assert rules.guard("/") == frozenset()
