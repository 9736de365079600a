"""From front matter to a Page (hugolib/page__meta.go): the reserved fields, the dates, the address; everything
else is a param.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from village.errors import FrontMatterError
from village.site import dates, tables
from village.site.addresses import aliases, permalinks, targets, titles, urls
from village.site.config.rules import Rules
from village.site.content.bundles import Node
from village.site.model import BuildOptions, Output, Page, Source

DATE_KEYS = frozenset(
    {"date", "lastmod", "modified", "publishdate", "pubdate", "published", "expirydate", "unpublishdate"}
)
NO_OPTIONS = BuildOptions()
BUILD_WORDS = {"list": ("always", "local", "never"), "render": ("always", "link", "never")}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def blank(rules: Rules, path: str, kind: str) -> Page:
    """A page that village makes itself."""
    section = path[1:].split("/", 1)[0] if kind != "home" else ""
    return Page(lang=rules.lang, path=path, kind=kind, section=section, type=section or "page")


def page_section(node: Node) -> str:
    """The top-level section of a page; "" at the root."""
    first, slash, _ = node.path[1:].partition("/")
    return first if slash or node.bundle == "branch" else ""


def fill(page: Page, matter: dict[str, Any], rules: Rules, base: str, source: Source | None) -> None:
    """Read the front matter (lower-cased, cascades applied) into the page. Raises FrontMatterError without a line."""
    params = page.params
    for key, value in matter.items():
        reader = READERS.get(key)
        if reader is not None:
            reader(page, value)
        if key not in DATE_KEYS and key not in ABSENT and not (key in TEXTS and isinstance(value, (list, Mapping))):
            params[key] = PRINTED.get(key, same)(value)
    read_dates(page, matter, rules, base, source)
    read_draft(page, matter)
    if isinstance(matter.get("params"), Mapping):
        params.update(tables.lower_keys(matter["params"]))
    read_terms(page, params, rules)
    params["draft"] = page.draft
    params["iscjklanguage"] = bool(page.is_cjk)
    if page.headless:
        page.build = BuildOptions("never", "never", page.build.publish_resources)


def same(value: Any) -> Any:
    """The value as it is; lists of text stay lists."""
    return value


ABSENT = frozenset({"params", "draft", "iscjklanguage"})
TEXTS = frozenset(
    ("title", "linktitle", "description", "summary", "type", "layout", "translationkey", "url", "markup", "slug")
)
PRINTED: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(TEXTS, tables.text),
    "slug": lambda value: tables.text(value).strip("-"),
    "weight": tables.number,
    "keywords": tables.words,
    "aliases": tables.words,
}


def text_field(name: str) -> Callable[[Page, Any], None]:
    return lambda page, value: setattr(page, name, tables.text(value))


def read_type(page: Page, value: Any) -> None:
    page.type = tables.text(value) or page.type


def read_weight(page: Page, value: Any) -> None:
    page.weight = tables.number(value)


def read_slug(page: Page, value: Any) -> None:
    page.slug = tables.text(value).strip().strip("-")


def read_url(page: Page, value: Any) -> None:
    page.url = path_given("url", tables.text(value))


def read_aliases(page: Page, value: Any) -> None:
    page.aliases = [path_given("aliases", alias) for alias in tables.words(value)]


def path_given(field: str, path: str) -> str:
    """A path of the author's own. Raises FrontMatterError for what no file of a site can be called."""
    if path.startswith(("http://", "https://")):
        raise FrontMatterError(f'{field}: "{path}" must be a path', hint="write it without scheme and host: /about/")
    if "\0" in path:
        raise FrontMatterError(f"{field}: a path cannot have a NUL character", hint="write \\0 in single quotes")
    return path


def read_keywords(page: Page, value: Any) -> None:
    page.keywords = tables.words(value)


def read_headless(page: Page, value: Any) -> None:
    page.headless = tables.truth(value)


def read_cjk(page: Page, value: Any) -> None:
    page.is_cjk = tables.truth(value)


def read_sitemap(page: Page, value: Any) -> None:
    page.sitemap = tables.lower_keys(value) if isinstance(value, Mapping) else {}


