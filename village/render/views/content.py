"""The rendered body as page fields: answers are digests and counts; the text itself is fetched only when shown."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from village.render.lens import Body, Content, Lens
from village.render.markdown import toc
from village.site.model import Page


def of(lens: Lens, page: Page) -> Content:
    return lens.services.content(page.id)


def body(view: Any) -> Body:
    return view.lens.services.body(view.identity)


def safe(view: Any, html: str) -> Markup:
    """HTML that the site's own Markdown rules produced."""
    del view
    return Markup(html)  # noqa: S704 - rendered by the site's own rules, raw HTML already dropped or asked for


def html_digest(lens: Lens, page: Page) -> int:
    return of(lens, page).html_digest


def plain_digest(lens: Lens, page: Page) -> int:
    return of(lens, page).plain_digest


def toc_digest(lens: Lens, page: Page) -> int:
    return of(lens, page).toc_digest


def raw_digest(lens: Lens, page: Page) -> str:
    del lens
    return page.source.body_digest if page.source else ""


def summary(lens: Lens, page: Page) -> str:
    return of(lens, page).summary


def show_html(view: Any, digest: int) -> Markup:
    del digest
    return Markup(body(view).html)  # noqa: S704


def show_rest(view: Any, digest: int) -> Markup:
    del digest
    return Markup(body(view).without_summary)  # noqa: S704


def show_toc(view: Any, digest: int) -> Markup:
    del digest
    return Markup(body(view).toc)  # noqa: S704


def show_plain(view: Any, digest: int) -> str:
    del digest
    from village.render import summary as summaries  # noqa: PLC0415 - only pages that show plain text pay for it

    return summaries.plain(body(view).html)


def show_raw(view: Any, digest: str) -> str:
    del digest
    return view.page.source.read_body() if view.page.source else ""


def show_shortcodes(view: Any, digest: int) -> tuple[str, ...]:
    del digest
    return body(view).shortcodes


class Heading:
    """A heading with the ones below it (Hugo's Fragments)."""

    __slots__ = ("headings", "id", "level", "title")

    def __init__(self, level: int, identifier: str, title: str) -> None:
        self.level = level
        self.id = identifier
        self.title = Markup(title)  # noqa: S704
        self.headings: list[Heading] = []


class Identifiers(list[str]):
    """The ids of a page's headings, in order."""

    def contains(self, identifier: str) -> bool:
        return identifier in self

    def count(self, identifier: Any) -> int:
        return super().count(identifier)


class Fragments:
    """The page's headings as a tree, and their ids."""

    __slots__ = ("_rows", "headings", "identifiers")

    def __init__(self, rows: list[tuple[int, str, str, str]]) -> None:
        self._rows = rows
        self.identifiers = Identifiers(sorted(row[1] for row in rows))
        self.headings: list[Heading] = []
        above: list[Heading] = []
        for level, identifier, title, _ in rows:
            heading = Heading(level, identifier, title)
            while above and above[-1].level >= level:
                above.pop()
            (above[-1].headings if above else self.headings).append(heading)
            above.append(heading)

    def to_html(self, start: int = 2, stop: int = 3, ordered: bool = False) -> Markup:
        """A table of contents of other levels than the page's own."""
        flat: list[Any] = [Heading(*row[:3]) for row in self._rows]
        return Markup(toc.toc_html(flat, int(start), int(stop), ordered=ordered))  # noqa: S704 - rendered by our Markdown


def show_fragments(view: Any, digest: int) -> Fragments:
    del digest
    return Fragments(body(view).headings)


def show_length(view: Any, digest: int) -> int:
    """In bytes, as Go counts (Hugo's .Len)."""
    del digest
    return len(body(view).html.encode())


def show_words(view: Any, digest: int) -> list[str]:
    return show_plain(view, digest).split()


def author(params: dict[str, Any]) -> Any:
    return params.get("author") or params.get("authors") or ""


def feed_entry(lens: Lens, page: Page) -> tuple[Any, ...]:
    """All that a feed says of a page except its full content: (title, permalink, published, updated, summary,
    author).
    """
    link = type(lens.view(page.id)).permalink.answer(lens, page)
    return page.title, link, page.publish_date, page.lastmod, summary(lens, page), str(author(page.params))


def sitemap_entry(lens: Lens, page: Page) -> tuple[Any, ...]:
    """What the sitemap says of a page: (permalink, lastmod, front matter's sitemap table)."""
    link = type(lens.view(page.id)).permalink.answer(lens, page)
    return link, page.lastmod, page.sitemap, page.build.render
