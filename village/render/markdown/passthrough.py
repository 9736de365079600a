"""Passthrough: text between configured delimiters (math) reaches the page untouched."""

from __future__ import annotations

from village.render.markdown.characters import escape, unescape
from village.render.markdown.fences import render_passthrough
from village.render.markdown.inline import Inline, InlineState, Rule
from village.render.markdown.options import Pairs
from village.render.markdown.pieces import Passed, Piece, Untouched


def register(inline: Inline) -> None:
    """The delimiters, longest first; a block between them leaves its paragraph when that is rendered."""
    options = inline.options
    kinds = dict.fromkeys(_whole(options.passthrough_block), "block")
    kinds |= dict.fromkeys(_whole(options.passthrough_inline), "inline")
    for pair, kind in sorted(kinds.items(), key=lambda each: -len(each[0][0])):
        inline.trigger(pair[0][0], _rule(pair, kind), only_with=pair[0])
    inline.by_character["\\"].sort(key=lambda rule: rule == inline.backslash)  # delimiters before escapes


def _whole(pairs: Pairs) -> list[tuple[str, str]]:
    return [(opening, closing) for opening, closing in pairs if opening and closing]


def _rule(pair: tuple[str, str], kind: str) -> Rule:
    opening, closing = pair

    def rule(state: InlineState, start: int) -> int:
        src = state.src
        if not src.startswith(opening, start):
            return 0
        begin = start + len(opening)
        end = state.delimiters.find(closing, begin)
        while end is not None and src[end - 1] == "\\" and not closing.startswith("\\"):
            end = state.delimiters.find(closing, end + 1)
        if end is None or end == begin:
            text = escape(unescape(opening))
            state.pieces.append(Piece(text, text))  # after which a bare address may stand
            return begin
        end += len(closing)
        html = render_passthrough(src[start:end], kind, pair, state.page)
        state.pieces.append(Passed(html) if kind == "block" else Untouched(html, src[start:end], anchor=""))
        return end

    return rule


def hoisted(pieces: list[str], tag: str) -> str:
    """A paragraph with blocks in it: what is before and after them becomes paragraphs of their own."""
    out: list[str] = []
    text: list[str] = []
    for piece in pieces:
        if type(piece) is Passed:
            if text:
                out.append(f"{tag}{''.join(text)}</p>\n" if tag else "".join(text) + "\n")
            out.append(piece)
            text = []
        else:
            text.append(piece)
    if text:
        out.append(f"{tag}{''.join(text)}</p>\n" if tag else "".join(text))
    return "".join(out)
