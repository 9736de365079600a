"""Links into the site made relative to the page they stand on, so that an exported folder works wherever it is put."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from village.release.manifest import Entry
from village.render.addresses import file_of

ADDRESS = re.compile(
    r"""(\s(?:href|src|action|poster|data|formaction)\s*=\s*)(["']?)(/[^"'\s>]*|https?://[^"'\s>]*)""", re.IGNORECASE
)
SOURCES = re.compile(r"""(\s(?:srcset|imagesrcset)\s*=\s*)(["'])([^"']*)""", re.IGNORECASE)
# A page that is opened from a disk has no origin, and a browser refuses every style and script with a checksum there.
CHECKED = re.compile(r"<(?:link|script)\b[^>]*?\sintegrity=[^>]*>", re.IGNORECASE)
CHECKSUM = re.compile(r"""\s(?:integrity|crossorigin)(?:=(?:"[^"]*"|'[^']*'|[^\s>]*))?(?=[\s>])""", re.IGNORECASE)
STYLE_URL = re.compile(r"""(url\(\s*["']?)(/[^"')\s]*)""", re.IGNORECASE)


def relocated(data: bytes, path: str, entry: Entry, entries: Mapping[str, Entry], base_url: str) -> bytes:
    """A page or style sheet with the links into the site made relative to where it lies."""
    media = entry.media_type or "text/html"
    if media not in ("text/html", "text/css", "application/xhtml+xml"):
        return data
    text = data.decode("utf-8", "replace")

    def link(address: str) -> str:
        return relative_link(path, address, entries, base_url)

    if media != "text/css":
        text = ADDRESS.sub(lambda m: m[0] if names_the_site(m) else m[1] + m[2] + link(m[3]), text)
        text = CHECKED.sub(lambda m: m[0] if "://" in m[0] else CHECKSUM.sub("", m[0]), text)
        text = SOURCES.sub(lambda m: m[1] + m[2] + ", ".join(candidate(part, link) for part in m[3].split(",")), text)
        if entry.stub:
            text = re.sub(r"(content=\"0; url=)([^\"]*)", lambda m: m[1] + link(m[2]), text)
    return STYLE_URL.sub(lambda m: m[1] + link(m[2]), text).encode()


def names_the_site(match: re.Match[str]) -> bool:
    """Whether an absolute address is for machines: canonical, hreflang, feeds. Those stay absolute."""
    tag = match.string[match.string.rfind("<", 0, match.start()) : match.start()]
    return "://" in match[3] and tag[:5].lower() == "<link" and "stylesheet" not in tag.lower()


def candidate(part: str, link: object) -> str:
    """One "address 2x" of a srcset."""
    address, space, size = part.strip().partition(" ")
    return link(address) + space + size if callable(link) else part


def relative_link(here: str, address: str, entries: Mapping[str, Entry], base_url: str) -> str:
    """``address`` as seen from ``here``; unchanged when it leads out of the site."""
    own = address
    if "://" in address:
        if not base_url or not address.startswith(base_url.rstrip("/") + "/"):
            return address
        own = urlsplit(address).path + address[len(urlsplit(address)._replace(query="", fragment="").geturl()) :]
    if own.startswith("//"):
        return address
    path, mark, rest = split(own)
    target = inside(unquote(path), entries)
    if target is None:
        return address
    folder = posixpath.dirname(file_of(here))
    away = posixpath.relpath(file_of(target), folder or "/")
    return quoted(away) + mark + rest


def split(address: str) -> tuple[str, str, str]:
    for mark in ("?", "#"):
        path, found, rest = address.partition(mark)
        if found:
            return path, found, rest
    return address, "", ""


def quoted(path: str) -> str:
    from village.site.addresses.urls import escape  # noqa: PLC0415

    return escape(path)


def inside(path: str, entries: Mapping[str, Entry]) -> str | None:
    """The release's path that a link means: as written, with a slash, or without the folder of the base URL
    in front.
    """
    while True:
        for known in (path, path + "/"):
            if known in entries:
                return known
        if path.endswith("/index.html") and path[: -len("index.html")] in entries:
            return path[: -len("index.html")]
        cut = path.find("/", 1)
        if cut < 0:
            return None
        path = path[cut:]
