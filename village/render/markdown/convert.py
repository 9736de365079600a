"""Markdown to HTML: the door of this room."""

from __future__ import annotations

from functools import lru_cache

import mistune

from village.render.markdown import containers, emoji, emphasis, leaves, linkify, links, passthrough, typography
from village.render.markdown.blocks import Blocks, BlockState
from village.render.markdown.html import Html
from village.render.markdown.inline import Inline
from village.render.markdown.model import Hooks, Rendered
from village.render.markdown.options import MarkdownOptions
from village.render.markdown.page import Page
from village.render.markdown.references import take_references
from village.render.markdown.tables import take_table
from village.render.markdown.toc import toc_html


class Markdown(mistune.Markdown):
    """mistune's pipeline of block and inline parser with goldmark's rules; shared, as it holds no page."""

    def __init__(self, options: MarkdownOptions) -> None:
        self.options = options
        self.blocks = _blocks(options)
        self.spans = _inline(options)
        super().__init__(None, self.blocks, self.spans)

    def page(self, text: str, hooks: Hooks | None) -> Rendered:
        """One rendering."""
        text = _normalised(text)
        page = Page(text, self.options, hooks)
        html = self._html(text, page)
        options = self.options
        return Rendered(
            html,
            page.headings,
            toc_html(page.headings, options.toc_start, options.toc_end, ordered=options.toc_ordered),
            page.links,
            sorted(page.anchors.taken),
        )

    def _html(self, text: str, page: Page) -> str:
        state = BlockState()
        state.process(text)
        self.block.parse(state)
        page.references = state.references
        page.footnotes = {label: block for label, block in state.footnotes.items() if label}
        return Html(self.spans, page).render(state.root)


def _normalised(text: str) -> str:
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.replace("\0", "\ufffd") if "\0" in text else text


def _blocks(options: MarkdownOptions) -> Blocks:
    parser = Blocks(options)
    if options.definition_list:
        containers.register_definitions(parser)
    leaves.register(parser)
    containers.register_lists(parser)
    leaves.register_after_lists(parser)
    containers.register_quotes(parser)
    leaves.register_html(parser)
    if options.footnote:
        containers.register_footnotes(parser)
    parser.transforms.append(take_references)
    if options.table:
        parser.transforms.append(take_table)
    return parser


def _inline(options: MarkdownOptions) -> Inline:
    parser = Inline(options)
    passthrough.register(parser)
    links.register(parser)
    emphasis.register(parser)
    emoji.register(parser)
    linkify.register(parser)
    typography.register(parser)
    return parser


@lru_cache(maxsize=64)
def _markdown(options: MarkdownOptions) -> Markdown:
    return Markdown(options)


def render(text: str, options: MarkdownOptions, hooks: Hooks | None = None) -> Rendered:
    """Renders a page's Markdown. Pure but for what the hooks do; parsers are kept by options."""
    return _markdown(options).page(text, hooks)


def render_inline(text: str, options: MarkdownOptions, hooks: Hooks | None = None) -> str:
    """Hugo's ``markdownify``: a single paragraph loses its ``<p>``; with none or several all stays as it is, the line
    end after the last block too."""
    html = _markdown(options).page(text, hooks).html
    if html.count("<p>") != 1:
        return html
    html = html.strip()
    if html.startswith("<p>") and html.endswith("</p>"):
        return html[3:-4].strip()
    return html
