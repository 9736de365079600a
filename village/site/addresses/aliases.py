"""Old addresses of a page (hugolib/alias.go, page__output.go)."""

from __future__ import annotations

import posixpath

from village.errors import FrontMatterError
from village.site.config.rules import Rules
from village.site.model import Page


def resolve(alias: str, page: Page, rules: Rules) -> str:
    """The output path of an alias: ``/old``, or a file as ``/old.html``. Raises FrontMatterError for one that is
    the root itself.

    With a leading slash it is below the language's root, without one below the page's parent folder; ``..``
    never leaves the root. A query goes, for no file is asked for by one, unless it is all there is (``/?p=12``, the
    address of a post in WordPress): Hugo makes a folder of that name, so such a site is no mistake.
    """
    whole = alias.strip().replace("\\", "/")
    path = whole.split("?", 1)[0].split("#", 1)[0]
    if not path.strip("/") and whole.strip("/"):
        path = whole
    prefix = rules.prefix
    if not path.startswith("/"):
        link = page.outputs[0].url if page.outputs else f"{rules.prefix}{page.path}/"
        path, prefix = f"{posixpath.dirname(link.rstrip('/'))}/{path}", ""
    tidy = posixpath.normpath("/" + path.lstrip("/"))
    if tidy == "/":
        hint = "the home page is already there"
        raise FrontMatterError(f'aliases: "{alias}" is the root of the site', hint=hint)
    place = rules.tree + prefix + tidy
    ugly = rules.is_ugly(page.kind, page.section) and not place.endswith((".html", ".htm"))
    return f"{place}.html" if ugly else place


def target(alias: str) -> str:
    """The output file of an alias."""
    return alias if alias.endswith((".html", ".htm")) else f"{alias}/index.html"
