"""Feeds equal Hugo's byte for byte where Hugo has them, and are what their specifications ask where it has not."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from village.render.feeds import syndication
from village.render.feeds.syndication import FeedAuthor, FeedChannel, FeedItem

BERLIN = timezone(timedelta(hours=2))
ATOM = "{http://www.w3.org/2005/Atom}"

HUGO = """<?xml version="1.0" encoding="utf-8" standalone="yes"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom">
\t<channel>
\t\t<title>Posts on T &amp; &lt;b&gt; &#39;q&#39;</title>
\t\t<link>https://example.org/sub/posts/</link>
\t\t<description>Recent content in Posts on T &amp; &lt;b&gt; &#39;q&#39;</description>
\t\t<generator>Hugo</generator>
\t\t<language>en</language>
\t\t
\t\t\t<managingEditor>me@x.y (Me)</managingEditor>
\t\t
\t\t
\t\t\t<webMaster>me@x.y (Me)</webMaster>
\t\t
\t\t
\t\t\t<copyright>© &lt;b&gt;C&#43;&#43;&lt;/b&gt; `x` =y</copyright>
\t\t
\t\t
\t\t\t<lastBuildDate>Thu, 06 Jun 2024 07:08:09 +0000</lastBuildDate>
\t\t
\t\t\t<atom:link href="https://example.org/sub/posts/index.xml" rel="self" type="application/rss+xml" />
\t\t\t<item>
\t\t\t\t<title>C&#43;&#43; {a=b} “привет”</title>
\t\t\t\t<link>https://example.org/sub/posts/a&#43;b&#39;c&amp;d/</link>
\t\t\t\t<pubDate>Mon, 06 May 2024 07:08:09 +0200</pubDate><author>me@x.y (Me)</author>
\t\t\t\t<guid>https://example.org/sub/posts/a&#43;b&#39;c&amp;d/</guid>
\t\t\t\t<description>&lt;p&gt;A++ &lt;em class=&#34;x&#34;&gt;it&lt;/em&gt;&#x9;&amp;amp;&#xA;&lt;/p&gt;</description>
\t\t\t</item>
\t</channel>
</rss>
"""


def channel(**changes) -> FeedChannel:
    values = {
        "title": syndication.channel_title("Posts", "T & <b> 'q'"),
        "description": syndication.channel_description("Posts", "T & <b> 'q'"),
        "url": "https://example.org/sub/posts/",
        "feed_url": "https://example.org/sub/posts/index.xml",
    }
    return FeedChannel(**{**values, **changes})


def test_rss_is_hugos_to_the_byte():
    item = FeedItem(
        title="C++ {a=b} “привет”",
        url="https://example.org/sub/posts/a+b'c&d/",
        published=datetime(2024, 5, 6, 7, 8, 9, tzinfo=BERLIN),
        summary='<p>A++ <em class="x">it</em>\t&amp;\n</p>\x01',
        author=FeedAuthor("Me", "me@x.y"),
    )
    found = syndication.rss(
        channel(
            copyright="© <b>C++</b> `x` =y",
            author=FeedAuthor("Me", "me@x.y"),
            updated=datetime(2024, 6, 6, 7, 8, 9, tzinfo=UTC),
        ),
        [syndication.rss_item(item)],
    )
    assert found == HUGO


def test_rss_of_nothing_keeps_hugos_empty_lines():
    found = syndication.rss(channel(title="T", description="Recent content on T"), [])
    assert "<language>en</language>\n\t\t\n\t\t\n\t\t\n\t\t\n\t\t\t<atom:link" in found
    assert found.endswith('type="application/rss+xml" />\n\t</channel>\n</rss>\n')


def test_an_undated_item_has_hugos_zero_date():
    assert "<pubDate>Mon, 01 Jan 0001 00:00:00 +0000</pubDate>\n" in syndication.rss_item(
        FeedItem("a", "https://e.org/a/")
    )


def test_full_content_needs_the_content_namespace():
    item = syndication.rss_item(FeedItem("a", "https://e.org/", content="<p>all</p>"))
    tree = ET.fromstring(syndication.rss(channel(), [item], namespaces=syndication.CONTENT_NAMESPACE))
    assert tree.findtext("channel/item/{http://purl.org/rss/1.0/modules/content/}encoded") == "<p>all</p>"


def test_title_and_description_of_the_home_feed():
    assert syndication.channel_title("T", "T") == "T"
    assert syndication.channel_title("", "T") == "T"
    assert syndication.channel_description("T", "T") == "Recent content on T"


TEXT = st.text(max_size=40)
MOMENTS = st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
ITEMS = st.builds(
    FeedItem,
    title=TEXT,
    url=TEXT.map(lambda path: f"https://example.org/{path}"),
    published=st.none() | MOMENTS,
    updated=st.none() | MOMENTS,
    summary=TEXT,
    content=TEXT,
    author=st.builds(FeedAuthor, TEXT, TEXT),
    tags=st.lists(TEXT, max_size=3).map(tuple),
)


@given(st.lists(ITEMS, max_size=3), TEXT)
def test_every_feed_parses_whatever_the_author_wrote(items, title):
    head = channel(title=title, description=title, copyright=title)
    rss = ET.fromstring(
        syndication.rss(head, map(syndication.rss_item, items), namespaces=syndication.CONTENT_NAMESPACE)
    )
    atom = ET.fromstring(syndication.atom(head, map(syndication.atom_entry, items)))
    parsed = json.loads(syndication.json_feed(head, map(syndication.json_item, items)))
    assert len(rss.findall("channel/item")) == len(atom.findall(f"{ATOM}entry")) == len(parsed["items"]) == len(items)


@given(ITEMS)
def test_atom_entries_have_what_rfc_4287_requires(item):
    tree = ET.fromstring(syndication.atom(channel(), [syndication.atom_entry(item)]))
    entry = tree.find(f"{ATOM}entry")
    assert all(entry.find(ATOM + name) is not None for name in ("id", "title", "updated"))
    assert tree.find(f"{ATOM}author/{ATOM}name") is not None


def test_json_item_carries_the_summary_beside_the_content():
    found = json.loads(syndication.json_item(FeedItem("a", "https://e.org/", summary="<p>s</p>", content="<p>c</p>")))
    assert (found["content_html"], found["summary"]) == ("<p>c</p>", "<p>s</p>")
