"""Which outputs a site has: a pure function of the model and of what the templates decided last time (pagers)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from village.builder.nodes import CONTENT, FILE, OUTPUT, Key
from village.site import segments
from village.site.model import Page, Site

KINDS = {"sitemap": "sitemap", "robots": "robotstxt"}  # files of one language each; the others are the whole site's


def contents(site: Site) -> Iterator[Key]:
    """A content node for each page with a body."""
    for identity in site.pages:
        yield Key(CONTENT, identity)


def written(page: Page) -> bool:
    """Whether a page has files of its own."""
    return page.build.render == "always" and not page.owner


def of_page(page: Page) -> Iterator[Key]:
    """The first pager of every format of a page."""
    if written(page):
        for output in page.outputs:
            yield Key(OUTPUT, page.id, output.format)


def files(site: Site) -> Iterator[Key]:
    """Sitemaps and robots.txt; ``format`` carries the output's path."""
    disabled = {str(kind).lower() for kind in site.config.get("disablekinds") or ()}
    first = next(iter(site.languages))
    many = len(site.languages) > 1 or bool(site.languages[first].prefix)  # one language in a folder counts as several
    trees = [language.tree for language in site.languages.values() if language.tree]
    if "sitemap" not in disabled:
        for lang in site.languages:
            table = site.languages[lang].config.get("sitemap") or site.config.get("sitemap") or {}
            name = str(table.get("filename") or "sitemap.xml")
            yield Key(FILE, f"sitemap {lang}", f"/{lang}/{name}" if many or trees else f"/{name}")
        if many and not trees:
            name = str((site.config.get("sitemap") or {}).get("filename") or "sitemap.xml")
            yield Key(FILE, f"sitemapindex {first}", f"/{name}")
    if many and not trees and not site.config.get("disabledefaultlanguageredirect"):
        default = site.default_language if site.default_language in site.languages else first
        yield Key(FILE, f"root {default}", "/" if site.languages[default].prefix else f"/{default}/")
    if site.config.get("enablerobotstxt") and "robotstxt" not in disabled:
        for lang, language in site.languages.items() if trees else [(first, site.languages[first])]:
            yield Key(FILE, f"robots {lang}", f"{language.tree}/robots.txt")


def outputs(site: Site, pagers: Callable[[Key], int]) -> Iterator[Key]:
    """Every output node that the segments render, in an order that does not matter to the result. ``pagers``: how many
    a list had last time.
    """
    chosen = segments.of(site)
    for page in site.pages.values():
        for key in of_page(page):
            if chosen.render(page.kind, page.path, page.lang, "404" if page.kind == "404" else key.format):
                yield key
                for number in range(2, pagers(key) + 1):
                    yield Key(OUTPUT, key.name, key.format, number)
    for key in files(site):
        kind, _, lang = key.name.partition(" ")
        if chosen.render(KINDS.get(kind, kind), f"/{kind}", lang if kind in KINDS else "", kind):
            yield key
