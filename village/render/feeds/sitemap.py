"""What is written for machines that visit: sitemap, sitemap index, robots.txt, the stub at an alias. Hugo's bytes.
Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from village.render.feeds.syndication import DECLARATION
from village.render.feeds.text import link, text, w3c


@dataclass(frozen=True, slots=True)
class SitemapUrl:
    """One page. ``alternates`` are (hreflang, URL) of all translations, this page's own among them; () without
    translations."""

    url: str
    lastmod: datetime | None = None
    changefreq: str = ""
    priority: float = -1.0
    alternates: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class SitemapFile:
    """One language's sitemap, in the index."""

    url: str
    lastmod: datetime | None = None


def sitemap(urls: Iterable[str]) -> str:
    """``urls`` are the texts of ``sitemap_url``."""
    return (
        f'{DECLARATION}<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"\n'
        f'  xmlns:xhtml="http://www.w3.org/1999/xhtml">\n  {"".join(urls)}\n</urlset>\n'
    )


def sitemap_url(page: SitemapUrl) -> str:
    lastmod = f"\n    <lastmod>{w3c(page.lastmod)}</lastmod>" if page.lastmod else ""
    changefreq = f"\n    <changefreq>{text(page.changefreq)}</changefreq>" if page.changefreq else ""
    priority = f"\n    <priority>{page.priority:g}</priority>" if page.priority >= 0 else ""
    alternates = "".join(
        f'\n    <xhtml:link\n                rel="alternate"\n                hreflang="{text(lang)}"\n'
        f'                href="{link(url)}"\n                />'
        for lang, url in page.alternates
    )
    return f"<url>\n    <loc>{text(page.url)}</loc>{lastmod}{changefreq}{priority}{alternates}\n  </url>"


def sitemap_index(files: Iterable[SitemapFile]) -> str:
    """The index of a multilingual site."""
    entries = "".join(
        f"\t\n\t\t<sitemap>\n\t\t\t<loc>{text(file.url)}</loc>\n\t\t\t\n"
        + (f"\t\t\t\t<lastmod>{w3c(file.lastmod)}</lastmod>\n\t\t\t\n" if file.lastmod else "")
        + "\t\t</sitemap>\n"
        for file in files
    )
    return f'{DECLARATION}<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{entries}\t\n</sitemapindex>\n'


def robots(sitemap_url: str = "") -> str:
    """Hugo's robots.txt: everyone is welcome. With a sitemap's URL its line is added."""
    return "User-agent: *\n" + (f"Sitemap: {sitemap_url}\n" if sitemap_url else "")


def alias_stub(url: str, language: str) -> str:
    """The page at an old address, for hosts that cannot redirect; village itself answers 301 there."""
    return (
        f'<!DOCTYPE html>\n<html lang="{text(language)}">\n\t<head>\n\t\t<title>{text(url)}</title>\n'
        f'\t\t<link rel="canonical" href="{link(url)}">\n\t\t<meta charset="utf-8">\n'
        f'\t\t<meta http-equiv="refresh" content="0; url={text(url)}">\n\t</head>\n</html>\n'
    )
