"""The block structure of a text: mistune's block parser, driven line by line as goldmark and the CommonMark
appendix do, because containers, tabs and lazy lines come out right only that way."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import mistune

from village.render.markdown.options import MarkdownOptions

SPACE = " \t\n\r"  # all that counts as blank: since CommonMark 0.30 form feeds and vertical tabs are text
MAX_NESTING = 100  # containers inside one another; hostile input goes deeper, authors do not

NOTHING, OPENED, CONTINUATION = range(3)
CLOSE, CONTINUE, DESCEND = range(3)


class Block:
    """A node of the block tree. ``lines`` holds a leaf's text, ``blank`` whether a blank line came before."""

    __slots__ = ("attributes", "blank", "children", "data", "level", "lines", "offset", "parent", "type")

    def __init__(self, type_: str, lines: list[str] | None = None, level: int = 0, data: Any = None) -> None:
        self.type = type_
        self.lines: list[str] = [] if lines is None else lines
        self.children: list[Block] = []
        self.level = level
        self.data = data
        self.offset = 0
        self.blank = False
        self.parent: Block | None = None
        self.attributes: dict[str, Any] | None = None

    def __repr__(self) -> str:
        return f"{self.type}({self.lines or self.children})"


class IndentedLine(str):
    """A line of a paragraph that stood four columns or a tab in: no table's delimiter row, then."""

    __slots__ = ()


