"""Addresses below a language's base URL: on its host, in its tree of files, and absolute."""

from __future__ import annotations

from urllib.parse import urlsplit

from village.render.lens import Lens
from village.site.addresses.urls import escape


def base_url(lens: Lens, lang: str) -> str:
    """The base URL a language's permalinks start with, always with a trailing slash (or empty)."""
    language = lens.site.languages.get(lang)
    base = (language.base_url if language and language.base_url else lens.site.base_url) or "/"
    return base if base.endswith("/") else base + "/"


def relative(lens: Lens, lang: str, url: str) -> str:
    """A path below the base URL as a path below the host."""
    return urlsplit(base_url(lens, lang)).path.rstrip("/") + escape(url)


def within_tree(lens: Lens, lang: str, target: str) -> str:
    """The path of an output file below the root of its language's host."""
    return target.removeprefix(lens.site.languages[lang].tree) if lang in lens.site.languages else target


def absolute(lens: Lens, lang: str, url: str) -> str:
    return base_url(lens, lang).rstrip("/") + escape(url)
