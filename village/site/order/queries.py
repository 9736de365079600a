"""Questions about a site, answered from its order; pure, and worked out once per site.

Lists are lists of page ids. "Listed" follows Hugo's ``build.list``: never = in no list, local = only in its
section's lists.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from village.site.addresses import taxonomies, urls
from village.site.model import Page, PageId, Site, page_id
from village.site.order import ordering
from village.site.pages import standing

DATED = frozenset({"page", "section", "home"})


def remembered(site: Site, name: str, make: Callable[[], Any]) -> Any:
    """The answer of ``make``, kept with the site."""
    try:
        return site.index[name]
    except KeyError:
        answer = site.index[name] = make()
        return answer


def pages(site: Site, lang: str) -> list[PageId]:
    """site.Pages: every page of every kind that is listed, in the default order."""
    return remembered(
        site, f"pages {lang}", lambda: [k for k in site.order.get(lang, []) if site.pages[k].build.list == "always"]
    )


def regular_pages(site: Site, lang: str) -> list[PageId]:
    """site.RegularPages."""
    return remembered(site, f"regular {lang}", lambda: [k for k in pages(site, lang) if site.pages[k].kind == "page"])


def all_pages(site: Site) -> list[PageId]:
    """site.AllPages: the pages of every language."""
    return remembered(site, "all", lambda: [key for lang in site.languages for key in pages(site, lang)])


def home(_site: Site, lang: str) -> PageId:
    """The home page of a language."""
    return page_id(lang, "/")


def sections(site: Site, lang: str) -> list[PageId]:
    """site.Sections: the top-level sections."""
    return section_list(site, home(site, lang))


def local(site: Site, keys: list[PageId]) -> list[PageId]:
    """Those that may stand in a section's own lists."""
    return [key for key in keys if site.pages[key].build.list != "never"]


def child_pages(site: Site, key: PageId) -> list[PageId]:
    """page.Pages: a section's pages and sections, a taxonomy's terms, a term's pages; [] for a regular page."""
    page = site.pages[key]
    if page.kind == "term":
        return term_pages(site, key)
    return remembered(site, f"children {key}", lambda: local(site, child_keys(site, page)))


def child_keys(site: Site, page: Page) -> list[PageId]:
    """The direct children of a branch, those that belong into its Pages by kind."""
    wanted = {"taxonomy": {"term"}}.get(page.kind, {"page", "section"})
    return [key for key in site.children.get(page.id, ()) if site.pages[key].kind in wanted]


def child_regular_pages(site: Site, key: PageId) -> list[PageId]:
    """page.RegularPages: the direct children of kind page."""
    page = site.pages[key]
    if page.kind == "term":
        return term_pages(site, key)  # as in Hugo: sections with the term as well
    return remembered(
        site,
        f"regular {key}",
        lambda: local(site, [k for k in site.children.get(key, ()) if site.pages[k].kind == "page"]),
    )


def section_list(site: Site, key: PageId) -> list[PageId]:
    """page.Sections: the direct sections below."""
    if site.pages[key].kind not in {"home", "section"}:
        return []
    return remembered(
        site, f"sections {key}", lambda: [k for k in child_pages(site, key) if site.pages[k].kind == "section"]
    )


def recursive_pages(site: Site, key: PageId) -> list[PageId]:
    """page.RegularPagesRecursive: every regular page at or below a branch, in the default order."""
    return remembered(site, f"recursive {key}", lambda: descend(site, key))


def descend(site: Site, key: PageId) -> list[PageId]:
    """The regular pages of a subtree."""
    page = site.pages[key]
    if page.kind == "term":
        return child_regular_pages(site, key)
    if page.kind == "page":
        return []
    if page.kind == "home":
        return [
            k
            for k in site.order.get(page.lang, ())
            if site.pages[k].kind == "page" and site.pages[k].build.list != "never"
        ]
    within, waiting = set(), [key]
    while waiting:
        for child in site.children.get(waiting.pop(), ()):
            kind = site.pages[child].kind
            if kind == "page":
                within.add(child)
            else:
                waiting.append(child)
    return [
        child for child in site.order.get(page.lang, ()) if child in within and site.pages[child].build.list != "never"
    ]


