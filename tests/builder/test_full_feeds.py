"""Whole posts in feeds: every link leads somewhere from a reader that does not know the site."""

import json
import xml.etree.ElementTree as ET

import pytest

CONFIG = """baseURL = "https://example.org/sub/"
title = "Site"
{more}
[outputs]
home = ["html", "rss", "atom", "jsonfeed"]
section = ["html", "rss"]
[params.feeds]
full_content = true
[markup.goldmark.renderer]
unsafe = true
"""
BODY = """---
title: A
date: 2024-01-01
---
[abs](/x/) ![pic](/p.png) <img srcset="/a.png 1x, /b.png 2x" src='/c.png'> [far](https://other.org/y) [//](//cdn/z)

<!--more-->

[later](/later/)
"""


def site(bench, more=""):
    one = bench()
    one.write("hugo.toml", CONFIG.format(more=more))
    one.write("layouts/all.html", "{{ page.title }}")
    one.write("content/posts/a.md", BODY)
    one.build()
    return one


def contents(one):
    rss = ET.fromstring(one.text("/index.xml"))
    yield rss.find(".//item/{http://purl.org/rss/1.0/modules/content/}encoded").text
    yield rss.find(".//item/description").text
    atom = ET.fromstring(one.text("/index.atom"))
    yield atom.find(".//{http://www.w3.org/2005/Atom}entry/{http://www.w3.org/2005/Atom}content").text
    yield json.loads(one.text("/feed.json"))["items"][0]["content_html"]


def test_links_are_whole_addresses_in_every_feed(bench):
    found = list(contents(site(bench)))
    for html in found:
        assert 'href="https://example.org/sub/x/"' in html
        assert 'src="https://example.org/sub/p.png"' in html
        assert 'srcset="https://example.org/sub/a.png 1x, https://example.org/sub/b.png 2x"' in html
        assert "src='https://example.org/sub/c.png'" in html
        assert 'href="https://other.org/y"' in html
        assert 'href="//cdn/z"' in html
    assert ["later/" in html for html in found] == [True, False, True, True]


@pytest.mark.parametrize(("feed", "start"), [("/index.xml", "./"), ("/posts/index.xml", "../")])
def test_relative_urls_are_relative_to_the_feed(bench, feed, start):
    one = site(bench, "relativeURLs = true")
    assert f'href="{start}x/"' in ET.fromstring(one.text(feed)).find(".//item/description").text


def test_an_edit_is_seen_in_both_feeds_at_once(bench):
    one = site(bench, "relativeURLs = true")
    one.write("content/posts/a.md", BODY.replace("/x/", "/new/"))
    one.build("content/posts/a.md")
    assert "./new/" in one.text("/index.xml")
    assert "../new/" in one.text("/posts/index.xml")
