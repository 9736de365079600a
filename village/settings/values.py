"""Text from the environment, or TOML's own types, as the type that a setting has."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from village.errors import SettingsError


def convert(value: Any, target: dataclasses.Field, name: str, source: str) -> Any:
    """``value`` in the type of the field's default: text from the environment, or TOML's own types."""
    default = target.default
    if isinstance(default, tuple):
        if target.name == "sites":
            return value
        if isinstance(value, list):
            return texts(value, name, source)
        return tuple(part.strip() for part in str(value).split(",") if part.strip())
    if dataclasses.is_dataclass(default):
        return value
    if isinstance(default, bool):
        return boolean(value, name, source)
    if isinstance(default, (int, float)):
        return number(value, type(default), name, source)
    if isinstance(default, Path):
        return Path(str(value))
    if not isinstance(value, str):
        raise SettingsError(name, source, f"expected text, not {value!r}")
    return value


def texts(value: list[Any], name: str, source: str) -> tuple[str, ...]:
    """A TOML array, every entry a text."""
    wrong = next((each for each in value if not isinstance(each, str)), None)
    if wrong is not None:
        raise SettingsError(name, source, f"expected a list of texts; {wrong!r} is none", hint="put it in quotes")
    return tuple(value)


def boolean(value: Any, name: str, source: str) -> bool:
    """true/false in the spellings people use."""
    words = {
        "1": True,
        "true": True,
        "yes": True,
        "on": True,
        "0": False,
        "false": False,
        "no": False,
        "off": False,
        "": False,
    }
    if isinstance(value, bool):
        return value
    if str(value).lower() in words:
        return words[str(value).lower()]
    raise SettingsError(name, source, "expected true or false")


def number(value: Any, kind: type, name: str, source: str) -> int | float:
    """A number that is not negative."""
    try:
        result = kind(value)
    except (TypeError, ValueError):
        raise SettingsError(name, source, f"expected a number, not {value!r}") from None
    if not 0 <= result < float("inf"):
        raise SettingsError(name, source, "expected a number from 0 up")
    return result
