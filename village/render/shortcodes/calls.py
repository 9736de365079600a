"""What a body of content is made of once its shortcodes are read: texts and calls. Plain data."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Text:
    """Markdown between shortcodes."""

    text: str


@dataclass(slots=True)
class Call:
    """One shortcode as written. ``inner`` is None when it was not closed; ``params`` a list or a dict, as the
    author chose."""

    name: str
    params: list[Any] | dict[str, Any]
    markup: bool  # {{% %}}
    ordinal: int  # among its siblings
    file: str
    line: int
    column: int
    indentation: str = ""
    inner: list[Text | Call] | None = None
    parent: Call | None = None
    store: dict[str, Any] = field(default_factory=dict)  # what templates of parent and children tell one another

    @property
    def inline(self) -> bool:
        """Its template stands in the content: refused, renders nothing."""
        return self.name.endswith(".inline")

    @property
    def position(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


Piece = Text | Call
TakesInner = Callable[[str], bool | None]


def calls(pieces: Iterable[Piece]) -> Iterable[Call]:
    """Every call, outer before inner."""
    for piece in pieces:
        if isinstance(piece, Call):
            yield piece
            yield from calls(piece.inner or ())
