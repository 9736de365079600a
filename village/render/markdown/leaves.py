"""Leaf blocks: headings, breaks, fenced code, raw HTML, attribute lists (CommonMark 0.31 section 4)."""

from __future__ import annotations

import re

from mistune.helpers import BLOCK_TAGS

from village.render.markdown.attributes import parse_attributes
from village.render.markdown.blocks import (
    CLOSE,
    CONTINUE,
    RETRY,
    SPACE,
    Block,
    Blocks,
    BlockState,
    Opened,
    remove,
)

_SETEXT = re.compile(r"(=+|-+)[ \t\r]*$")
_ESCAPABLE = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
_ATTRIBUTE = r"""[ \t]+[a-zA-Z_:][a-zA-Z0-9_.:-]*(?:[ \t]*=[ \t]*(?:[^ \t"'=<>`]+|'[^']*'|"[^"]*"))?"""
_HTML_BLOCKS = (  # CommonMark 0.31 section 4.6: start conditions 1 to 5 with their ends
    (
        re.compile(r"<(?:script|pre|style|textarea)(?:[ \t\r]|>|/>|$)", re.IGNORECASE),
        re.compile(r"</(?:script|pre|style|textarea)>", re.IGNORECASE),
    ),
    (re.compile(r"<!--"), re.compile(r"-->")),
    (re.compile(r"<\?"), re.compile(r"\?>")),
    (re.compile(r"<![A-Z]"), re.compile(r">")),  # goldmark: upper case only
    (re.compile(r"<!\[CDATA\["), re.compile(r"\]\]>")),
)  # fmt: skip
_HTML_TAG = re.compile(r"</?([a-zA-Z][a-zA-Z0-9-]*)(?:[ \t\r]|/?>|$)")
_HTML_ALONE = re.compile(rf"<(?:/([a-zA-Z][a-zA-Z0-9-]*)[ \t]*|([a-zA-Z][a-zA-Z0-9-]*)(?:{_ATTRIBUTE})*[ \t]*/?)> *$")
_TAGS = frozenset({*BLOCK_TAGS, "search"})
_NEVER_ALONE = frozenset({"script", "style", "pre", "textarea"})


def register(parser: Blocks) -> None:
    """Adds the leaf rules, in goldmark's order of precedence."""
    parser.trigger("=-", "setext_heading", _SETEXT.pattern, setext_heading)
    if parser.options.attribute_block:
        parser.trigger("{", "attribute_list", r"\{", attribute_list)
    rule = r"(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})[\r]*$"
    parser.trigger("*-_", "thematic_break", rule, thematic_break)


def register_after_lists(parser: Blocks) -> None:
    """The leaf rules that come after lists."""
    parser.trigger("#", "atx_heading", r"(#{1,6})(?=[ \t\r]|$)", atx_heading)
    parser.trigger("~`", "fenced_code", r"(`{3,}(?=[^`]*$)|~{3,})[ \t]*(.*)$", fenced_code)
    parser.continuable("fenced_code", _continue_fenced_code)


def register_html(parser: Blocks) -> None:
    """Raw HTML comes after blockquotes."""
    parser.trigger("<", "html", r"<[a-zA-Z/!?]", html)
    parser.continuable("html", _continue_html)


def setext_heading(parser: Blocks, found: re.Match[str], state: BlockState) -> Opened | None:
    """A line of ``=`` or ``-`` under a paragraph."""
    paragraph = state.open[-1] if state.open else None
    if paragraph is None or paragraph.type != "paragraph" or paragraph.parent is not state.into:
        return None
    if "\t" in state.line[: -len(state.stripped)]:
        return None  # goldmark skips only spaces before the bar
    state.open.pop()
    if parser.close_paragraph(paragraph, state):
        return RETRY
    remove(paragraph)
    heading = Block("heading", paragraph.lines, level=1 if found[1][0] == "=" else 2)
    heading.data = len(paragraph.lines) > 1
    heading.blank = paragraph.blank
    _last_line_attributes(heading, parser)
    return heading, False


def atx_heading(parser: Blocks, found: re.Match[str], state: BlockState) -> Opened | None:
    """``## text ## {#id}``."""
    rest = state.stripped[found.end() :]
    heading = Block("heading", level=len(found[1]), data=False)
    if parser.options.attribute_title and "{" in rest:
        closed = _attributes_after_closing_sequence(rest)
        if closed is not None:
            text, heading.attributes = closed
            heading.lines.append(text.strip(SPACE))
            return heading, False
    text = rest.strip(SPACE)
    bare = text.rstrip("#")
    closed_by_hashes = bare != text and (not bare or bare[-1] in SPACE)
    if closed_by_hashes:
        text = bare.rstrip(SPACE)
    if text:
        heading.lines.append(text)
        if not closed_by_hashes:
            _last_line_attributes(heading, parser)
    return heading, False


