"""Tables as Hugo keeps them: keys without case, values merged by rule."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any


def lower_keys(value: Any) -> Any:
    """A mapping with its keys, and those of mappings directly inside it, in lower case; lists stay as written,
    as in Hugo.
    """
    if not isinstance(value, Mapping):
        return value
    return {
        key.lower() if isinstance(key, str) else str(key).lower(): lower_keys(inner)
        if isinstance(inner, Mapping)
        else inner
        for key, inner in value.items()
    }


def merge_over(under: dict[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """``under`` with ``over`` laid on top, recursively for mappings; returns a new mapping."""
    merged = dict(under)
    for key, value in over.items():
        present = merged.get(key)
        merged[key] = merge_over(present, value) if isinstance(present, dict) and isinstance(value, Mapping) else value
    return merged


def dotted(table: Mapping[str, Any], path: str, default: Any = None, mark: str = ".") -> Any:
    """The value at ``a.b.c`` (lower case), or ``default``."""
    value: Any = table
    for key in path.split(mark):
        if not isinstance(value, Mapping) or key not in value:
            return default
        value = value[key]
    return value


def set_dotted(table: dict[str, Any], path: list[str], value: Any) -> None:
    """Put ``value`` at the end of ``path``, making tables on the way; a scalar on the way is replaced."""
    for key in path[:-1]:
        inner = table.get(key)
        if not isinstance(inner, dict):
            inner = table[key] = {}
        table = inner
    table[path[-1]] = value


def strings(value: Any) -> list[str]:
    """A list of strings from what authors write: nothing, one scalar or a list."""
    if value is None or value == "":
        return []
    if isinstance(value, (list, tuple)):
        return [text(item) for item in value if item is not None]
    return [text(value)]


def words(value: Any) -> list[str]:
    """A list of strings; one string is split at white space (Go's cast.ToStringSlice)."""
    return value.split() if isinstance(value, str) else strings(value)


def text(value: Any) -> str:
    """A scalar as Hugo's casts print it; lists and tables are no text."""
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, (list, tuple, Mapping)):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def number(value: Any, default: int = 0) -> int:
    """An integer from a number or a numeral as Go reads it (``010`` is 8, ``0x10`` 16), else ``default``."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, (int, float)):
        return int(value) if math.isfinite(value) else default
    word = text(value).strip().lower()
    sign, digits = (word[0], word[1:]) if word[:1] in ("-", "+") else ("", word)
    if digits[:1] == "0" and digits.isdecimal() and len(digits) > 1:
        digits = f"0o{digits[1:]}"
    try:
        return int(sign + digits, 0)
    except ValueError:
        return default


def real(value: Any, default: float = 0.0) -> float:
    """A number with a fraction, also where it is written in quotes, else ``default``."""
    try:
        return float(value) if isinstance(value, (int, float, str)) else default
    except ValueError:
        return default


def truth(value: Any, default: bool = False) -> bool:
    """A boolean from a boolean, a number or one of Go's ``strconv.ParseBool`` words."""
    if isinstance(value, bool):
        return value
    if isinstance(value, (int, float)):
        return value != 0
    word = str(value).strip()
    if word in {"1", "t", "T", "true", "TRUE", "True"}:
        return True
    if word in {"0", "f", "F", "false", "FALSE", "False"}:
        return False
    return default


def walk(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every (dotted key, value) of the leaves of a table."""
    for key, value in table.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and value:
            yield from walk(value, f"{name}.")
        else:
            yield name, value
