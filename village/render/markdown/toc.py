"""The table of contents, in Hugo's HTML: levels that were skipped show as empty items."""

from __future__ import annotations

import re
from html import unescape

from village.render.markdown.model import Heading

_PARTS = re.compile(r"<!--.*?-->|<[?!][^>]*>|<(/?)([a-zA-Z][a-zA-Z0-9]*)([^>]*)>|([^<]+|<)", re.DOTALL)
_ATTRIBUTE = re.compile(r"""([a-zA-Z-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+))""")
_BLANKS = re.compile(r"[ \t\n\v\f\r]+")
_KEPT = frozenset(
    (
        "abbr",
        "b",
        "bdi",
        "br",
        "cite",
        "code",
        "del",
        "dfn",
        "em",
        "i",
        "img",
        "ins",
        "kbd",
        "mark",
        "q",
        "rp",
        "rt",
        "ruby",
        "s",
        "samp",
        "small",
        "span",
        "strong",
        "sub",
        "sup",
        "time",
        "u",
        "var",
        "wbr",
    )
)
_PHRASE = re.compile(r"[\w\s\-',\[\]!./\\()]*\Z")
_MEASURE = re.compile(r"[0-9]+%?\Z")
_VALUES = {  # what Hugo's sanitiser lets an attribute's value be; with another one the attribute goes
    "class": re.compile(r"[\w\s-]+\Z"),
    "dir": re.compile(r"(?:ltr|rtl)\Z", re.IGNORECASE),
    "id": re.compile(r".*?[a-zA-Z0-9:._-]", re.DOTALL),
    "lang": re.compile(r".*?[a-zA-Z]{2}", re.DOTALL),
    "title": _PHRASE,
}
_IMAGE_VALUES = {
    **_VALUES,
    "alt": _PHRASE,
    "height": _MEASURE,
    "src": re.compile(r"(?:https?|mailto):|(?![a-z][a-z0-9+.-]*:)", re.IGNORECASE),
    "width": _MEASURE,
}
_DROPPED_WHOLE = re.compile(r"<(script|style|iframe|object)\b.*?(?:</\1\s*>|$)", re.DOTALL | re.IGNORECASE)


def toc_title(html: str) -> str:
    """A heading's HTML as the table of contents shows it: inline markup only, no links (Hugo cleans it so)."""
    out: list[str] = []
    html = _DROPPED_WHOLE.sub("", html)
    last = html.rfind(">") + 1  # behind it nothing is a tag; each ``<`` would be followed to the end in vain
    for found in _PARTS.finditer(html, 0, last):
        slash, tag, attributes, text = found.groups()
        if text:
            out.append(_text(text))
        elif tag and tag.lower() in _KEPT:
            out.append(f"</{tag.lower()}>" if slash else _tag(tag.lower(), attributes))
    if last < len(html):
        out.append(_text(html[last:]))
    return _BLANKS.sub(" ", "".join(out)).strip()


def _text(text: str) -> str:
    text = unescape(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace('"', "&#34;").replace("'", "&#39;")


def _tag(name: str, attributes: str) -> str:
    allowed = _IMAGE_VALUES if name == "img" else _VALUES
    kept = ""
    for found in _ATTRIBUTE.finditer(attributes):
        value = unescape(found[2] or found[3] or found[4] or "")
        pattern = allowed.get(found[1].lower())
        if pattern is not None and pattern.match(value):
            kept += f' {found[1].lower()}="{_text(value)}"'
    return "" if name == "img" and not kept else f"<{name}{kept}{'/' if attributes.endswith('/') else ''}>"


class _Entry:
    __slots__ = ("entries", "heading")

    def __init__(self, heading: Heading | None = None) -> None:
        self.heading = heading
        self.entries: list[_Entry] = []


def toc_html(headings: list[Heading], start: int = 2, end: int = 3, *, ordered: bool = False) -> str:
    """``<nav id="TableOfContents">`` with the headings of levels ``start`` to ``end`` (-1: no limit)."""
    tag = "ol" if ordered else "ul"
    out = ['<nav id="TableOfContents">']
    _write(out, _tree(headings), 1, 0, (start, end, tag))
    out.append("</nav>")
    return "".join(out)


def _tree(headings: list[Heading]) -> list[_Entry]:
    """Rows of level 1, each with its descendants; a heading without a parent gets empty ones."""
    rows: list[_Entry] = []
    for heading in headings:
        entry = _Entry(heading)
        if heading.level == 1:
            rows.append(entry)
            continue
        if not rows:
            rows.append(_Entry())
        parent = rows[-1]
        for _ in range(1, heading.level - 1):
            if not parent.entries:
                parent.entries.append(_Entry())
            parent = parent.entries[-1]
        parent.entries.append(entry)
    return rows


def _write(out: list[str], entries: list[_Entry], level: int, indent: int, limits: tuple[int, int, str]) -> None:
    start, end, tag = limits
    if level < start:
        for entry in entries:
            _write(out, entry.entries, level + 1, indent, limits)
        return
    if (end != -1 and level > end) or not entries:
        return
    margin = "  " * (indent + 1)
    out.append(f"\n{margin}<{tag}>\n")
    for entry in entries:
        out.append(f"{margin}  <li>")
        heading = entry.heading
        if heading is not None and (heading.id or heading.title):
            out.append(f'<a href="#{heading.id}">{heading.title}</a>')
        _write(out, entry.entries, level + 1, indent + 2, limits)
        out.append("</li>\n")
    out.append(f"{margin}</{tag}>\n{'  ' * indent}")
