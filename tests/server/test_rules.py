import pytest
from hypothesis import given
from hypothesis import strategies as st

from village.release.manifest import HeaderRule, RedirectRule
from village.server.rules import HeaderRules, Redirects, pattern


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


def find(rules, path, *, exists=False, **headers):
    hit = Redirects(rules).find(path, {name.replace("_", "-"): value for name, value in headers.items()}, exists=exists)
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
    hit = Redirects([RedirectRule("/go/*", "/:splat")]).find(f"/go/{splat}", {}, exists=False)
    if hit:
        assert not hit.location.startswith(("//", "/\\"))


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


def test_headers_merge_the_later_over_the_earlier():
    rules = HeaderRules(
        [HeaderRule("/*", (("A", "1"), ("B", "1"))), HeaderRule("/x/*", (("a", "2"), ("Link", "p"), ("Link", "q")))]
    )
    assert rules.find("/") == (("A", "1"), ("B", "1"))
    assert rules.find("/x/y") == (("a", "2"), ("B", "1"), ("Link", "p"), ("Link", "q"))
