"""Where a page is written and how it is linked (Hugo's resources/page/page_paths.go)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from village.site.addresses import urls
from village.site.config.outputs import OutputFormat


@dataclass(frozen=True, slots=True)
class Place:
    """What decides a page's address, the output format left out.

    ``folder`` is the directory of a regular page or the whole path of a list ("" = root); ``base`` the last
    segment of a regular page; ``url`` the front matter's; ``expanded`` a permalink pattern filled in;
    ``prefix`` "" or "/ru"; ``tree`` the folder of a language that has a host of its own.
    """

    kind: str
    folder: str = ""
    base: str = ""
    url: str = ""
    expanded: str = ""
    prefix: str = ""
    tree: str = ""
    ugly: bool = False
    main: bool = False  # of several formats the first


def join(*parts: str) -> str:
    """Segments as one absolute path, a trailing slash kept."""
    return urls.clean("/".join(part for part in parts if part))


def address(place: Place, form: OutputFormat, style: urls.Style) -> tuple[str, str]:
    """(output file, link) of one format, both below the site's root, not percent-encoded; the file is below the
    language's tree where it has one.
    """
    if place.kind != "home" and place.url:
        target, link = by_url(place, form)
        return place.tree + target, link
    target, link = by_page(place, form) if place.kind == "page" else by_list(place, form)
    return place.tree + made(style, place.prefix + target), made(style, place.prefix + link)


def made(style: urls.Style, path: str) -> str:
    """A path made safe; a segment of which nothing is left is gone."""
    safe = style.make(path)
    return re.sub("/{2,}", "/", safe) if "//" in safe else safe


def by_url(place: Place, form: OutputFormat) -> tuple[str, str]:
    """The front matter's own URL: neither sanitised nor lower-cased; without a leading slash it is below the
    language.
    """
    prefix = "" if place.url.startswith("/") else place.prefix
    path = join(form.path, place.url)
    suffix = form.media_type.full_suffix
    if place.url.endswith("/") or "." not in path:
        target = join(path, form.base_name + suffix)
    elif place.main or form.is_html or form.path or path.endswith(suffix):
        target = path
    else:  # another format of a page whose URL is a file: beside it
        target = join(path.rsplit("/", 1)[0], form.base_name + suffix)
    return prefix + target, prefix + linked(target)


def linked(target: str) -> str:
    """The link of an output file: an index.html is its folder."""
    return target[: -len("index.html")] if target.endswith("/index.html") else target


def by_page(place: Place, form: OutputFormat) -> tuple[str, str]:
    """A regular page: ``/dir/base/index.html`` or ``/dir/base.html``."""
    suffix = form.media_type.full_suffix
    same = place.base == form.base_name and not place.expanded
    path = join(form.path, place.expanded or join(place.folder, place.base))
    if (form.ugly or (place.ugly and not form.no_ugly) or same) and path != "/":
        target = path.rstrip("/") + suffix
        return target, linked(target) if same else target
    target = join(path, form.base_name + suffix)
    return target, linked(target)


def by_list(place: Place, form: OutputFormat) -> tuple[str, str]:
    """Home, sections, taxonomies and terms. With ugly URLs a term is ``tags/go.html``, a section keeps
    ``posts/index.html``.
    """
    suffix = form.media_type.full_suffix
    path = join(form.path, place.expanded or place.folder)
    ugly = place.ugly and not form.no_ugly
    if ugly and place.kind == "term" and path != "/":
        target = path.rstrip("/") + suffix
        return target, target
    target = join(path, form.base_name + suffix)
    return target, target if ugly else linked(target)
