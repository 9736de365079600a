"""Reading a site's configuration files: one root file, then ``config/_default`` and ``config/<environment>``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from village.errors import SiteConfigError
from village.site import tables
from village.site.config.keys import LANGUAGE_MOVED, MOVED
from village.site.formats import decoding
from village.site.guard import Guard

ROOT_NAMES = tuple(f"{name}.{ext}" for name in ("hugo", "config") for ext in ("toml", "yaml", "yml", "json"))
OWN_NAME = "site.toml"


def read_all(folder: Path, names: tuple[str, ...], environment: str, guard: Guard) -> tuple[dict[str, Any], list[str]]:
    """(the merged table with lower-cased keys, the files read). Later files and environments go over earlier
    ones.

    Raises SiteConfigError for a file that does not parse.
    """
    merged: dict[str, Any] = {}
    files: list[str] = []
    for path in [folder / name for name in names] if names else root_files(folder):
        merged = tables.merge_over(merged, settle(read(path, folder, guard)))
        files.append(str(path))
    for part in ("_default", environment):
        for path in sorted((folder / "config" / part).rglob("*")) if (folder / "config" / part).is_dir() else ():
            if (
                path.suffix.lower() in decoding.EXTENSIONS
                and path.suffix.lower() not in {".csv", ".xml"}
                and path.is_file()
            ):
                merged = tables.merge_over(merged, settle(placed(path, read(path, folder, guard))))
                files.append(str(path))
    return merged, files


def root_files(folder: Path) -> list[Path]:
    """The one root file: Hugo's names in Hugo's order, then village's own."""
    for name in (*ROOT_NAMES, OWN_NAME):
        if (folder / name).is_file():
            return [folder / name]
    return []


def read(path: Path, folder: Path, guard: Guard) -> dict[str, Any]:
    """One file as a table with lower-cased keys. Raises SiteConfigError."""
    shown = guard.shown(path)
    language = decoding.EXTENSIONS.get(path.suffix.lower(), "toml")
    text = guard.read_text(path)
    if text is None:
        raise SiteConfigError("cannot be read", file=shown, hint="it must be a UTF-8 file inside the site's folder")
    try:
        value = decoding.decode(text, language)
    except decoding.Malformed as error:
        raise SiteConfigError(
            f"is not {language.upper()}: {error.message}",
            file=shown,
            line=error.line,
            column=error.column,
            excerpt=decoding.excerpt(text, error.line, error.column),
            hint=decoding.hint(language, error.message),
        ) from error
    if value is None:
        return {}
    if not isinstance(value, dict):
        if path.parent != folder:  # cascade.yaml may be a list
            return {path.stem.lower(): value}
        raise SiteConfigError("is not a table", file=shown, line=1)
    lowered: dict[str, Any] = tables.lower_keys(value)
    return lowered


def placed(path: Path, table: dict[str, Any]) -> dict[str, Any]:
    """A file of ``config/`` under the key its name says: ``params.toml``, ``menus.en.toml``, ``languages.toml``."""
    name, _, lang = path.stem.lower().partition(".")
    if name in {"hugo", "config"} and not lang:
        return table
    if list(table) == [name]:  # since Hugo 0.162 the file may repeat its own name
        table = table[name]
    keys = [name]
    if lang:
        keys = [
            "languages",
            lang,
            *(["menus"] if name in {"menu", "menus"} else ["params"] if name == "params" else []),
        ]
    result: dict[str, Any] = {}
    tables.set_dotted(result, keys, table)
    return result


def settle(table: dict[str, Any]) -> dict[str, Any]:
    """Old names moved to where they live now; a value given under its new name stays."""
    for old, new in MOVED.items():
        if old in table and tables.dotted(table, new) is None and table[old] is not None:
            value = table.pop(old) if old in {"menu", "indexes"} else table[old]
            if new != "services.googleanalytics.id" or isinstance(value, str):
                tables.set_dotted(table, new.split("."), value)
    if "pygmentsuseclasses" in table and tables.dotted(table, "markup.highlight.noclasses") is None:
        tables.set_dotted(table, ["markup", "highlight", "noclasses"], not tables.truth(table["pygmentsuseclasses"]))
    if isinstance(table.get("minify"), bool):
        table["minify"] = {"minifyoutput": table["minify"]}
    for key in ("theme", "staticdir"):
        if isinstance(table.get(key), str):
            table[key] = [table[key]] if table[key] else []
    if isinstance(languages := table.get("languages"), dict):
        for lang, own in list(languages.items()):
            if isinstance(own, Mapping):
                languages[lang] = settle_language(dict(own))
    return table


def settle_language(table: dict[str, Any]) -> dict[str, Any]:
    """Old names within a language."""
    for old, new in LANGUAGE_MOVED.items():
        if old in table:
            table.setdefault(new, table.pop(old) if old == "menu" else table[old])
    return settle(table)
