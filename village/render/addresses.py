"""URLs as Hugo writes them. Pure."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//")  # RFC 3986 §3.1, and network-path references
ROOTED = re.compile(r"""(?<=[\s"'])((?:href|src|action|url)=)(["'])/(?!/)""")
SOURCES = re.compile(r"""(?<=[\s"'])(srcset=)("[^"]*"|'[^']*')""")
ROOTED_SOURCE = re.compile(r"""((?:^|,\s*)["']?)/(?!/)""")


def is_absolute(link: str) -> bool:
    """Whether a link names a scheme or a host."""
    return ABSOLUTE.match(link) is not None


def absolute(base: str, path: str, prefix: str = "") -> str:
    """Hugo's absURL: a leading slash drops the base's path only when the base has one to keep (server-relative)."""
    if is_absolute(path):
        return path
    parts = urlsplit(base)
    root = f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
    if path.startswith("/"):
        return root + prefix + path if not prefix or not within(path, prefix) else root + path
    return root + parts.path.rstrip("/") + prefix + "/" + path


def relative(base: str, path: str, prefix: str = "") -> str:
    """Hugo's relURL: below the base's path, without the host."""
    if is_absolute(path):
        return path.removeprefix(base.rstrip("/")) or "/" if base and path.startswith(base) else path
    parts = urlsplit(base)
    if path.startswith("/"):
        return prefix + path if prefix and not within(path, prefix) else path
    return parts.path.rstrip("/") + prefix + "/" + path


def canonify(html: str, base: str) -> str:
    """HTML whose root-relative links are absolute, as Hugo leaves it in every RSS feed (absurlreplacer): a reader of
    the feed does not know the site. A path that begins with the base's own path does not get it twice."""
    parts = urlsplit(base)
    if not parts.netloc or "/" not in html:
        return html
    root, below = f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/") + "/"

    def start(path: str) -> str:
        return root + "/" if below == "/" or path.startswith(below[1:]) else root + below

    def linked(found: re.Match[str]) -> str:
        return found[1] + found[2] + start(html[found.end() : found.end() + len(below)])

    def sourced(found: re.Match[str]) -> str:
        value = found[2]
        return found[1] + ROOTED_SOURCE.sub(lambda one: one[1] + start(value[one.end() :]), value)

    return SOURCES.sub(sourced, ROOTED.sub(linked, html))


def within(path: str, prefix: str) -> bool:
    return path == prefix or path.startswith(prefix + "/")


def key_of(target: str) -> str:
    """The URL path that serves an output file: "/posts/index.html" → "/posts/"."""
    return target[: -len("index.html")] if target.endswith("/index.html") else target


def file_of(key: str) -> str:
    """The file an exported URL path is written to."""
    return key + "index.html" if key.endswith("/") else key
