"""Shortcodes: body → pieces → Markdown with placeholders, and the placeholders' HTML put back after Markdown. Pure.

``{{< x >}}`` becomes a word (``HAHAHUGOSHORTCODE0s3HBHB``) that Markdown leaves alone and ``substitute`` replaces;
``{{% x %}}`` is written into the Markdown source before it is rendered. Children are rendered before their parents.
Whether a shortcode has an end tag is decided by its template reading ``inner``, as in Hugo, so ``parse`` asks
``takes_inner``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from village.errors import ContentError
from village.render.shortcodes import lexer
from village.render.shortcodes.calls import Call, Piece, TakesInner, Text
from village.render.shortcodes.lexer import LexError
from village.render.shortcodes.nesting import Nester, guess
from village.site.formats import decoding

PREFIX = "HAHAHUGOSHORTCODE"
SUFFIX = "HBHB"
PLACEHOLDER = re.compile(r"(<p>)?(" + PREFIX + r"0s\d+" + SUFFIX + r")(</p>)?")
CLOSING = re.compile(r"\{\{[<%]\s*/\s*([\w./-]+)")
SINGLE_PARAGRAPH = re.compile(r"\A<p>(.*)</p>\n\Z", re.DOTALL)


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
        found = lexer.tokens(body)
        return Nester(found, body, file, first_line, takes_inner or guess(found), known).page()
    except LexError as error:
        raise content_error(error, body, file, first_line) from None


def closed_names(body: str) -> frozenset[str]:
    """Names of the shortcodes that are closed somewhere in a body."""
    return frozenset(CLOSING.findall(body))


def locate(body: str, offset: int, first_line: int) -> tuple[int, int]:
    """(line, column) of an offset, both counted from 1."""
    before = body[:offset]
    return first_line + before.count("\n"), offset - before.rfind("\n")


def content_error(error: LexError, body: str, file: str, first_line: int) -> ContentError:
    line, column = locate(body, error.offset, first_line)
    excerpt = decoding.excerpt(body, line - first_line + 1, column, above=first_line - 1)
    return ContentError(error.message, file=file, line=line, column=column, hint=error.hint, excerpt=excerpt)


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
            word = stand_in_word(piece.ordinal)
            fragments[word] = output
            parts.append(word)
    return Expanded("".join(parts), fragments)


def stand_in_word(number: int) -> str:
    """The word that stands in the Markdown for a rendered shortcode."""
    return f"{PREFIX}0s{number}{SUFFIX}"


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
