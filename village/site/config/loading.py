"""The configuration of a site: its files, its environment, its themes' config underneath, Hugo's defaults below all."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from village.errors import AuthorError, SiteConfigError
from village.site import tables
from village.site.config import environment, keys, languages, mistakes, themes
from village.site.config import files as config_files
from village.site.config.themes import Theme
from village.site.guard import Guard
from village.site.model import LoadOptions


@dataclass(slots=True)
class Config:
    """The merged table, the themes, the files it was read from and what deserves a warning."""

    table: dict[str, Any]
    themes: list[Theme] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    warnings: list[AuthorError] = field(default_factory=list)


def load(folder: Path, options: LoadOptions, guard: Guard) -> Config:
    """Everything a site's configuration says. Raises SiteConfigError when a file does not parse."""
    own, files = config_files.read_all(folder, options.config_files, options.environment, guard)
    own = config_files.settle(environment.overlay(own, options.variables))
    try:
        require_tables(own, mistakes.ANYWHERE)
        mistakes.check_values(own, mistakes.ANYWHERE)
        found = themes.collect(folder, own, options.environment, guard, options.theme_folders)
    except SiteConfigError as error:
        raise mistakes.located(error, files, guard) from error
    for warning in guard.warnings:
        mistakes.located(warning, files, guard)
    shelves = themes.shelves_of(folder, own, options.theme_folders)
    doubts = (*unknown_keys(own), *misplaced(own, shelves), *mistakes.without_scheme(own))
    warnings = [mistakes.located(each, files, guard) for each in doubts] + unread(folder, files, guard)
    table = own
    for theme in found:
        files += theme.files
        if theme.configured:
            table = merge_theme(table, theme.config)
    table = tables.merge_over(copy.deepcopy(keys.DEFAULTS), without_merge_keys(table))
    for key in ("taxonomies", "related"):  # what the site sets here replaces Hugo's
        if isinstance(own.get(key), Mapping):
            table[key] = {**(keys.UNRELATED if key == "related" else {}), **own[key]}
    table = config_files.settle(table)
    if not own.get("defaultcontentlanguage"):
        table["defaultcontentlanguage"] = languages.first(table) or table["defaultcontentlanguage"]
    if "tag" not in (table.get("taxonomies") or {}) and table.get("related") == keys.DEFAULTS["related"]:
        indices = [index for index in keys.DEFAULTS["related"]["indices"] if index["name"] != "tags"]
        table["related"] = {**keys.DEFAULTS["related"], "indices": indices}
    if options.base_url:
        table["baseurl"] = options.base_url
    return Config(table, found, files, warnings)


def require_tables(own: Mapping[str, Any], file: str, prefix: str = "") -> None:
    """Refuse a value where a table must stand, also within languages. Raises SiteConfigError."""
    for key, value in own.items():
        wanted = isinstance(keys.DEFAULTS.get(key), dict) and not (key == "permalinks" and isinstance(value, list))
        if wanted and value is not None and not isinstance(value, Mapping):
            message = f"{prefix}{key}: expected a table, found {tables.text(value)[:60]!r}"
            raise SiteConfigError(message, file=file, hint="see Hugo's documentation of this setting")
    languages = own.get("languages") if not prefix else None
    for lang, table in (languages or {}).items():
        if not isinstance(table, Mapping):
            raise SiteConfigError(f"languages.{lang}: expected a table", file=file, hint=f"[languages.{lang}]")
        require_tables(table, file, f"languages.{lang}.")


def unknown_keys(own: dict[str, Any]) -> list[AuthorError]:
    """A warning for each root key that means nothing here, with the nearest one that does."""
    return [
        SiteConfigError(
            f'"{key}" is not a setting',
            file=mistakes.ANYWHERE,
            hint=f'did you mean "{near}"?' if near else "a setting of your theme belongs under params",
        )
        for key, near in keys.unknown(list(own))
    ]


def unread(folder: Path, files: list[str], guard: Guard) -> list[AuthorError]:
    """A warning for each root file of a configuration beside the one that is read."""
    read = [Path(path).name for path in files if Path(path).parent == folder]
    others = [name for name in config_files.ROOT_NAMES if (folder / name).is_file() and name not in read]
    hint = f"{read[0]} is; put everything into one of them" if read else ""
    return [SiteConfigError("is not read", file=guard.shown(folder / name), hint=hint) for name in others if read]


def misplaced(own: dict[str, Any], shelves: tuple[Path, ...]) -> list[AuthorError]:
    """A warning for each setting that has fallen into a table above it."""
    hint = "a TOML line belongs to the [table] above it: write settings of the site before the first one"
    return [
        SiteConfigError(f"{key} stands in {table} and has no effect there", file=mistakes.ANYWHERE, hint=hint)
        for key, table in mistakes.fallen(own, shelves)
    ]


def merge_theme(project: dict[str, Any], theme: Mapping[str, Any]) -> dict[str, Any]:
    """The project's config with a theme's underneath, by Hugo's rule for each key (config/defaultConfigProvider.go)."""
    result = dict(project)
    for key, value in theme.items():
        if key == "languages":
            result[key] = merge_languages(project.get(key), value)
            continue
        how = strategy(project, key, default_strategy(key, str(project.get("_merge", "none"))))
        if isinstance(value, Mapping) and isinstance(project.get(key, {}), Mapping):
            merged = merge_under(project.get(key, {}), value, how)
            if merged or key in project:
                result[key] = merged
        elif how != "none" and key not in project:
            result[key] = value
    return result


def default_strategy(key: str, otherwise: str) -> str:
    """Hugo's strategy of a root key."""
    if key in keys.MERGED_DEEP:
        return "deep"
    return "shallow" if key in keys.MERGED_SHALLOW else otherwise


def strategy(table: Mapping[str, Any], key: str, default: str) -> str:
    """How ``key`` takes from a theme: its own ``_merge``, or ``default``."""
    inner = table.get(key)
    return str(inner.get("_merge", default)).lower() if isinstance(inner, Mapping) else default


def merge_under(project: Mapping[str, Any], theme: Mapping[str, Any], how: str) -> dict[str, Any]:
    """A table of the project with the theme's below: none | shallow (missing keys) | deep (tables within as well)."""
    result = dict(project)
    for key, value in theme.items():
        if key not in project:
            if how != "none":
                result[key] = value
        elif isinstance(value, Mapping) and isinstance(project[key], Mapping):
            inner = strategy(project, key, "deep" if how == "deep" else "none")
            result[key] = merge_under(project[key], value, inner)
    return result


def merge_languages(project: Any, theme: Any) -> dict[str, Any]:
    """Only the params and menus of languages that the project has."""
    own = dict(project) if isinstance(project, Mapping) else {}
    for lang, table in theme.items() if isinstance(theme, Mapping) else ():
        if lang in own and isinstance(own[lang], Mapping) and isinstance(table, Mapping):
            below = {key: table[key] for key in ("params", "menus") if key in table}
            own[lang] = merge_theme(dict(own[lang]), below)
    return own


def without_merge_keys(table: Mapping[str, Any]) -> dict[str, Any]:
    """The table without Hugo's ``_merge`` instructions."""
    return {
        key: without_merge_keys(value) if isinstance(value, Mapping) else value
        for key, value in table.items()
        if key != "_merge"
    }