def read_menus(page: Page, value: Any) -> None:
    """``menus: main``, a list of names, or a table of entries."""
    if isinstance(value, Mapping):
        found = {
            str(name): tables.lower_keys(entry) if isinstance(entry, Mapping) else {} for name, entry in value.items()
        }
    else:
        found = {name: {} for name in tables.strings(value)}
    page.menus = {**page.menus, **found}


def read_build(page: Page, value: Any) -> None:
    """``build``: words, or the booleans of old; any other word is Hugo's default, even a quoted "false"."""
    if not isinstance(value, Mapping):
        return
    table = tables.lower_keys(value)
    words = {}
    for key, known in BUILD_WORDS.items():
        word = table.get(key, "always")
        word = ("always" if word else "never") if isinstance(word, (bool, int)) else tables.text(word)
        words[key] = word if word in known else "always"
    page.build = BuildOptions(words["list"], words["render"], tables.truth(table.get("publishresources", True), True))


READERS: dict[str, Callable[[Page, Any], None]] = {
    "title": text_field("title"), "linktitle": text_field("link_title"), "description": text_field("description"),
    "summary": text_field("summary"), "type": read_type, "layout": text_field("layout"),
    "translationkey": text_field("translation_key"), "slug": read_slug, "url": read_url, "weight": read_weight,
    "aliases": read_aliases, "keywords": read_keywords, "headless": read_headless, "iscjklanguage": read_cjk,
    "sitemap": read_sitemap, "menus": read_menus, "menu": read_menus, "build": read_build, "_build": read_build,
}  # fmt: skip


