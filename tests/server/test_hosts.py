import pytest
from hypothesis import given
from hypothesis import strategies as st

from village.release.manifest import Entry, HostRule, Rules
from village.release.store import Store
from village.server import hosts
from village.server.sites import Site


@pytest.mark.parametrize(
    ("host", "expected"),
    [("Example.COM", ("example.com", "")), ("a.b:8080", ("a.b", "8080")), ("a.", ("a", "")), ("[::1]:80", ("::1", "80")), ("[::1]", ("::1", "")),
     ("127.0.0.1", ("127.0.0.1", "")), ("a_b", ("a_b", "")), ("a:", ("a", ""))],
)  # fmt: skip
def test_split(host, expected):
    assert hosts.split(host) == expected


@pytest.mark.parametrize(
    "host", ["a b", "a/b", "a:x", "a:99999", "[::1", "[x]", "[::1]x", "-a", "a@b", "", ":80", "a\tb", "é.example"]
)
def test_refused(host):
    with pytest.raises(hosts.BadHost):
        hosts.split(host)


@given(st.text(max_size=40))
def test_any_text_is_a_host_or_refused(text):
    try:
        name, port = hosts.split(text)
    except hosts.BadHost:
        return
    assert name == name.lower()
    assert not port or port.isdigit()


def test_ascii_name():
    assert hosts.ascii_name("Пример.рф.") == "xn--e1afmkfd.xn--p1ai"


@pytest.fixture
def named(start):
    return start(domains=("example.com", "www.example.com"))


def origin(found, scheme="https"):
    port = found.port("https")
    return f"https://example.com:{port}" if scheme == "https" else ""


def test_http_goes_to_https_at_the_canonical_host_in_one_hop(named):
    for host in ("example.com", "www.example.com", "EXAMPLE.com:8080"):
        status, headers, _ = named.get("/posts/hello?a=b%20c", host=host)
        assert (status, headers["location"]) == (301, f"{origin(named)}/posts/hello?a=b%20c")
    assert named.get("/x", method="POST", host="example.com")[0] == 308


def test_never_the_challenge_the_hook_or_health(named):
    assert named.get("/.well-known/acme-challenge/known-token", host="example.com")[0] == 200
    assert named.get("/-/health/live", host="example.com")[0] == 200
    assert named.get("/hooks/redeploy", method="POST", host="example.com")[0] == 202


def test_canonical_host_and_hsts_over_tls(named):
    status, headers, _ = named.get("/a?b", "https", host="www.example.com")
    assert status == 301
    assert headers["location"].startswith("https://example.com")
    assert headers["location"].endswith("/a?b")
    status, headers, _ = named.get("/tiny.txt", "https", host="example.com")
    assert (status, headers["strict-transport-security"]) == (200, "max-age=31536000")


def test_unknown_hosts(named):
    assert named.get("/", host="elsewhere.example")[0] == 404
    assert named.get("/", "https", host="elsewhere.example")[0] == 421
    assert b"own 404" not in named.get("/", host="elsewhere.example")[2]


def test_without_certificate_http_serves_and_keeps_its_host_canonical(start):
    found = start(domains=("example.com", "www.example.com"), tls=False)
    assert found.get("/tiny.txt", host="example.com")[0] == 200
    status, headers, _ = found.get("/tiny.txt", host="www.example.com:8080")
    assert (status, headers["location"]) == (301, "http://example.com:8080/tiny.txt")
    assert "strict-transport-security" not in found.get("/tiny.txt", host="example.com")[1]


def test_a_site_without_domains_answers_every_name(running):
    for host in ("anything.example", "127.0.0.1:99", "[::1]"):
        assert running.get("/tiny.txt", host=host)[0] == 200


def test_several_sites_by_host(start):
    from village.release.manifest import Entry, Rules  # noqa: PLC0415
    from village.release.store import Store  # noqa: PLC0415
    from village.server.hosts import Hosts  # noqa: PLC0415
    from village.server.sites import Site  # noqa: PLC0415

    found = start(tls=False)
    store = Store(found.store.root)
    other = store.write({"/": Entry(store.put(b"second"), 6, "text/plain")}, Rules())
    first = found.street.hosts.sites["one"]
    found.street.hosts = Hosts([first, Site("two", ("two.example",), store, other)])
    found.call(found.street.refresh)
    assert found.get("/", host="two.example")[2] == b"second"
    assert found.get("/", host="one.example")[2] != b"second"


def site_of(tmp_path, name, *domains):
    """A site whose languages have the hosts a.org and a.ru."""
    store = Store(tmp_path / name)
    entries = {f"/{lang}/": Entry(store.put(lang.encode()), 2, "text/html") for lang in ("en", "ru")}
    rules = Rules(hosts=(HostRule("a.org", "/en"), HostRule("a.ru", "/ru", "/sub")))
    return Site(name, domains, store, store.write(entries, rules))


def shown(found, name):
    place = found.find(name)
    return place and (set(place.site.release.entries), place.canonical)


def test_each_language_is_shown_at_its_host(tmp_path):
    found = hosts.Hosts([site_of(tmp_path, "one")])
    assert shown(found, "a.org") == ({"/"}, "")
    assert shown(found, "a.ru") == ({"/sub/"}, "")
    assert shown(found, "elsewhere") == ({"/"}, ""), "the default language's"


def test_the_operators_domains_decide(tmp_path):
    found = hosts.Hosts([site_of(tmp_path, "one", "a.org", "www.a.org", "a.ru")])
    assert shown(found, "a.ru") == ({"/sub/"}, "a.ru"), "not redirected to the first domain"
    assert shown(found, "www.a.org") == ({"/"}, "a.org")
    found = hosts.Hosts([site_of(tmp_path, "two", "a.org")])
    assert found.find("a.ru") is None, "a host that the operator did not give"


def test_content_claims_no_host_of_another_site(tmp_path):
    plain = Store(tmp_path / "plain")
    other = Site("plain", ("a.ru",), plain, plain.write({}, Rules()))
    found = hosts.Hosts([site_of(tmp_path, "one"), other])
    assert found.find("a.ru").site is other
