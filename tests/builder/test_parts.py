"""The builder's small parts: traces, claims, rules, export, workers."""

import dataclasses
import pickle
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from village.builder import export, forks, relocation, site_rules, state
from village.builder.claims import Claims, clash
from village.builder.nodes import ALIAS, PAGE, STATIC, Made
from village.builder.options import BuildOptions
from village.builder.traces import Traces
from village.builder.workshop import Workshop
from village.errors import OperatorError
from village.release.manifest import Entry, HeaderRule, RedirectRule
from village.release.store import Store
from village.render.questions import FIELD_BITS

CODES = st.sets(
    st.one_of(st.integers(-50, -1), st.integers(0, 20).map(lambda n: n << FIELD_BITS | 3), st.integers(0, 2000)),
    max_size=20,
)


@given(st.lists(st.tuples(st.integers(0, 5), CODES), max_size=20))
def test_dependents_are_those_whose_trace_names_the_question(puts):
    traces, plain = Traces(), {}
    for number, (node, codes) in enumerate(puts):
        traces.put(node, array("q", sorted(codes)))
        plain[node] = codes
        if number == 3:
            traces.fill()
    for code in {code for codes in plain.values() for code in codes}:
        assert set(traces.dependents(code)) == {node for node, codes in plain.items() if code in codes}


@given(
    st.lists(
        st.tuples(
            st.sampled_from("abc"), st.sampled_from(["/x", "/y"]), st.sampled_from([PAGE, STATIC, ALIAS]), st.booleans()
        ),
        max_size=20,
    )
)
def test_the_winner_does_not_depend_on_the_way(steps):
    claims, held = Claims(), {}
    for owner, path, rank, there in steps:
        new = Made(((path, rank, Entry(blob=f"{owner}{rank}", length=1)),)) if there else None
        claims.replace(owner, held.get(owner), new)
        held[owner] = new
    fresh = Claims()
    for owner in sorted(held, reverse=True):
        fresh.replace(owner, None, held[owner])
    assert claims.entries() == fresh.entries()


def test_two_pages_clash_a_page_and_a_file_do_not():
    entry = Entry(blob="a", length=1)
    assert clash([(PAGE, "a", entry), (PAGE, "b", entry)])
    assert not clash([(PAGE, "a", entry), (STATIC, "static", entry)])


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("/a /b", ("/a", "/b", 301, False)),
        ("/a /b 302!", ("/a", "/b", 302, True)),
        ("/a/* https://x.org/:splat", ("/a/*", "https://x.org/:splat", 301, False)),
        ("/store id=:id /blog/:id 302", ("/store", "/blog/:id", 302, False)),
        ("/admin/* 200!", ("/admin/*", "/admin/:splat", 200, True)),
        ("https://blog.x.org/* /b/:splat 301!\t# why", ("https://blog.x.org/*", "/b/:splat", 301, True)),
        ("/gone 410", ("/gone", "", 410, False)),
        ("/a /b 301 Language=ru", ("/a", "/b", 301, False)),
    ],
)
def test_redirects(line, expected):
    warnings = []
    (rule,) = site_rules.parse_redirects(f"# comment\n{line} # why\n\n", warnings)
    assert (rule.source, rule.target, rule.status, rule.force) == expected
    assert warnings == []


@pytest.mark.parametrize(
    "line", ["nonsense", "/a", "/a /b 999", "/a /b /c", "/a b /c", "/a Language=ru", "/a /b 301 x"]
)
def test_what_is_no_redirect_is_a_warning(line):
    warnings = []
    assert list(site_rules.parse_redirects(line, warnings)) == []
    assert warnings[0].line == 1


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("/a/* https://x.org/:splat 200", "link to the address"), ("/a /b 302 Country=ru", "nf_country"), ("/a /b 302 Role=admin", "role"),
        ("/a /b 302 Weather=fine", "Weather"),
    ],
)  # fmt: skip
def test_what_is_not_served_is_kept_and_told(line, word):
    warnings = []
    (rule,) = site_rules.parse_redirects(line, warnings)
    assert word in warnings[0].hint
    assert site_rules.redirect_line(rule) == line


