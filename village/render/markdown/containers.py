"""Container blocks: quotes, lists, definition lists, footnotes; the rules of goldmark, which users know as Hugo's."""

from __future__ import annotations

import re

from village.render.markdown.blocks import (
    CLOSE,
    DESCEND,
    MAX_NESTING,
    RETRY,
    SPACE,
    Block,
    Blocks,
    BlockState,
    Opened,
    remove,
)

_MARKER = re.compile(r"( {0,3})([-*+]|\d{1,9}[.)])(?=[ \t\r]|$)")
_BREAK = re.compile(r"(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,})[\r]*$")
_SETEXT_BAR = re.compile(r"-+[ \t]*$")


def register_definitions(parser: Blocks) -> None:
    """Definition lists stand before thematic breaks."""
    parser.trigger(":", "definition_list", r":", definition_list)
    parser.trigger(":", "definition", r":", definition)
    parser.continuable("definition_list", _continue_definition_list)
    parser.continuable("definition", lambda _block, _state: DESCEND, _close_definition)


def register_lists(parser: Blocks) -> None:
    """Lists and their items."""
    parser.trigger("-+*0123456789", "list", r"(?:[-*+]|\d{1,9}[.)])(?:[ \t\r]|$)", list_)
    parser.trigger("-+*0123456789", "list_item", r"(?:[-*+]|\d{1,9}[.)])(?:[ \t\r]|$)", list_item)
    parser.continuable("list", _continue_list, _close_list)
    parser.continuable("list_item", _continue_list_item)


def register_quotes(parser: Blocks) -> None:
    """Blockquotes."""
    parser.trigger(">", "blockquote", ">", blockquote)
    parser.continuable("blockquote", _continue_blockquote)


def register_footnotes(parser: Blocks) -> None:
    """Footnote definitions."""
    parser.trigger("[", "footnote", r"\[\^((?:[^\[\]\\]|\\.)*)\]:", footnote)
    parser.continuable("footnote", _continue_footnote, _close_footnote)


def blockquote(_parser: Blocks, _found: re.Match[str], state: BlockState) -> Opened | None:
    """``> text``."""
    if len(state.open) >= MAX_NESTING:
        return None
    _eat_quote_mark(state)
    return Block("blockquote"), True


def _continue_blockquote(_block: Block, state: BlockState) -> int:
    state.measure()
    if state.indent > 3 or state.stripped[:1] != ">":
        return CLOSE
    _eat_quote_mark(state)
    return DESCEND


def _eat_quote_mark(state: BlockState) -> None:
    state.line = state.stripped[1:]
    state.column += state.indent + 1
    if state.line[:1] in (" ", "\t"):
        state.consume(1)


def list_(_parser: Blocks, _found: re.Match[str], state: BlockState) -> Opened | None:
    """The list a marker begins; the item is opened inside it from the same line."""
    last = state.open[-1] if state.open else None
    if (last is not None and last.type == "list") or state.skip_list:
        state.skip_list = False
        return None
    found = _MARKER.match(state.line)
    if found is None or len(state.open) >= MAX_NESTING:
        return None
    marker = found[2]
    start = int(marker[:-1]) if len(marker) > 1 else -1
    interrupts = last is not None and last.type == "paragraph" and last.parent is state.into
    if interrupts and (start not in (-1, 1) or not state.line[found.end() :].strip(SPACE)):
        return None  # only a list from 1, and no empty item, may interrupt a paragraph
    state.empty_item = False
    block = Block("list", level=start, data=marker[-1])
    return block, True


def _last_offset(block: Block) -> int:
    return block.children[-1].offset if block.children else 0


def _continue_list(block: Block, state: BlockState) -> int:
    line = state.line
    last_is_empty = not block.children[-1].children
    if not line.strip(SPACE):
        if last_is_empty:
            state.empty_item = True
        return DESCEND
    offset = _last_offset(block)
    state.measure()
    if state.indent < offset or last_is_empty:
        if state.indent < 4:
            found = _MARKER.match(line)
            if found is not None and len(found[1]) - offset < 4:
                return _next_item(block, state, found)
        if not last_is_empty or state.indent < offset:
            return CLOSE
    return CLOSE if state.empty_item else DESCEND


def _next_item(block: Block, state: BlockState, found: re.Match[str]) -> int:
    marker = found[2]
    if marker[-1] != block.data or (len(marker) > 1) != (block.level >= 0):
        return CLOSE
    rest = state.line[found.end() - 1 :]
    if _BREAK.match(rest):  # a thematic break beats an item, a setext underline beats the break
        under_paragraph = state.open[-1].type == "paragraph" and _SETEXT_BAR.match(rest)
        if not under_paragraph:
            return CLOSE
    return DESCEND


def _close_list(block: Block, _state: BlockState) -> None:
    tight = not any(
        (index and item.blank) or any(child.blank for child in item.children[1:])
        for index, item in enumerate(block.children)
    )
    if tight:
        for item in block.children:
            _tighten(item)


