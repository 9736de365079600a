"""Feeds: RSS in Hugo's exact shape, Atom (RFC 4287), JSON Feed 1.1. Pure: small dataclasses in, text out.

An item's text does not depend on the feed it stands in, so the builder may render it once (``rss_item``,
``atom_entry``, ``json_item``) and
give the fragments to every feed: a feed of 10,000 known items is one join.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from village.render.feeds.text import link, markup, rfc1123, rfc3339, text

EPOCH = "1970-01-01T00:00:00Z"  # Atom wants a date; a site without any gets this one
DECLARATION = '<?xml version="1.0" encoding="utf-8" standalone="yes"?>\n'


@dataclass(frozen=True, slots=True)
class FeedAuthor:
    name: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class FeedItem:
    """One post. ``summary`` and ``content`` are HTML; ``content`` is empty unless the feed carries full posts."""

    title: str
    url: str
    published: datetime | None = None
    updated: datetime | None = None
    summary: str = ""
    content: str = ""
    author: FeedAuthor = FeedAuthor()
    tags: tuple[str, ...] = ()
    image: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class FeedChannel:
    """What a feed says of itself. URLs are absolute."""

    title: str
    description: str
    url: str
    feed_url: str
    language: str = "en"
    copyright: str = ""
    author: FeedAuthor = FeedAuthor()
    updated: datetime | None = None
    icon: str = ""


def channel_title(page_title: str, site_title: str) -> str:
    """Hugo's: the site's title, or "Posts on Site"."""
    return site_title if page_title in ("", site_title) else f"{page_title} on {site_title}"


def channel_description(page_title: str, site_title: str) -> str:
    """Hugo's: "Recent content on Site", or "Recent content in Posts on Site"."""
    place = "" if page_title in ("", site_title) else f"in {page_title} "
    return f"Recent content {place}on {site_title}"


# -- RSS 2.0 -----------------------------------------------------------------------------------------------------------


def rss(channel: FeedChannel, items: Iterable[str], *, namespaces: str = "") -> str:
    """``items`` are the texts of ``rss_item``. The white space is that of Hugo's template: feeds are compared
    bytewise."""
    mail = mailbox(channel.author)
    slots = (
        f"<managingEditor>{mail}</managingEditor>" if mail else "",
        f"<webMaster>{mail}</webMaster>" if mail else "",
        f"<copyright>{text(channel.copyright)}</copyright>" if channel.copyright else "",
        f"<lastBuildDate>{rfc1123(channel.updated)}</lastBuildDate>" if channel.updated else "",
    )
    head = "".join(f"\t\t\n\t\t\t{slot}\n\t\t\n" if slot else "\t\t\n" for slot in slots)
    start = (
        f'{DECLARATION}<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"{namespaces}>\n\t<channel>\n'
        f"\t\t<title>{text(channel.title)}</title>\n\t\t<link>{text(channel.url)}</link>\n"
        f"\t\t<description>{text(channel.description)}</description>\n\t\t<generator>Hugo</generator>\n"
        f"\t\t<language>{text(channel.language)}</language>\n{head}"
        f'\t\t\t<atom:link href="{link(channel.feed_url)}" rel="self" type="application/rss+xml" />\n'
    )
    return "".join([start, *items, "\t</channel>\n</rss>\n"])  # at once: a feed of 10,000 posts is 15 MB


CONTENT_NAMESPACE = ' xmlns:content="http://purl.org/rss/1.0/modules/content/"'


def rss_item(item: FeedItem) -> str:
    """One ``<item>``; ``content:encoded`` is added when the item carries its content (then the feed needs
    CONTENT_NAMESPACE)."""
    mail = mailbox(item.author)
    author = f"<author>{mail}</author>" if mail else ""
    url = text(item.url)
    full = f"\t\t\t\t<content:encoded>{markup(item.content)}</content:encoded>\n" if item.content else ""
    return (
        f"\t\t\t<item>\n\t\t\t\t<title>{text(item.title)}</title>\n\t\t\t\t<link>{url}</link>\n"
        f"\t\t\t\t<pubDate>{rfc1123(item.published)}</pubDate>{author}\n\t\t\t\t<guid>{url}</guid>\n"
        f"\t\t\t\t<description>{markup(item.summary)}</description>\n{full}\t\t\t</item>\n"
    )