addresses = st.sampled_from(["/a", "/b/*", "/:x/y", "https://x.org/", "http://x.org/*"])
conditions = st.tuples(st.sampled_from(["Language", "Country", "Role", "Cookie"]), st.sampled_from(["ru", "a,b"]))
queries = st.tuples(st.just("Query"), st.sampled_from(["id=:id", "a=5", "b="]))


@given(
    addresses, addresses, st.sampled_from(sorted(site_rules.STATUSES)), st.booleans(),
    st.lists(queries, max_size=2), st.lists(conditions, max_size=2),
)  # fmt: skip
def test_an_exported_rule_reads_as_it_was(source, target, status, force, query, condition):
    rule = RedirectRule(source, target, status, force, (*query, *condition))
    assert list(site_rules.parse_redirects(site_rules.redirect_line(rule), [])) == [rule]


def test_headers_as_both_services_write_them():
    warnings = []
    text = """
# all
/*
  X-Frame-Options: DENY
  cache-control: max-age=0
  cache-control: no-cache
/x/:name
X-Unindented: yes
  ! X-Frame-Options
  Basic-Auth: a:b c:d
https://:p.pages.dev/*
  X-Robots-Tag: noindex
/y
  Content-Length: 5
  Empty:
"""
    found = {rule.source: rule.headers for rule in site_rules.parse_headers(text, warnings)}
    assert found == {
        "/*": (("X-Frame-Options", "DENY"), ("cache-control", "max-age=0"), ("cache-control", "no-cache")),
        "/x/:name": (("X-Unindented", "yes"), ("X-Frame-Options", ""), ("Basic-Auth", "a:b c:d")),
        "https://:p.pages.dev/*": (("X-Robots-Tag", "noindex"),),
    }
    assert [warning.line for warning in warnings] == [14, 15]


def test_redirects_of_the_config_with_conditions_and_expressions():
    warnings = []
    config = {"server": {"redirects": [
        {"from": "/**", "to": "/ru/404.html", "status": 404, "fromHeaders": {"Sec-Fetch-Mode": "navigate"}},
        {"fromRe": "^/(.*)$", "to": "/x/$1"},
        {"from": "/both/**", "fromRe": "/([0-9]+)$", "to": "/n/$1"},
        {"from": "/{a,b}/*.htm?", "to": "/x"},
        {"fromRe": "(?<!a)b", "to": "/x"},
        {"from": "/x", "to": "/y", "status": 299},
        {"from": "/api/**", "to": "https://elsewhere.example/", "status": 200},
    ]}}  # fmt: skip
    first, *rules = site_rules.configured_redirects(config, warnings)
    assert first == RedirectRule("/*", "/ru/404.html", 404, False, (("Header", "Sec-Fetch-Mode: navigate"),))
    assert [rule.source for rule in rules] == ["~^/(.*)$", "~/([0-9]+)$", "~^/(?:a|b)/.*\\.htm[^/]$", "/api/*"]
    assert rules[1].conditions == (("Path", "/both/*"),)
    assert [word in warning.message for word, warning in zip(["(?<!a)b", "/x", "/api"], warnings, strict=True)] == [
        True
    ] * 3


def test_headers_of_the_config():
    warnings = []
    config = {"server": {"headers": [
        {"for": "/**.{js,css}", "values": {"X-One": "1", "ETag": "mine", "X-Two": "a\nb"}},
        {"for": "/**", "values": {"X-One": "all"}},
    ]}}  # fmt: skip
    found = list(site_rules.configured_headers(config, warnings))
    assert found == [
        HeaderRule("~^/.*\\.(?:js|css)$", (("X-One", "1"),)),
        HeaderRule("/*", (("X-One", "all"),)),
    ]
    assert ["ETag" in warnings[0].message, "X-Two" in warnings[1].message] == [True, True]


