"""Passthrough: text between configured delimiters (math) reaches the page untouched."""

from __future__ import annotations

import re

from village.render.markdown.blocks import CLOSE, CONTINUE, SPACE, Block, Blocks, BlockState, Opened
from village.render.markdown.fences import render_passthrough
from village.render.markdown.inline import Inline, InlineState, Rule
from village.render.markdown.options import Pairs
from village.render.markdown.pieces import Piece


def register_blocks(parser: Blocks) -> None:
    """The block delimiters, at the head of a line."""
    for pair in _longest_first(parser.options.passthrough_block):
        parser.trigger(pair[0][0], f"passthrough_{pair[0].encode().hex()}", re.escape(pair[0]), _block_rule(pair))
    parser.continuable("passthrough", _continue)


def _longest_first(pairs: Pairs) -> list[tuple[str, str]]:
    return sorted(((a, b) for a, b in pairs if a and b), key=lambda pair: -len(pair[0]))


def _block_rule(pair: tuple[str, str]):  # noqa: ANN202
    opening, closing = pair

    def rule(_parser: Blocks, _found: re.Match[str], state: BlockState) -> Opened | None:
        text = state.stripped
        end = text.find(closing, len(opening))
        block = Block("passthrough", [text], data=pair)
        if end >= 0:
            if text[end + len(closing) :].strip(SPACE):
                return None
            block.level = 1
        return block, False

    return rule


def _continue(block: Block, state: BlockState) -> int:
    if block.level:
        return CLOSE
    block.lines.append(state.line)
    if block.data[1] in state.line:
        block.level = 1
    return CONTINUE


def register(inline: Inline) -> None:
    """The inline delimiters; block delimiters count inside a paragraph as well."""
    options = inline.options
    kinds = [(pair, "inline") for pair in options.passthrough_inline] + [(pair, "block") for pair in options.passthrough_block]
    for pair, kind in sorted(((pair, kind) for pair, kind in kinds if pair[0] and pair[1]), key=lambda each: -len(each[0][0])):
        inline.trigger(pair[0][0], _inline_rule(pair, kind), only_with=pair[0])


def _inline_rule(pair: tuple[str, str], kind: str) -> Rule:
    opening, closing = pair

    def rule(state: InlineState, start: int) -> int:
        src = state.src
        if not src.startswith(opening, start):
            return 0
        end = state.delimiters.find(closing, start + len(opening))
        while end is not None and src[end - 1] == "\\" and not closing.startswith("\\"):
            end = state.delimiters.find(closing, end + 1)
        if end is None:
            return 0
        end += len(closing)
        html = render_passthrough(src[start:end], kind, pair, state.env)
        state.pieces.append(Piece(html, src[start:end]))
        return end

    return rule
