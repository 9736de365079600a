"""The status page: the facts that the app tells, as a page for a person. What is wrong comes first and in colour."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from typing import Any

STYLE = """
:root{color-scheme:light dark;--ink:#22201d;--paper:#fcfbf7;--line:#dcd6cb;--card:#fff;--quiet:#6b655c;
--green:#2a7d3b;--amber:#a05a00;--red:#b3261e}
@media(prefers-color-scheme:dark){:root{--ink:#ece7df;--paper:#171512;--line:#38332c;--card:#1f1c18;--quiet:#a39c91;
--green:#7fce8f;--amber:#f0b357;--red:#ff8a80}}
body{margin:0;font:1rem/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper)}
main{max-width:64rem;margin:0 auto;padding:2rem 1.25rem}h1{font-size:1.4rem;margin:0 0 1rem}
h2{font-size:1rem;margin:2rem 0 .6rem;color:var(--quiet);font-weight:600}h3{font-size:1.05rem;margin:0 0 .5rem}
section{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(26rem,100%),1fr));gap:1rem}
article{border:1px solid var(--line);border-left-width:5px;border-radius:8px;background:var(--card);padding:1rem 1.1rem}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem;margin:0}
dt{color:var(--quiet)}dd{margin:0;overflow-wrap:anywhere;white-space:pre-wrap}
code{font:.92em ui-monospace,monospace}
article.green{border-left-color:var(--green)}article.amber{border-left-color:var(--amber)}
article.red{border-left-color:var(--red)}.green{color:var(--green)}.amber{color:var(--amber)}.red{color:var(--red)}
article.green,article.amber,article.red{color:inherit}
dd.problems{grid-column:1/-1;font:.9em/1.45 ui-monospace,monospace;color:var(--red)}
"""
HEX = re.compile(r"[0-9a-f]{32,64}")
SPANS = {"uptime", "age", "expires_in"}  # seconds
TITLES = ("name", "site", "id", "domains")


def html_page(facts: Mapping[str, Any]) -> str:
    """Any tree of facts: scalars first, then a row of cards for each list of tables."""
    plain = {name: value for name, value in facts.items() if not nested(value)}
    parts = [entries(plain)] if plain else []
    for name, value in facts.items():
        if nested(value):
            parts.append(f"<h2>{words(name)}</h2><section>{cards(value)}</section>")
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>village: status</title><style>{STYLE}</style></head><body><main><h1>village</h1>"
        f"{''.join(parts)}</main></body></html>\n"
    )


def nested(value: Any) -> bool:
    return isinstance(value, Mapping) or (isinstance(value, Sequence) and not isinstance(value, str | bytes))


def words(name: Any) -> str:
    return html.escape(str(name).replace("_", " "))


def cards(value: Any) -> str:
    """A list of tables as cards; anything else as one card."""
    items = [value] if isinstance(value, Mapping) else list(value)
    return "".join(card(item) if isinstance(item, Mapping) else f"<article>{shown('', item)}" for item in items)


def card(facts: Mapping[str, Any]) -> str:
    """One site, certificate or replica."""
    title = next((name for name in TITLES if facts.get(name)), "")
    heading = f"<h3>{shown(title, facts[title])}</h3>" if title else ""
    rest = {name: value for name, value in facts.items() if name not in {title, "colour"}}
    return f'<article class="{colour(facts)}">{heading}{entries(rest)}</article>'


def colour(facts: Mapping[str, Any]) -> str:
    """What the app says, else red for what has problems."""
    told = str(facts.get("colour", ""))
    return told if told in {"green", "amber", "red"} else "red" if facts.get("problems") else "green"


def entries(facts: Mapping[str, Any], prefix: str = "") -> str:
    """Names and values; what is empty is left out, a table inside a table becomes ``release id`` and so on."""
    if prefix:
        return "".join(pair(f"{prefix} {name}", name, value) for name, value in facts.items())
    return f"<dl>{''.join(pair(str(name), name, value) for name, value in facts.items())}</dl>"


def pair(label: str, name: Any, value: Any) -> str:
    if value in (None, "", [], {}, ()):
        return ""
    if isinstance(value, Mapping):
        return entries(value, label)
    kind = ' class="problems"' if name == "problems" else ""
    return f"<dt>{words(label)}<dd{kind}>{shown(str(name), value)}"


def shown(name: str, value: Any) -> str:
    """One value: long hashes are cut (the whole stands in the title), seconds are spans, lists are lines."""
    if isinstance(value, bool):
        return '<span class="green">yes</span>' if value else '<span class="red">no</span>'
    if isinstance(value, Mapping):
        said = {key: each for key, each in value.items() if each not in (None, "")}
        return "; ".join(f"{words(key)} {shown(str(key), each)}" for key, each in said.items())
    if nested(value):
        return "\n".join(shown(name, each) for each in value)
    if name in SPANS and isinstance(value, int | float):
        return span(value)
    text = html.escape(str(value))
    return f'<code title="{text}">{text[:12]}</code>' if HEX.fullmatch(text) else text


def span(seconds: float) -> str:
    """Seconds in the two largest units."""
    rest = int(seconds)
    for size, unit, smaller, name in ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if abs(rest) >= size:
            return f"{rest // size} {unit} {rest % size // smaller} {name}"
    return f"{rest} s"
