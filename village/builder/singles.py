"""Outputs that need no template: feeds, sitemaps, robots.txt, the search index."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from village.builder import finishing
from village.builder.nodes import ALIAS, GENERATED, Key, Made
from village.release.manifest import Entry
from village.render.addresses import key_of, rebased
from village.render.feeds import search as feeds_search
from village.render.feeds import sitemap as feeds_sitemap
from village.render.feeds import syndication
from village.render.questions import FIELD_BITS
from village.render.views.base_url import absolute, configured, link_start
from village.render.views.page import FIELD_NAMES
from village.site import tables

Put = Callable[[bytes], str]
FEED_ENTRY = FIELD_NAMES.index("feed_entry")


def built_in(desk: Any, page: Any, form: str) -> str | None:
    """A page's output that village makes itself where no template does; None when it knows none."""
    maker = BUILT_IN.get(form)
    return maker(desk, page) if maker else None


def members(desk: Any, page: Any) -> Any:
    """The pages of a feed: all of the site for home, a section's own, else what the list shows; limited by
    services.rss.limit.
    """
    kind = page.page.kind
    pages = page.site.regular_pages if kind == "home" else page.regular_pages if kind == "section" else page.pages
    limit = desk.lens.ask("config", page.page.lang, "services.rss.limit")
    return pages.limit(int(limit)) if limit is not None and int(limit) >= 0 else pages


def author(page: Any) -> syndication.FeedAuthor:
    table = page.site.params.get("author")
    if isinstance(table, str):
        return syndication.FeedAuthor(table)
    if table is not None and hasattr(table, "get"):
        return syndication.FeedAuthor(str(table.get("name", "")), str(table.get("email", "")))
    return syndication.FeedAuthor()


def channel(desk: Any, page: Any, form: str) -> syndication.FeedChannel:
    """What a feed of this page says of itself."""
    site = page.site
    own = page.output_formats.get(form)
    return syndication.FeedChannel(
        title=syndication.channel_title(page.title, site.title),
        description=syndication.channel_description(page.title, site.title),
        url=page.permalink,
        feed_url=own.permalink if own else page.permalink,
        language=str(site.language.locale),
        copyright=str(site.copyright or ""),
        author=author(page),
        updated=newest(desk, page),
    )


def newest(desk: Any, page: Any) -> Any:
    """When a dated page's feed last changed: the latest change of what stands in it. The entries' own questions hold
    these dates, so reading them here asks nothing new."""
    if not page.date:
        return None
    known = desk.lens.site.pages
    return max(filter(None, (known[identity].lastmod for identity in members(desk, page).ids)), default=None)


def wants_content(desk: Any, page: Any) -> bool:
    """Full posts in feeds, when the site's params ask for them (params.feeds.full_content)."""
    value = desk.lens.ask("site_params", page.page.lang, "feeds.full_content")
    return bool(value)


def items(desk: Any, page: Any, writer: Callable[[syndication.FeedItem], str]) -> list[str]:
    """The entries of a feed. Each is written once for all feeds it stands in, and forgotten when its page changes."""
    full, by = wants_content(desk, page), author(page)
    ids, lens = members(desk, page).ids, desk.lens
    start = links_of_feed(desk, page)
    if full:
        return [entry(lens.view(identity), writer, by, start, full=True) for identity in ids]
    table = desk.pieces.setdefault((writer.__name__, by, start), {})
    numbers, note, texts = lens.numbers.page, lens.trace.add, []
    for identity in ids:
        text = table.get(identity)
        if text is None:
            text = table[identity] = entry(lens.view(identity), writer, by, start)
        else:
            note(numbers(identity) << FIELD_BITS | FEED_ENTRY)
        texts.append(text)
    return texts


def links_of_feed(desk: Any, page: Any) -> tuple[str, str]:
    """What the leading slash of a link in an entry becomes; with ``relativeURLs`` that depends on the feed's place."""
    form = desk.lens.rendering.format
    target = next((output.target for output in page.page.outputs if output.format == form), "")
    return link_start(desk.lens, page.page.lang, target, feed=True)


def entry(
    view: Any,
    writer: Callable[[syndication.FeedItem], str],
    by: syndication.FeedAuthor,
    start: tuple[str, str],
    *,
    full: bool = False,
) -> str:
    """One entry, its links as they must be in a feed; ``full``: with the whole post."""
    title, link, published, updated, short, _ = view.feed_entry
    content = str(view.content) if full else ""
    if start[0]:
        short, content = rebased(short, *start), rebased(content, *start)
    return writer(syndication.FeedItem(title, link, published, updated, short, content, by, tags=tuple(tags_of(view))))


def tags_of(view: Any) -> list[str]:
    return [word for words in view.page.terms.values() for word in words]


def rss(desk: Any, page: Any) -> str:
    spaces = syndication.CONTENT_NAMESPACE if wants_content(desk, page) else ""
    return syndication.rss(channel(desk, page, "rss"), items(desk, page, syndication.rss_item), namespaces=spaces)


def atom(desk: Any, page: Any) -> str:
    return syndication.atom(channel(desk, page, "atom"), items(desk, page, syndication.atom_entry))


