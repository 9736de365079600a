"""The files of a bundle, as its page sees them (docs: page resources)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from village.site import globs, tables
from village.site.bundles import Node
from village.site.content_files import Entry
from village.site.model import Page, Resource
from village.site.rules import Rules


def choose(node: Node, lang: str, languages: list[str]) -> list[tuple[str, Entry]]:
    """The bundle's files for one language: its own variant of each, else that of the first language that has one; by name."""
    variants: dict[str, dict[str, tuple[str, Entry]]] = {}
    for name, entry in node.resources:
        folder = name.rpartition("/")[0]
        variants.setdefault(f"{folder}/{entry.base}.{entry.extension}".lower(), {})[entry.lang] = (name, entry)
    order = [lang, *languages]
    chosen = [next((v[code] for code in order if code in v), next(iter(v.values()))) for v in variants.values()]
    return sorted(chosen, key=lambda pair: pair[0])


def folder_of(page: Page, rules: Rules, prefix: str) -> str:
    """The folder a page's files are published in, with a trailing slash, in the language with ``prefix``."""
    target = page.outputs[0].target or page.outputs[0].url if page.outputs else f"{rules.prefix}{page.path}/"
    own = target.rpartition("/")[0]
    if page.kind == "page" and target.endswith(".html") and not target.endswith("/index.html") and not page.url:
        own = target[: -len(".html")]
    if prefix != rules.prefix and (own == rules.prefix or own.startswith(f"{rules.prefix}/")):
        own = prefix + own[len(rules.prefix) :]
    return f"{own}/"


def build(page: Page, chosen: list[tuple[str, Entry]], rules: Rules, prefixes: Mapping[str, str]) -> list[Resource]:
    """The resources of a page, the front matter's ``resources`` applied."""
    found = []
    for name, entry in chosen:
        folder = folder_of(page, rules, prefixes.get(entry.lang, rules.prefix))
        found.append(
            Resource(
                name=name,
                title=name,
                location=entry.location,
                target=folder + name,
                media_type=rules.suffixes.get(entry.extension, "application/octet-stream"),
                size=entry.size,
                mtime_ns=entry.mtime_ns,
            )
        )
    return found


def describe(resources: list[Resource], entries: Any) -> None:
    """Names, titles and params from the front matter's ``resources``: the first entry whose glob fits gives each; ``:counter`` counts."""
    counters: dict[str, int] = {}
    rules = [tables.lower_keys(entry) for entry in entries if isinstance(entry, Mapping)] if isinstance(entries, list) else []
    for resource in resources:
        original, named, titled = resource.name, False, False
        for index, rule in enumerate(rules):
            glob = tables.text(rule.get("src", ""))
            if not glob or not globs.matches(glob.lower(), original.lower()):
                continue
            if "name" in rule and not named:
                resource.name = counted(tables.text(rule["name"]), f"{index} name", counters)
                named = True
                if not titled:
                    resource.title = resource.name
            if "title" in rule and not titled:
                resource.title = counted(tables.text(rule["title"]), f"{index} title", counters)
                titled = True
            if isinstance(rule.get("params"), Mapping):
                resource.params = {**tables.lower_keys(rule["params"]), **resource.params}


def counted(text: str, key: str, counters: dict[str, int]) -> str:
    """``:counter`` replaced by how often this entry has been used."""
    if ":counter" not in text:
        return text
    counters[key] = counters.get(key, 0) + 1
    return text.replace(":counter", str(counters[key]))
