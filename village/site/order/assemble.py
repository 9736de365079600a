"""From what was read to the site of one moment: who is published, who stands under whom, in which order."""

from __future__ import annotations

import copy
from datetime import datetime

from village.errors import AuthorError, BuildFailed, FrontMatterError, SiteConfigError, UrlTaken
from village.site import guard, pages
from village.site.config import mistakes
from village.site.content.harvest import Harvest
from village.site.model import BuildOptions, Language, LoadOptions, Page, PageId, Site, Skipped
from village.site.order import branches, menus, ordering, terms


def assemble(harvest: Harvest, options: LoadOptions, now: datetime) -> Site:
    """The site at ``now``. Raises BuildFailed with every error of the reading and of the assembly."""
    config = harvest.config.table
    default = str(config.get("defaultcontentlanguage") or "en").lower()
    main = harvest.languages.get(default) or next(iter(harvest.languages.values()))
    site = Site(
        folder=harvest.guard.folder,
        config=config,
        languages=harvest.languages,
        base_url=str(config.get("baseurl") or ""),
        title=main.title,
        default_language=main.lang,
        environment=options.environment,
        layers=harvest.layers,
        themes=[theme.name for theme in harvest.config.themes],
        now=now,
        options=options,
        harvest=harvest,
    )
    errors: list[AuthorError] = list(harvest.errors)
    publish(site, harvest, now)
    for language in harvest.languages.values():
        try:
            people(site, harvest, language)
        except (SiteConfigError, FrontMatterError) as error:
            errors.append(error)
    site.data = harvest.data
    site.i18n = harvest.i18n
    site.next_moment = next_moment(site)
    errors += taken(site)
    site.warnings = [*harvest.config.warnings, *harvest.guard.warnings, *harvest.warnings, *harvest.hidden]
    site.warnings += menus.astray(site)
    if errors:
        raise BuildFailed([mistakes.located(error, harvest.config.files, harvest.guard) for error in errors])
    return site


def publish(site: Site, harvest: Harvest, now: datetime) -> None:
    """Take over the pages that are published now; a branch that is not stays for the structure, hidden."""
    for page in harvest.pages.values():
        rules = harvest.rules[page.lang]
        reason, until = pages.standing(page, rules, now)
        if page.owner:  # a resource of its bundle, draft or not
            site.pages[page.id] = page
            continue
        if reason:
            site.skipped.append(Skipped(page.source.path if page.source else page.path, reason, until))
            if page.kind == "page":
                continue
        if page.taxonomy in rules.closed:
            continue
        hidden = bool(reason) or page.kind in rules.disabled_kinds
        if page.kind != "page":  # its dates may be those of its pages: the page as read stays as it is
            page = copy.copy(page)  # noqa: PLW2901
        if page.kind == "term" and "term" in rules.disabled_kinds:
            continue
        if hidden and page.kind != "page":
            page.outputs, page.build = [], BuildOptions("never", "never", False)
        elif hidden:
            continue
        site.pages[page.id] = page
    orphans = [key for key, page in site.pages.items() if page.owner and page.owner not in site.pages]
    for key in orphans:
        del site.pages[key]


def people(site: Site, harvest: Harvest, language: Language) -> None:
    """Fill one language: automatic branches, terms, lists, dates, menus."""
    lang = language.lang
    branches.add_missing(site, harvest, lang)
    mine = [page for page in site.pages.values() if page.lang == lang]
    # No two pages of a language share a path, the last part of the key: pages themselves are never compared.
    placed = sorted((ordering.key(page), page) for page in mine if page.kind == "page" and not page.owner)
    ranked = [page for _, page in placed]
    marked = [page for page in mine if page.kind != "page" and page.terms]
    entries = terms.collect([*ranked, *sorted(marked, key=ordering.key)], harvest.rules[lang])
    terms.add_missing(site, harvest, lang, entries)
    lists = [page for page in site.pages.values() if page.lang == lang and page.kind != "page"]
    own = [page for page in lists if page.kind == "section" or (page.kind == "taxonomy" and page.source)]
    branches.aggregate_dates(site, [*ranked, *own], lists, entries)
    if marked:  # the dates of lists, by which their terms order them as well, are known only now
        terms.reorder(site, entries, {page.id for page in marked})
    ranked = [page for _, page in sorted([*placed, *((ordering.key(page), page) for page in lists)])]
    site.order[lang] = [page.id for page in ranked]
    site.children.update(branches.children(ranked))
    site.taxonomies[lang] = terms.lists(site, lang, entries)
    site.menus[lang] = menus.build(site, language)


def taken(site: Site) -> list[AuthorError]:
    """An error for each address that two files want, naming both. A list or a term that no file names gives way with a
    warning of the builder's: its address follows from a word, and "q" and "q?" are one."""
    holders: dict[str, PageId] = {}
    errors: list[AuthorError] = []
    for key, page in site.pages.items():
        for output in page.outputs if page.source else ():
            if not output.target:
                continue
            other = holders.setdefault(output.target, key)
            if other != key and not same_file(site.pages[other], page):
                errors.append(conflict(output.url, site.pages[other], page, str(site.folder)))
    return errors


def same_file(one: Page, other: Page) -> bool:
    """Whether two pages are one file, read in two languages (mounts.nested): the builder says whose address it is."""
    return one.source is not None and other.source is not None and one.source.location == other.source.location


def conflict(url: str, one: Page, other: Page, folder: str) -> UrlTaken:
    """Two files for one URL."""
    names = sorted(guard.relative(page.source.location, folder) for page in (one, other) if page.source)
    return UrlTaken(
        f"{names[0]} and {names[-1]} both want {url}",
        file=names[-1],
        line=1,
        hint="give one of them another `slug` or `url`",
    )


def next_moment(site: Site) -> datetime | None:
    """When a page next appears or expires by itself; None when none will."""
    moments = []
    for page in site.harvest.pages.values():
        rules = site.harvest.rules[page.lang]
        if page.draft and not rules.drafts:
            continue
        if page.publish_date and page.publish_date > site.now and not rules.future:
            moments.append(page.publish_date)
        if page.expiry_date and page.expiry_date >= site.now and not rules.expired:
            moments.append(page.expiry_date)
    return min(moments, default=None)