def mailbox(author: FeedAuthor) -> str:
    """``me@example.org (Me)``; RSS names nobody without an address."""
    if not author.email:
        return ""
    return text(author.email) + (f" ({text(author.name)})" if author.name else "")


# -- Atom --------------------------------------------------------------------------------------------------------------


def atom(channel: FeedChannel, entries: Iterable[str]) -> str:
    """``entries`` are the texts of ``atom_entry``."""
    rights = f"  <rights>{text(channel.copyright)}</rights>\n" if channel.copyright else ""
    icon = f"  <icon>{text(channel.icon)}</icon>\n" if channel.icon else ""
    updated = rfc3339(channel.updated) if channel.updated else EPOCH
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{text(channel.language)}">\n'
        f"  <title>{text(channel.title)}</title>\n  <subtitle>{text(channel.description)}</subtitle>\n"
        f'  <link href="{link(channel.url)}" rel="alternate" type="text/html"/>\n'
        f'  <link href="{link(channel.feed_url)}" rel="self" type="application/atom+xml"/>\n'
        f"  <id>{text(channel.url)}</id>\n  <updated>{updated}</updated>\n"
        f"{person(channel.author) or '  <author><name>' + text(channel.title) + '</name></author>'}\n{rights}{icon}"
        f"  <generator>village</generator>\n{''.join(entries)}</feed>\n"
    )


def atom_entry(item: FeedItem) -> str:
    """One ``<entry>``. RFC 4287 §4.1.2 wants a date: without one the epoch stands."""
    updated = item.updated or item.published
    published = f"    <published>{rfc3339(item.published)}</published>\n" if item.published else ""
    author = f"  {person(item.author)}\n" if item.author.name else ""
    tags = "".join(f'    <category term="{text(tag)}"/>\n' for tag in item.tags)
    summary = f'    <summary type="html">{markup(item.summary)}</summary>\n' if item.summary else ""
    content = f'    <content type="html">{markup(item.content)}</content>\n' if item.content else ""
    return (
        f'  <entry>\n    <title>{text(item.title)}</title>\n    <link href="{link(item.url)}" rel="alternate"/>\n'
        f"    <id>{text(item.url)}</id>\n{published}    <updated>{rfc3339(updated) if updated else EPOCH}</updated>\n"
        f"{author}{tags}{summary}{content}  </entry>\n"
    )


def person(author: FeedAuthor) -> str:
    if not author.name:
        return ""
    email = f"<email>{text(author.email)}</email>" if author.email else ""
    return f"  <author><name>{text(author.name)}</name>{email}</author>"


# -- JSON Feed ---------------------------------------------------------------------------------------------------------


def json_feed(channel: FeedChannel, items: Iterable[str]) -> str:
    """``items`` are the texts of ``json_item``."""
    head: dict[str, Any] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": channel.title,
        "home_page_url": channel.url,
        "feed_url": channel.feed_url,
        "description": channel.description,
        "language": channel.language,
    }
    if channel.icon:
        head["icon"] = channel.icon
    if channel.author.name:
        head["authors"] = [{"name": channel.author.name}]
    return f'{dumps(head)[:-1]},"items":[{",".join(items)}]}}\n'


def json_item(item: FeedItem) -> str:
    """One item; JSON Feed wants ``content_html``, which is the summary when the feed does not carry full posts."""
    found: dict[str, Any] = {"id": item.url, "url": item.url, "title": item.title}
    found["content_html"] = item.content or item.summary
    if item.content and item.summary:
        found["summary"] = item.summary
    if item.published:
        found["date_published"] = rfc3339(item.published)
    if item.updated:
        found["date_modified"] = rfc3339(item.updated)
    if item.author.name:
        found["authors"] = [{"name": item.author.name}]
    if item.tags:
        found["tags"] = list(item.tags)
    if item.image:
        found["image"] = item.image
    if item.language:
        found["language"] = item.language
    return dumps(found)


def dumps(value: Any) -> str:
    """Compact JSON, UTF-8; a lone surrogate cannot be written, so it becomes U+FFFD."""
    written = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return written.encode("utf-8", "replace").decode("utf-8") if not written.isascii() else written