def _tighten(block: Block) -> None:
    for child in block.children:
        if child.type == "paragraph":
            child.type = "text"


def list_item(_parser: Blocks, _found: re.Match[str], state: BlockState) -> Opened | None:
    """An item; ``offset`` is the column its content begins at, counted from the item's own line."""
    parent = state.into
    if parent.type != "list":
        return None
    found = _MARKER.match(state.line)
    if found is None or len(found[1]) - _last_offset(parent) > 3:
        return None
    state.empty_item = False
    rest = state.line[found.end() :]
    column = state.column + found.end()
    state.line, state.column = rest, found.end()  # goldmark measures tabs here from where the item's line begins
    item = Block("list_item")
    if not rest.strip(SPACE):
        item.offset = found.end() + 1
        state.column = column
        return item, False
    state.measure()
    width = state.indent if state.indent <= 4 else 1  # more: indented code one column after the marker
    item.offset = found.end() + width
    state.consume(width)
    state.column = column + width
    return item, True


def _continue_list_item(block: Block, state: BlockState) -> int:
    line = state.line
    if not line.strip(SPACE):
        state.line = ""
        return DESCEND
    parent = block.parent
    offset = _last_offset(parent) if parent is not None else 0
    empty = not block.children and state.empty_item
    state.measure()
    if (empty or state.indent < offset) and state.indent < 4:
        if _MARKER.match(line):
            state.skip_list = True
            return CLOSE
        if not empty:
            return CLOSE
    if state.indent >= offset:
        state.consume(offset)
    return DESCEND


def definition_list(parser: Blocks, _found: re.Match[str], state: BlockState) -> Opened | None:
    """``: text`` under a paragraph, whose lines are the terms; ``data`` is that paragraph."""
    parent = state.into
    width = _definition_width(state)
    if parent.type == "definition_list" or width is None or not parent.children or len(state.open) >= MAX_NESTING:
        return None
    last = parent.children[-1]
    if last.type == "definition_list":
        remove(last)
        last.offset, last.data, last.blank = width, None, False
        return last, True
    if last.type != "paragraph":
        return None
    before = parent.children[-2] if len(parent.children) > 1 else None
    if before is not None and before.type == "definition_list":
        before.offset, before.data, before.blank = width, last, False
        remove(before)
        return before, True
    if state.open and state.open[-1] is last:
        state.open.pop()
        if parser.close_paragraph(last, state):
            return RETRY
    block = Block("definition_list", data=last)
    block.offset = width
    return block, True


def _definition_width(state: BlockState) -> int | None:
    if state.indent:
        return None
    rest = state.stripped[1:]
    indent = len(rest) - len(rest.lstrip(" \t"))
    if "\t" in rest[:indent]:
        indent = len((" " + rest[:indent]).expandtabs(4)) - 1
    if indent < 1:
        return None
    return (5 if indent >= 8 else indent) + 1


def _continue_definition_list(block: Block, state: BlockState) -> int:
    if not state.line.strip(SPACE):
        return DESCEND
    state.measure()
    if state.indent < block.offset:
        return CLOSE
    state.consume(block.offset)
    return DESCEND


def definition(_parser: Blocks, _found: re.Match[str], state: BlockState) -> Opened | None:
    """The description itself, inside the list that was just opened."""
    parent = state.into
    if state.indent or parent.type != "definition_list":
        return None
    paragraph, parent.data = parent.data, None
    if paragraph is not None:
        for line in paragraph.lines:
            term = Block("definition_term", [line.rstrip(SPACE)])
            term.parent = parent
            parent.children.append(term)
        remove(paragraph)
    state.line, state.column = state.stripped[1:], state.column + 1
    state.consume(parent.offset - 1)
    return Block("definition"), True


def _close_definition(block: Block, _state: BlockState) -> None:
    block.data = not block.blank
    if block.data:
        for child in block.children:
            if child.type == "paragraph":
                child.type = "text"
                return  # goldmark takes only the first


def footnote(_parser: Blocks, found: re.Match[str], state: BlockState) -> Opened | None:
    """``[^label]: text``; ``data`` is the label."""
    if not found[1].strip(SPACE) or len(state.open) >= MAX_NESTING:
        return None
    state.line = state.stripped[found.end() :]
    state.column += state.indent + found.end()
    return Block("footnote", data=found[1]), bool(state.line)


def _continue_footnote(_block: Block, state: BlockState) -> int:
    if not state.line.strip(SPACE):
        return DESCEND
    state.measure()
    if state.indent < 4:
        return CLOSE
    state.consume(4)
    return DESCEND


def _close_footnote(block: Block, state: BlockState) -> None:
    """All footnotes gather where the first of them stood; they are shown at the end of the page."""
    parent = block.parent
    assert parent is not None
    if not state.footnotes:
        gathered = Block("footnotes")
        gathered.parent = parent
        parent.children.insert(parent.children.index(block), gathered)
        state.footnotes[""] = gathered
    remove(block)
    block.parent = gathered = state.footnotes[""]
    gathered.children.append(block)
    state.footnotes.setdefault(block.data, block)
