"""Links, images, footnote references and wiki links."""

from __future__ import annotations

import re

from village.render.markdown.characters import escape, unescape
from village.render.markdown.delimiters import match_delimiters
from village.render.markdown.destinations import link_destination, link_title
from village.render.markdown.inline import Inline, InlineState
from village.render.markdown.line_breaks import settle
from village.render.markdown.pieces import Loose, Piece, alternative_text, anchor_text, plain_text, title_html
from village.render.markdown.references import MAX_LABEL, reference_key

MAX_BRACKETS = 100  # nested links and images; each level repeats its text, so depth is bounded
_SPACES = re.compile(r"[ \t\n\r]*")
_LABEL = re.compile(r"\[((?:[^\\\[\]]|\\.){0,999})\]", re.DOTALL)
_FOOTNOTE = re.compile(r"!?\[\^((?:[^\\\[\]]|\\.)*)\]", re.DOTALL)
_TASK = re.compile(r"\[([ \t\n\v\f\rxX])\][ \t\n\v\f\r]*")
_WIKI = re.compile(r"(!?)\[\[([^\[\]\n|]{1,500})(?:\|([^\[\]\n]{1,500}))?\]\]")


class Bracket:
    """An open ``[`` or ``![``: its piece, its place in the text, how many delimiter runs came before it."""

    __slots__ = ("delimiters", "depth", "image", "index", "position")

    def __init__(self, state: InlineState, position: int, *, image: bool) -> None:
        self.index = len(state.pieces)
        self.position = position
        self.delimiters = len(state.delimiters_open)
        self.image = image
        self.depth = 0


def register(inline: Inline) -> None:
    """Adds the rules to a parser, in goldmark's order of precedence."""
    options = inline.options
    if options.task_list:
        inline.trigger("[", task_mark, only_with="[")
    if options.footnote:
        inline.trigger("[!", footnote_reference, only_with="[")
    if options.wiki_links:
        inline.trigger("[!", wiki_link, only_with="[[")
    inline.trigger("[", open_link, only_with="[")
    inline.trigger("!", open_image, only_with="![")
    inline.trigger("]", close_bracket, only_with="[")


def task_mark(state: InlineState, start: int) -> int:
    """``[ ]`` or ``[x]`` at the head of a list item."""
    if start or not state.at_item_start:
        return 0
    found = _TASK.match(state.src)
    if found is None:
        return 0
    checked = 'checked="" ' if found[1] in "xX" else ""
    state.pieces.append(Piece(f'<input {checked}disabled="" type="checkbox"{" /" * state.page.options.xhtml}> ', ""))
    return found.end()


def footnote_reference(state: InlineState, start: int) -> int:
    """``[^label]`` of a known footnote."""
    page = state.page
    if not page.footnotes:
        return 0
    found = _FOOTNOTE.match(state.src, start)
    if found is None or found[1] not in page.footnotes:
        return 0
    if state.src[start] == "!":
        state.pieces.append("!")
    label = found[1]
    number = page.footnote_order.setdefault(label, len(page.footnote_order) + 1)
    page.footnote_uses[label] += 1
    again = page.footnote_uses[label] - 1
    state.pieces.append(
        Piece(
            f'<sup id="{page.footnote_prefix}fnref{again or ""}:{number}">'
            f'<a href="#{page.footnote_prefix}fn:{number}" class="footnote-ref"'
            f' role="doc-noteref">{number}</a></sup>',
            "",
            "",
        )
    )
    return found.end()


def wiki_link(state: InlineState, start: int) -> int:
    """``[[target]]``, ``[[target|label]]``, ``[[target#anchor]]``; with ``!`` an image."""
    found = _WIKI.match(state.src, start)
    if found is None:
        return 0
    target = found[2].strip()
    label = escape((found[3] or target).strip())
    hooks = state.page.hooks
    if hooks is not None and not found[1]:
        known = hooks.wiki(target, state.page.line_of(target))
        if known is None:
            return 0
        target = known
    html = state.page.link(target, None, label, label, is_image=bool(found[1]))
    state.pieces.append(Piece(html, label, label))
    return found.end()