def _attributes_after_closing_sequence(rest: str) -> tuple[str, dict[str, object]] | None:
    position = 0
    while position < len(rest):
        if rest[position] == "\\" and rest[position + 1 : position + 2] in _ESCAPABLE:
            position += 2
            continue
        if rest[position] in SPACE and rest.startswith("#", position + 1):
            end = position + 1
            while rest.startswith("#", end):
                end += 1
            parsed = parse_attributes(rest, end)
            if parsed is not None and not rest[parsed[1] :].strip(SPACE):
                return rest[: position + 1], parsed[0]
            return None
        position += 1
    return None


def _last_line_attributes(heading: Block, parser: Blocks) -> None:
    """The last ``{…}`` of the last line, when nothing follows it."""
    if not parser.options.attribute_title or not heading.lines or "{" not in heading.lines[-1]:
        return
    line = heading.lines[-1]
    if not line.rstrip(SPACE).endswith("}"):
        return
    position, start = 0, -1
    while position < len(line):
        if line[position] == "\\":
            position += 2
            continue
        if line[position] == "{":
            start = position
            parsed = parse_attributes(line, position)
            if parsed is not None and not line[parsed[1] :].strip(SPACE):
                heading.attributes = parsed[0]
                heading.lines[-1] = line[:start].rstrip(SPACE)
                return
        position += 1


def thematic_break(_parser: Blocks, _found: re.Match[str], _state: BlockState) -> Opened | None:
    """``---``, ``***``, ``___``."""
    return Block("thematic_break"), False


def fenced_code(_parser: Blocks, found: re.Match[str], state: BlockState) -> Opened | None:
    """Three or more backticks or tildes; ``data`` keeps the fence."""
    block = Block("fenced_code", data=(found[1][0], len(found[1]), found[2].strip(SPACE)))
    block.offset = state.indent
    return block, False


def _continue_fenced_code(block: Block, state: BlockState) -> int:
    mark, length, _ = block.data
    line = state.line
    if mark in line:
        state.measure()
        text = state.stripped
        if state.indent < 4 and text[0] == mark:
            bare = text.lstrip(mark)
            if len(text) - len(bare) >= length and not bare.strip(SPACE):
                state.line = ""
                return CLOSE
    if block.offset and line[:1] in (" ", "\t"):
        state.measure()
        if state.stripped.strip(SPACE) or state.indent >= block.offset:
            state.consume(min(block.offset, state.indent))
            line = state.line
    block.lines.append(line)
    return CONTINUE


def html(_parser: Blocks, _found: re.Match[str], state: BlockState) -> Opened | None:
    """Raw HTML; ``data`` is the pattern that ends it, None when a blank line does."""
    text = state.stripped
    if "\t" in state.line[: -len(text)]:
        return None  # goldmark's patterns allow only spaces before the tag
    for start, end in _HTML_BLOCKS:
        if start.match(text):
            return Block("html", [state.line], data=end), False
    tag = _HTML_TAG.match(text)
    if tag is not None and tag[1].lower() in _TAGS:
        return Block("html", [state.line]), False
    alone = _HTML_ALONE.match(text)
    if alone is None or (alone[1] or alone[2]).lower() in _NEVER_ALONE:
        return None
    if state.open and state.open[-1].type == "paragraph":
        return None  # condition 7 cannot interrupt a paragraph
    return Block("html", [state.line]), False


def _continue_html(block: Block, state: BlockState) -> int:
    line, end = state.line, block.data
    if end is None:
        if not line.strip(SPACE):
            return CLOSE
    else:
        if len(block.lines) == 1 and end.search(block.lines[0]):
            return CLOSE
        if end.search(line):
            block.lines.append(line)
            block.level = 1  # has a closing line: goldmark announces an omission for it as well
            state.line = ""
            return CLOSE
    block.lines.append(line)
    return CONTINUE


def attribute_list(_parser: Blocks, _found: re.Match[str], state: BlockState) -> Opened | None:
    """``{.class}`` on a line of its own: the attributes of the block before it."""
    parsed = parse_attributes(state.stripped)
    if parsed is None:
        return None
    block = Block("attributes")
    block.attributes = parsed[0]
    return block, False
