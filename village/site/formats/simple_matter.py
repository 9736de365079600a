"""The front matter nearly every post has — one ``key: value`` a line — read twenty times faster than by a full
parser.

Anything this module is not certain about makes it answer None, and the full parser decides.
``tests/site/test_simple_matter.py`` holds it to the full parser's answers.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

from village.site.formats.yaml_scalars import scalar

YAML_LINE = re.compile(r"([A-Za-z_][A-Za-z0-9_-]*):(?: +(.*?))? *\Z")
YAML_ITEM = re.compile(r"( *)- +(.*?) *\Z")
PLAIN_START = frozenset("-?:,[]{}#&*!|>'\"%@`=<.")
TOML_LINE = re.compile(r"([A-Za-z0-9_-]+) *= *(.*?) *\Z")
TOML_DATE = re.compile(r"\d{4}-\d\d-\d\d\Z")
TOML_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)?\Z")
TOML_INT = re.compile(r"-?(?:0|[1-9]\d{0,17})\Z")
ITEMS = re.compile(r" *(\"[^\"\\]*\"|'[^']*'|[^\"',\[\]{}]+?) *(?:,|\Z)")


class Unsure(Exception):
    """Not certain: the full parser decides."""


def read(text: str, language: str) -> dict[str, Any] | None:
    """The table, exactly as the full parser would read it, or None."""
    try:
        if language == "yaml":
            return read_yaml(text.split("\n"))
        return read_toml(text.split("\n")) if language == "toml" else None
    except (Unsure, ValueError):
        return None


def read_yaml(lines: list[str]) -> dict[str, Any]:
    """Top-level keys with scalars, one-line lists and block lists of scalars."""
    table: dict[str, Any] = {}
    key, indent = "", 0
    items: list[Any] | None = None
    for line in lines:
        if not line:
            continue
        if not line.isprintable():
            raise Unsure
        if line[0] in " -":
            item = YAML_ITEM.match(line)
            if not key or item is None or (items is not None and len(item[1]) != indent):
                raise Unsure
            if items is None:
                items, indent = [], len(item[1])
                table[key] = items
            items.append(yaml_value(item[2], nested=True))
            continue
        match = YAML_LINE.match(line)
        if match is None or match[1] in table or match[1] == "<<":
            raise Unsure
        name, value = match.groups()
        table[name] = yaml_value(value) if value else None
        key, items = ("", None) if value else (name, None)
    return table


def yaml_value(value: str, *, nested: bool = False) -> Any:
    """One scalar, or a list of scalars on one line."""
    first = value[0] if value else ""
    if first in {'"', "'"}:
        inner = value[1:-1]
        if len(value) < 2 or value[-1] != first or first in inner or (first == '"' and "\\" in inner):
            raise Unsure
        return inner
    if first == "[" and not nested:
        return flow(value, yaml_value)
    if not first or first in PLAIN_START:
        if first in "-." and value[1:2].isdigit():
            return scalar(value)
        raise Unsure
    if ": " in value or " #" in value or value[-1] == ":":
        raise Unsure
    return scalar(value)


def flow(value: str, one: Any) -> list[Any]:
    """A one-line list without lists inside."""
    if value[-1] != "]":
        raise Unsure
    inner, at = value[1:-1], 0
    items: list[Any] = []
    if not inner.strip():
        return items
    while at < len(inner):
        match = ITEMS.match(inner, at)
        if match is None or (item := match[1].strip())[:1] in {"", "?", ":"} or (":" in item and item[0] not in "\"'"):
            raise Unsure
        items.append(one(item))
        at = match.end()
    return items


def read_toml(lines: list[str]) -> dict[str, Any]:
    """Top-level keys with text, numbers, booleans, dates and one-line lists of text."""
    table: dict[str, Any] = {}
    for line in lines:
        if not line or line[0] == "#":
            continue
        match = TOML_LINE.match(line)
        if match is None or match[1] in table or not line.isprintable():
            raise Unsure
        table[match[1]] = toml_value(match[2])
    return table


def toml_value(value: str) -> Any:
    """One value of a TOML line."""
    first = value[:1]
    if first in {'"', "'"} and first:
        inner = value[1:-1]
        if len(value) < 2 or value[-1] != first or first in inner or "\\" in inner:
            raise Unsure
        return inner
    if first == "[":
        return flow(value, toml_text)
    if value in {"true", "false"}:
        return value == "true"
    if TOML_INT.match(value):
        return int(value)
    if TOML_DATE.match(value):
        return date.fromisoformat(value)
    if TOML_TIME.match(value):
        return datetime.fromisoformat(value)
    raise Unsure


def toml_text(value: str) -> str:
    """An item of a list: only text is simple."""
    if value[:1] not in {'"', "'"}:
        raise Unsure
    return str(toml_value(value))
