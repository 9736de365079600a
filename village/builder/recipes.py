"""How each output is made: a page in a format, a feed, a sitemap, a robots.txt. Text in, entries of the release out."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from village.builder import finishing, singles
from village.builder.nodes import AUTOMATIC, FILE, GENERATED, GUEST, PAGE, Key, Made
from village.release.manifest import Entry
from village.render.addresses import key_of
from village.render.lens import Rendering
from village.render.views import paginator, paths
from village.site.model import Output, Page, Site

Put = Callable[[bytes], str]
FINGERPRINT = re.compile(r"[.\-_][0-9a-f]{8,}\.[a-z0-9.]+$")
ASSETS = ("text/css", "text/javascript", "image/", "font/", "audio/", "video/")


def policy_of(path: str, media_type: str) -> str:
    """How long a file may be kept: "immutable" when its name carries its hash, "asset" for what pages refer
    to, else "page".
    """
    if FINGERPRINT.search(path):
        return "immutable"
    return "asset" if media_type.startswith(ASSETS) else "page"


def make(desk: Any, key: Key, rendering: Rendering, put: Put) -> Made:
    """One output node. Raises AuthorError."""
    if key.kind == FILE:
        return singles.make(desk, key, put)
    page = desk.lens.view(key.name)
    output = next(output for output in page.page.outputs if output.format == key.format)
    text, template = render(desk, page, key)
    if text is None:
        return Made()
    entries = [own_entry(desk, page, output, key, text, put, template)]
    pagers = rendering.paginator.total_pages if rendering.paginator else 1
    if key.number > pagers:
        return Made(pagers=pagers)
    entries += [published(path, *what, put) for path, what in sorted(rendering.published.items())]
    if key.number == 1:
        entries += aliases(desk, page, output, put)
        entries += first_pager(desk, page, output, rendering, put)
    return Made(tuple(entries), pagers, template)


def render(desk: Any, page: Any, key: Key) -> tuple[str | None, str]:
    """(text, template) of a page in a format; (None, "") when there is nothing to render it with."""
    template = desk.template_for(page, key.format)
    if template:
        return desk.templates.render(template, desk.context(page)), template
    text = singles.built_in(desk, page, key.format)
    if text is None and page.page.kind != "404":  # Hugo too is silent about a site without a 404 page
        kind = page.page.kind
        hint = (
            f"write layouts/{kind}.html, or name a theme whose templates fill the gaps" if key.format == "html" else ""
        )
        words = f"there is no template for {key.format!r} of kind {kind!r}: in that format are not written"
        desk.warn(words, hint=hint, name=page.page.path)
    return text, ""


def own_entry(  # noqa: PLR0917 - the parts of one step
    desk: Any, page: Any, output: Output, key: Key, text: str, put: Put, template: str
) -> tuple[str, int, Entry]:
    form = paths.formats(desk.lens).get(output.format)
    media = (form.media_type.type or "text/plain") if form else "text/html"
    base = form.base_name if form else "index"
    target = paginator.numbered(output.target, paginator.pager_path(desk.lens, page.page.lang), key.number, base=base)
    if form:
        text = finishing.finished(desk, page, key, form, target, text, templated=bool(template))
    data = text.encode("utf-8", "replace")
    path = key_of(target)
    return (
        path,
        rank(page.page, path, desk.lens.site),
        Entry(blob=put(data), length=len(data), media_type=media, policy=policy_of(path, media)),
    )


def rank(page: Page, path: str, site: Site) -> int:
    """How strong a page's claim to its address is. Where content/fr belongs to French and content/ to English, each
    French page is an English one as well, at the same address: that of its own language stays."""
    if page.kind == "404":
        return GENERATED
    for lang, language in site.languages.items():
        if lang != page.lang and language.prefix and path.startswith(f"{language.tree}{language.prefix}/"):
            return GUEST
    return PAGE if page.source else AUTOMATIC


def published(path: str, data: bytes, media_type: str, policy: str, put: Put) -> tuple[str, int, Entry]:
    return path, GENERATED, Entry(blob=put(data), length=len(data), media_type=media_type, policy=policy)


def aliases(desk: Any, page: Any, output: Output, put: Put) -> list[tuple[str, int, Entry]]:
    """The page's old addresses (Hugo's aliases): once for each folder that a format of HTML is written to, so that
    /amp/old/ leads to the AMP page.
    """
    if not page.aliases or desk.lens.ask("config", page.page.lang, "disablealiases"):
        return []
    known = paths.formats(desk.lens)
    html = [(one, form) for one in page.page.outputs if (form := known.get(one.format)) and form.is_html]
    folder = next((form.path for one, form in html if one is output), None)
    first = next((one for one, form in html if form.path == folder), None)
    if folder is None or first is not output:
        return []
    language = desk.lens.site.languages[page.page.lang]
    root = language.tree + language.prefix
    return [
        singles.redirect(desk, page, alias_key(f"{root}/{folder}{path[len(root) :]}" if folder else path), put)
        for path in page.aliases
    ]


def alias_key(path: str) -> str:
    """The URL path of an alias: a folder unless its last part is a file of HTML."""
    return key_of(path) if path.lower().endswith((".html", ".htm", "/")) else path + "/"


def first_pager(desk: Any, page: Any, output: Output, rendering: Rendering, put: Put) -> list[tuple[str, int, Entry]]:
    """``/page/1/`` leads to the list itself (pagination.disableAliases switches it off)."""
    lang, form = page.page.lang, paths.formats(desk.lens).get(output.format)
    if (
        rendering.paginator is None
        or form is None
        or not form.is_html
        or desk.lens.ask("config", lang, "pagination.disablealiases")
    ):
        return []
    path = paginator.pager_path(desk.lens, lang)
    target = paginator.numbered(output.target, path, 1, always=True, base=form.base_name)
    return [singles.redirect(desk, page, key_of(target), put)]