def positions(site: Site, name: str, keys: Callable[[], list[PageId]]) -> dict[PageId, int]:
    """Where each page of a list stands."""
    return remembered(site, f"at {name}", lambda: {key: index for index, key in enumerate(keys())})


def next_page(site: Site, key: PageId, step: int = -1) -> PageId | None:
    """page.Next: the newer neighbour among the site's regular pages (``step`` 1: page.Prev, the older). None at
    the end.
    """
    lang = site.pages[key].lang
    if option(site, lang, "nextprevsortorder") == "asc":
        step = -step
    where = positions(site, f"site {lang}", lambda: regular_pages(site, lang))
    return neighbour(regular_pages(site, lang), where.get(key), step)


def prev_page(site: Site, key: PageId) -> PageId | None:
    """page.Prev: the older neighbour."""
    return next_page(site, key, 1)


def next_in_section(site: Site, key: PageId, step: int = -1) -> PageId | None:
    """page.NextInSection: the newer neighbour among the regular pages of the page's own section."""
    page = site.pages[key]
    above = site.pages.get(page.parent)
    if page.kind != "page" or above is None or above.kind in ("taxonomy", "term"):  # Hugo knows no section there
        return None
    if option(site, page.lang, "nextprevinsectionsortorder") == "asc":
        step = -step
    where = positions(site, f"section {above.id}", lambda: child_regular_pages(site, above.id))
    return neighbour(child_regular_pages(site, above.id), where.get(key), step)


def prev_in_section(site: Site, key: PageId) -> PageId | None:
    """page.PrevInSection: the older neighbour in the section."""
    return next_in_section(site, key, 1)


def neighbour(keys: list[PageId], at: int | None, step: int) -> PageId | None:
    """The page next to a place in a list."""
    if at is None or not 0 <= at + step < len(keys):
        return None
    return keys[at + step]


def option(site: Site, lang: str, name: str) -> str:
    """A word of the config's ``page`` table."""
    return str((site.languages[lang].config.get("page") or {}).get(name, "desc")).lower()


def ancestors(site: Site, key: PageId) -> list[PageId]:
    """page.Ancestors: the branches above, nearest first, home last."""
    found: list[PageId] = []
    above = site.pages[key].parent
    while above and above in site.pages and above not in found:
        found.append(above)
        above = site.pages[above].parent
    return found


def current_section(site: Site, key: PageId) -> PageId:
    """page.CurrentSection: the page itself where it is a branch, else the branch it stands in."""
    page = site.pages[key]
    return key if page.kind != "page" else page.parent


def first_section(site: Site, key: PageId) -> PageId:
    """page.FirstSection: the outermost branch below home; home for pages at the root."""
    current = current_section(site, key)
    chain = [current, *ancestors(site, current)]
    return chain[-2] if len(chain) > 1 else chain[-1]


def translation_key(page: Page) -> str:
    """What translations share: the front matter's key, or the logical path."""
    return f"key {page.translation_key}" if page.translation_key else page.path


def stands(site: Site, page: Page) -> bool:
    """Whether a page is published at the site's moment; a branch that is not stays for its pages only."""
    return not standing(page, site.harvest.rules[page.lang], site.now)[0]


