"""What one rendering gathers on its way: references, footnotes, headings and their ids, links, ordinals."""

from __future__ import annotations

from collections import Counter
from html import unescape
from typing import Any, Literal

from village.render.markdown.anchors import Anchors
from village.render.markdown.attributes import block_attributes
from village.render.markdown.blocks import Block
from village.render.markdown.characters import escape, escape_url, is_dangerous
from village.render.markdown.model import Heading, Hooks, Link
from village.render.markdown.options import MarkdownOptions
from village.render.markdown.pieces import Piece
from village.render.summary import PLACEHOLDER

_LINES_OF_DIVIDER = 3  # that the summary divider's stand-in adds to the author's text


class Page:
    """The state of one rendering; nothing of it outlives the call."""

    def __init__(self, text: str, options: MarkdownOptions, hooks: Hooks | None) -> None:
        self.text = text
        self.options = options
        self.hooks = hooks
        self.references: dict[str, tuple[str, str | None]] = {}
        self.footnotes: dict[str, Block] = {}
        self.footnote_order: dict[str, int] = {}  # label → number, in order of first use
        self.footnote_uses: Counter[str] = Counter()
        self.footnote_prefix = hooks.prefix() if hooks is not None and options.footnote_auto_id_prefix else ""
        self.anchors = Anchors(options.auto_id_type)
        self.headings: list[Heading] = []
        self.links: list[Link] = []
        self.ordinals: Counter[str] = Counter()
        self._searched = 0
        self._line = 1  # of what was searched for last
        self._divider = text.find(PLACEHOLDER)
        self.standalone: dict[str, Any] | None = None  # the attributes of an image that is a block of its own
        self.single_quotes = 0  # those typographer has opened; goldmark counts them through the page
        self.double_quotes = 0

    def trial(self) -> Page:
        """A page with the same definitions, to see what a text comes to: what it counts is not kept."""
        page = Page(self.text, self.options, None)
        page.references, page.footnotes = self.references, self.footnotes
        return page

    def ordinal(self, kind: str) -> int:
        """Counts the elements of a kind, from 0."""
        number = self.ordinals[kind]
        self.ordinals[kind] = number + 1
        return number

    def line_of(self, destination: str) -> int:
        """The line a destination stands on, found from where the one before it stood; 0 when it does not."""
        at = self.text.find(destination, self._searched) if destination else -1
        if at < 0:
            at = self.text.find(destination) if destination else -1
            if at < 0:
                return 0
            self._searched, self._line = 0, 1
        self._line += self.text.count("\n", self._searched, at)
        self._searched = at
        added = _LINES_OF_DIVIDER if 0 <= self._divider < at else 0
        return self._line - added

    def link(self, destination: str, title: str | None, html: str, plain: str, *, is_image: bool) -> str:
        """The HTML of a link or an image; ``destination`` and ``title`` are unescaped, ``html`` and ``plain`` not."""
        kind: Literal["link", "image"] = "image" if is_image else "link"
        line = self.line_of(destination) if self.hooks is not None else 0
        text = unescape(plain)
        self.links.append(Link(kind, destination, text, line))
        if self.hooks is not None:
            destination = self.hooks.resolve(destination, is_image, line)
            shown = self.hooks.link(
                destination, title or "", html, text, is_image, self.ordinal(kind),
                attributes=self.standalone or {}, is_block=self.standalone is not None,
            )  # fmt: skip
            if shown is not None:
                return shown
        url = "" if not self.options.unsafe and is_dangerous(destination) else escape_url(destination)
        titled = "" if title is None else f' title="{escape(title)}"'
        if is_image:
            attributes = block_attributes(self.standalone, "img")
            return f'<img src="{url}" alt="{plain}"{titled}{attributes}{" />" if self.options.xhtml else ">"}'
        return f'<a href="{url}"{titled}>{html}</a>'

    def autolink(self, url: str, label: str, *, is_email: bool) -> Piece:
        """A link that shows its own address."""
        if is_email and not url.lower().startswith("mailto:"):
            url = "mailto:" + url
        shown = escape(label)
        html = None
        if self.hooks is not None:
            url = self.hooks.resolve(url, False, 0)
            html = self.hooks.link(
                url, "", shown, label, False, self.ordinal("autolink"), attributes={}, is_block=False
            )  # fmt: skip
        self.links.append(Link("link", url, label, 0))
        if html is None:
            safe = self.options.unsafe or not is_dangerous(url)
            html = f'<a href="{escape_url(url) if safe else ""}">{shown}</a>'
        return Piece(html, "", html)
