"""The languages of a site and the config as each of them sees it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from village.site import tables
from village.site.config.keys import DEFAULTS
from village.site.model import Language

# uglyURLs counts for all languages alike: Hugo reads it at the root only.
OWN_KEYS = frozenset(
    {"label", "languagename", "direction", "languagedirection", "weight", "disabled", "contentdir", "uglyurls"}
)


def read(config: Mapping[str, Any]) -> dict[str, Language]:
    """Every enabled language by code, ordered by weight, then code."""
    configured = {
        str(lang).lower(): table
        for lang, table in (config.get("languages") or {}).items()
        if isinstance(table, Mapping)
    }
    default = default_language(config)
    off = disabled(config)
    hosts = any(table.get("baseurl") for lang, table in configured.items() if lang not in off)
    found = [one(lang, table, config, default, hosts) for lang, table in configured.items() if lang not in off] or [
        one(default, {}, config, default, False)
    ]
    found.sort(key=lambda language: (language.weight == 0, language.weight, language.lang))
    return {language.lang: language for language in found}


def make_local(languages: Mapping[str, Language], address: str, default: str) -> None:
    """Give each language with a host of its own a host below localhost, on the port of ``address``; the default one
    is at ``address`` itself."""
    parts = urlsplit(address)
    first = default if default in languages else next(iter(languages), "")
    for lang, language in languages.items():
        if language.tree:
            port = f":{parts.port}" if parts.port else ""
            language.base_url = address if lang == first else f"{parts.scheme}://{lang}.localhost{port}/"


def first(config: Mapping[str, Any]) -> str:
    """The default language of a site that names none: English where it is one of the languages, else the first of them;
    "" without any."""
    off = disabled(config)
    found = [
        ((weight := tables.number(table.get("weight", 0))) == 0, weight, str(lang).lower())
        for lang, table in (config.get("languages") or {}).items()
        if isinstance(table, Mapping) and str(lang).lower() not in off
    ]
    return "en" if any(code == "en" for _, _, code in found) else min(found, default=(True, 0, ""))[2]


def default_language(config: Mapping[str, Any]) -> str:
    """The language of files that name none."""
    return str(config.get("defaultcontentlanguage") or "en").lower()


def disabled(config: Mapping[str, Any]) -> set[str]:
    """Codes of the languages that are switched off."""
    off = {code.lower() for code in tables.strings(config.get("disablelanguages"))}
    for lang, table in (config.get("languages") or {}).items():
        if isinstance(table, Mapping) and tables.truth(table.get("disabled", False)):
            off.add(str(lang).lower())
    return off


def one(lang: str, table: Mapping[str, Any], config: Mapping[str, Any], default: str, hosts: bool) -> Language:
    """One language: its own words over the root's. ``hosts``: every language has a tree, for a host of its own."""
    merged = overlay(config, table)
    bare = hosts or (lang == default and not tables.truth(config.get("defaultcontentlanguageinsubdir", False)))
    return Language(
        lang=lang,
        name=tables.text(table.get("label") or ""),
        locale=tables.text(table.get("locale") or (config.get("locale") if lang == default else "") or lang),
        direction=tables.text(table.get("direction") or "ltr"),
        weight=tables.number(table.get("weight", 0)),
        title=tables.text(merged.get("title") or ""),
        prefix="" if bare else f"/{lang}",
        tree=f"/{lang}" if hosts else "",
        base_url=tables.text(table.get("baseurl") or config.get("baseurl") or ""),
        content_dir=tables.text(table.get("contentdir") or config.get("contentdir") or "content"),
        params=merged["params"],
        config=merged,
    )


def overlay(config: Mapping[str, Any], table: Mapping[str, Any]) -> dict[str, Any]:
    """The root config with a language's keys on top; tables are merged, so root params and menus stay where not
    overridden.
    """
    own = {key: value for key, value in table.items() if key not in OWN_KEYS}
    root = {key: value for key, value in config.items() if key != "languages"}
    merged = tables.merge_over(root, own)
    for key in ("taxonomies", "menus"):  # these a language replaces as a whole
        if isinstance(own.get(key), Mapping):
            merged[key] = dict(own[key])
    if not isinstance(merged.get("params"), dict):
        merged["params"] = dict(DEFAULTS["params"])
    return merged
