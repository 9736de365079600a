"""What differs between the site of the last good build and the site now, as question codes. Pure but for the
lenses it asks.

Pages are compared object by object: whatever replaced a Page is looked at field by field, and only the fields
that some node asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from village.builder.incremental import CONTENT_FIELDS
from village.builder.traces import Traces
from village.render.lens import Lens
from village.render.questions import FIELD_BITS, FIELD_MASK
from village.render.views.page import FIELD_NAMES, PageView
from village.site.model import Page, Site

STRUCTURE = frozenset(
    [
        "site_pages",
        "taxonomy",
        "taxonomy_names",
        "get_page",
        "find",
        "wiki",
        "main_sections",
        "site_lastmod",
        "menu",
        "menu_names",
        "count",
        "any",
        "query",
        "neighbour",
        "groups",
    ]
)
WORDS = frozenset(
    [
        "title",
        "params",
        "copyright",
        "author",
        "social",
        "menus",
        "menu",
        "languages",
        "pagination",
        "services",
        "privacy",
    ]
)
CONFIGURED = frozenset(["config", "site_params", "site_title", "language", "main_sections", "menu", "menu_names"])
TEMPLATES = frozenset(["template", "template_folders", "named", "lookup", "hook", "shortcode"])
FILES = TEMPLATES | {"asset", "assets", "project_text", "project_entry", "project_folder"}
LISTS = ("pages", "regular_pages", "sections", "regular_pages_recursive")
PLACES = ("parent", "ancestors", "current_section", "first_section")
NEIGHBOURS = ("next", "prev")
SIBLINGS = ("next_in_section", "prev_in_section")
FAMILY = ("translations", "all_translations")
BRANCHES = ("home", "section", "taxonomy", "term")
ORDER = ("weight", "date", "link_title", "title")


@dataclass(slots=True)
class Difference:
    """``pages``: ids whose Page object was replaced (added and removed ones apart). ``kinds``: kinds of
    questions to ask again.
    """

    everything: bool = False
    added: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    kinds: set[str] = field(default_factory=lambda: {"now"})
    structure: bool = False
    bodies_only: bool = True


def compare(old: Site, new: Site) -> Difference:
    """What differs, at the grain of pages and tables."""
    found = Difference(everything=environment(old) != environment(new))
    for identity, page in new.pages.items():
        before = old.pages.get(identity)
        if before is None:
            found.added.append(identity)
        elif before is not page and before != page:
            found.replaced.append(identity)
            found.bodies_only = found.bodies_only and same_meta(before, page)
    found.removed = [identity for identity in old.pages if identity not in new.pages]
    lists = old.children != new.children or old.order != new.order or old.taxonomies != new.taxonomies
    found.structure = bool(found.added or found.removed or lists or not found.bodies_only)
    if found.structure:
        found.kinds |= STRUCTURE
    if words(old) != words(new):
        found.kinds |= CONFIGURED
        found.bodies_only = False
    found.bodies_only = found.bodies_only and not found.structure
    if old.menus != new.menus:
        found.kinds |= {"menu", "menu_names"}
    if old.data != new.data:
        found.kinds.add("data")
    if old.i18n != new.i18n:
        found.kinds.add("i18n")
    return found


def environment(site: Site) -> tuple[object, ...]:
    """What everything may depend on: the configuration without the words that are only ever read as questions."""
    languages = {
        lang: (
            one.name,
            one.locale,
            one.direction,
            one.weight,
            one.prefix,
            one.tree,
            one.base_url,
            one.content_dir,
            deep(one.config),
        )
        for lang, one in site.languages.items()
    }
    return deep(site.config), list(languages), languages, site.base_url, site.environment, site.default_language


def deep(config: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in config.items() if key not in WORDS}


def words(site: Site) -> tuple[object, ...]:
    """The rest of the configuration."""
    languages = [
        ({key: one.config.get(key) for key in WORDS}, one.params, one.title) for one in site.languages.values()
    ]
    return {key: site.config.get(key) for key in WORDS}, languages, site.title


def same_meta(old: Page, new: Page) -> bool:
    """Whether only the source text differs."""
    return all(getattr(old, name) == getattr(new, name) for name in Page.__slots__ if name != "source") and (
        (old.source is None) == (new.source is None)
    )


def page_codes(difference: Difference, old: Lens, new: Lens, traces: Traces) -> Iterator[int]:
    """Codes of page fields whose answers differ; content fields are left to the bodies."""
    for identity in difference.removed:
        yield from traces.asked_about(new.numbers.page(identity))
    for identity in difference.replaced:
        number = new.numbers.page(identity)
        yield from differing(identity, traces.asked_about(number), old, new)
    if difference.structure:
        yield from derived_codes(difference, old, new, traces)


def differing(identity: str, codes: Iterable[int], old: Lens, new: Lens) -> Iterator[int]:
    """Of ``codes`` about a page those answered differently."""
    before, after = old.site.pages[identity], new.site.pages[identity]
    for code in codes:
        number = code & FIELD_MASK
        if (number not in CONTENT_FIELDS and answer(old, before, number) != answer(new, after, number)) or (
            number == FEED_ENTRY and feed_facts(before) != feed_facts(after)
        ):
            yield code


FEED_ENTRY = FIELD_NAMES.index("feed_entry")
FIELDS = {
    PageView.__dict__[name].number: PageView.__dict__[name]
    for name in PageView.__dict__
    if hasattr(PageView.__dict__[name], "number")
}


def feed_facts(page: Page) -> tuple[object, ...]:
    return (
        page.title,
        page.publish_date,
        page.lastmod,
        page.outputs,
        page.params.get("author"),
        page.params.get("authors"),
        page.build,
    )


def answer(lens: Lens, page: Page, number: int) -> object:
    """The answer to one field of one page, not noted."""
    if number == 0:
        return page.source.body_digest if page.source else ""
    known = FIELDS.get(number)
    if known is not None:
        with lens.tracing():
            return known.answer(lens, page)
    if number == FIELD_MASK:
        return page.params
    return param(page, lens.numbers.field_names[number].removeprefix("params."))


def param(page: Page, dotted: str) -> object:
    from village.render.views.values import dig  # noqa: PLC0415

    return dig(page.params, dotted)


def derived_codes(difference: Difference, old: Lens, new: Lens, traces: Traces) -> Iterator[int]:
    """Fields of pages that did not change themselves, but whose surroundings may have."""
    touched = set(difference.added) | set(difference.removed) | set(difference.replaced)
    branches = [
        identity for identity, page in new.site.pages.items() if page.kind in BRANCHES and identity in old.site.pages
    ]
    for identity in branches:
        yield from differing_named(identity, LISTS, old, new)
    if old.site.order != new.site.order:
        yield from shifted(NEIGHBOURS, old, new)
    for identity in branches:
        yield from shifted_siblings(identity, old, new)
    if any(is_branch(identity, old.site) or is_branch(identity, new.site) for identity in touched):
        for identity in new.site.pages.keys() & old.site.pages.keys():
            yield from differing_named(identity, PLACES, old, new)
    if len(new.site.languages) > 1:
        for identity in relatives(touched, old, new):
            yield from differing_named(identity, FAMILY, old, new)
    yield from term_codes(touched, old, new)
    del traces


def is_branch(identity: str, site: Site) -> bool:
    page = site.pages.get(identity)
    return page is not None and page.kind in BRANCHES


def differing_named(identity: str, names: Iterable[str], old: Lens, new: Lens) -> Iterator[int]:
    base = new.numbers.page(identity) << FIELD_BITS
    yield from differing(identity, [base | FIELD_NAMES.index(name) for name in names], old, new)


def shifted(names: tuple[str, str], old: Lens, new: Lens) -> Iterator[int]:
    """Neighbours in the whole site: compared as tables, because every page has them."""
    for lang in new.site.languages:
        before, after = neighbours(old, lang), neighbours(new, lang)
        for identity, pair in after.items():
            if before.get(identity) != pair:
                base = new.numbers.page(identity) << FIELD_BITS
                yield from (base | FIELD_NAMES.index(name) for name in names)


def neighbours(lens: Lens, lang: str) -> dict[str, tuple[str, str]]:
    with lens.tracing():
        ids = lens.ask("site_pages", lang, "regular")
    return {
        identity: (ids[at - 1] if at else "", ids[at + 1] if at + 1 < len(ids) else "")
        for at, identity in enumerate(ids)
    }


def shifted_siblings(section: str, old: Lens, new: Lens) -> Iterator[int]:
    if old.site.children.get(section) == new.site.children.get(section) and section in old.site.pages:
        return
    for identity in new.site.children.get(section, ()):
        if identity in old.site.pages:
            yield from differing_named(identity, SIBLINGS, old, new)


def relatives(touched: Iterable[str], old: Lens, new: Lens) -> set[str]:
    """Pages that are translations of a touched page, before or now."""
    from village.site.order import queries  # noqa: PLC0415

    found: set[str] = set()
    for identity in touched:
        for lens in (old, new):
            if identity in lens.site.pages:
                found.update(queries.all_translations(lens.site, identity))
    return {identity for identity in found if identity in old.site.pages and identity in new.site.pages}


def term_codes(touched: set[str], old: Lens, new: Lens) -> Iterator[int]:
    """Pages whose term pages came, went or were renamed."""
    terms = [identity for identity in touched if (identity in old.site.pages) != (identity in new.site.pages)]
    if not any(is_branch(identity, old.site) or is_branch(identity, new.site) for identity in terms):
        return
    for identity, page in new.site.pages.items():
        if page.terms and identity in old.site.pages:
            yield from differing_named(identity, ("terms",), old, new)
