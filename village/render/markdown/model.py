"""What goes in and out of a Markdown rendering besides the text: headings, links, hooks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol


@dataclass(slots=True)
class Heading:
    """A heading of the page: ``title`` is HTML as the table of contents shows it, ``plain`` its text."""

    level: int
    id: str
    title: str
    plain: str


@dataclass(slots=True)
class Link:
    """A link or image as the author wrote it; ``line`` counts from 1 in the rendered text, 0 when not found."""

    kind: Literal["link", "image"]
    destination: str
    text: str
    line: int


@dataclass(slots=True)
class Rendered:
    """The outcome of one rendering; plain data, so that it can travel between processes."""

    html: str
    headings: list[Heading] = field(default_factory=list)
    toc_html: str = ""
    links: list[Link] = field(default_factory=list)
    identifiers: list[str] = field(default_factory=list)


Attributes = Mapping[str, Any]


class Hooks(Protocol):
    """Render hooks (Hugo's ``_markup/render-*.html``). Every method may answer None: the default rendering.

    ``ordinal`` counts the elements of one kind in the page, from 0. ``*_html`` and ``inner`` are rendered HTML
    unless said otherwise.
    """

    def prefix(self) -> str:
        """What the ids of footnotes begin with, so that several posts can stand on one page."""
        ...

    def resolve(self, destination: str, is_image: bool, line: int) -> str:
        """The final URL of a destination; ``line`` is 1-based, 0 when unknown."""
        ...

    def wiki(self, name: str, line: int) -> str | None:
        """The URL of ``[[name]]``; None where it leads nowhere: the brackets stay as they are written."""
        ...

    def link(  # noqa: PLR0917  (as Hugo's hook context)
        self,
        destination: str,
        title: str,
        text_html: str,
        plain_text: str,
        is_image: bool,
        ordinal: int,
        *,
        attributes: Attributes,
        is_block: bool,
    ) -> str | None:
        """A link or an image; ``is_block``: an image alone in its paragraph (wrapStandAloneImage… off)."""
        ...

    def heading(  # noqa: PLR0917
        self, level: int, anchor: str, text_html: str, plain_text: str, attributes: Attributes, ordinal: int
    ) -> str | None:
        """A heading; ``anchor`` is its id."""
        ...

    def codeblock(self, lang: str, inner: str, attributes: Attributes, options: Attributes, ordinal: int) -> str | None:
        """A fenced code block; ``inner`` is the code itself, ``options`` the highlighting ones of the fence."""
        ...

    def blockquote(
        self,
        kind: str,
        text_html: str,
        attributes: Attributes,
        ordinal: int,
        *,
        alert_type: str,
        alert_title: str,
        alert_sign: str,
    ) -> str | None:
        """A blockquote; ``kind`` is ``regular`` or ``alert`` (``> [!NOTE]+ title``)."""
        ...

    def table(
        self,
        head: Sequence[Sequence[tuple[str, str]]],
        body: Sequence[Sequence[tuple[str, str]]],
        attributes: Attributes,
        ordinal: int,
    ) -> str | None:
        """A table: rows of (alignment, cell HTML); alignment is left, center, right or empty."""
        ...

    def passthrough(self, inner: str, kind: str, attributes: Attributes, ordinal: int) -> str | None:
        """Passed-through text (math), ``kind`` is ``inline`` or ``block``; ``inner`` without its delimiters."""
        ...


class NoHooks:
    """The default rendering of everything."""

    def prefix(self) -> str:
        return ""

    def resolve(self, destination: str, is_image: bool, line: int) -> str:
        del is_image, line
        return destination

    def wiki(self, name: str, line: int) -> str | None:
        del line
        return name

    def link(self, *_: Any, **__: Any) -> None:
        return None

    heading = codeblock = blockquote = table = passthrough = link
