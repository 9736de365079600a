"""URLs as Hugo writes them."""

import pytest

from village.render.addresses import ROOTED_XML, canonify, dotted, rebased

BASE = "https://example.org/site/"


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<a href="/x">', '<a href="https://example.org/site/x">'),
        ('<a href="/site/x">', '<a href="https://example.org/site/x">'),
        ("<img alt='a' src='/i.png'>", "<img alt='a' src='https://example.org/site/i.png'>"),
        (
            '<img srcset="/a.png 1x, /b.png 2x">',
            '<img srcset="https://example.org/site/a.png 1x, https://example.org/site/b.png 2x">',
        ),
        ('<a href="//other.org/x">', '<a href="//other.org/x">'),
        ('<a href="x">', '<a href="x">'),
        ('<a href="#x">', '<a href="#x">'),
        ("<code>href=&#34;/x&#34;</code>", "<code>href=&#34;/x&#34;</code>"),
        ('<a data-href="/x">', '<a data-href="https://example.org/site/x">'),
        ("<a href=/x>", "<a href=https://example.org/site/x>"),
        (
            '<img srcset="/site/a.png 1x,\n /b.png 2x">',
            '<img srcset="https://example.org/site/a.png 1x, https://example.org/site/b.png 2x">',
        ),
        ('<img srcset="a.png 1x, /b.png 2x">', '<img srcset="a.png 1x, /b.png 2x">'),
    ],
)
def test_a_feed_carries_absolute_links(html, expected):
    assert canonify(html, BASE) == expected
    assert canonify(expected, BASE) == expected


def test_a_site_without_an_address_keeps_its_links():
    assert canonify('<a href="/x">', "/") == '<a href="/x">'
    assert canonify('<a href="/x">', "https://example.org/") == '<a href="https://example.org/x">'


def test_links_become_relative_to_the_file():
    assert [dotted(target) for target in ("/index.html", "/a.html", "/a/b/index.html")] == ["./", "./", "../../"]
    assert rebased('<a href="/x/"> <a href="//y/">', "../") == '<a href="../x/"> <a href="//y/">'


def test_in_xml_only_escaped_quotes_count():
    text = '<link href="/x"/> &lt;a href=&#34;/y&#34;&gt; srcset=&#39;/a 1x, /b 2x&#39;'
    expected = '<link href="/x"/> &lt;a href=&#34;./y&#34;&gt; srcset=&#39;./a 1x, ./b 2x&#39;'
    assert rebased(text, "./", pattern=ROOTED_XML) == expected
