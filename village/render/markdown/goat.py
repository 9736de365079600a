"""Diagrams drawn as text (``goat`` fences) as SVG: lines, corners, arrows, dots; whatever draws nothing is text.

Hugo draws them with github.com/bep/goat; measures and marks are the same (a cell of 8 × 16, arrowheads, dots of 6), the
strokes are found more simply: each character draws its own piece, pieces in one line are drawn as one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from village.render.markdown.characters import escape

WIDE, HIGH = 8, 16
LARGEST = 100_000  # characters; a larger drawing stays text
TURNS = {">": 0, "v": 90, "V": 90, "<": 180, "^": 270}
BEHIND = {">": (-1, 0), "<": (1, 0), "v": (0, -1), "V": (0, -1), "^": (0, 1)}
HORIZONTAL, VERTICAL = "-", "|"
DOWN, UP = ".,", "'`"
JOINTS = "+" + DOWN + UP
BENT = "|" + JOINTS
Point = tuple[int, int]
Segment = tuple[Point, Point]


class Drawing:
    """The characters by place; ``at`` is a space outside."""

    def __init__(self, text: str) -> None:
        self.rows = text.expandtabs(8).split("\n")
        self.width = max(map(len, self.rows), default=0)
        self.segments: list[Segment] = []
        self.marks: list[str] = []
        self.words: list[str] = []
        for y, row in enumerate(self.rows):
            for x, char in enumerate(row):
                if char != " ":
                    self.draw(x, y, char)

    def at(self, x: int, y: int) -> str:
        if 0 <= y < len(self.rows) and 0 <= x < len(self.rows[y]):
            return self.rows[y][x]
        return " "

    def draw(self, x: int, y: int, char: str) -> None:
        """One character: a piece of a line, a mark, or itself."""
        if char in TURNS and self.leads(x, y, BEHIND[char]):
            self.arrow(x, y, TURNS[char])
        elif char in "o*" and self.touches(x, y):
            self.marks.append(
                f"<circle cx='{x * WIDE}' cy='{y * HIGH}' r='6' stroke='currentColor' "
                f"fill='{'#fff' if char == 'o' else 'currentColor'}'></circle>"
            )
        elif char in JOINTS and self.joint(x, y, char):
            return
        elif char in "-_|/\\" and not self.within_word(x, y):
            self.stroke(x, y, char)
        else:
            self.words.append(
                f"<text text-anchor='middle' x='{x * WIDE}' y='{y * HIGH + 4}' fill='currentColor' "
                f"style='font-size:1em'>{escape(char)}</text>"
            )

    def within_word(self, x: int, y: int) -> bool:
        """Whether a character stands between letters or digits: a hyphen, a slash."""
        return self.at(x - 1, y).isalnum() and self.at(x + 1, y).isalnum()

    def leads(self, x: int, y: int, way: Point) -> bool:
        """Whether a line comes from ``way``."""
        other = self.at(x + way[0], y + way[1])
        if way[0]:
            return other in HORIZONTAL + JOINTS + "o*" and not other.isalnum()
        return (
            other in VERTICAL + JOINTS
            or self.at(x - way[1], y + way[1]) == "/"
            or self.at(x + way[1], y + way[1]) == "\\"
        )

    def lines(self, x: int, y: int) -> list[Point]:
        """The directions in which a line meets this place."""
        found = [(dx, 0) for dx in (-1, 1) if self.at(x + dx, y) in HORIZONTAL and not self.within_word(x + dx, y)]
        found += [(0, dy) for dy in (-1, 1) if self.at(x, y + dy) == VERTICAL]
        found += [(dx, dy) for dx, dy in ((1, -1), (-1, 1)) if self.at(x + dx, y + dy) == "/"]
        found += [(dx, dy) for dx, dy in ((-1, -1), (1, 1)) if self.at(x + dx, y + dy) == "\\"]
        return found

    def touches(self, x: int, y: int) -> bool:
        """Whether a dot stands at a line or an arrow, not in a word."""
        near = bool(self.lines(x, y)) or self.at(x - 1, y) in "><+" or self.at(x + 1, y) in "><+"
        return near and not self.beside_word(x, y)

    def arrow(self, x: int, y: int, turn: int) -> None:
        left, top = x * WIDE, y * HIGH
        points = f"{left}.000000,{top}.000000 {left - 12}.000000,{top - 5.6:f} {left - 12}.000000,{top + 5.6:f}"
        self.marks.append(
            f"<polygon points='{points}' fill='currentColor' "
            f"transform='rotate({turn}.000000, {left}.000000, {top}.000000)'></polygon>"
        )

    def stroke(self, x: int, y: int, char: str) -> None:
        """A line's character, and from its ends to the middle of a mark that it meets."""
        left, right, top, bottom = x * WIDE - 4, x * WIDE + 4, y * HIGH - 8, y * HIGH + 8
        ends = {
            "-": ((left, y * HIGH), (right, y * HIGH), (-1, 0)),
            "_": ((left, bottom), (right, bottom), (0, 0)),
            "|": ((x * WIDE, top), (x * WIDE, bottom), (0, -1)),
            "/": ((left, bottom), (right, top), (-1, 1)),
            "\\": ((left, top), (right, bottom), (-1, -1)),
        }[char]
        start, end, (dx, dy) = ends
        if (dx, dy) != (0, 0):
            start = self.reach(x + dx, y + dy, start)
            end = self.reach(x - dx, y - dy, end)
        self.segments.append((start, end))

    def reach(self, x: int, y: int, end: Point) -> Point:
        """The end of a stroke: the middle of the next cell where an arrow's point or a dot is."""
        char = self.at(x, y)
        if (char in TURNS and self.leads(x, y, BEHIND[char])) or (char in "o*" and self.touches(x, y)):
            return (x * WIDE, y * HIGH)
        return end

    def joint(self, x: int, y: int, char: str) -> bool:
        """A corner or crossing: strokes to its middle, round where the corner is; False where nothing meets."""
        ways = self.lines(x, y)
        down = 1 if char in DOWN else -1
        if char == "+":
            ways += [(dx, dy) for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)) if self.at(x + dx, y + dy) in JOINTS]
        else:
            ways += [way for way in ((1, 0), (-1, 0), (0, down)) if self.at(x + way[0], y + way[1]) == "+"]
            ways = [way for way in ways if way[1] in (0, down)]
        across = [way for way in ways if not way[1]]
        upright = [way for way in ways if way[1]]
        bent = [dx for dx in (-1, 1) if char != "+" and (-dx, 0) in across and self.at(x + dx, y + down) in BENT]
        if not ways or (len(ways) == 1 and not bent and (char in ",`" or self.beside_word(x, y))):
            return False
        for dx in bent:
            self.bend(x, y, dx, down)
        if char == "+" or not upright or len(across) != 1:
            straight = ways if char == "+" or not upright else across if len(across) == 2 else []
            self.segments += [((x * WIDE, y * HIGH), end(x, y, way)) for way in straight or ways if way not in bent]
        if char != "+" and upright and len(ways) > 1:
            self.round(x, y, upright, across)
        return True

    def beside_word(self, x: int, y: int) -> bool:
        return self.at(x - 1, y).isalnum() or self.at(x + 1, y).isalnum()

    def bend(self, x: int, y: int, dx: int, dy: int) -> None:
        """A quarter of a circle to the neighbour across the corner."""
        sweep = int((dx > 0) == (dy > 0))
        self.marks.append(
            f"<path d='M {x * WIDE},{y * HIGH} A 16,16 0 0,{sweep} {(x + dx) * WIDE},{(y + dy) * HIGH}' "
            "fill='none' stroke='currentColor'></path>"
        )

    def round(self, x: int, y: int, upright: list[Point], across: list[Point]) -> None:
        """A small curve from each line above or below to each beside."""
        middle = f"{x * WIDE},{y * HIGH}"
        for one in upright[:2]:
            for other in across or upright[1:]:
                start, stop = end(x, y, other), end(x, y, one)
                if start != stop:
                    self.marks.append(
                        f"<path d='M {start[0]},{start[1]} Q {middle} {stop[0]},{stop[1]}' "
                        "fill='none' stroke='currentColor'></path>"
                    )


