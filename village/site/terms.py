"""Taxonomies: the list page of each, a page for each term in use, the pages of each term (hugolib/content_map_page.go)."""

from __future__ import annotations

from village.site import branches, titles, urls
from village.site.bundles import Node
from village.site.harvest import Harvest
from village.site.model import Page, PageId, Site, page_id
from village.site.rules import Rules

Entries = dict[str, dict[str, list[PageId]]]  # plural → path of the term → pages


def root_of(plural: str) -> str:
    """The path of a taxonomy's list."""
    return "/" + urls.normalize(plural)


def path_of(plural: str, term: str) -> str:
    """The path of a term: as written, in lower case with hyphens for spaces; a slash makes a folder."""
    return f"{root_of(plural)}/{urls.normalize(term).strip('/')}"


def add_missing(site: Site, harvest: Harvest, lang: str, own: list[Page]) -> Entries:
    """Make the list and term pages that have no file; returns who is tagged with what."""
    rules = harvest.rules[lang]
    entries: Entries = {plural: {} for plural in rules.taxonomies}
    spelled: dict[str, str] = {}
    for page in sorted((p for p in own if p.terms and not p.owner), key=lambda p: p.path):
        for plural, words in page.terms.items():
            if plural not in entries or page.build.list == "never":
                continue
            for word in words:
                path = path_of(plural, word)
                spelled.setdefault(path, word)
                members = entries[plural].setdefault(path, [])
                if not members or members[-1] != page.id:
                    members.append(page.id)
    for plural in rules.taxonomies:
        if "taxonomy" not in rules.disabled_kinds:
            add_list(site, harvest, lang, plural)
        if "term" not in rules.disabled_kinds:
            for path in entries[plural]:
                add_term(site, harvest, lang, plural, path, spelled[path])
    return entries


def add_list(site: Site, harvest: Harvest, lang: str, plural: str) -> None:
    """The page that lists a taxonomy's terms."""
    key = page_id(lang, root_of(plural))
    if key not in site.pages:
        rules = harvest.rules[lang]
        title = titles.title_case(plural.replace("-", " "), rules.capitalize)
        node = harvest.nodes.get(root_of(plural)) or Node(root_of(plural), "branch", plural, "")
        site.pages[key] = branches.automatic(harvest, node, lang, "taxonomy", title, plural)


def add_term(site: Site, harvest: Harvest, lang: str, plural: str, path: str, word: str) -> None:
    """The page of one term; one with a file keeps its own title."""
    key = page_id(lang, path)
    title = titles.title_case(word, harvest.rules[lang].capitalize)
    present = site.pages.get(key)
    if present is not None and present.kind == "term":
        present.term = present.term or word
        present.title = present.title or title
        return
    if present is None:
        node = Node(path, "branch", f"{plural}/{word.strip('/')}", "")
        site.pages[key] = branches.automatic(harvest, node, lang, "term", title, plural, word)


def lists(site: Site, lang: str, entries: Entries, rules: Rules) -> dict[str, dict[str, list[PageId]]]:
    """Plural → term key → its pages: by the page's weight within the term (0 last), then the default order."""
    rank = {key: index for index, key in enumerate(site.order[lang])}
    result: dict[str, dict[str, list[PageId]]] = {}
    for plural, members in entries.items():
        table = {}
        for path, ids in members.items():
            known = [key for key in ids if key in rank]
            table[path[len(root_of(plural)) + 1 :]] = sorted(
                known, key=lambda key: (*weight(site.pages[key].term_weights.get(plural, 0)), rank[key])
            )
        result[plural] = dict(sorted(table.items()))
    return result


def weight(value: int) -> tuple[bool, int]:
    """A weight as a sort key: 0 comes last."""
    return value == 0, value
