"""Settings out of two sources, the environment over a TOML file (``--config`` or ``VILLAGE_CONFIG``).

Every name has a ``_FILE`` twin that reads its value from a file, so that secrets never stand in an environment.
"""

from __future__ import annotations

import dataclasses
import difflib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from village.errors import SettingsError
from village.settings.model import AcmeSettings, LimitSettings, Settings, SiteSettings, TlsSettings
from village.settings.names import ALIASES, ENVIRONMENT, is_service_link, suggestion
from village.settings.rules import check
from village.settings.values import convert


def read(environment: Mapping[str, str], config: Path | None = None) -> Settings:
    """Settings from a TOML file (if any) with the environment over it.

    Raises SettingsError for an unknown name (with the nearest known one), a wrong type, or a value out of range.
    """
    path = config or (Path(environment["VILLAGE_CONFIG"]) if environment.get("VILLAGE_CONFIG") else None)
    tables = read_file(path) if path else {}
    source = str(path) if path else "environment"
    sections: dict[str, dict[str, Any]] = {
        name: dict(tables.pop(name)) if isinstance(tables.get(name), dict) else {} for name in ("tls", "acme", "limits")
    }
    sites = read_sites(tables.pop("site", []), source)
    top = flatten(tables, sections, sites, source)
    origin = overlay(environment, top, sections, sites)
    return assemble(top, sections, sites, f"{source}, {origin}" if path and origin else source)


def read_sites(listed: Any, source: str) -> list[dict[str, Any]]:
    """The [[site]] tables."""
    if not isinstance(listed, list) or not all(isinstance(table, dict) for table in listed):
        hint = "one table for each site, under [[site]] in double brackets"
        raise SettingsError("site", source, "expected tables", hint=hint)
    return [dict(table) for table in listed]


def read_file(path: Path) -> dict[str, Any]:
    """The operator's TOML file as tables."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise SettingsError("VILLAGE_CONFIG", str(path), f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SettingsError("config", str(path), "is not UTF-8 text", hint="TOML is written in UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError("config", str(path), f"is not TOML: {error}") from error


def flatten(
    tables: dict[str, Any], sections: dict[str, dict[str, Any]], sites: list[dict[str, Any]], source: str
) -> dict[str, Any]:
    """Top-level names of the file, spelled as the environment spells them in lower case (``tls_cert``), put in
    their section.
    """
    top: dict[str, Any] = {}
    for name, value in tables.items():
        place = ENVIRONMENT.get(f"VILLAGE_{name.upper()}")
        if place is None:
            raise SettingsError(name, source, "no such setting", hint=suggestion(f"VILLAGE_{name.upper()}", lower=True))
        section, key = place
        if section == "site":
            if not sites:
                sites.append({})
            sites[0].setdefault(key, value)
        elif section:
            sections[section][key] = value
        else:
            top[key] = value
    return top


def overlay(
    environment: Mapping[str, str],
    top: dict[str, Any],
    sections: dict[str, dict[str, Any]],
    sites: list[dict[str, Any]],
) -> str:
    """Write the environment's values over the file's; returns "environment" when there were any."""
    found = ""
    for name in sorted(environment):
        if not name.startswith("VILLAGE_") or name in ALIASES or is_service_link(name, environment[name]):
            continue
        if f"{name}_FILE" in environment and environment[name]:
            hint = "unset one of them: they may differ"
            raise SettingsError(name, "environment", f"is set twice, also by {name}_FILE", hint=hint)
        plain, value = secret_file(name, environment[name])
        place = ENVIRONMENT.get(plain)
        if place is None:
            raise SettingsError(name, "environment", "no such setting", hint=suggestion(plain))
        section, key = place
        found = "environment"
        if section == "site":
            if len(sites) > 1:
                raise SettingsError(name, "environment", "ambiguous: the file has several [[site]] tables")
            if not sites:
                sites.append({})
            sites[0][key] = value
        elif section:
            sections[section][key] = value
        else:
            top[key] = value
    return found


def secret_file(name: str, value: str) -> tuple[str, str]:
    """The ``_FILE`` twin: (plain name, the file's text without its last newline)."""
    if not name.endswith("_FILE") or name in ENVIRONMENT:
        return name, value
    try:
        return name.removesuffix("_FILE"), Path(value).read_text("utf-8").rstrip("\r\n")
    except OSError as error:
        hint = "the path of a readable file: is the secret mounted, and readable for this user?"
        raise SettingsError(name, "environment", f"{value} cannot be read: {error.strerror}", hint=hint) from error
    except UnicodeDecodeError as error:
        raise SettingsError(name, "environment", f"{value} holds no text in UTF-8") from error


def assemble(
    top: dict[str, Any], sections: dict[str, dict[str, Any]], sites: list[dict[str, Any]], source: str
) -> Settings:
    """Typed settings out of raw tables; the rules between fields are checked here."""
    built = tuple(build(SiteSettings, table, "site", source) for table in sites)
    settings = build(
        Settings,
        {
            **top,
            "sites": built,
            "tls": build(TlsSettings, sections["tls"], "tls", source),
            "acme": build(AcmeSettings, sections["acme"], "acme", source),
            "limits": build(LimitSettings, sections["limits"], "limits", source),
        },
        "",
        source,
    )
    check(settings, source)
    return settings


def build(kind: type, table: Mapping[str, Any], section: str, source: str) -> Any:
    """One dataclass from one table."""
    fields = {f.name: f for f in dataclasses.fields(kind)}
    for name in table:
        if name not in fields:
            near = difflib.get_close_matches(name, fields, n=1)
            where = f"{section}.{name}" if section else name
            raise SettingsError(where, source, "no such setting", hint=f"did you mean {near[0]}?" if near else "")
    spelled = {name: f"{section}.{name}" if section else name for name in table}
    return kind(**{name: convert(value, fields[name], spelled[name], source) for name, value in table.items()})