def test_a_query_in_the_address_is_a_condition_and_a_fragment_is_nothing():
    (rule,) = site_rules.parse_redirects("/page?id=5&x#part /five 302", [])
    assert rule == RedirectRule("/page", "/five", 302, conditions=(("Query", "id=5"), ("Query", "x=")))


def test_a_header_cannot_split_a_response():
    warnings = []
    text = "/*\n  X-Good: yes\n  Set-Cookie : a\n  X: a\rSet-Cookie: b\n"
    found = list(site_rules.parse_headers(text, warnings))
    assert all("\r" not in value and "\n" not in value for rule in found for _, value in rule.headers)


@pytest.mark.parametrize(
    ("here", "address", "expected"),
    [
        ("/posts/a/", "/", "../../index.html"),
        ("/", "/posts/a/", "posts/a/index.html"),
        ("/posts/a/", "/css/x.css", "../../css/x.css"),
        ("/posts/a/", "/posts/a/#top", "index.html#top"),
        ("/posts/a/", "/base/css/x.css?v=1", "../../css/x.css?v=1"),
        ("/posts/a/", "https://other.org/css/x.css", "https://other.org/css/x.css"),
        ("/posts/a/", "//cdn.org/x", "//cdn.org/x"),
        ("/posts/a/", "/nowhere", "/nowhere"),
        ("/a.html", "/posts/a", "posts/a/index.html"),
    ],
)
def test_relative_links(here, address, expected):
    entries = {path: Entry(blob="x", length=1) for path in ("/", "/posts/a/", "/css/x.css", "/a.html")}
    assert relocation.relative_link(here, address, entries, "https://example.org/") == expected


def test_a_relocated_page_works_from_a_disk_and_still_says_where_it_lives():
    entries = {path: Entry(blob="x", length=1) for path in ("/", "/posts/a/", "/css/x.css")}
    page = (
        '<link rel="canonical" href="https://example.org/posts/a/">'
        '<link rel="stylesheet" href="/css/x.css" integrity="sha256-abc=" crossorigin="anonymous">'
        '<script src="https://cdn.org/x.js" integrity="sha256-def="></script>'
        '<a href="https://example.org/">home</a><img src=/css/x.css>'
    )
    entry = Entry(blob="x", length=1, media_type="text/html")
    moved = relocation.relocated(page.encode(), "/posts/a/", entry, entries, "https://example.org/").decode()
    assert moved == (
        '<link rel="canonical" href="https://example.org/posts/a/">'
        '<link rel="stylesheet" href="../../css/x.css">'
        '<script src="https://cdn.org/x.js" integrity="sha256-def="></script>'
        '<a href="../../index.html">home</a><img src=../../css/x.css>'
    )


def test_export_writes_differences_and_takes_away(bench, tmp_path):
    one = bench()
    one.write("layouts/all.html", '<a href="/x/">{{ page.title }}</a>')
    one.write("content/x.md", "---\ntitle: X\naliases: [/old]\n---\n")
    one.write("content/y.md", "---\ntitle: Y\n---\n")
    out = tmp_path / "out"
    assert export.export(one.store, one.build().release, out) > 5
    assert "x" in (out / "x/index.html").read_text()
    assert "url=https://example.org/x/" in (out / "old/index.html").read_text()
    assert export.export(one.store, one.report.release, out) == 0
    (one.folder / "content/y.md").unlink()
    (out / "own.txt").write_text("not ours")
    export.export(one.store, one.build().release, out, relative=True)
    assert not (out / "y").exists()
    assert (out / "own.txt").exists()
    assert (
        'href="../x/index.html"' in (out / "old/../x/index.html").read_text()
        or 'href="index.html"' in (out / "x/index.html").read_text()
    )


