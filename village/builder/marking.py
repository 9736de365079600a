"""Bodies to HTML: shortcodes, Markdown with its render hooks, links resolved, summary and counts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from village.builder.calls import Around, invoke, reader_of_inner
from village.builder.hooks import TemplateHooks
from village.render import summary
from village.render.highlighting import highlight
from village.render.lens import Body, Content
from village.render.markdown import convert
from village.render.markdown.characters import escape
from village.render.markdown.model import Rendered
from village.render.markdown.options import MarkdownOptions, options_from_config
from village.render.shortcodes import bodies, calls, library

EMPTY_TOC = '<nav id="TableOfContents"></nav>'


def options(desk: Any, page: Any) -> MarkdownOptions:
    """Goldmark's settings of the page's language."""
    lang = page.page.lang
    table = desk.lens.ask("config", lang, "markup") or {}
    emoji = bool(desk.lens.ask("config", lang, "enableemoji"))
    return desk.lens.once(("markdown", lang), lambda: options_from_config(table, emoji, wiki_links=True))


def digest(text: str) -> int:
    """Eight bytes of a hash: enough to see that a text changed."""
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=7).digest(), "big")


def body(desk: Any, page: Any) -> tuple[Content, Body]:
    """The body of a page, rendered. Raises ContentError, TemplateError."""
    model = page.page
    assert page.raw_content is not None  # the question: the source text
    text = model.source.read_body() if model.source else ""
    first_line = model.source.body_line if model.source else 1
    file = shown(page)
    if "\ufffd" in text and model.source and (line := model.source.undecodable_line()):
        desk.warn("holds characters that are not UTF-8", file, line, "save the file as UTF-8")
    around = Around(desk, page)
    used: list[str] = []
    if bodies.has_shortcodes(text):
        pieces = bodies.parse(text, file, first_line, reader_of_inner(desk, text), library.BUILT_IN)
        used = [call.name for call in calls.calls(pieces)]
        is_markdown = model.source is None or model.source.markup == "markdown"
        with including(desk) as stand_ins:
            expanded = bodies.expand(
                pieces, lambda call, inner: invoke(desk, around, call, inner), around.markdown, stand_in=is_markdown
            )
        expanded.fragments |= stand_ins
    else:
        expanded = bodies.Expanded(text)
    return finish(desk, page, expanded, first_line, tuple(dict.fromkeys(used)))


def finish(
    desk: Any, page: Any, expanded: bodies.Expanded, first_line: int, used: tuple[str, ...]
) -> tuple[Content, Body]:
    """Expanded text to HTML, with everything that is counted in it."""
    model = page.page
    settings = options(desk, page)
    text = summary.mark_divider(expanded.text)
    if model.source is None or model.source.markup == "markdown":
        rendered = (
            convert.render(text, settings, TemplateHooks(desk, page, first_line, text))
            if text
            else Rendered("", toc_html=EMPTY_TOC)
        )
        html, toc = rendered.html, bodies.substitute(rendered.toc_html, expanded.fragments)
        headings = [(h.level, h.id, h.title, h.plain) for h in rendered.headings]
        links: list[tuple[str, str, str, int]] = [
            (link.kind, link.destination, link.text, link.line + first_line - 1 if link.line else 0)
            for link in rendered.links
        ]
    else:
        html, toc, headings, links = foreign(desk, page, text), "", [], []
    found = summarise(desk, page, bodies.substitute(html, expanded.fragments), settings)
    body = Body(found.content, found.content_without_summary, toc, headings, links, used)
    return counted(desk, page, found, toc), body


def foreign(desk: Any, page: Any, text: str) -> str:
    """A body that is not Markdown: HTML as it is; anything else as it was written, for nothing here can render it."""
    source = page.page.source
    if source.markup == "html":
        return text
    name = FOREIGN.get(source.markup, source.markup)
    desk.warn(
        f"{name} is not rendered: the page shows its source",
        f"content/{source.path}",
        1,
        hint=f"write it in Markdown, once: pandoc -f {PANDOC.get(source.markup, source.markup)} -t markdown",
    )
    return f"<pre>{escape(text)}</pre>\n"


FOREIGN = {"org": "Org", "rst": "reStructuredText", "asciidocext": "AsciiDoc", "pandoc": "Pandoc's Markdown"}
PANDOC = {"asciidocext": "asciidoc", "pandoc": "markdown"}


def summarise(desk: Any, page: Any, html: str, settings: MarkdownOptions) -> summary.Summary:
    """By the divider, by front matter, or automatically."""
    configured = desk.lens.ask("config", page.page.lang, "summarylength")
    length = 70 if configured is None else int(configured)
    own = page.page.summary
    cjk = is_cjk(desk, page, html)
    raw = page.page.source is not None and page.page.source.markup == "html"
    if own:
        return summary.from_front_matter(convert.render_inline(own, settings), html, length, cjk=cjk, raw=raw)
    return summary.summarise(html, length, cjk=cjk, raw=raw)


def is_cjk(desk: Any, page: Any, text: str) -> bool:
    """Whether words are counted by characters (isCJKLanguage, hasCJKLanguage)."""
    if page.page.is_cjk is not None:
        return bool(page.page.is_cjk)
    return bool(desk.lens.ask("config", page.page.lang, "hascjklanguage")) and summary.has_cjk(text)


def counted(desk: Any, page: Any, found: summary.Summary, toc: str) -> Content:
    """The numbers and digests of a rendered body."""
    bare = summary.plain(found.content)
    cjk = is_cjk(desk, page, bare)
    words = summary.word_count(bare, cjk=cjk)
    return Content(
        summary=found.text,
        truncated=found.truncated,
        word_count=words,
        fuzzy_word_count=summary.fuzzy_word_count(words),
        reading_time=summary.reading_time(words, cjk=cjk),
        html_digest=digest(found.content),
        plain_digest=digest(bare),
        toc_digest=digest(toc),
    )


def string(desk: Any, page: Any, text: str, *, inline: bool) -> str:
    """Markdown inside a template or a shortcode: Hugo's RenderString and markdownify."""
    settings = options(desk, page)
    hooks = TemplateHooks(desk, page, 0)
    expanded = bodies.Expanded(text)
    if bodies.has_shortcodes(text):
        around = Around(desk, page)
        pieces = bodies.parse(text, shown(page), 1, reader_of_inner(desk, text), library.BUILT_IN)
        expanded = bodies.expand(pieces, lambda call, inner: invoke(desk, around, call, inner), around.markdown)
    if inline:
        html = convert.render_inline(expanded.text, settings, hooks)
    else:
        html = convert.render(expanded.text, settings, hooks).html
    return bodies.substitute(html, expanded.fragments)


