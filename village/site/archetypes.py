"""Archetypes: the text a new page begins with. Hugo's are Go templates; the expressions people use in them are
understood here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from village.site import golayout
from village.site.addresses import titles, urls

ACTION = re.compile(r"(\{\{-?\s*)(.*?)(\s*-?\}\})", re.DOTALL)
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|`[^`]*`|\(|\)|\||[^\s()|]+')
DEFAULT = """---
title: "{{ replace .File.ContentBaseName "-" " " | title }}"
date: {{ .Date }}
draft: true
---
"""


class Unknown(Exception):
    """An expression that is not understood."""


def fill(text: str, values: Mapping[str, Any], now: datetime) -> str:
    """An archetype with its expressions filled in; what is not understood becomes nothing."""

    def one(match: re.Match[str]) -> str:
        if match[2].startswith("/*"):
            return ""
        try:
            return str(pipeline(TOKEN.findall(match[2]), values, now))
        except (Unknown, IndexError, ValueError, TypeError):
            return ""

    return ACTION.sub(one, text)


def pipeline(tokens: list[str], values: Mapping[str, Any], now: datetime) -> Any:
    """``a b | c``: what stands before a bar is the last argument of what follows."""
    value: Any = None
    stages, depth = [[]], 0  # type: list[list[str]], int
    for token in tokens:
        depth += {"(": 1, ")": -1}.get(token, 0)
        if depth == 0 and token == "|":  # noqa: S105 — not a password
            stages.append([])
        else:
            stages[-1].append(token)
    for index, stage in enumerate(stages):
        value = call(arguments(stage, values, now), [value] if index else [])
    return value


def arguments(tokens: list[str], values: Mapping[str, Any], now: datetime) -> list[Any]:
    """The words of a call, brackets worked out first."""
    found: list[Any] = []
    at = 0
    while at < len(tokens):
        token = tokens[at]
        if token == "(":  # noqa: S105
            depth, end = 1, at
            while depth:
                end += 1
                depth += {"(": 1, ")": -1}.get(tokens[end], 0)
            found.append(Value(pipeline(tokens[at + 1 : end], values, now)))
            at = end
        else:
            found.append(word(token, values, now))
        at += 1
    return found


class Value:
    """A word that stands for a value, not for a function."""

    def __init__(self, value: Any) -> None:
        self.value = value


def word(token: str, values: Mapping[str, Any], now: datetime) -> Any:
    """A literal, a field or the name of a function."""
    if token[0] in '"`':
        return Value(token[1:-1])
    if re.fullmatch(r"-?\d+", token):
        return Value(int(token))
    name = token.lower()
    if name in {"now", "time.now", ".date", "date"} or name.endswith((".format",)):
        if name.endswith(".format"):
            return lambda layout: golayout.format_go(now, layout)
        return Value(now)
    if token in FUNCTIONS:
        return FUNCTIONS[token]
    if name.lstrip(".") in values:
        return Value(values[name.lstrip(".")])
    raise Unknown(token)


def call(words: list[Any], piped: list[Any]) -> Any:
    """Apply the first word to the others, or be its value."""
    first, *rest = words
    if isinstance(first, Value):
        return show(first.value)
    given = [item.value if isinstance(item, Value) else item() for item in rest] + piped
    return first(*given)


def show(value: Any) -> Any:
    """A moment as Hugo prints ``.Date``."""
    return value.isoformat(timespec="seconds") if isinstance(value, datetime) else value


def date_format(layout: str, moment: Any) -> str:
    return golayout.format_go(moment if isinstance(moment, datetime) else datetime.fromisoformat(str(moment)), layout)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "replace": lambda text, old, new, *_: str(text).replace(old, new),
    "strings.Replace": lambda text, old, new, *_: str(text).replace(old, new),
    "replaceRE": lambda pattern, new, text: re.sub(pattern, re.sub(r"\$(\d)", r"\\\1", new), str(text)),
    "title": lambda text: titles.title_case(str(text)),
    "strings.Title": lambda text: titles.title_case(str(text)),
    "humanize": lambda text: titles.first_upper(re.sub(r"[-_]+", " ", str(text))),
    "lower": lambda text: str(text).lower(),
    "upper": lambda text: str(text).upper(),
    "urlize": lambda text: urls.Style().urlize(str(text)),
    "trim": lambda text, cut: str(text).strip(cut),
    "substr": lambda text, start, length=None: str(text)[start : None if length is None else start + length],
    "dateFormat": date_format,
    "time.Format": date_format,
    "printf": lambda form, *items: re.sub(r"%[sdvq]", "%s", form) % tuple(show(item) for item in items),
    "safeHTML": lambda text: text,
    "path.Base": lambda text: str(text).rstrip("/").rsplit("/", 1)[-1],
    "index": lambda items, at: items[at],
    "split": lambda text, mark: str(text).split(mark),
}
