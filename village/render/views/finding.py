"""Which page a path means, and the site-wide lists. Pure functions of a Site."""

from __future__ import annotations

import posixpath
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


def find(site: Site, near: PageId, path: str, lang: str = "") -> PageId | str:
    """Hugo's GetPage: first relative to the folder of the page ``near``, then from the root, then by bare name.

    Returns "" when nothing is found, "?" and the candidates when a bare name means several pages.
    """
    here = site.pages.get(near)
    language = lang or (here.lang if here else next(iter(site.languages), ""))
    for wanted in candidates(here, path):
        if (identity := page_id(language, wanted)) in site.pages:
            return identity
    name = logical(path).strip("/")
    if "/" in path.strip("/") or not name:
        return ""
    found = sorted(
        identity
        for identity, page in site.pages.items()
        if page.lang == language and page.path.rpartition("/")[2] == name and page.kind in ("page", "section")
    )
    return found[0] if len(found) == 1 else ("?" + ", ".join(found) if found else "")


def candidates(here: Page | None, path: str) -> list[str]:
    """Logical paths to try, in order."""
    rooted = path.startswith("/")
    target = logical(path)
    found = []
    if here and not rooted:
        folder = here.path if here.kind != "page" or here.bundle == "branch" else posixpath.dirname(here.path)
        if here.bundle == "leaf":
            found.append(posixpath.normpath(posixpath.join(here.path, target)))
        found.append(posixpath.normpath(posixpath.join(folder, target)))
    found.append(posixpath.normpath("/" + target.lstrip("/")))
    return found


def logical(path: str) -> str:
    """A content path as its logical path: no extension, no index name, lower case, spaces as hyphens."""
    base, extension = posixpath.splitext(path)
    if extension.lower() in {".md", ".markdown", ".mdown", ".html", ".htm"}:
        path = base
    path = path.lower().replace(" ", "-")
    if posixpath.basename(path) in {"index", "_index"}:
        path = posixpath.dirname(path) or ("/" if path.startswith("/") else ".")
    return path if path == "/" else path.rstrip("/")


def menu_url(base: str, url: str) -> str:
    """A menu entry's URL: a path from the root is below the base URL's path, anything else stays as written."""
    if not url.startswith("/") or addresses.is_absolute(url):
        return url
    return urlsplit(base).path.rstrip("/") + escape(url)
