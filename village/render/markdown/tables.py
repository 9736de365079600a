"""Tables (GitHub's, as goldmark reads them): a paragraph whose second or later line is a delimiter row."""

from __future__ import annotations

import re

from village.render.markdown.blocks import SPACE, Block, BlockState, IndentedLine

_DELIMITER_ROW = re.compile(r"[ \t\v\f\r|:-]+$")
_COLUMN = re.compile(r"[ \t\v\f\r]*(:?)-+(:?)[ \t\v\f\r]*$")
_ALIGNMENTS = {("", ""): "", (":", ""): "left", ("", ":"): "right", (":", ":"): "center"}


def take_table(block: Block, _state: BlockState) -> bool:
    """Turns the table in a paragraph into a block after it; true when the paragraph was nothing else."""
    lines = block.lines
    for index in range(1, len(lines)):
        line = lines[index]
        if "-" not in line or type(line) is IndentedLine or not _DELIMITER_ROW.match(line):
            continue
        alignments = _alignments(line)
        if alignments is None:
            continue
        if len(_cells(lines[index - 1])) > len(alignments):
            return False
        rows = [_row(each, alignments) for each in (lines[index - 1], *lines[index + 1 :])]
        table = Block("table", data=(alignments, rows))
        _insert_after(block, table)
        block.lines = lines[: index - 1]
        if not block.lines:
            return True
        block.lines[-1] = block.lines[-1].rstrip(SPACE)
        return False
    return False


def _insert_after(block: Block, table: Block) -> None:
    parent = block.parent
    assert parent is not None
    table.parent = parent
    if parent.children[-1] is block:
        parent.children.append(table)
    else:
        parent.children.insert(parent.children.index(block) + 1, table)


def _alignments(line: str) -> list[str] | None:
    columns = line.split("|")
    if not columns[0].strip(SPACE):
        columns = columns[1:]
    if columns and not columns[-1].strip(SPACE):
        columns = columns[:-1]
    alignments = []
    for column in columns:
        found = _COLUMN.match(column)
        if found is None:
            return None
        alignments.append(_ALIGNMENTS[found[1], found[2]])
    return alignments or None


def _row(line: str, alignments: list[str]) -> list[str | None]:
    """Surplus cells go; missing ones are None, as goldmark gives those no alignment."""
    cells: list[str | None] = [*_cells(line)[: len(alignments)]]
    return cells + [None] * (len(alignments) - len(cells))


def _cells(line: str) -> list[str]:
    """The raw cells of a row. A backslash keeps a pipe inside its cell; code spans see it without the backslash."""
    line = line.strip(SPACE)
    line = line.removeprefix("|")
    line = line.removesuffix("|")
    if not line:
        return []
    cells: list[str] = []
    for part in line.split("|"):
        if cells and cells[-1].endswith("\\"):
            cells[-1] += "|" + part
        else:
            cells.append(part)
    if not cells[-1]:
        cells.pop()  # ``a||``: goldmark opens no cell where the row is over
    return [cell.strip(SPACE) for cell in cells]
