"""What a visitor would stumble over: broken links and anchors, images without a text; and what is untidy: heavy
images, images that nothing shows. Over a whole release.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote, urlsplit

from village.errors import AuthorError, BrokenLink, ContentError, Untidy
from village.release.manifest import Entry, HostRule, Manifest, seen_from
from village.release.store import Store
from village.render.addresses import file_of

HEAVY = 1_000_000  # bytes of one image
LINKS = {
    "a": "href",
    "link": "href",
    "area": "href",
    "img": "src",
    "script": "src",
    "iframe": "src",
    "source": "src",
    "video": "src",
    "audio": "src",
}
IMAGE_NAME = re.compile(rb"""[^\s"'()<>=,/\\]+\.(?:png|jpe?g|gif|webp|avif|svg|bmp|tiff?)\b""", re.IGNORECASE)
TEXTUAL = (
    "text/",
    "application/json",
    "application/xml",
    "application/rss",
    "application/atom",
    "application/manifest",
)
IDLE_RELS = {"preconnect", "dns-prefetch", "pingback", "webmention", "edituri"}


class Reader(HTMLParser):
    """Links, anchors and images of a page, with the lines they stand on."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[tuple[str, int]] = []
        self.anchors: set[str] = set()
        self.mute: list[tuple[str, int]] = []  # images without alt
        self.base = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        table = dict(attrs)
        for name in ("id", "name") if tag == "a" else ("id",):
            if table.get(name):
                self.anchors.add(str(table[name]))
        if tag == "base" and table.get("href"):
            self.base = str(table["href"])
        address = table.get(LINKS.get(tag, ""))
        if address and not (tag == "link" and IDLE_RELS & set(str(table.get("rel", "")).lower().split())):
            self.links.append((address.strip(), self.getpos()[0]))
        if tag == "img" and "alt" not in table:
            self.mute.append((str(table.get("src", "")), self.getpos()[0]))


def check(release: Manifest, store: Store, lens: Any, bodies: Any, numbers: Any) -> list[AuthorError]:
    """All findings, by page."""
    found: list[AuthorError] = []
    for base, lang, entries in hosts(release, lens):
        found += walk(store, entries, base, source_lines(lens, bodies, numbers, lang))
    found += mute(lens, bodies, numbers)
    return unique([*found, *untidy(release, store)])


def mute(lens: Any, bodies: Any, numbers: Any) -> Iterator[AuthorError]:
    """Images written as ``![](…)``: with no word for whoever cannot see them."""
    for identity, page in lens.site.pages.items():
        for kind, destination, text, line in links_of(identity, page, bodies, numbers):
            if kind == "image" and not text.strip():
                message = f"the image {destination!r} has no alternative text"
                yield ContentError(
                    message, file=page.source.shown, line=line, hint="write ![what the picture shows](…)"
                )


def untidy(release: Manifest, store: Store) -> Iterator[AuthorError]:
    """Images that are heavy, and those whose name stands in no page, style, script or feed; not those at the root, for
    which browsers ask by themselves.
    """
    named = set()
    for entry in release.entries.values():
        if entry.blob and (entry.media_type or "").startswith(TEXTUAL):
            named |= {unquote(name.decode("utf-8", "replace")) for name in IMAGE_NAME.findall(store.get(entry.blob))}
    sources = {name.partition("_hu_")[0] for name in named if "_hu_" in name}  # shown in another size
    for path, entry in sorted(release.entries.items()):
        if not entry.media_type.startswith("image/"):
            continue
        if entry.length > HEAVY:
            hint = "resize it, or let the image functions do it"
            yield Untidy(f"the image weighs {entry.length / 1e6:.1f} MB", file=path.lstrip("/"), hint=hint)
        name = posixpath.basename(path)
        if "/" in path.strip("/") and name not in named and posixpath.splitext(name)[0] not in sources:
            yield Untidy("no page shows this image", file=path.lstrip("/"), hint="show it, or remove it")


def hosts(release: Manifest, lens: Any) -> Iterator[tuple[str, str, Mapping[str, Entry]]]:
    """(base URL, language, entries) of each host; a site on one host has one, of all languages ("")."""
    own = [language for language in lens.site.languages.values() if language.tree]
    for language in own:
        yield language.base_url, language.lang, seen_from(HostRule("", language.tree), release.entries)
    if not own:
        yield lens.site.base_url, "", release.entries


def walk(
    store: Store, entries: Mapping[str, Entry], base_url: str, sources: Mapping[tuple[str, str], tuple[str, int]]
) -> Iterator[AuthorError]:
    """What is wrong with the links and images of one host's pages."""
    base = urlsplit(base_url)
    pages = {
        path: read(store, entry) for path, entry in entries.items() if entry.blob and entry.media_type == "text/html"
    }
    for path in sorted(pages):
        reader = pages[path]
        for address, line in reader.links:
            problem = broken(path, address, entries, pages, base)
            if problem:
                yield placed(problem, path, address, line, sources, entries)
        for address, line in reader.mute:
            file, row = sources.get((path, address), (f"public{file_of(path)}", line))
            hint = 'write ![what the picture shows](…); alt="" for a mere ornament'
            yield ContentError(f"the image {address!r} has no alternative text", file=file, line=row, hint=hint)


