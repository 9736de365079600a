"""The normal form of HTML, text and feeds: what a browser or a feed reader cannot tell apart compares equal.

Highlighted code is compared by its text, language and line structure: Hugo colours with Chroma, village with Pygments, whose
tokens differ for the same language.
"""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree as ET

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
SPACE = re.compile(r"\s+")


class Normaliser(HTMLParser):
    """Collects one line per tag and per text run; whitespace counts only inside <pre>."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = []
        self.verbatim = 0
        self.coloured = 0
        self.spans: list[bool] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        if self.coloured and tag == "span":
            return
        if tag == "pre":
            self.verbatim += 1
        if tag == "code" and "data-lang" in names and self.verbatim:
            self.coloured += 1
        shown = " ".join(
            f'{k}="{v or ""}"' for k, v in sorted(attrs, key=lambda item: item[0]) if not colour(tag, k, v or "")
        )
        self.lines.append(f"<{tag} {shown}>" if shown else f"<{tag}>")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.coloured and tag == "span":
            return
        if tag == "pre":
            self.verbatim = max(0, self.verbatim - 1)
            self.coloured = 0
        if tag not in VOID:
            self.lines.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if not self.verbatim:
            data = SPACE.sub(" ", data)
        if self.lines and self.lines[-1].startswith("=") and data:
            self.lines[-1] += data
        elif data:
            self.lines.append("=" + data)

    def handle_comment(self, data: str) -> None:
        self.lines.append(f"<!--{data}-->")


def colour(tag: str, name: str, value: str) -> bool:
    """Colours of highlighting are the style's, not the content's."""
    return name == "style" and (tag in {"pre", "span"} or (tag == "div" and "color:" in value))


def markup(text: str) -> list[str]:
    """HTML as lines that compare equal when the documents are the same."""
    parser = Normaliser()
    parser.feed(text.replace("\r\n", "\n"))  # a browser's first step with any document
    parser.close()
    lines = []
    for line in parser.lines:
        shown = line if "\n" in line else line.rstrip()
        if line.startswith("=") and not line[1:].strip():
            continue
        lines.append("=" + shown[1:].strip(" ") if line.startswith("=") and "\n" not in line else shown.strip("\n"))
    return lines


def prose(text: str) -> str:
    """Plain text: entities decoded, whitespace runs single."""
    return SPACE.sub(" ", html.unescape(text)).strip()


def feed(data: bytes) -> Any:
    """XML as nested (tag, attributes, text, children); HTML inside descriptions in its normal form."""
    return element(ET.fromstring(data))


def element(node: ET.Element) -> Any:
    text = (node.text or "").strip()
    if node.tag in {"description", "{http://purl.org/rss/1.0/modules/content/}encoded"}:
        text = "\n".join(markup(text))
    return (node.tag, tuple(sorted(node.attrib.items())), text, tuple(element(child) for child in node))
