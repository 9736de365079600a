"""The files of a bundle, as its page sees them (docs: page resources)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from village.site import globs, tables
from village.site.addresses import urls
from village.site.config.rules import Rules
from village.site.content.bundles import Node
from village.site.content.files import Entry
from village.site.model import Page, Resource


def choose(node: Node, lang: str, languages: list[str]) -> list[tuple[str, Entry]]:
    """The bundle's files for one language: its own variant of each, else that of the nearest language the
    bundle has a page in.
    """
    variants: dict[str, dict[str, tuple[str, Entry]]] = {}
    for name, entry in node.resources:
        place = urls.normalize(f"{name.rpartition('/')[0]}/{entry.base}.{entry.extension}").lstrip("/")
        variants.setdefault(place, {})[entry.lang] = (name, entry)
    here = languages.index(lang)
    having = [code for code in languages if code in node.files or not node.files]
    order = [lang, *sorted(having, key=lambda code: abs(languages.index(code) - here))]
    chosen = [next((found[code] for code in order if code in found), None) for _, found in sorted(variants.items())]
    return [pair for pair in chosen if pair]


def folder_of(page: Page, rules: Rules) -> str:
    """The folder that a page's files are published in, with a trailing slash."""
    target = f"{rules.tree}{rules.prefix}{rules.style.make(page.path)}/"
    if page.outputs:
        target = page.outputs[0].target or rules.tree + page.outputs[0].url
    folder, _, name = target.rpartition("/")
    stem, dot, suffix = name.rpartition(".")
    is_a_file = suffix == "html" or page.url.endswith(name)  # ugly, or an address in the front matter with a suffix
    return f"{folder}/{stem}/" if page.kind == "page" and dot and is_a_file and stem != "index" else f"{folder}/"


def build(chosen: list[tuple[str, Entry]], rules: Rules, folders: Mapping[str, str]) -> list[Resource]:
    """The resources of a page; a file of another language lies where that language publishes it."""
    return [
        Resource(
            name=name,
            title=name,
            location=entry.location,
            target=folders[entry.lang] + name,
            media_type=rules.suffixes.get(entry.extension, ""),
            size=entry.size,
            mtime_ns=entry.mtime_ns,
        )
        for name, entry in chosen
    ]


def describe(resources: list[Resource], entries: Any) -> None:
    """Names, titles and params from the front matter's ``resources``: the first entry whose glob fits gives
    each; ``:counter`` counts.
    """
    counters: dict[str, int] = {}
    rules = (
        [tables.lower_keys(entry) for entry in entries if isinstance(entry, Mapping)]
        if isinstance(entries, list)
        else []
    )
    for resource in resources:
        original, named, titled = resource.name, False, False
        for index, rule in enumerate(rules):
            glob = tables.text(rule.get("src", ""))
            if not glob or resource.page or not globs.matches(glob, original):
                continue
            if "name" in rule and not named:
                resource.name = counted(tables.text(rule["name"]), f"{index} name", counters)
                named = True
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


def sort(resources: list[Resource], rank: Callable[[str], Any]) -> list[Resource]:
    """Hugo's order of resources. Its comparison (type, then pages last, then name) is no order in the strict
    sense — a type that sorts later is not "greater" — so what a bundle shows depends on the insertion sort
    that Go applies to short lists.
    """
    keyed = [
        (kind_of(resource), bool(resource.page), rank(resource.page) if resource.page else resource.name)
        for resource in resources
    ]
    order: list[int] = []
    for index in range(len(keyed)):
        place = len(order)
        while place and before(keyed[index], keyed[order[place - 1]]):
            place -= 1
        order.insert(place, index)
    return [resources[index] for index in order]


def kind_of(resource: Resource) -> str:
    """Hugo's ResourceType: the main type, or "page"."""
    return "page" if resource.page else resource.media_type.partition("/")[0]


def before(one: tuple[str, bool, Any], other: tuple[str, bool, Any]) -> bool:
    """Hugo's comparison of two resources."""
    if one[0] < other[0]:
        return True
    if one[1] != other[1]:
        return other[1]
    return bool(one[2] < other[2])
