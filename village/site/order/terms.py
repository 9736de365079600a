"""Taxonomies: the list page of each, a page for each term in use, the pages of each term
(hugolib/content_map_page.go).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from village.site.addresses import taxonomies, titles, urls
from village.site.config.rules import Rules
from village.site.content.bundles import Node
from village.site.content.harvest import Harvest
from village.site.model import Page, PageId, Site, page_id
from village.site.order import branches, ordering


@dataclass(slots=True)
class Tagged:
    """A term in use: as it is written on the first page by path, and its pages in the default order."""

    word: str
    first: str
    pages: list[PageId] = field(default_factory=list)


Entries = dict[str, dict[str, Tagged]]  # plural → path of the term → who has it


def collect(ranked: list[Page], rules: Rules) -> Entries:
    """Who is tagged with what; ``ranked`` are the regular pages in the default order."""
    entries: Entries = {plural: {} for plural in rules.taxonomies}
    for page in ranked if "term" not in rules.disabled_kinds else ():
        if not page.terms or page.build.render == "never":
            continue
        key, path = page.id, page.path
        for plural, words in page.terms.items():
            table = entries[plural]
            for word in words:
                where = taxonomies.path_of(plural, word)
                tagged = table.get(where)
                if tagged is None:
                    tagged = table[where] = Tagged(word, path)
                elif word != tagged.word and path < tagged.first:
                    tagged.word, tagged.first = word, path
                if not tagged.pages or tagged.pages[-1] != key:
                    tagged.pages.append(key)
    return entries


def add_missing(site: Site, harvest: Harvest, lang: str, entries: Entries) -> None:
    """Make the list and term pages that have no file."""
    rules = harvest.rules[lang]
    for plural in rules.taxonomies:
        add_list(site, harvest, lang, plural)  # where the kind is disabled, it is there for its terms only
        for path, tagged in entries[plural].items():
            add_term(site, harvest, lang, plural, path, word=tagged.word)


def add_list(site: Site, harvest: Harvest, lang: str, plural: str) -> None:
    """The page that lists a taxonomy's terms."""
    key = page_id(lang, taxonomies.root_of(plural))
    if key not in site.pages:
        rules = harvest.rules[lang]
        title = titles.title_case(plural.replace("-", " "), rules.capitalize)
        node = harvest.nodes.get(taxonomies.root_of(plural)) or Node(taxonomies.root_of(plural), "branch", plural, "")
        site.pages[key] = branches.automatic(harvest, node, lang, "taxonomy", title, taxonomy=plural)


def add_term(site: Site, harvest: Harvest, lang: str, plural: str, path: str, *, word: str) -> None:
    """The page of one term; one with a file keeps its own title."""
    key = page_id(lang, path)
    title = titles.title_case(word, harvest.rules[lang].capitalize)
    present = site.pages.get(key)
    if present is not None and present.kind == "term":
        present.term = word
        return
    if present is None:
        node = Node(path, "branch", f"{plural}/{word.strip('/')}", "")
        site.pages[key] = branches.automatic(harvest, node, lang, "term", title, taxonomy=plural, term=word)


def reorder(site: Site, entries: Entries, moved: set[PageId]) -> None:
    """Put the pages of every term that has one of ``moved`` into the default order again."""
    for table in entries.values():
        for tagged in table.values():
            if not moved.isdisjoint(tagged.pages):
                tagged.pages.sort(key=lambda key: ordering.key(site.pages[key]))


def lists(site: Site, lang: str, entries: Entries) -> dict[str, dict[str, list[PageId]]]:
    """Plural → term key → its pages: by the page's weight within the term, then the default order."""
    result: dict[str, dict[str, list[PageId]]] = {}
    for plural, table in entries.items():
        found = {urls.lower(tagged.word): tagged.pages for tagged in table.values()}
        for term, keys in found.items():
            if any(site.pages[key].term_weights for key in keys):
                found[term] = sorted(keys, key=lambda key: site.pages[key].term_weights.get(plural, 0))
        result[plural] = dict(sorted(found.items(), key=lambda entry: ordering.collate(entry[0], lang)))
    return result
