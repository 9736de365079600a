"""Which page a path means, and the site-wide lists. Pure functions of a Site."""

from __future__ import annotations

import posixpath
from collections.abc import Container, Iterator
from urllib.parse import urlsplit

from village.render import addresses
from village.site.addresses.urls import escape
from village.site.model import Page, PageId, Site, page_id
from village.site.order import queries


def site_pages(site: Site, lang: str, which: str) -> tuple[PageId, ...]:
    """All listable pages of a language in default order: "regular", "all", or "everywhere" (every language)."""
    if which == "everywhere":
        return tuple(queries.all_pages(site))
    return tuple((queries.regular_pages if which == "regular" else queries.pages)(site, lang))


def find(site: Site, near: PageId, path: str, lang: str = "", *, bare: bool = True) -> PageId | str:
    """The page that a path means beside the page ``near``: relative to its folder, else from the root, else (``bare``,
    which Hugo's ref, relref and site.GetPage allow, but not a page's GetPage) the one page of that name.

    Returns "" when nothing is found, "?" and the candidates when a bare name means several pages.
    """
    here = site.pages.get(near)
    language = lang or (here.lang if here else next(iter(site.languages), ""))
    wanted = path.rstrip("/") or "/"
    for place in candidates(here, wanted, site.languages):
        identity = page_id(language, place)
        if identity in site.pages and not site.pages[identity].owner:
            return identity
    name = logical(wanted, site.languages)
    if not bare or "/" in wanted or wanted.startswith(".") or not name:
        return ""
    found = sorted(
        identity
        for identity, page in site.pages.items()
        if page.lang == language
        and page.path.rpartition("/")[2] == name
        and page.kind in ("page", "section")
        and not page.owner
    )
    return found[0] if len(found) == 1 else ("?" + ", ".join(found) if found else "")


def candidates(here: Page | None, path: str, languages: Container[str] = ()) -> Iterator[str]:
    """Logical paths to try, in order (hugolib/pagecollections.go).

    A path that begins with a dot is relative and nothing else. A page counts from the folder it stands in, a leaf
    bundle from the folder around its own, unless the path names a file: that is seen from beside ``index.md`` as well.
    """
    target = logical(path, languages)
    if here and not path.startswith("/"):
        around = here.path if here.kind != "page" or here.bundle == "branch" else posixpath.dirname(here.path)
        names_file = "." in posixpath.basename(path)
        folders = [around, here.path] if here.bundle == "leaf" and names_file else [around]
        if names_file and path.startswith("../"):
            folders = folders[-1:]
        yield from (posixpath.normpath(posixpath.join(folder, target)) for folder in folders)
    if not path.startswith("."):
        yield posixpath.normpath("/" + target.lstrip("/"))


def logical(path: str, languages: Container[str] = ()) -> str:
    """A content path as its logical path: no extension, no language, no index name, lower case, spaces as hyphens."""
    base, extension = posixpath.splitext(path)
    if extension.lower() in {".md", ".markdown", ".mdown", ".html", ".htm"}:
        stem, dot, code = base.rpartition(".")
        path = stem if dot and code.lower() in languages else base
    path = path.lower().replace(" ", "-")
    if posixpath.basename(path) in {"index", "_index"}:
        path = posixpath.dirname(path) or ("/" if path.startswith("/") else ".")
    return path if path == "/" else path.rstrip("/")


def menu_url(base: str, url: str) -> str:
    """A menu entry's URL: a path from the root is below the base URL's path, anything else stays as written."""
    if not url.startswith("/") or addresses.is_absolute(url):
        return url
    return urlsplit(base).path.rstrip("/") + escape(url)
