"""URLs as Hugo writes them. Pure."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from village.site.addresses import urls

ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//")  # RFC 3986 §3.1, and network-path references
# Hugo looks for these words wherever they stand, also at the end of others (data-src=, formaction=): absurlreplacer.go.
ROOTED = re.compile(r"""((?:href|src|action|url)=["']?)/(?!/)|(srcset=(["']))(/(?!/).*?)(?=\3)""", re.DOTALL)
ROOTED_XML = re.compile(
    r"((?:href|src|action|url)=(?:&#34;|&#39;)?)/(?!/)|(srcset=(&#34;|&#39;))(/(?!/).*?)(?=\3)", re.DOTALL
)

BEFORE_ROOTED = ("=/", '"/', "'/", ";/")  # one of them is in whatever matches


def is_absolute(link: str) -> bool:
    """Whether a link names a scheme or a host."""
    return ABSOLUTE.match(link) is not None


def absolute(base: str, path: str, prefix: str = "") -> str:
    """Hugo's absURL: a leading slash drops the base's path only when the base has one to keep (server-relative)."""
    if is_absolute(path):
        return path
    path = escaped(path)
    parts = urlsplit(base)
    root = f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
    if path.startswith("/"):
        return root + prefix + path if not prefix or not within(path, prefix) else root + path
    return root + below(parts.path.rstrip("/") + prefix, path)


def escaped(path: str) -> str:
    """A link with its letters outside ASCII percent-encoded; what is encoded already stays."""
    if path.isascii() and " " not in path:
        return path
    head, question, query = path.partition("?")
    return urls.parsed(head) + question + query


def below(folder: str, path: str) -> str:
    """A relative path below a folder, without doubled slashes and dots (Go's path.Join)."""
    head = re.match(r"[^?#]*", path)
    assert head is not None
    if not UNTIDY.search(head[0]):
        return f"{folder}/{path}"
    return urls.clean(f"{folder}/{head[0]}") + path[head.end() :]


UNTIDY = re.compile(r"//|(?:^|/)\.\.?(?:/|$)")


def relative(base: str, path: str, prefix: str = "") -> str:
    """Hugo's relURL: below the base's path, without the host."""
    if is_absolute(path):
        own = base.rstrip("/")
        parts = urlsplit(own)
        return path[len(own) - len(parts.path) :] or "/" if own and path.startswith(own) else path
    parts = urlsplit(base)
    if path.startswith("/"):
        return prefix + path if prefix and not within(path, prefix) else path
    return below(parts.path.rstrip("/") + prefix, path)


def canonify(html: str, base: str) -> str:
    """HTML whose root-relative links are absolute, as Hugo leaves it in every RSS feed: a reader of the feed does not
    know the site. A path that begins with the base's own path does not get it twice."""
    start, below = canonical_start(base)
    return rebased(html, start, below) if start else html


def canonical_start(base: str) -> tuple[str, str]:
    """(base URL with a trailing slash, its path without the leading one); ("", "") for one without a host."""
    parts = urlsplit(base)
    if not parts.netloc:
        return "", ""
    below = f"{parts.path.strip('/')}/".removeprefix("/")
    return f"{parts.scheme}://{parts.netloc}/{below}", below


def rebased(text: str, start: str, below: str = "", pattern: re.Pattern[str] = ROOTED) -> str:
    """Text with ``start`` ("https://example.org/sub/", "../../") for the leading slash of each link, and for the slash
    and ``below`` ("sub/") where a link begins with them."""
    if not any(sign in text for sign in BEFORE_ROOTED):
        return text

    def link(found: re.Match[str]) -> str:
        if found[1]:
            return found[1] + (start[: -len(below)] if below and text.startswith(below, found.end()) else start)
        return found[2] + " ".join(
            start + one[1:].removeprefix(below) if one[0] == "/" else one for one in found[4].split()
        )

    return pattern.sub(link, text)


def dotted(target: str) -> str:
    """How a file reaches the root: "/posts/a/index.html" → "../../", "/index.html" → "./"."""
    return "../" * (target.count("/") - 1) or "./"


def within(path: str, prefix: str) -> bool:
    return path == prefix or path.startswith(prefix + "/")


def key_of(target: str) -> str:
    """The URL path that serves an output file: "/posts/index.html" → "/posts/"."""
    return target[: -len("index.html")] if target.endswith("/index.html") else target


def file_of(key: str) -> str:
    """The file an exported URL path is written to."""
    return key + "index.html" if key.endswith("/") else key
