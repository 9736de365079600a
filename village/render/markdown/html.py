"""The block tree as HTML, in goldmark's spelling."""

from __future__ import annotations

import re
from typing import Any

from mistune.core import BaseRenderer

from village.render.markdown import fences
from village.render.markdown.attributes import block_attributes, render_attributes, table_attributes
from village.render.markdown.blocks import Block
from village.render.markdown.characters import escape, unescape
from village.render.markdown.inline import Inline
from village.render.markdown.model import Heading
from village.render.markdown.page import Page
from village.render.markdown.passthrough import hoisted
from village.render.markdown.pieces import Passed, anchor_text, plain_text, title_html
from village.render.markdown.toc import toc_title

_ALERT = re.compile(r"<p>\[!([a-zA-Z]+)\]([-+]?)(?:[ \t]*([^\n<]*(?:<(?!/p>)[^\n<]*)*))?(?:\n|</p>\n?)")
_OMITTED = "<!-- raw HTML omitted -->\n"


class Html(BaseRenderer):
    """Renders one page; made anew for each, its methods are the block types."""

    def __init__(self, inline: Inline, page: Page) -> None:
        self.inline = inline
        self.page = page
        self.hooks = page.hooks
        self._footnotes: dict[str, str] = {}

    def render(self, root: Block) -> str:
        """The HTML of the whole tree."""
        if self.page.options.attribute_block:
            _apply_attributes(root)
        html = self.children(root)
        return html + self._footnote_list() if self.page.footnote_order else html

    def children(self, block: Block) -> str:
        """The HTML of a block's children."""
        out: list[str] = []
        for child in block.children:
            out.append(getattr(self, child.type)(child))
        return "".join(out)

    def _text(self, block: Block) -> str:
        return "".join(self.inline.pieces("\n".join(block.lines), self.page))

    def paragraph(self, block: Block) -> str:
        text = "\n".join(block.lines) if len(block.lines) > 1 else block.lines[0]
        if not self.page.options.wrap_standalone_image and text.startswith("!["):
            image = self._standalone_image(text, block.attributes or {})
            if image is not None:
                return image
        pieces = self.inline.pieces(text, self.page, at_item_start=text[0] == "[" and _starts_item(block))
        tag = f"<p{block_attributes(block.attributes, 'p')}>" if block.attributes else "<p>"
        if self.page.options.passthrough_block:
            return hoisted(pieces, tag)
        return f"{tag}{''.join(pieces)}</p>\n"

    def _standalone_image(self, text: str, attributes: dict[str, Any]) -> str | None:
        page = self.page
        pieces = self.inline.pieces(text, page.trial())
        if len(pieces) != 1 or not pieces[0].startswith("<img "):
            return None
        page.standalone = attributes
        html = "".join(self.inline.pieces(text, page))
        page.standalone = None
        return html

    def text(self, block: Block) -> str:
        text = "\n".join(block.lines)
        pieces = self.inline.pieces(text, self.page, at_item_start=text[:1] == "[" and _starts_item(block))
        html = hoisted(pieces, "") if self.page.options.passthrough_block else "".join(pieces)
        parent = block.parent
        if pieces and type(pieces[0]) is Passed and _starts_item(block):
            html = "\n" + html  # the item begins with a block after all
        if not html or parent is None or parent.children[-1] is block:
            return html
        if parent.children[-1].type == "footnotes" and parent.children[-2] is block:
            return html  # footnotes are shown elsewhere
        return html + "\n"

    def heading(self, block: Block) -> str:
        page = self.page
        text = "\n".join(block.lines)
        pieces = self.inline.pieces(text, page, at_item_start=text[:1] == "[" and _starts_item(block))
        html = "".join(pieces)
        plain = unescape(plain_text(pieces))
        attributes = block.attributes or {}
        if "id" in attributes:
            page.anchors.reserve(str(attributes["id"]))
        elif page.options.auto_heading_id:
            name = anchor_text(pieces)
            if block.data:
                name = name.rsplit("\n", 1)[-1]  # of a heading of several lines the last
            if name:
                attributes["id"] = page.anchors.unique(name)
        anchor = str(attributes.get("id", ""))
        if block.children:
            attributes = {**attributes, **_missing(attributes, block.children[0])}
        listed = title_html(pieces)
        if "<" in html or "<" in listed:
            listed = toc_title(listed)
        page.headings.append(Heading(block.level, anchor, listed, plain))
        if self.hooks is not None:
            shown = self.hooks.heading(block.level, anchor, html, plain, attributes, page.ordinal("heading"))
            if shown is not None:
                return shown
        return f"<h{block.level}{render_attributes(attributes)}>{html}</h{block.level}>\n"

    def reference(self, _block: Block) -> str:
        return ""

    def thematic_break(self, block: Block) -> str:
        return f"<hr{block_attributes(block.attributes, 'hr')}{' /' if self.page.options.xhtml else ''}>\n"

    def indented_code(self, block: Block) -> str:
        return f"<pre><code>{escape(chr(10).join(block.lines))}\n</code></pre>\n"

    def fenced_code(self, block: Block) -> str:
        return fences.render_fence(block, self.page)

    def html(self, block: Block) -> str:
        if self.page.options.unsafe:
            return "\n".join(block.lines) + "\n"
        if block.lines[0].startswith("<!--"):
            return ""  # a comment is not missed
        return _OMITTED * 2 if block.level else _OMITTED

    def blockquote(self, block: Block) -> str:
        html = self.children(block)
        if self.hooks is not None:
            shown = self._blockquote_hook(block, html)
            if shown is not None:
                return shown
        line_end = "" if block.attributes else "\n"  # as goldmark
        return f"<blockquote{block_attributes(block.attributes, 'blockquote')}>{line_end}{html}</blockquote>\n"

    def _blockquote_hook(self, block: Block, html: str) -> str | None:
        assert self.hooks is not None
        found = _ALERT.match(html)
        kind, sign, title, text = "", "", "", html
        if found is not None:
            kind, sign, title = found[1].lower(), found[2], (found[3] or "").strip()
            rest = html[found.end() :]
            text = (rest if found[0].rstrip().endswith("</p>") else "<p>" + rest).strip()
        return self.hooks.blockquote(
            "alert" if kind else "regular", text, block.attributes or {}, self.page.ordinal("blockquote"),
            alert_type=kind, alert_title=title, alert_sign=sign,
        )  # fmt: skip

    def list(self, block: Block) -> str:
        out: list[str] = []
        for item in block.children:
            first = next((child.type for child in item.children if child.type != "footnotes"), "")
            opening = f"<li{block_attributes(item.attributes, 'li')}>" if item.attributes else "<li>"
            out.append(opening if first in ("text", "") else opening + "\n")
            out.append(self.children(item))
            out.append("</li>\n")
        tag, start = ("ol", f' start="{block.level}"' if block.level != 1 else "") if block.level >= 0 else ("ul", "")
        return f"<{tag}{start}{block_attributes(block.attributes, tag)}>\n{''.join(out)}</{tag}>\n"

    def definition_list(self, block: Block) -> str:
        return f"<dl{block_attributes(block.attributes, 'dl')}>\n{self.children(block)}</dl>\n"

    def definition_term(self, block: Block) -> str:
        pieces = self.inline.pieces("\n".join(block.lines), self.page)
        attributes = block.attributes or {}
        if self.page.options.auto_definition_term_id and "id" not in attributes:
            name = anchor_text(pieces)
            if name:
                attributes["id"] = self.page.anchors.unique(name, "term")
        return f"<dt{block_attributes(attributes, 'dt')}>{''.join(pieces)}</dt>\n"

    def definition(self, block: Block) -> str:
        line_end = "" if block.data else "\n"
        return f"<dd{block_attributes(block.attributes, 'dd')}>{line_end}{self.children(block)}</dd>\n"

    def table(self, block: Block) -> str:
        alignments, rows = block.data
        shown = [
            [
                ("", "") if cell is None else (alignment, "".join(self.inline.pieces(cell, self.page, in_cell=True)))
                for alignment, cell in zip(alignments, row, strict=True)
            ]
            for row in rows
        ]
        if self.hooks is not None:
            html = self.hooks.table(shown[:1], shown[1:], block.attributes or {}, self.page.ordinal("table"))
            if html is not None:
                return html
        return _table_html(shown, table_attributes(block.attributes))

    def footnotes(self, block: Block) -> str:
        for footnote in block.children:
            html = self.children(footnote)
            if self.page.footnotes.get(footnote.data) is footnote:
                self._footnotes[footnote.data] = html
        return ""

    def _footnote_list(self) -> str:
        slash, prefix = " /" if self.page.options.xhtml else "", self.page.footnote_prefix
        out = [f'<div class="footnotes" role="doc-endnotes">\n<hr{slash}>\n<ol>\n']
        for label, number in self.page.footnote_order.items():
            html = self._footnotes.get(label, "")
            back = "".join(
                f'&#160;<a href="#{prefix}fnref{again or ""}:{number}" class="footnote-backref" role="doc-backlink">'
                f"{self.page.options.footnote_backlink}</a>"
                for again in range(self.page.footnote_uses[label])
            )
            children = self.page.footnotes[label].children
            if children and children[-1].type == "paragraph" and html.endswith("</p>\n"):
                html = f"{html[:-5]}{back}</p>\n"
            else:
                html += back
            out.append(f'<li id="{prefix}fn:{number}">\n{html}</li>\n')
        out.append("</ol>\n</div>\n")
        return "".join(out)


