"""The last steps of an output: fewer bytes, the same page."""

import json
import xml.etree.ElementTree as ET

import html5lib

PAGE = """<!DOCTYPE html>
<html>
  <head>
    <title>{{ page.title }}</title>
    <style> p { color : red } </style>
  </head>
  <body>
    <p class="a b">  one   <b>two</b>
      three</p>
    <pre>  kept
      as is </pre>
    <a href="{{ page.rel_permalink }}">own</a>
    {{ page.content }}
  </body>
</html>
"""
CONFIG = 'baseURL = "https://example.org/"\ntitle = "Site"\n[outputs]\nhome = ["html", "rss", "json"]\n'


def small_site(bench, config="", **options):
    one = bench(**options)
    one.write("hugo.toml", config + CONFIG)
    one.write("layouts/all.html", PAGE)
    one.write("layouts/home.json", '{ "a": [1,  2], "b": "x  y" }')
    one.write("content/posts/a.md", "---\ntitle: A\n---\nBody *em*\n\n```\na\n  b\n```\n")
    one.build()
    return one


def words(html):
    """Tags and words of a page; white space outside <pre> is one space."""
    root = html5lib.parse(html, namespaceHTMLElements=False)
    return [
        (node.tag, dict(node.attrib), node.text if node.tag in ("pre", "code") else (node.text or "").split())
        for node in root.iter()
        if node.tag != "style"
    ]


def test_minified_output_is_the_same_site_in_fewer_bytes(bench, tmp_path):
    one = small_site(bench)
    plain = {path: one.text(path) for path in ("/", "/posts/a/", "/index.xml", "/sitemap.xml", "/index.json")}
    one.restart()
    one.write("hugo.toml", "minify = true\n" + CONFIG)
    one.build()
    for path, before in plain.items():
        after = one.text(path)
        assert len(after) < len(before), path
        if path.endswith("/"):
            assert words(after) == words(before)
        elif path.endswith(".json"):
            assert json.loads(after) == json.loads(before)
        else:
            assert [node.tag for node in ET.fromstring(after).iter()] == [
                node.tag for node in ET.fromstring(before).iter()
            ]


def test_the_callers_wish_counts_too_and_a_kind_may_be_left_out(bench):
    one = small_site(bench, minify=True)
    assert "\n  <body>" not in one.text("/posts/a/")
    one.write("hugo.toml", CONFIG + "[minify]\ndisableXML = true\ndisableHTML = true\n")
    one.build()
    assert "\n  <body>" in one.text("/posts/a/")
    assert "\t<channel>" in one.text("/index.xml")
    assert one.text("/index.json") == '{"a":[1,2],"b":"x  y"}'