def groups(site: Site) -> dict[tuple[str, str], list[PageId]]:
    """Kind and translation key → the pages in all languages, in the order of the languages' weights, of equals by
    date, link title and file (languagePageSort)."""

    def make() -> dict[tuple[str, str], list[PageId]]:
        found: dict[tuple[str, str], list[PageId]] = {}
        for lang in site.languages:
            for key in site.order.get(lang, ()):
                page = site.pages[key]
                if page.build.render != "never" and (page.outputs or stands(site, page)):
                    found.setdefault((page.kind, translation_key(page)), []).append(key)
        weights = [language.weight for language in site.languages.values()]
        if len(set(weights)) < len(weights):
            for keys in found.values():
                keys.sort(key=by_language)
        return found

    def by_language(key: PageId) -> tuple[Any, ...]:
        page = site.pages[key]
        weight = site.languages[page.lang].weight
        return (weight == 0, weight, *ordering.key(page)[2:4], page.source.location if page.source else "")

    answer: dict[tuple[str, str], list[PageId]] = remembered(site, "translations", make)
    return answer


def all_translations(site: Site, key: PageId) -> list[PageId]:
    """page.AllTranslations: the page in every language it has, itself included."""
    page = site.pages[key]
    return groups(site).get((page.kind, translation_key(page)), [key])


def translations(site: Site, key: PageId) -> list[PageId]:
    """page.Translations: the page in the other languages."""
    return [other for other in all_translations(site, key) if other != key]


def taxonomy(site: Site, lang: str, plural: str) -> dict[str, list[PageId]]:
    """site.Taxonomies.<plural>: term key → its pages (by weight in the term, then the default order), by key."""
    return remembered(
        site,
        f"taxonomy {lang} {plural}",
        lambda: site.taxonomies.get(lang, {}).get(plural, {}),
    )


def by_count(site: Site, lang: str, plural: str) -> list[tuple[str, int]]:
    """(term key, number of pages), most first, then by key: Taxonomy.ByCount."""
    return sorted(
        ((term, len(keys)) for term, keys in taxonomy(site, lang, plural).items()), key=lambda pair: (-pair[1], pair[0])
    )


def term_page(site: Site, lang: str, plural: str, term: str) -> PageId | None:
    """The page of a term key; None where term pages are switched off."""
    key = page_id(lang, taxonomies.path_of(plural, term))
    return key if key in site.pages else None


def term_pages(site: Site, key: PageId) -> list[PageId]:
    """The pages of a term's page."""
    page = site.pages[key]
    term = urls.lower(page.term)
    return remembered(site, f"term {key}", lambda: local(site, taxonomy(site, page.lang, page.taxonomy).get(term, [])))


def page_terms(site: Site, key: PageId, plural: str) -> list[PageId]:
    """page.GetTerms: the term pages of a page, in the order it names them."""
    page = site.pages[key]
    found = (term_page(site, page.lang, plural, term) for term in page.terms.get(plural, ()))
    return local(site, list(dict.fromkeys(term for term in found if term)))


def main_sections(site: Site, lang: str) -> list[str]:
    """site.MainSections: as configured, else the section with the most regular pages."""
    config = site.languages[lang].config
    wanted = config.get("mainsections")
    if wanted is None:
        wanted = config.get("params", {}).get("mainsections")
    if wanted is not None:
        return [wanted] if isinstance(wanted, str) else [str(name) for name in wanted]
    return remembered(site, f"main {lang}", lambda: fullest(site, lang))


def fullest(site: Site, lang: str) -> list[str]:
    """The top-level section with the most pages."""
    counts: dict[str, int] = {}
    for key in site.order.get(lang, ()):
        page = site.pages[key]
        if page.kind == "page":
            counts[page.section] = counts.get(page.section, 0) + 1
    named = [name for name in counts if name]
    return [
        min(named, key=lambda name: (-counts[name], name), default="")
    ]  # Hugo leaves the choice between equals to chance


def lastmod(site: Site, lang: str) -> datetime | None:
    """site.Lastmod: the newest of all pages, sections and home; terms do not count."""
    mine = (page for page in site.pages.values() if page.lang == lang and page.lastmod and not page.owner)
    return max((page.lastmod for page in mine if page.lastmod and page.kind in DATED), default=None)