def test_workers_make_what_one_process_makes(bench, tmp_path, monkeypatch):

    monkeypatch.setattr(forks, "FEWEST", 5)
    one = bench(workers=3)
    one.write(
        "layouts/all.html",
        "{{ page.title }}{{ page.content }}{{ page.params['p' ~ page.weight] }}{% for p in page.paginate(page.pages, 3).pages %}{{ p.summary }}{% endfor %}",
    )
    for number in range(40):
        text = f"---\ntitle: P{number}\nweight: {number}\np{number}: x{number}\ntags: [t{number % 7}]\n---\nBody {number} [l](p1.md)\n"
        one.write(f"content/posts/p{number}.md", text)
    many = one.build()
    alone = Workshop(
        one.folder, Store(tmp_path / "alone"), BuildOptions(workers=1, keep_state=False, now=one.options.now)
    )
    assert many.release.id == alone.build().release.id
    alone.close()
    one.write("content/posts/p3.md", "---\ntitle: P3\nweight: 3\np3: other\ntags: [t3]\n---\nBody 3 [l](p1.md)\n")
    report = one.build()
    assert "/posts/p3/" in report.remade
    assert "other" in one.text("/posts/p3/")


def test_records_of_the_state_come_back_field_by_field():
    for kind in state.RECORDS:
        names = [field.name for field in dataclasses.fields(kind)]
        record = kind(**{name: f"its {name}" for name in names})
        again = pickle.loads(pickle.dumps(record, 5))
        assert {name: getattr(again, name) for name in names} == {name: f"its {name}" for name in names}
        assert b"its" in pickle.dumps(record, 5)


def test_what_was_left_can_be_had_in_memory_before_it_is_asked_for(bench):
    one = bench()
    one.write("content/a.md", "---\ntitle: A\n---\nText\n")
    one.age("content/a.md")
    first = one.build().release.id
    one.restart()
    assert one.build().release.id == first
    assert one.workshop.lens is None
    one.workshop.look()
    assert one.workshop.lens is not None
    one.write("content/a.md", "---\ntitle: A\n---\nOther\n")
    assert "/a/" in one.build("content/a.md").remade
    assert "Other" in one.text("/a/")


def test_a_post_is_rehearsed_before_the_first_save_and_nothing_of_it_is_kept(bench):
    one = bench()
    one.write("layouts/page.html", "{{ page.content }}")
    one.write("content/a.md", "---\ntitle: A\ndate: 2024-05-01\n---\n{{< x >}}\n")
    one.write("layouts/_shortcodes/x.html", "{{ site.regular_pages | length }} posts")
    one.age("layouts/_shortcodes/x.html")
    first = one.build().release.id
    one.restart()
    assert one.build().release.id == first
    assert "page.html" not in one.workshop.desk.templates.compiled
    one.workshop.be_ready()
    assert "page.html" in one.workshop.desk.templates.compiled
    assert not one.workshop.state.bodies.fresh
    one.write("content/b.md", "---\ntitle: B\n---\nOther\n")
    edited = one.build("content/b.md").release.id
    one.workshop.begin_anew()
    one.workshop.state.forget()
    assert one.build().release.id == edited


def test_a_damaged_state_is_forgotten_when_it_is_looked_at(bench):
    one = bench()
    one.write("content/a.md", "---\ntitle: A\n---\nText\n")
    first = one.build().release.id
    one.restart()
    one.build()
    one.workshop.state.database.execute("UPDATE piece SET value = x'00'")
    one.workshop.look()
    assert one.build().release.id == first


def test_a_name_that_no_file_can_have_is_an_error_and_no_crash(tmp_path):
    with pytest.raises(OperatorError, match="cannot be the name of a file"):
        export.put(tmp_path, "a\0b/index.html", b"")
    assert export.stamp(tmp_path, "a\0b") == (0, 0)