def _apply_attributes(block: Block) -> None:
    """Gives the attribute lists to the blocks before them and takes them out of the tree."""
    kept: list[Block] = []
    for child in block.children:
        if child.type != "attributes":
            kept.append(child)
            _apply_attributes(child)
        elif kept and not child.blank and kept[-1].type != "fenced_code":
            if kept[-1].type == "heading":
                kept[-1].children = [child]  # given only once the heading has its id, which it does not change
            else:
                kept[-1].attributes = {**(kept[-1].attributes or {}), **_missing(kept[-1].attributes, child)}
    block.children = kept


def _missing(attributes: dict[str, Any] | None, given: Block) -> dict[str, Any]:
    return {name: value for name, value in (given.attributes or {}).items() if name not in (attributes or {})}


def _starts_item(block: Block) -> bool:
    parent = block.parent
    return parent is not None and parent.type == "list_item" and parent.children[0] is block


def _table_html(rows: list[list[tuple[str, str]]], attributes: str) -> str:
    """Hugo's embedded table hook, tabs and all."""
    out = [f"<table{attributes}>\n\t<thead>\n"]
    _rows(out, rows[:1], "th")
    out.append("\t</thead>\n\t<tbody>\n")
    _rows(out, rows[1:], "td")
    out.append("\t</tbody>\n</table>\n")
    return "".join(out)


def _rows(out: list[str], rows: list[list[tuple[str, str]]], tag: str) -> None:
    for row in rows:
        out.append("\t\t\t<tr>\n")
        for alignment, html in row:
            style = f' style="text-align: {alignment}"' if alignment else ""
            out.append(f"\t\t\t\t\t<{tag}{style}>{html}</{tag}>\n")
        out.append("\t\t\t</tr>\n")
