"""Home and sections that no file names, the lists of every branch, and the dates that branches take from their
pages.
"""

from __future__ import annotations

from collections.abc import Container
from datetime import datetime
from typing import Any

from village.site import cascade, pages
from village.site.content.bundles import Node
from village.site.content.harvest import Harvest, add_resources, cascades_for, folder_for, formats_of, section_facts
from village.site.model import Page, PageId, Site, page_id
from village.site.order import queries


def add_missing(site: Site, harvest: Harvest, lang: str) -> None:
    """The home page, and a section for each top-level folder that holds pages of this language."""
    wanted = {"/": "home"}
    for page in harvest.pages.values():  # drafts too: their section is there before they are
        if page.lang == lang and page.kind in {"page", "section"} and not page.owner:
            top, slash, _ = page.path[1:].partition("/")
            if slash:
                wanted.setdefault(f"/{top}", "section")
    for plural in harvest.rules[lang].taxonomy_folders:  # a page below content/tags/ is under the taxonomy
        wanted.pop("/" + plural.replace(" ", "-"), None)
    for path, kind in wanted.items():
        key = page_id(lang, path)
        if key not in site.pages:
            node = harvest.nodes.get(path) or Node(path, "branch", path.strip("/"), "")
            title = site.languages[lang].title if kind == "home" else pages.auto_title(node.folder, harvest.rules[lang])
            site.pages[key] = automatic(harvest, node, lang, kind, title)


def automatic(
    harvest: Harvest, node: Node, lang: str, kind: str, title: str, *, taxonomy: str = "", term: str = ""
) -> Page:
    """A page that no file names, with what is handed down to it."""
    rules = harvest.rules[lang]
    page = pages.blank(rules, node.path, kind)
    page.bundle, page.taxonomy, page.term, page.title = "branch", taxonomy, term, title
    page.parent = parent(kind, taxonomy, lang)
    chain = cascades_for(harvest, page)
    matter: dict[str, Any] = cascade.apply({}, chain, page, rules.environment) if chain else {}
    pages.fill(page, matter, rules, "", None)
    if kind in rules.disabled_kinds:
        page.build.list, page.build.render = "never", "never"
    sections, slugs = section_facts(harvest, page)
    formats = formats_of(matter.get("outputs"), kind, rules)
    pages.place(page, node, folder_for(harvest, page, node), rules, sections=sections, slugs=slugs, formats=formats)
    if node.resources:
        add_resources(harvest, page, node, rules, matter)
        page.resources = [each for each in page.resources if not each.page]  # pages belong to a file's own bundle
    return page


def parent(kind: str, taxonomy: str, lang: str) -> PageId:
    """A term stands under its taxonomy, everything else here under home."""
    if kind == "home":
        return ""
    return page_id(lang, "/" + taxonomy.replace(" ", "-") if kind == "term" else "/")


def children(ranked: list[Page]) -> dict[PageId, list[PageId]]:
    """Each branch's pages and sections (its terms, for a taxonomy), in the default order."""
    lists: dict[PageId, list[PageId]] = {page.id: [] for page in ranked if page.kind != "page"}
    for page in ranked:
        if page.parent and page.kind != "taxonomy":
            lists.setdefault(page.parent, []).append(page.id)
    return lists


def aggregate_dates(site: Site, dated: list[Page], lists: list[Page], entries: Any) -> None:
    """A branch without a date of its own takes the newest of its pages (content_map_page_assembler.go,
    applyAggregates).

    ``dated`` are the pages whose dates count: regular ones, and sections with a date of their own; ``lists``
    are all branches, ``entries`` says who is tagged with what.
    """
    bare = {page.id: page for page in lists if undated(page)}
    above = {page.id: page.parent for page in lists}
    direct: dict[PageId, list[Page]] = {}
    for page in dated:
        direct.setdefault(page.parent, []).append(page)
    for key, members in direct.items():
        newest = newest_of(members, site.now)
        while key:
            if key in bare:
                take(bare[key], *newest)
            key = above.get(key, "")  # noqa: PLW2901
    for plural, table in entries.items():
        root = bare.get(page_id(lists[0].lang, "/" + plural.replace(" ", "-")))
        for path, tagged in table.items():
            term = bare.get(page_id(lists[0].lang, path))
            if term or root:
                members = [site.pages[key] for key in tagged.pages]
                if term:  # home, and terms that took their date from others, count for the taxonomy only
                    take(term, *newest_of([page for page in members if counts(page, bare)], site.now))
                if root:
                    take(root, *newest_of(members, site.now))
        if root:  # the terms' own dates count, whoever is tagged with them
            below = [
                page for page in lists if page.taxonomy == plural and page is not root and queries.stands(site, page)
            ]
            take(root, *newest_of(below, site.now))


def counts(page: Page, bare: Container[PageId]) -> bool:
    """Whether the dates of a tagged page are those of its term too."""
    return page.kind in {"page", "section"} or (page.kind != "home" and page.id not in bare)


Dates = tuple[datetime | None, datetime | None, datetime | None]


def newest_of(members: list[Page], now: datetime) -> Dates:
    """The newest date, lastmod and past publish date of some pages."""
    return (
        max([page.date for page in members if page.date], default=None),
        max([page.lastmod for page in members if page.lastmod], default=None),
        max([page.publish_date for page in members if page.publish_date and page.publish_date <= now], default=None),
    )


def undated(page: Page) -> bool:
    """Whether none of the four dates is given."""
    return not (page.date or page.lastmod or page.publish_date or page.expiry_date)


def take(branch: Page, date: datetime | None, lastmod: datetime | None, published: datetime | None) -> None:
    """Newer dates go into a branch."""
    if date and (branch.date is None or date > branch.date):
        branch.date = date
    if lastmod and (branch.lastmod is None or lastmod > branch.lastmod):
        branch.lastmod = lastmod
    if published and (branch.publish_date is None or published > branch.publish_date):
        branch.publish_date = published