def open_link(state: InlineState, start: int) -> int:
    """``[``."""
    found = state.scanner.link.match(state.src, start)
    if found is not None:
        return _plain_link(state, found[1], found[2], found.end())
    state.brackets.append(Bracket(state, start + 1, image=False))  # type: ignore[arg-type]
    state.pieces.append(Loose("["))
    return start + 1


def _plain_link(state: InlineState, text: str, destination: str, end: int) -> int:
    """``[text](destination)`` at once: with no mark in either, ``close_bracket`` would come to the same, and the text
    is its own HTML, its own plain text and its own anchor."""
    html = state.page.link(destination, None, text, text, is_image=False)
    state.pieces.append(Piece(html, text, text))
    _pass_depth(state.brackets, 1)  # type: ignore[arg-type]
    state.last_link_end = end
    return end


def open_image(state: InlineState, start: int) -> int:
    """``![``."""
    if not state.src.startswith("[", start + 1):
        return 0
    state.brackets.append(Bracket(state, start + 2, image=True))  # type: ignore[arg-type]
    state.pieces.append(Loose("!["))
    return start + 2


def close_bracket(state: InlineState, start: int) -> int:
    """``]``: a link, an image, or only a bracket."""
    brackets: list[Bracket] = state.brackets  # type: ignore[assignment]
    if not brackets:
        return 0
    opener = brackets.pop()
    inactive = not opener.image and opener.position <= state.last_link_end  # it holds a link already
    if inactive or opener.depth > MAX_BRACKETS:
        _pass_depth(brackets, opener.depth)
        return 0
    target = _inline_target(state, start) or _reference_target(state, opener, start)
    if target is None:
        _pass_depth(brackets, opener.depth)
        return 0
    destination, title, end = target
    _finish(state, opener, destination, title)
    _pass_depth(brackets, opener.depth + 1)
    if not opener.image:
        state.last_link_end = end
    return end


def _pass_depth(brackets: list[Bracket], depth: int) -> None:
    if brackets and depth > brackets[-1].depth:
        brackets[-1].depth = depth


def _finish(state: InlineState, opener: Bracket, destination: str, title: str | None) -> None:
    pieces, runs, page = state.pieces, state.delimiters_open, state.page
    if len(runs) > opener.delimiters:
        inner = runs[opener.delimiters :]
        del runs[opener.delimiters :]
        match_delimiters(pieces, inner)
    content = pieces[opener.index + 1 :]
    del pieces[opener.index :]
    if page.options.east_asian_line_breaks and not opener.image:  # an image's text keeps its lines
        settle(content, page.options.east_asian_line_breaks)
    plain = alternative_text(content) if opener.image else plain_text(content)
    shown_title = None if title is None else unescape(title)
    html = page.link(unescape(destination), shown_title, "".join(content), plain, is_image=opener.image)
    anchor = anchor_text(["<a>", *content, "</a>"])
    pieces.append(Piece(html, plain, html if opener.image else title_html(content), escape(anchor)))


def _inline_target(state: InlineState, start: int) -> tuple[str, str | None, int] | None:
    src = state.src
    if not src.startswith("(", start + 1):
        return None
    position = _SPACES.match(src, start + 2).end()  # type: ignore[union-attr]
    if src.startswith(")", position):
        return "", None, position + 1
    destination = link_destination(src, position)
    if destination is None:
        return None
    url, after = destination
    position = _SPACES.match(src, after).end()  # type: ignore[union-attr]
    if src.startswith(")", position):
        return url, None, position + 1
    title = link_title(src, position) if position > after else None
    if title is None:
        return None
    position = _SPACES.match(src, title[1]).end()  # type: ignore[union-attr]
    return (url, title[0], position + 1) if src.startswith(")", position) else None


def _reference_target(state: InlineState, opener: Bracket, start: int) -> tuple[str, str | None, int] | None:
    references = state.page.references
    if not references:
        return None
    src, end, label = state.src, start + 1, None
    found = _LABEL.match(src, end)
    if found is not None:
        end = found.end()
        if found[1].strip():
            label = found[1]
    if label is None:
        if start - opener.position > MAX_LABEL:
            return None
        label = src[opener.position : start]
    target = references.get(reference_key(label))
    return None if target is None else (*target, end)
