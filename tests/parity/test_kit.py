"""The comparison itself: it must see what differs and forgive what cannot be told apart."""

import json
from pathlib import Path

import pytest
from parity_kit import allowed, archive, compare, normal
from parity_kit.hugo import understand, url_of
from parity_kit.output import Redirect


def page(**fields):
    return json.dumps(fields).encode()


def test_equal_outputs_have_no_differences():
    site = {"/a/": page(title="A", date="2020-01-01T00:00:00Z"), "/old/": Redirect("https://example.org/a/")}
    assert compare.sites("s", site, dict(site)) == []


@pytest.mark.parametrize(
    ("hugo", "village", "field"),
    [
        (page(title="A"), page(title="B"), "title"),
        (page(pages=["/a/", "/b/"]), page(pages=["/b/", "/a/"]), "pages"),
        (page(date="2020-01-01T00:00:00Z"), page(date="2020-01-01T03:00:00+03:00"), "date"),
        (page(content="<p>a b</p>"), page(content="<p>ab</p>"), "content"),
        (page(content="<pre>a\n b</pre>"), page(content="<pre>a\nb</pre>"), "content"),
        (page(site={"title": "x"}), page(site={"title": "y"}), "site.title"),
        (Redirect("/a/"), Redirect("/b/"), "output"),
        (Redirect("/a/"), page(title="A"), "output"),
        (b"User-agent: *", b"User-agent: x", "text"),
    ],
)
def test_what_differs_is_named(hugo, village, field):
    assert [d.field for d in compare.sites("s", {"/x": hugo}, {"/x": village})] == [field]


def test_a_missing_and_an_additional_url_are_differences():
    found = compare.sites("s", {"/a/": b"x"}, {"/b/": b"x"})
    assert [(d.url, d.village) for d in found] == [("/a/", "(missing)"), ("/b/", "1 bytes")]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('<p class="a" id="b">x</p>', "<p id='b' class='a'>x</p>\n"),
        ("<p>a  b\nc</p>", "<p>a b c</p>"),
        ("<p>&ldquo;q&rdquo;</p>", "<p>“q”</p>"),
        ("<img src=a>", "<img src='a'/>"),
        (
            '<pre style="color:red"><code data-lang="go"><span>a</span> b\n</code></pre>',
            '<pre><code data-lang="go">a b\n</code></pre>',
        ),
    ],
)
def test_the_same_document_has_one_normal_form(one, other):
    assert normal.markup(one) == normal.markup(other)


def test_feeds_differ_by_element():
    hugo, village = (f"<rss><channel><item><title>{t}</title></item></channel></rss>".encode() for t in "ab")
    assert [d.field for d in compare.sites("s", {"/index.xml": hugo}, {"/index.xml": village})] == [
        "rss/channel/item/title"
    ]


def test_an_alias_stub_is_understood_as_a_redirect():
    stub = b'<html><head><meta http-equiv="refresh" content="0; url=https://example.org/%D0%B0/"></head></html>'
    assert understand(stub) == Redirect("https://example.org/%D0%B0/")
    assert Redirect("https://example.org/%D0%B0/").path() == "/а/"
    assert [url_of(Path(p)) for p in ("index.html", "a/index.html", "a.html")] == ["/", "/a/", "/a.html"]


def test_an_archive_is_laid_out_for_each_side(tmp_path):
    (tmp_path / "x.txtar").write_text(
        "About.\n\n-- layouts/a.html --\ngo\n-- village/layouts/a.html --\njinja\n-- c.md --\n%BOM%x%CR%\ny\n%EOF%\n"
    )
    files = archive.read(tmp_path / "x.txtar")
    assert archive.for_hugo(files) == {"layouts/a.html": "go\n", "c.md": "\ufeffx\r\ny"}
    assert archive.for_village(files) == {"layouts/a.html": "jinja\n", "c.md": "\ufeffx\r\ny"}


def test_the_reviewed_list_needs_reasons(tmp_path):
    (tmp_path / "allowed.toml").write_text('[[allowed]]\nsite = "*"\nurl = "*"\nfield = "x"\n')
    with pytest.raises(TypeError):
        allowed.read(tmp_path / "allowed.toml")
    assert all(entry.reason for entry in allowed.read())
