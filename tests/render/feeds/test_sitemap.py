"""Sitemaps, robots.txt and alias stubs equal Hugo's byte for byte."""

from __future__ import annotations

from datetime import UTC, datetime

from village.render.feeds.sitemap import (
    SitemapFile,
    SitemapUrl,
    alias_stub,
    robots,
    sitemap,
    sitemap_index,
    sitemap_url,
)

MOMENT = datetime(2024, 6, 6, 7, 8, 9, tzinfo=UTC)


def test_sitemap():
    first = SitemapUrl("https://example.org/sub/posts/a/", MOMENT, "weekly", 0.7)
    both = (("en", "https://example.org/sub/posts/"), ("de-DE", "https://example.org/sub/de/posts/"))
    second = SitemapUrl("https://example.org/sub/posts/", alternates=both)
    assert sitemap([sitemap_url(first), sitemap_url(second)]) == (
        '<?xml version="1.0" encoding="utf-8" standalone="yes"?>\n'
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"\n'
        '  xmlns:xhtml="http://www.w3.org/1999/xhtml">\n'
        "  <url>\n    <loc>https://example.org/sub/posts/a/</loc>\n"
        "    <lastmod>2024-06-06T07:08:09+00:00</lastmod>\n"
        "    <changefreq>weekly</changefreq>\n    <priority>0.7</priority>\n  </url><url>\n"
        "    <loc>https://example.org/sub/posts/</loc>\n"
        '    <xhtml:link\n                rel="alternate"\n                hreflang="en"\n'
        '                href="https://example.org/sub/posts/"\n                />\n'
        '    <xhtml:link\n                rel="alternate"\n                hreflang="de-DE"\n'
        '                href="https://example.org/sub/de/posts/"\n                />\n  </url>\n</urlset>\n'
    )


def test_sitemap_index():
    files = [
        SitemapFile("https://example.org/en/sitemap.xml", MOMENT),
        SitemapFile("https://example.org/de/sitemap.xml"),
    ]
    assert sitemap_index(files) == (
        '<?xml version="1.0" encoding="utf-8" standalone="yes"?>\n'
        '<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
        "\t\n\t\t<sitemap>\n\t\t\t<loc>https://example.org/en/sitemap.xml</loc>\n\t\t\t\n"
        "\t\t\t\t<lastmod>2024-06-06T07:08:09+00:00</lastmod>\n\t\t\t\n\t\t</sitemap>\n"
        "\t\n\t\t<sitemap>\n\t\t\t<loc>https://example.org/de/sitemap.xml</loc>\n\t\t\t\n\t\t</sitemap>\n"
        "\t\n</sitemapindex>\n"
    )


def test_alias_stub_escapes_as_html_template_does():
    stub = alias_stub("https://example.org/a+b'c&d/", "en")
    assert stub == (
        '<!DOCTYPE html>\n<html lang="en">\n\t<head>\n\t\t<title>https://example.org/a&#43;b&#39;c&amp;d/</title>\n'
        '\t\t<link rel="canonical" href="https://example.org/a&#43;b%27c&amp;d/">\n\t\t<meta charset="utf-8">\n'
        '\t\t<meta http-equiv="refresh" content="0; url=https://example.org/a&#43;b&#39;c&amp;d/">\n\t</head>\n</html>\n'
    )


def test_robots():
    assert robots() == "User-agent: *\n"
    assert robots("https://example.org/sitemap.xml").endswith("\nSitemap: https://example.org/sitemap.xml\n")