def end(x: int, y: int, way: Point) -> Point:
    """The edge of a cell in a direction."""
    return x * WIDE + way[0] * 4, y * HIGH + way[1] * 8


def joined(segments: Iterable[Segment]) -> list[Segment]:
    """Segments that go on from one another in one direction, as one."""
    starts: dict[tuple[Point, Point], Segment] = {}
    for start, end in sorted(segments):
        way = direction(start, end)
        before = starts.pop((start, way), None)
        whole = (before[0] if before else start, end)
        starts[end, way] = whole
    return sorted(starts.values())


def direction(start: Point, end: Point) -> Point:
    return ((end[0] > start[0]) - (end[0] < start[0]), (end[1] > start[1]) - (end[1] < start[1]))


def ordered(segment: Segment) -> Segment:
    return min(segment), max(segment)


def svg(text: str, attributes: Mapping[str, Any]) -> str | None:
    """The drawing in Hugo's frame; ``class``, ``width`` and ``height`` as the fence says. None for one too large."""
    if len(text) > LARGEST:
        return None
    drawing = Drawing(text)
    paths = [
        f"<path d='M {start[0]},{start[1]} L {end[0]},{end[1]}' fill='none' stroke='currentColor'></path>"
        for start, end in joined(map(ordered, drawing.segments))
    ]
    inner = "\n".join([*paths, *drawing.marks, *drawing.words])
    size = "".join(f' {name}="{escape(str(attributes[name]))}"' for name in ("width", "height") if attributes.get(name))
    size = size or f' viewBox="0 0 {(drawing.width + 1) * WIDE} {len(drawing.rows) * HIGH + 9}"'
    return (
        f'<div class="goat svg-container {escape(str(attributes.get("class", "")))}">\n'
        f'<svg xmlns="http://www.w3.org/2000/svg" font-family="Menlo,Lucida Console,monospace"{size}>\n'
        f"<g transform='translate(8,16)'>\n{inner}\n</g>\n</svg>\n</div>\n"
    )
