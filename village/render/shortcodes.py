"""Shortcodes: body → pieces → Markdown with placeholders, and the placeholders' HTML put back after Markdown. Pure.

``{{< x >}}`` becomes a word (``HAHAHUGOSHORTCODE0s3HBHB``) that Markdown leaves alone and ``substitute`` replaces;
``{{% x %}}`` is written into the Markdown source before it is rendered. Children are rendered before their parents.
Whether a shortcode has an end tag is decided by its template reading ``inner``, as in Hugo, so ``parse`` asks
``takes_inner``.
"""

from __future__ import annotations

import bisect
import difflib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from village.errors import ContentError
from village.render import shortcode_lexer
from village.render.shortcode_lexer import LexError, Token

PREFIX = "HAHAHUGOSHORTCODE"
SUFFIX = "HBHB"
PLACEHOLDER = re.compile(r"(<p>)?(" + PREFIX + r"0s\d+" + SUFFIX + r")(</p>)?")
SINGLE_PARAGRAPH = re.compile(r"\A<p>(.*)</p>\n\Z", re.DOTALL)
NEWLINE = re.compile(r"\n")
DEEPEST = 64  # nested shortcodes; beyond it the content is hostile


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


@dataclass(slots=True)
class Expanded:
    """Markdown ready to render, and what each placeholder in it stands for."""

    text: str
    fragments: dict[str, str] = field(default_factory=dict)


def has_shortcodes(body: str) -> bool:
    """Whether parsing can find anything; a body without them costs a scan in C."""
    return "{{" in body and ("{{<" in body or "{{%" in body)


def parse(
    body: str,
    file: str = "",
    first_line: int = 1,
    takes_inner: TakesInner | None = None,
    known: Iterable[str] = (),
) -> list[Piece]:
    """The body as text and calls, nested.

    ``takes_inner(name)``: True when the shortcode reads its inner content, False when not, None when there is no
    such shortcode.
    Without it every name is known, and takes inner content when an end tag follows. ``known`` feeds the did-you-mean.
    Raises ContentError with file, line and column.
    """
    if not has_shortcodes(body):
        return [Text(body)] if body else []
    try:
        found = shortcode_lexer.tokens(body)
        return Nester(found, body, file, first_line, takes_inner or guess(found), known).page()
    except LexError as error:
        raise content_error(error, body, file, first_line) from None


def guess(found: list[Token]) -> TakesInner:
    """Names that are closed somewhere take inner content."""
    closed = {found[at + 1].value for at, token in enumerate(found[:-1]) if token.kind == "close"}
    return lambda name: name in closed


def locate(body: str, offset: int, first_line: int) -> tuple[int, int]:
    """(line, column) of an offset, both counted from 1."""
    before = body[:offset]
    return first_line + before.count("\n"), offset - before.rfind("\n")


def content_error(error: LexError, body: str, file: str, first_line: int) -> ContentError:
    line, column = locate(body, error.offset, first_line)
    excerpt = body.split("\n")[line - first_line]
    return ContentError(error.message, file=file, line=line, column=column, hint=error.hint, excerpt=excerpt)


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
        return f"did you mean {near[0]}?" if near else f"put its template in layouts/_shortcodes/{name}.html"

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


def calls(pieces: Iterable[Piece]) -> Iterable[Call]:
    """Every call, outer before inner."""
    for piece in pieces:
        if isinstance(piece, Call):
            yield piece
            yield from calls(piece.inner or ())


# -- expanding ---------------------------------------------------------------------------------------------------------

Invoke = Callable[[Call, "str | None"], str]


def expand(
    pieces: Iterable[Piece], invoke: Invoke, markdown: Callable[[str], str], *, stand_in: bool = True
) -> Expanded:
    """Calls rendered and put in their places.

    ``invoke(call, inner)`` renders one call, ``inner`` being its rendered inner content (None: not closed).
    ``markdown(text)`` renders the inner content of ``{{% %}}`` inside another shortcode. ``stand_in=False`` writes
    the output of
    ``{{< >}}`` in place too: for content that does not go through Markdown.
    """
    parts: list[str] = []
    fragments: dict[str, str] = {}
    for piece in pieces:
        if isinstance(piece, Text):
            parts.append(piece.text)
            continue
        output = render(piece, invoke, markdown, 0)
        if piece.markup or not stand_in:
            parts.append(output)
        else:
            word = f"{PREFIX}0s{piece.ordinal}{SUFFIX}"
            fragments[word] = output
            parts.append(word)
    return Expanded("".join(parts), fragments)


def render(call: Call, invoke: Invoke, markdown: Callable[[str], str], level: int) -> str:
    """The output of one call, its children first."""
    if call.inline:
        return ""
    inner = None
    if call.inner is not None:
        inner = "".join(
            piece.text if isinstance(piece, Text) else render(piece, invoke, markdown, level + 1)
            for piece in call.inner
        )
        if call.markup and level:
            inner = inner_markdown(inner, markdown)
    output = invoke(call, inner)
    if call.indentation and not call.inner:
        return indent_following(output, call.indentation)
    return output


def inner_markdown(inner: str, markdown: Callable[[str], str]) -> str:
    """Inner text as Markdown; a text of one line loses its paragraph."""
    html = markdown(inner)
    return html if "\n" in inner else SINGLE_PARAGRAPH.sub(r"\1", html)


def indent_following(text: str, indentation: str) -> str:
    """Every line but the first moved right, so that output stays inside the list item the shortcode stands in."""
    return re.sub(r"\n(?!\Z)", lambda newline: newline.group() + indentation, text)


def deindent(inner: str, indentation: str) -> str:
    """Hugo's InnerDeindent: the tag's own indentation taken from the inner lines."""
    if not indentation:
        return inner
    return "\n".join(line.removeprefix(indentation) for line in inner.split("\n"))


def substitute(html: str, fragments: dict[str, str]) -> str:
    """Placeholders replaced; one that is alone in its paragraph takes the ``<p>`` with it (Hugo #1148)."""
    if not fragments or PREFIX not in html:
        return html

    def replace(match: re.Match[str]) -> str:
        opening, word, closing = match.group(1) or "", match.group(2), match.group(3) or ""
        if word not in fragments:
            return match.group()
        return fragments[word] if opening and closing else opening + fragments[word] + closing

    return PLACEHOLDER.sub(replace, html)