def unique(found: list[AuthorError]) -> list[AuthorError]:
    return list({(error.file, error.line, error.message): error for error in found}.values())


def read(store: Store, entry: Entry) -> Reader:
    reader = Reader()
    reader.feed(store.get(entry.blob).decode("utf-8", "replace"))
    return reader


def source_lines(lens: Any, bodies: Any, numbers: Any, lang: str = "") -> dict[tuple[str, str], tuple[str, int]]:
    """(URL path, destination) → (content file, line), for the links that authors wrote in Markdown."""
    found: dict[tuple[str, str], tuple[str, int]] = {}
    for identity, page in lens.site.pages.items():
        if page.outputs and not (lang and page.lang != lang):
            for _, destination, _, line in links_of(identity, page, bodies, numbers):
                found.setdefault((page.outputs[0].url, destination), (page.source.shown, line))
    return found


def links_of(identity: str, page: Any, bodies: Any, numbers: Any) -> list[tuple[str, str, str, int]]:
    """(kind, destination, text, line) of each link and image in a page's Markdown."""
    if page.source is None:
        return []
    try:
        return list(bodies.get(numbers.page(identity)).links)
    except KeyError:
        return []


def placed(  # noqa: PLR0917 - the parts of one finding
    problem: str,
    path: str,
    address: str,
    line: int,
    sources: Mapping[tuple[str, str], tuple[str, int]],
    entries: Mapping[str, Entry],
) -> BrokenLink:
    file, row = sources.get((path, address), (f"public{file_of(path)}", line))
    beside = posixpath.join(posixpath.dirname(path.rstrip("/")), unquote(address))
    hint = "mend the address, or add an alias to the page that moved"
    if path.endswith("/") and "/" not in address and beside in entries:
        name = posixpath.splitext(posixpath.basename(file))[0]
        hint = f"it lies at {beside}: make the page a folder, {name}/index.md, with the file in it, or write {beside}"
    return BrokenLink(problem, file=file, line=row, hint=hint)


def broken(here: str, address: str, entries: Mapping[str, Entry], pages: Mapping[str, Reader], base: Any) -> str:
    """What is wrong with a link, "" when nothing is. Links to other hosts are not followed."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return f"{address!r} is not an address"
    if parts.scheme not in ("", "http", "https") or (parts.netloc and (not base.netloc or parts.netloc != base.netloc)):
        return ""
    path = own_path(here, parts, base)
    target = None if path is None else served(path, entries)
    if target is None:
        return f"{address!r} leads nowhere"
    fragment = unquote(parts.fragment)
    if (
        fragment
        and fragment != "top"
        and not fragment.startswith(":~:")
        and target in pages
        and fragment not in pages[target].anchors
    ):
        return f"{address!r}: there is no #{fragment} on that page"
    return ""


def own_path(here: str, parts: Any, base: Any) -> str | None:
    """The release's path that a link means; None when it lies outside the base URL."""
    path = unquote(parts.path)
    if not path:
        return "/" if parts.netloc else here
    if not path.startswith("/"):
        folder = here if here.endswith("/") else posixpath.dirname(here)
        joined = posixpath.normpath(posixpath.join(folder, path))
        return joined + "/" if path.endswith("/") and joined != "/" else joined
    prefix = base.path.rstrip("/")
    if prefix and not (path + "/").startswith(prefix + "/"):
        return None
    tidy = posixpath.normpath(path[len(prefix) :] or "/")
    return tidy + "/" if path.endswith("/") and tidy != "/" else tidy


def served(path: str, entries: Mapping[str, Entry]) -> str | None:
    """The path under which the server finds it: with a slash, without index.html or .html."""
    for known in candidates(path):
        if known in entries:
            entry = entries[known]
            if entry.location and entry.status in (301, 302, 307, 308) and entry.location.startswith("/"):
                return known
            return known
    return None


def candidates(path: str) -> Iterator[str]:
    yield path
    yield path + "/"
    yield path.removesuffix("index.html")
    yield path + ".html"
