"""``HUGO_…`` variables over the configuration (config/allconfig/load.go, applyOsEnvOverrides)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from village.site import tables
from village.site.config.keys import DEFAULTS
from village.site.formats import decoding

NOT_CONFIG = frozenset(
    {"environment", "env", "memorylimit", "numworkermultiplier", "cachedir", "enableconfigfile", "panicontestvariable"}
)
LISTS = {"disablekinds", "disablelanguages", "ignorefiles", "ignorelogs", "theme"}


def overlay(config: dict[str, Any], variables: Mapping[str, str]) -> dict[str, Any]:
    """The config with the variables' values; the character after ``HUGO`` separates the keys."""
    result = config
    for name in sorted(variables):
        if not name.startswith("HUGO") or len(name) < 6 or (name[4].islower() and name[4] != "x"):
            continue
        keys = [key.lower() for key in name[5:].split(name[4])]
        if keys[0] in NOT_CONFIG or (keys[0] not in DEFAULTS and keys[0] not in config):
            continue
        change: dict[str, Any] = {}
        present = tables.dotted(config, ".".join(keys), tables.dotted(DEFAULTS, ".".join(keys)))
        tables.set_dotted(change, keys, convert(variables[name], present, keys[-1]))
        result = tables.merge_over(result, change)
    return result


def convert(value: str, present: Any, key: str) -> Any:
    """The variable's text as the type that stands there now."""
    if isinstance(present, bool):
        return tables.truth(value)
    if isinstance(present, int):
        return tables.number(value, present)
    if isinstance(present, float):
        try:
            return float(value)
        except ValueError:
            return present
    if isinstance(present, list) or key in LISTS:
        return items(value)
    if isinstance(present, dict):
        return table(value)
    return value


def items(value: str) -> list[Any]:
    """A list from JSON, or from words with commas or spaces between them."""
    if value.lstrip().startswith("["):
        try:
            decoded = decoding.decode(value, "json")
        except decoding.Malformed:
            decoded = None
        if isinstance(decoded, list):
            return decoded
    return [word for word in re.split(r"[,\s]+", value) if word]


def table(value: str) -> Any:
    """A table from JSON, YAML or TOML, whichever reads it."""
    for language in ("json", "toml", "yaml"):
        try:
            decoded = decoding.decode(value, language)
        except decoding.Malformed:
            continue
        if isinstance(decoded, dict):
            return tables.lower_keys(decoded)
    return value
