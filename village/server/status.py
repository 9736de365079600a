"""The status page: the facts that the app tells, as a page for a person."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

STYLE = """
:root{color-scheme:light dark;--line:#8884}body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem
auto;padding:0 1rem}
h1{font-size:1.4rem}h2{font-size:1.1rem;margin:2rem 0 .5rem;border-bottom:1px solid var(--line)}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.25rem .75rem .25rem 0;vertical-align:top;
border-bottom:1px solid var(--line);overflow-wrap:anywhere}th{font-weight:600;white-space:nowrap}
.green{color:#2a8a3e}.amber{color:#b26a00}.red{color:#c62828}
"""


def html_page(facts: Mapping[str, Any]) -> str:
    """Any tree of facts: scalars first, then a section for each table or list."""
    scalars = {name: value for name, value in facts.items() if not nested(value)}
    parts = [table(scalars)] if scalars else []
    for name, value in facts.items():
        if nested(value):
            parts.append(f"<h2>{words(name)}</h2>{show(value)}")
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>village: status</title><style>{STYLE}</style></head>"
        f"<body><h1>village</h1>{''.join(parts)}</body></html>\n"
    )


def nested(value: Any) -> bool:
    return isinstance(value, Mapping) or (isinstance(value, Sequence) and not isinstance(value, str | bytes))


def words(name: Any) -> str:
    return html.escape(str(name).replace("_", " "))


def show(value: Any) -> str:
    """One value: a table, rows of tables, or text."""
    if isinstance(value, Mapping):
        return table(value) if value else "<p>none</p>"
    if nested(value):
        if value and all(isinstance(each, Mapping) for each in value):
            return rows(value)
        return ", ".join(show(each) for each in value) or "none"
    return scalar(value)


def scalar(value: Any) -> str:
    if isinstance(value, bool):
        return '<span class="green">yes</span>' if value else '<span class="red">no</span>'
    text = "" if value is None else html.escape(str(value))
    return f'<span class="{text}">{text}</span>' if text in {"green", "amber", "red"} else text


def table(facts: Mapping[str, Any]) -> str:
    body = "".join(f"<tr><th scope=row>{words(name)}<td>{show(value)}" for name, value in facts.items())
    return f"<table>{body}</table>"


def rows(items: Sequence[Mapping[str, Any]]) -> str:
    """A list of like tables as one, with a head."""
    names = list(dict.fromkeys(name for item in items for name in item))
    head = "".join(f"<th scope=col>{words(name)}" for name in names)
    body = "".join("<tr>" + "".join(f"<td>{show(item.get(name))}" for name in names) for item in items)
    return f"<table><thead><tr>{head}<tbody>{body}</table>"
