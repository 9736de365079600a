"""Menus: from the config, from front matter, from sections (navigation/menu.go, hugolib/site.go assembleMenus)."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from village.errors import AuthorError, SiteConfigError
from village.site import tables
from village.site.addresses import urls
from village.site.config import mistakes
from village.site.model import Language, MenuEntry, Page, Site, page_id
from village.site.order import ordering


def build(site: Site, language: Language) -> dict[str, list[MenuEntry]]:
    """Every menu of a language, nested and sorted."""
    flat: dict[str, dict[str, MenuEntry]] = {}
    for menu, entries in (language.config.get("menus") or {}).items():
        for table in entries if isinstance(entries, list) else []:
            if isinstance(table, Mapping):
                add(flat, menu, configured(site, language, tables.lower_keys(table)))
    own = [page for page in map(site.pages.__getitem__, site.order[language.lang]) if page.build.list == "always"]
    add_sections(flat, str(language.config.get("sectionpagesmenu") or ""), own)
    for page in own:
        for menu, table in page.menus.items():
            add(flat, menu.lower(), from_page(page, table))
    return {menu: nest(entries) for menu, entries in flat.items()}


def add(flat: dict[str, dict[str, MenuEntry]], menu: str, entry: MenuEntry) -> None:
    flat.setdefault(menu, {})[entry.identifier or entry.name] = entry


def configured(site: Site, language: Language, table: Mapping[str, Any]) -> MenuEntry:
    """An entry of the config; ``pageRef`` makes it the page's."""
    entry = from_table(table)
    reference = tables.text(table.get("pageref") or "")
    page = find(site, language.lang, reference) if reference else None
    if page is not None:
        entry.page = page.id
        entry.url = entry.url or (page.outputs[0].url if page.outputs else "")
        entry.name = entry.name or page.link_title or page.title
        entry.weight = entry.weight or page.weight
    return entry


def astray(site: Site) -> list[AuthorError]:
    """A warning for each ``pageRef`` of the config that names no page in any language, drafts included."""
    known = {page.path for page in (*site.pages.values(), *site.harvest.pages.values())}
    found: dict[str, AuthorError] = {}
    for language in site.languages.values():
        for menu, entries in (language.config.get("menus") or {}).items():
            for table in entries if isinstance(entries, list) else []:
                entry = tables.lower_keys(table) if isinstance(table, Mapping) else {}
                reference = tables.text(entry.get("pageref") or "")
                if reference and not entry.get("url") and not known.intersection(paths_of(reference)):
                    near = difflib.get_close_matches(paths_of(reference)[0], known, n=1)
                    hint = f'did you mean "{near[0]}"?' if near else "pageRef is a path below content/, as /posts/hello"
                    message = f'menus.{menu}: pageRef "{reference}" names no page'
                    found.setdefault(message, SiteConfigError(message, file="config", hint=hint))
    return [mistakes.located(each, site.harvest.config.files, site.harvest.guard) for each in found.values()]


def paths_of(reference: str) -> list[str]:
    """The logical paths that a ``pageRef`` may mean."""
    path = "/" + urls.normalize(reference.strip("/"))
    endings = (".md", "/_index.md", "/index.md")
    return [path, *(path.removesuffix(ending) or "/" for ending in endings)]


def find(site: Site, lang: str, reference: str) -> Page | None:
    """The page of a ``pageRef``: a logical path, with or without slashes and extension."""
    for candidate in paths_of(reference):
        page = site.pages.get(page_id(lang, candidate))
        if page is not None:
            return page
    return None


def from_table(table: Mapping[str, Any]) -> MenuEntry:
    """What an entry says itself."""
    params = table.get("params")
    return MenuEntry(
        identifier=tables.text(table.get("identifier") or ""),
        name=tables.text(table.get("name") or ""),
        url=tables.text(table.get("url") or ""),
        title=tables.text(table.get("title") or ""),
        weight=tables.number(table.get("weight", 0)),
        pre=tables.text(table.get("pre") or ""),
        post=tables.text(table.get("post") or ""),
        params=tables.lower_keys(params) if isinstance(params, Mapping) else {},
        parent=tables.text(table.get("parent") or ""),
    )


def from_page(page: Page, table: Mapping[str, Any]) -> MenuEntry:
    """An entry of a page's own front matter."""
    entry = from_table(table)
    entry.page = page.id
    entry.name = entry.name or page.link_title or page.title
    entry.title = entry.title or page.title
    entry.url = entry.url or (page.outputs[0].url if page.outputs else "")
    entry.weight = entry.weight or page.weight
    return entry


def add_sections(flat: dict[str, dict[str, MenuEntry]], menu: str, own: Iterable[Page]) -> None:
    """``sectionPagesMenu``: an entry for each top-level section that the menu does not name."""
    for page in own if menu else ():
        if page.kind == "section" and page.path.count("/") == 1 and page.build.list != "never":
            entry = from_page(page, {"identifier": page.section})
            if page.section not in flat.get(menu, {}):
                add(flat, menu, entry)


def nest(entries: dict[str, MenuEntry]) -> list[MenuEntry]:
    """Children under their parents; a parent nobody defined is made, as Hugo does."""
    roots: list[MenuEntry] = []
    for entry in list(entries.values()):
        if not entry.parent or entry.parent == (entry.identifier or entry.name):
            roots.append(entry)
            continue
        above = entries.get(entry.parent)
        if above is None:
            above = entries[entry.parent] = MenuEntry(identifier="", name=entry.parent, url="")
            roots.append(above)
        above.children.append(entry)
    for entry in entries.values():
        entry.children.sort(key=rank)
    return sorted(roots, key=rank)


def rank(entry: MenuEntry) -> tuple[bool, int, tuple[str, str, str], str]:
    """Weight with 0 last, then name, then identifier."""
    return entry.weight == 0, entry.weight, ordering.collate(entry.name), entry.identifier
