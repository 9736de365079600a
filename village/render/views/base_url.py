"""Addresses below a language's base URL: on its host, in its tree of files, and absolute."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

from village.render.addresses import canonical_start, dotted
from village.render.lens import Lens
from village.site import tables
from village.site.addresses.urls import escape


def base_url(lens: Lens, lang: str) -> str:
    """The base URL a language's permalinks start with, always with a trailing slash (or empty)."""
    language = lens.site.languages.get(lang)
    base = (language.base_url if language and language.base_url else lens.site.base_url) or "/"
    return base if base.endswith("/") else base + "/"


def configured(lens: Lens, lang: str, key: str) -> bool:
    """A switch of the configuration. Not noted: a change of it makes everything again."""
    language = lens.site.languages.get(lang)
    return tables.truth((language.config if language else lens.site.config).get(key, False))


def root_url(lens: Lens, lang: str) -> str:
    """The base URL that root-relative links begin below: without its path where ``canonifyURLs`` puts the whole of it
    before them once the page is made (Hugo)."""
    base = base_url(lens, lang)
    return urlunsplit((*urlsplit(base)[:2], "/", "", "")) if configured(lens, lang, "canonifyurls") else base


def relative(lens: Lens, lang: str, url: str) -> str:
    """A path below the base URL as a path below the host."""
    above = lens.once(("path of host", lang), lambda: urlsplit(root_url(lens, lang)).path.rstrip("/"))
    return str(above) + escape(url)


def link_start(lens: Lens, lang: str, target: str, *, feed: bool = False) -> tuple[str, str]:
    """(what the leading slash of a link becomes in an output file, the base path that may follow it): by
    ``relativeURLs``, ``canonifyURLs``, and in a feed always. ("", ""): links stay as they are."""
    if configured(lens, lang, "relativeurls"):
        return dotted(within_tree(lens, lang, target)), ""
    if feed or configured(lens, lang, "canonifyurls"):
        return canonical_start(base_url(lens, lang))
    return "", ""


def within_tree(lens: Lens, lang: str, target: str) -> str:
    """The path of an output file below the root of its language's host."""
    return target.removeprefix(lens.site.languages[lang].tree) if lang in lens.site.languages else target


def absolute(lens: Lens, lang: str, url: str) -> str:
    return base_url(lens, lang).rstrip("/") + escape(url)