def without_reserved(params: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """The params that are an author's own, without copies of what Hugo itself understands."""
    reserved = {*READERS, *DATE_KEYS, *ABSENT, "markup", "resources", "outputs", "cascade"}
    return {key: value for key, value in params.items() if key in own or key not in reserved}


def read_draft(page: Page, matter: Mapping[str, Any]) -> None:
    """``draft``, or its old opposite ``published: false``."""
    if "draft" in matter:
        page.draft = tables.truth(matter["draft"])
    elif isinstance(matter.get("published"), bool):
        page.draft = not matter["published"]


def read_terms(page: Page, matter: Mapping[str, Any], rules: Rules) -> None:
    """The page's terms by taxonomy, and its weight within them (``tags_weight``)."""
    for plural in rules.taxonomies:
        terms: dict[str, str] = {}
        for term in tables.strings(matter.get(plural)):
            if term.strip():
                key = urls.normalize(
                    term
                )  # written twice, "Go" and "go", it is one term and stands where it comes last
                terms[key] = terms.pop(key, term)
        if terms:
            page.terms = {**page.terms, plural: list(terms.values())}
            if f"{plural}_weight" in matter:
                page.term_weights = {**page.term_weights, plural: tables.number(matter[f"{plural}_weight"])}


def read_dates(page: Page, matter: Mapping[str, Any], rules: Rules, base: str, source: Source | None) -> None:
    """The four dates by their chains. Raises FrontMatterError for a field that is no date.

    A date that was found stands among the params under its main name, unless the author wrote that name with
    nothing behind it, and the next chain sees it there: a page with only ``lastmod`` has a date by it, and by
    that date a publish date.
    """
    for key in matter.keys() & DATE_KEYS:
        page.params[key] = matter[key]
    page.date = pick(page, "date", rules, base, source)
    page.lastmod = pick(page, "lastmod", rules, base, source)
    page.publish_date = pick(page, "publishdate", rules, base, source)
    page.expiry_date = pick(page, "expirydate", rules, base, source)


def pick(page: Page, main: str, rules: Rules, base: str, source: Source | None) -> datetime | None:
    """The first date of a chain; the field it comes from is a date among the params as well."""
    params = page.params
    for name in rules.chains[main]:
        if name[0] != ":":
            value = params.get(name)
            if value is None or isinstance(value, bool):
                continue
            when = value if isinstance(value, datetime) and value.tzinfo else parsed(name, value, rules)
            if when is not None:
                params[name] = when
        elif name == ":filename":
            when = named_date(page, rules, base)
        elif name == ":filemodtime":
            when = EPOCH + timedelta(microseconds=source.mtime_ns // 1000) if source else None
        else:
            when = page.git.get("author_date") if name == ":git" else None
        if when is not None:
            params.setdefault(main, when)
            return when
    return None


def parsed(name: str, value: Any, rules: Rules) -> datetime | None:
    """The moment of a field. Raises FrontMatterError."""
    try:
        return dates.parse(value, rules.zone)
    except (ValueError, OverflowError, OSError) as error:
        hint = "write 2026-01-31, or 2026-01-31T10:00:00+01:00"
        raise FrontMatterError(f"{name}: {error}", hint=hint) from error


def named_date(page: Page, rules: Rules, base: str) -> datetime | None:
    """The date of a file name; its rest becomes the slug unless the page has one."""
    text, slug = dates.from_filename(base)
    if not text:
        return None
    if not page.slug:
        page.slug = slug
    return dates.parse(text, rules.zone)


def place(
    page: Page, node: Node, folder: str, rules: Rules, *, sections: list[str], slugs: list[str], formats: list[str]
) -> None:
    """Give the page its outputs and aliases; ``folder`` is its directory (a list's: its whole path) with the
    slugs of sections in it.

    Raises SiteConfigError for a bad permalink pattern.
    """
    spaces = "-" if rules.style.lower else " "  # a path as written is sanitised only, which counts spaces once
    spot = targets.Place(
        kind=page.kind,
        folder=folder.replace(" ", spaces),
        base=page.slug or node.base.replace(" ", spaces) if page.kind == "page" else "",
        url=filled_url(page, node, rules, sections, slugs),
        expanded=filled_permalink(page, node, rules, sections, slugs),
        prefix=rules.prefix,
        tree=rules.tree,
        ugly=rules.is_ugly(page.kind, page.section),
    )
    if page.build.render != "never":
        for name in formats:
            here = replace(spot, main=True) if page.url and name == formats[0] else spot
            target, link = targets.address(here, rules.formats[name], rules.style)
            page.outputs.append(Output(name, "" if page.build.render == "link" else target, link))
            if page.build.render == "link":
                break
    if page.aliases:
        page.aliases = [aliases.resolve(alias, page, rules) for alias in page.aliases]


def facts_of(page: Page, node: Node, sections: list[str], section_slugs: list[str]) -> permalinks.Facts:
    """What permalink tokens may ask of the page."""
    base = node.base or (os.path.basename(node.folder) if page.kind != "term" else page.path.rsplit("/", 1)[-1])
    return permalinks.Facts(
        page.kind, page.path, page.title, page.slug, page.section, sections, section_slugs, base, page.date
    )


def filled_permalink(page: Page, node: Node, rules: Rules, sections: list[str], slugs: list[str]) -> str:
    """The permalink the config wants for the page; "" for none."""
    if not rules.permalinks or page.url or page.kind == "home":
        return ""
    pattern = permalinks.choose(rules.permalinks, page.kind, page.path, rules.lang, rules.environment)
    return permalinks.expand(pattern, facts_of(page, node, sections, slugs), rules.style.urlize) if pattern else ""


def filled_url(page: Page, node: Node, rules: Rules, sections: list[str], slugs: list[str]) -> str:
    """The front matter's url with its tokens filled in."""
    if ":" not in page.url:
        return page.url
    return permalinks.expand(page.url, facts_of(page, node, sections, slugs), rules.style.urlize)


def standing(page: Page, rules: Rules, now: datetime) -> tuple[str, datetime | None]:
    """(why the page is not published now, until when); ("", None) when it is (hugolib/site.go shouldBuild)."""
    if page.draft and not rules.drafts:
        return "draft", None
    if page.publish_date and page.publish_date > now and not rules.future:
        return "future", page.publish_date.astimezone(UTC)
    if page.expiry_date and page.expiry_date < now and not rules.expired:
        return "expired", None
    return "", None


def auto_title(folder: str, rules: Rules) -> str:
    """The title of a section that no file names: its folder as written, as a plural, in title case."""
    name = folder.rsplit("/", 1)[-1]
    return titles.title_case(titles.pluralize(name) if rules.pluralize else name, rules.capitalize)