def source(desk: Any, page: Any, text: str) -> str:
    """A page's source with its shortcodes rendered, still Markdown (Hugo's RenderShortcodes).

    Where the body of another page includes it, what ``{{< x >}}`` made is left to that body to put in its place.
    """
    if not bodies.has_shortcodes(text):
        return text
    around = Around(desk, page)
    line = page.page.source.body_line if page.page.source else 1
    pieces = bodies.parse(text, shown(page), line, reader_of_inner(desk, text), library.BUILT_IN)
    expanded = bodies.expand(
        pieces,
        lambda call, inner: invoke(desk, around, call, inner),
        around.markdown,
        stand_in=desk.stand_ins is not None,
    )
    for word, html in expanded.fragments.items():
        stand_in = bodies.stand_in_word(FIRST_INCLUDED + len(desk.stand_ins))
        expanded.text = expanded.text.replace(word, stand_in)
        desk.stand_ins[stand_in] = html
    return expanded.text


FIRST_INCLUDED = 1_000_000  # no page has so many shortcodes of its own


@contextmanager
def including(desk: Any) -> Iterator[dict[str, str]]:
    """While a body is expanded: collects the stand-ins of the pages that it includes."""
    before, desk.stand_ins = desk.stand_ins, {}
    try:
        yield desk.stand_ins
    finally:
        desk.stand_ins = before


def highlighted(desk: Any, page: Any, code: str, lang: str, given: str | Mapping[str, Any] | None) -> str:
    """Hugo's highlight function."""
    table = desk.lens.ask("config", page.page.lang, "markup.highlight") or {}
    base = highlight.highlight_options(table)
    return highlight.highlight(code, lang, highlight.highlight_options(given or None, base))


def shown(page: Any) -> str:
    """The source file as authors know it."""
    model = page.page
    return f"content/{model.source.path}" if model.source else model.path
