"""Tokens → texts and calls, nested: Hugo's extractShortcode. Pure."""

from __future__ import annotations

import bisect
import difflib
import re
from collections.abc import Iterable
from typing import Any

from village.render.shortcodes.calls import Call, Piece, TakesInner, Text
from village.render.shortcodes.lexer import LexError, Token

NEWLINE = re.compile(r"\n")
DEEPEST = 64  # nested shortcodes; beyond it the content is hostile


def guess(found: list[Token]) -> TakesInner:
    """Names that are closed somewhere take inner content."""
    closed = {found[at + 1].value for at, token in enumerate(found[:-1]) if token.kind == "close"}
    return lambda name: name in closed


class Nester:
    """Tokens → pieces: Hugo's extractShortcode."""

    def __init__(  # noqa: PLR0917 - called in one place
        self, found: list[Token], body: str, file: str, first_line: int, takes_inner: TakesInner, known: Iterable[str]
    ) -> None:
        self.found = found
        self.body = body
        self.file = file
        self.first_line = first_line
        self.takes_inner = takes_inner
        self.known = known
        self.at = 0
        self.lines = [0, *(match.end() for match in NEWLINE.finditer(body))]

    def page(self) -> list[Piece]:
        pieces: list[Piece] = []
        ordinal = 0
        while self.at < len(self.found):
            token = self.found[self.at]
            if token.kind == "left":
                pieces.append(self.call(ordinal, None, 0))
                ordinal += 1
            else:
                pieces.append(Text(token.value))
                self.at += 1
        return merged(pieces)

    def call(self, ordinal: int, parent: Call | None, depth: int) -> Call:
        """One call; stands on its left delimiter, ends behind its right one or behind its end tag."""
        call = self.opening(ordinal, parent, depth)
        wants_inner = call.inline or self.takes_inner(call.name)
        if self.kind() == "close":
            self.self_closing(call, bool(wants_inner))
            return call
        self.at += 1  # right
        if wants_inner:
            self.inner(call, depth)
        return call

    def opening(self, ordinal: int, parent: Call | None, depth: int) -> Call:
        """The tag's name and parameters."""
        left = self.found[self.at]
        before = self.found[self.at - 1] if self.at else None
        row = bisect.bisect_right(self.lines, left.start) - 1
        line, column = self.first_line + row, left.start - self.lines[row] + 1
        self.at += 1
        self.check_opening(left, depth)
        name = self.found[self.at]
        call = Call(name.value, [], left.markup, ordinal, self.file, line, column, parent=parent)
        call.indentation = before.value if before and before.kind == "indentation" else ""
        if not call.inline and self.takes_inner(call.name) is None:
            raise LexError(f"template for shortcode {call.name!r} not found", left.start, self.suggest(call.name))
        self.at += 1
        call.params = self.parameters()
        return call

    def check_opening(self, left: Token, depth: int) -> None:
        if depth > DEEPEST:
            raise LexError(f"shortcodes nested more than {DEEPEST} deep", left.start)
        if self.kind() == "right":
            raise LexError("shortcode has no name", left.start, "write a name, or escape the tag with /* and */")
        if self.kind() == "close":
            name = self.found[self.at + 1].value if self.at + 1 < len(self.found) else ""
            raise LexError(
                f"closing tag for shortcode {name!r} without an opening one", left.start, self.no_inner(name)
            )

    def parameters(self) -> list[Any] | dict[str, Any]:
        positional: list[Any] = []
        named: dict[str, Any] = {}
        while self.kind() in ("param", "value"):
            token = self.found[self.at]
            self.at += 1
            if token.kind == "param" and self.kind() == "value":
                named[str(token.value)] = self.found[self.at].value
                self.at += 1
            else:
                positional.append(token.value)
        return named or positional

    def self_closing(self, call: Call, wants_inner: bool) -> None:
        if not wants_inner:
            raise LexError(
                f"shortcode {call.name!r} does not use its inner content, yet a closing tag was provided",
                self.offset_of(call),
                "remove the slash",
            )
        call.inner = []
        self.at += 2  # close, right

    def inner(self, call: Call, depth: int) -> None:
        """Everything up to the next end tag, whose name Hugo does not compare."""
        pieces: list[Piece] = []
        ordinal = 0
        while self.at < len(self.found):
            kind = self.kind()
            if kind == "left" and self.found[self.at + 1].kind == "close":
                self.at += 2
                self.at += 2 if self.kind() == "name" else 1  # the name, if any, and the right delimiter
                call.inner = merged(pieces)
                return
            if kind == "left":
                pieces.append(self.call(ordinal, call, depth + 1))
                ordinal += 1
                continue
            if kind != "divider":  # Hugo drops it: the summary of a page cannot end inside a shortcode
                pieces.append(Text(self.found[self.at].value))
            self.at += 1
        delimiters = ("{{%", "%}}") if call.markup else ("{{<", ">}}")
        raise LexError(
            f"shortcode {call.name!r} must be closed or self-closed",
            self.offset_of(call),
            f"add {delimiters[0]} /{call.name} {delimiters[1]}, or write {delimiters[0]} {call.name} /{delimiters[1]}",
        )

    def offset_of(self, call: Call) -> int:
        return self.lines[call.line - self.first_line] + call.column - 1

    def kind(self) -> str:
        return self.found[self.at].kind if self.at < len(self.found) else ""

    def suggest(self, name: str) -> str:
        near = difflib.get_close_matches(name, list(self.known), n=1)
        place = f"put its template in layouts/_shortcodes/{name}.html"
        return f"did you mean {near[0]}? Else {place}" if near else place

    def no_inner(self, name: str) -> str:
        if name and self.takes_inner(name) is False:
            return f"{name} does not use its inner content: it needs no closing tag"
        return "remove it, or open the shortcode first"


def merged(pieces: list[Piece]) -> list[Piece]:
    """Neighbouring texts as one."""
    found: list[Piece] = []
    texts: list[str] = []
    for piece in (*pieces, None):
        if isinstance(piece, Text):
            texts.append(piece.text)
            continue
        if texts:
            found.append(Text("".join(texts)))
            texts = []
        if piece is not None:
            found.append(piece)
    return found