class BlockState(mistune.BlockState):
    """The open blocks and the rest of the current line; ``column`` counts what containers have eaten of it."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self.root = Block("document")
        self.open: list[Block] = []
        self.line = ""
        self.column = 0
        self.indent = 0  # of the line at hand, in columns
        self.stripped = ""  # the line at hand without its indent
        self.into = self.root  # where a rule would put its block
        self.skip_list = False  # Hugo's parser: the next list marker belongs to the list at hand
        self.empty_item = False  # a blank line came after an empty list item
        self.footnotes: dict[str, Block] = {}
        self.references: dict[str, tuple[str, str | None]] = {}

    def measure(self) -> None:
        """Sets ``indent`` and ``stripped`` from the rest of the line."""
        line = self.line
        self.stripped = stripped = line.lstrip(" \t")
        lead = len(line) - len(stripped)
        if lead and "\t" in line[:lead]:
            lead = len((" " * (self.column % 4) + line[:lead]).expandtabs(4)) - self.column % 4
        self.indent = lead

    def consume(self, width: int) -> None:
        """Eats ``width`` columns of indent; what is left of a half-eaten tab becomes spaces."""
        line = self.line
        if not line[:width].strip(" ") and len(line) >= width:
            self.line = line[width:]
        else:
            lead = len(line) - len(line.lstrip(" \t"))
            shift = self.column % 4
            used, index = 0, 0
            while index < lead and used < width:
                used += 1 if line[index] == " " else 4 - (shift + used) % 4
                index += 1
            self.line = " " * (used - width) + line[index:]
        self.column += width


Opened = tuple[Block, bool]  # the new block, and whether the rest of the line may open blocks inside it
Rule = Callable[["Blocks", re.Match[str], BlockState], Opened | None]
RETRY = (Block("retry"), False)  # the paragraph before has become something else: look at the line afresh


class Blocks(mistune.BlockParser):
    """mistune's rule registry over goldmark's algorithm: rules by first character, in order of registration.

    A rule's pattern sees the line without its indent, which is at most three columns.
    """

    DEFAULT_RULES = ()  # type: ignore[assignment]
    state_cls = BlockState

    def __init__(self, options: MarkdownOptions) -> None:
        super().__init__()
        self.options = options
        self.rules = []
        self._by_character: dict[str, list[tuple[re.Pattern[str], Rule]]] = {}
        self._continues: dict[str, Callable[[Block, BlockState], int]] = {}
        self._closes: dict[str, Callable[[Block, BlockState], None]] = {}
        self._special = {"", *SPACE}  # what a line begins with that needs a look
        self.transforms: list[Callable[[Block, BlockState], bool]] = []
        self.continuable("indented_code", _continue_indented_code, _close_indented_code)

    def trigger(self, characters: str, name: str, pattern: str, rule: Rule) -> None:
        """Registers a rule that lines beginning with one of ``characters`` may open."""
        self.register(name, pattern, rule)  # type: ignore[arg-type]
        compiled = re.compile(pattern)
        self._special |= set(characters)
        for character in characters:
            self._by_character.setdefault(character, []).append((compiled, rule))

    def continuable(
        self,
        type_: str,
        follow: Callable[[Block, BlockState], int] | None,
        close: Callable[[Block, BlockState], None] | None = None,
    ) -> None:
        """Registers how a block of a type takes its next line, and what is to be done when it ends."""
        if follow:
            self._continues[type_] = follow
        if close:
            self._closes[type_] = close

    def parse(self, state: BlockState, rules: list[str] | None = None) -> None:  # type: ignore[override]
        """Builds ``state.root`` from ``state.src``, whose lines end with a newline."""
        del rules
        lines = state.src.split("\n")
        if not lines[-1]:
            lines.pop()
        number, total, root, opened = 0, len(lines), state.root, state.open
        while True:
            while number < total and not lines[number].strip(SPACE):
                number += 1
            if number >= total:
                return
            state.line, state.column = lines[number], 0
            self.open_blocks(state, root, blank=True)
            number += 1
            before: list[bool] = []
            while opened:
                if number >= total:
                    self.close_blocks(state, len(opened) - 1, 0)
                    return
                end = self._plain_end(opened[0], lines, number) if len(opened) == 1 else number
                if end > number:
                    opened[0].lines += lines[number:end]
                    before = [not lines[end - 1].strip(SPACE)]
                    number = end
                    continue
                state.line, state.column = lines[number], 0
                before = self._follow(state, before)
                number += 1

    def _plain_end(self, block: Block, lines: list[str], number: int) -> int:
        """Where the lines end that the only open block takes as they are, which most lines of most pages are: text that
        begins like nothing else under a paragraph, code without a sign of its fence."""
        if block.type == "paragraph":
            special = self._special
            while number < len(lines) and lines[number][:1] not in special:
                number += 1
        elif block.type == "fenced_code" and not block.offset:
            mark = block.data[0]
            while number < len(lines) and mark not in lines[number]:
                number += 1
        return number

    def _follow(self, state: BlockState, before: list[bool]) -> list[bool]:
        """Gives one line to the open blocks; answers which of them saw it blank."""
        opened = state.open
        last = len(opened) - 1
        blanks: list[bool] = []
        for level, block in enumerate(opened):
            blanks.append(not state.line.strip(SPACE))
            if block.type != "paragraph":
                follow = self._continues.get(block.type)
                result = follow(block, state) if follow else CLOSE
                if result:
                    if result == DESCEND and level == last:
                        self.open_blocks(state, block, blank=_was_blank(level + 1, before))
                        break
                    continue
            parent = opened[level - 1] if level else state.root
            latest = opened[last]
            if self.open_blocks(state, parent, blank=_was_blank(level, before)) != CONTINUATION:
                if last < len(opened) and opened[last] is not latest:
                    last -= 1  # a rule has taken that paragraph over
                self.close_blocks(state, min(last, len(opened) - 1), level)
            break
        return blanks

    def open_blocks(self, state: BlockState, parent: Block, *, blank: bool) -> int:
        """Opens as many blocks as the rest of the line begins; or continues the open paragraph with it."""
        opened = state.open
        paragraph = opened[-1] if opened and opened[-1].type == "paragraph" else None
        result = NOTHING
        while True:
            state.measure()
            if not state.stripped.strip(SPACE):
                return result
            new = self._open(state, parent, interrupts=paragraph is not None and result == NOTHING)
            if new is None:
                break
            if new is RETRY:
                paragraph = None
                continue
            block, descend = new
            block.blank = block.blank or blank
            block.parent = parent
            parent.children.append(block)
            opened.append(block)
            result = OPENED
            if not descend:
                return result
            parent = block
        if paragraph is not None and result == NOTHING:
            line = state.line.lstrip(SPACE)
            indented = state.indent > 3 or "\t" in state.line[: -len(line)]
            paragraph.lines.append(IndentedLine(line) if indented else line)
            return CONTINUATION
        return result

    def _open(self, state: BlockState, parent: Block, *, interrupts: bool) -> Opened | None:
        if state.indent > 3:
            if interrupts:
                return None
            state.consume(4)
            return Block("indented_code", [state.line]), False
        rules = self._by_character.get(state.stripped[0])
        if rules is not None:
            state.into = parent
            for pattern, rule in rules:
                found = pattern.match(state.stripped)
                if found is not None:
                    new = rule(self, found, state)
                    if new is not None:
                        return new
        if interrupts:
            return None
        return Block("paragraph", [state.stripped.lstrip(SPACE)]), False

    def close_blocks(self, state: BlockState, last: int, first: int) -> None:
        """Closes the open blocks of these indices, innermost first; blocks opened after them stay open."""
        opened = state.open
        for index in range(last, first - 1, -1):
            block = opened[index]
            if block.type == "paragraph":
                if block.parent is not None:
                    self.close_paragraph(block, state)
                continue
            close = self._closes.get(block.type)
            if close is not None:
                close(block, state)
        del opened[first : last + 1]

    def close_paragraph(self, block: Block, state: BlockState) -> bool:
        """Ends a paragraph; true when it turned out to be something else and has left the tree."""
        for transform in self.transforms:
            if transform(block, state):
                if block.type == "paragraph":
                    remove(block)
                return True
        block.lines[-1] = block.lines[-1].rstrip(SPACE)
        return False


def remove(block: Block) -> None:
    """Takes a block out of the tree."""
    if block.parent is not None:
        siblings = block.parent.children
        if siblings[-1] is block:
            siblings.pop()
        else:
            siblings.remove(block)
        block.parent = None


def _was_blank(level: int, before: list[bool]) -> bool:
    return before[min(level, len(before) - 1)] if before else False


def _continue_indented_code(block: Block, state: BlockState) -> int:
    if state.line.strip(SPACE):
        state.measure()
        if state.indent < 4:
            return CLOSE
        state.consume(4)
    else:
        state.consume(4)
    block.lines.append(state.line)
    return CONTINUE


def _close_indented_code(block: Block, _state: BlockState) -> None:
    while block.lines and not block.lines[-1].strip(SPACE):
        block.lines.pop()