def json_feed(desk: Any, page: Any) -> str:
    return syndication.json_feed(channel(desk, page, "jsonfeed"), items(desk, page, syndication.json_item))


def search(_desk: Any, page: Any) -> str:
    """The search index of a language."""
    return feeds_search.search_index(search_entry(view) for view in page.site.regular_pages)


def search_entry(view: Any) -> str:
    assert view.plain_digest is not None
    found = feeds_search.SearchEntry(
        view.title, view.rel_permalink, str(view.plain), tuple(tags_of(view)), view.section, view.date
    )
    return feeds_search.search_entry(found)


def own_sitemap(desk: Any, page: Any) -> str:
    """The pages of one list, for a site that gives its sections an output format ``sitemap``: as a template's name that
    word means Hugo's embedded sitemap, whoever asks."""
    return feeds_sitemap.sitemap(sitemap_urls(desk, page.pages))


BUILT_IN: dict[str, Callable[[Any, Any], str]] = {
    "rss": rss,
    "atom": atom,
    "jsonfeed": json_feed,
    "search": search,
    "sitemap": own_sitemap,
}


# -- one for each language or site -------------------------------------------------------------------------------------


def make(desk: Any, key: Key, put: Put) -> Made:
    """A file node: "sitemap", "sitemapindex" or "robots" of a language; its path is the node's format."""
    home = desk.lens.view(f"{key.name.rpartition(' ')[2]}:/")
    desk.page = home
    if key.name.startswith("root "):
        return language_root(desk, home, key, put)
    maker, media = FILES[key.name.partition(" ")[0]]
    text = maker(desk, home)
    data = finishing.minified(desk.lens, text, media).encode("utf-8", "replace")
    return Made(((key_of(key.format), GENERATED, Entry(blob=put(data), length=len(data), media_type=media)),))


def sitemap(desk: Any, home: Any) -> str:
    """All listed pages of a language; front matter's ``sitemap.disable`` leaves one out."""
    template = desk.template_for_kind("sitemap", home.page.lang, "sitemap")
    if template:
        return str(desk.templates.render(template, desk.context(home)))
    return feeds_sitemap.sitemap(sitemap_urls(desk, home.site.pages))


def sitemap_urls(desk: Any, pages: Iterable[Any]) -> list[str]:
    many = len(desk.lens.ask("languages")) > 1
    common = desk.lens.ask("config", desk.page.page.lang, "sitemap") or {}
    found = []
    for view in pages:
        link, lastmod, table, render = view.sitemap_entry
        table = {**common, **table}
        if not link or render != "always" or table.get("disable"):
            continue
        others = [(other.language.locale, other.permalink) for other in view.all_translations] if many else []
        priority = table.get("priority", -1.0)
        found.append(
            feeds_sitemap.sitemap_url(
                feeds_sitemap.SitemapUrl(
                    link,
                    lastmod,
                    str(table.get("changefreq", "")),
                    tables.real(priority, -1.0),
                    others if len(others) > 1 else (),
                )
            )
        )
    return found


def sitemap_index(desk: Any, home: Any) -> str:
    """The sitemaps of all languages."""
    files = []
    for site in home.site.sites:
        name = str(desk.lens.ask("config", site.lang, "sitemap.filename") or "sitemap.xml")
        files.append(feeds_sitemap.SitemapFile(absolute(desk.lens, site.lang, f"/{site.lang}/{name}"), site.lastmod))
    return feeds_sitemap.sitemap_index(files)


def language_root(desk: Any, home: Any, key: Key, put: Put) -> Made:
    """``/en/`` leads to ``/`` where the default language has no folder, ``/`` to ``/en/`` where it has."""
    return Made((redirect(desk, home, key.format, put),)) if home.rel_permalink else Made()  # disableKinds: [home]


def redirect(desk: Any, page: Any, path: str, put: Put) -> tuple[str, int, Entry]:
    """A 301 to a page, with the HTML stub that stands for it on hosts that cannot redirect."""
    template = desk.template_named("alias.html")
    if template:
        stub = desk.templates.render(template, {**desk.context(page), "permalink": page.permalink}).encode()
    else:
        stub = feeds_sitemap.alias_stub(page.permalink, page.site.language.locale).encode()
    return (
        path,
        ALIAS,
        Entry(status=301, location=location_of(page), stub=put(stub), length=len(stub), media_type="text/html"),
    )


def location_of(page: Any) -> str:
    """The path that leads to a page; with ``canonifyURLs`` its own link lacks the base URL's path."""
    lens = page.lens
    if configured(lens, page.page.lang, "canonifyurls"):
        return urlsplit(page.permalink).path
    return str(page.rel_permalink)


def robots(desk: Any, home: Any) -> str:
    template = desk.template_for_kind("robots", home.page.lang, "robots")
    if template:
        return str(desk.templates.render(template, desk.context(home)))
    return feeds_sitemap.robots()


FILES: dict[str, tuple[Callable[[Any, Any], str], str]] = {
    "sitemap": (sitemap, "application/xml"),
    "sitemapindex": (sitemap_index, "application/xml"),
    "robots": (robots, "text/plain"),
}
