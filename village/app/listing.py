"""``village list`` and ``village config``: which content there is, which configuration holds, as Hugo's verbs say."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from village import bundled
from village.site import loader, preparation
from village.site.addresses import urls
from village.site.guard import Guard
from village.site.model import LoadOptions, Page, Site
from village.site.order import ordering

COLUMNS = ("path", "slug", "title", "date", "expiryDate", "publishDate", "draft", "permalink", "kind", "section")
Choice = Callable[[Page, datetime], bool]
CHOICES: dict[str, Choice] = {
    "all": lambda page, now: True,  # noqa: ARG005 - every choice is given both
    "drafts": lambda page, now: page.draft,  # noqa: ARG005
    "future": lambda page, now: page.publish_date is not None and page.publish_date > now,
    "expired": lambda page, now: page.expiry_date is not None and page.expiry_date < now,
    "published": lambda page, now: not any(CHOICES[name](page, now) for name in ("drafts", "future", "expired")),
}


def options(environment: str, **more: Any) -> LoadOptions:
    variables = {name: value for name, value in os.environ.items() if name.startswith("HUGO")}
    folders = (bundled.folder("themes"),)
    return LoadOptions(environment=environment, variables=variables, theme_folders=folders, **more)


def listed(folder: Path, which: str, environment: str) -> str:
    """The content with a file of its own as CSV, in Hugo's columns and order. Raises BuildFailed."""
    everything = which != "published"
    chosen = options(environment, drafts=everything, future=everything, expired=everything)
    site = loader.load(folder, chosen)
    written = io.StringIO()
    rows = csv.writer(written, lineterminator="\n")
    rows.writerow(COLUMNS)
    pages = [page for page in site.pages.values() if page.source and not page.owner and page.build.list == "always"]
    for page in sorted(pages, key=ordering.key):
        if CHOICES[which](page, site.now):
            rows.writerow(row(site, page))
    return written.getvalue()


def row(site: Site, page: Page) -> Iterator[str]:
    """One page's columns."""
    assert page.source is not None
    yield site.harvest.guard.shown(page.source.location)
    yield page.slug
    yield page.title
    yield from map(moment, (page.date, page.expiry_date, page.publish_date))
    yield str(page.draft).lower()
    yield permalink(site, page)
    yield page.kind
    yield page.section


def moment(when: datetime | None) -> str:
    """RFC 3339 as Go writes it, its zero date for none."""
    if when is None:
        return "0001-01-01T00:00:00Z"
    text = when.isoformat(timespec="seconds")
    return f"{text[:-6]}Z" if when.utcoffset() == UTC.utcoffset(None) else text


def permalink(site: Site, page: Page) -> str:
    language = site.languages[page.lang]
    base = (language.base_url or site.base_url).rstrip("/")
    return base + urls.escape(page.outputs[0].url) if page.outputs else ""


def configured(folder: Path, environment: str) -> str:
    """The whole configuration that holds, themes and defaults under the site's own, as JSON. Raises SiteConfigError."""
    chosen = options(environment)
    found = preparation.prepare(folder, chosen, Guard.of(folder, None, chosen.theme_folders))
    return json.dumps(found.config.table, ensure_ascii=False, indent=2, sort_keys=True, default=str)
