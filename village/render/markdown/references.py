"""Link reference definitions at the head of a paragraph (CommonMark 0.31 section 4.7)."""

from __future__ import annotations

import re

from village.render.markdown.blocks import SPACE, Block, BlockState
from village.render.markdown.destinations import link_destination, link_title

MAX_LABEL = 999
_LABEL = re.compile(r"\[((?:[^\\\[\]]|\\.){1,999})\]:", re.DOTALL)
_SPACES = re.compile(r"[ \t\n\r]*")
_BLANKS = re.compile(r"[ \t\n\r]+")
_LINE_END = re.compile(r"[ \t\r]*(?:\n|$)")


def reference_key(label: str) -> str:
    """Labels match without regard to case and runs of whitespace."""
    return " ".join(_BLANKS.split(label.strip(SPACE))).casefold()


def take_references(block: Block, state: BlockState) -> bool:
    """Moves the definitions a paragraph begins with to ``state.references``; true when nothing else was in it.

    What was taken stays in the tree as a block that shows nothing: it makes a list loose, and begins an item.
    """
    if not block.lines[0].startswith("["):
        return False
    text = "\n".join(block.lines)
    position = 0
    while text.startswith("[", position):
        end = _definition(text, position, state)
        if end < 0:
            break
        position = end
    if position:
        rest = text[position:]
        if not rest.strip(SPACE):
            block.type, block.lines = "reference", []
            return True
        taken, parent = Block("reference"), block.parent
        assert parent is not None
        taken.parent, taken.blank = parent, block.blank
        parent.children.insert(len(parent.children) - 1 - parent.children[::-1].index(block), taken)
        block.lines = rest.split("\n")
    return False


def _definition(text: str, position: int, state: BlockState) -> int:
    found = _LABEL.match(text, position)
    if found is None or not found[1].strip(SPACE):
        return -1
    destination = link_destination(text, _SPACES.match(text, found.end()).end())  # type: ignore[union-attr]
    if destination is None:
        return -1
    url, after = destination
    line_end = _LINE_END.match(text, after)
    title, end = None, line_end.end() if line_end else -1
    spaces = _SPACES.match(text, after).end()  # type: ignore[union-attr]
    if spaces > after and text[spaces : spaces + 1] in ('"', "'", "("):
        titled = link_title(text, spaces)
        title_end = _LINE_END.match(text, titled[1]) if titled else None
        if titled is not None and title_end is not None:
            title, end = titled[0], title_end.end()
    if end >= 0:
        state.references.setdefault(reference_key(found[1]), (url, title))
    return end
