"""Fenced code and passed-through text."""

from __future__ import annotations

from typing import Any

from village.render.highlighting.highlight import FENCE_OPTIONS, highlight_fence
from village.render.markdown import goat
from village.render.markdown.attributes import parse_attributes
from village.render.markdown.blocks import Block
from village.render.markdown.characters import escape, unescape
from village.render.markdown.page import Page


def render_fence(block: Block, page: Page) -> str:
    """A fenced code block: by hook, highlighted, or plain."""
    info = block.data[2]
    lang = info.split(" ", 1)[0].split("{", 1)[0] if info else ""
    code = "\n".join(block.lines) + "\n" if block.lines else ""
    options = page.options.highlight
    if page.hooks is None and not options.code_fences:
        return _plain(info, code)
    inner = code.rstrip("\r\n")  # Hugo's hooks and highlighter see no empty lines at the end
    attributes, settings = _split(fence_attributes(info, block.attributes))
    ordinal = page.ordinal("codeblock")
    if page.hooks is not None:
        html = page.hooks.codeblock(lang, inner, attributes, settings, ordinal)
        if html is not None:
            return html
    if lang.lower() == "goat" and (drawn := goat.svg(inner, attributes)) is not None:
        return drawn
    if not options.code_fences:
        return _plain(info, code)
    return highlight_fence(inner, lang, attributes, settings, options, ordinal=ordinal)


def _plain(info: str, code: str) -> str:
    lang = info.split(" ", 1)[0]  # braces and all: attributes are the highlighter's
    named = f' class="language-{escape(unescape(lang))}"' if lang else ""
    return f"<pre><code{named}>{escape(code)}</code></pre>\n"


def fence_attributes(info: str, attributes: dict[str, Any] | None = None) -> dict[str, Any]:
    """The ``{…}`` of an info string."""
    if attributes:
        return attributes
    start = info.find("{")
    parsed = parse_attributes(info, start) if start >= 0 else None
    return parsed[0] if parsed else {}


def _split(attributes: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    plain: dict[str, Any] = {}
    settings: dict[str, Any] = {}
    for name, value in attributes.items():
        (settings if name.lower() in FENCE_OPTIONS else plain)[name] = value
    return plain, settings


def render_passthrough(text: str, kind: str, delimiters: tuple[str, str], page: Page) -> str:
    """Math and the like: what stands between the delimiters, untouched; without a hook the whole of it."""
    opening, closing = delimiters
    if page.hooks is not None:
        inner = text[len(opening) : len(text) - len(closing)]
        html = page.hooks.passthrough(inner, kind, {}, page.ordinal("passthrough"))
        if html is not None:
            return html
    return text
