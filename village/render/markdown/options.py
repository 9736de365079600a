"""What the site's ``markup`` table asks of Markdown, with Hugo's names and defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import lru_cache
from typing import Any

from village.render.highlighting.highlight import HighlightOptions, highlight_options

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Typography:
    """The replacements of typographer; an empty one leaves the character alone."""

    left_single_quote: str = "&lsquo;"
    right_single_quote: str = "&rsquo;"
    left_double_quote: str = "&ldquo;"
    right_double_quote: str = "&rdquo;"
    en_dash: str = "&ndash;"
    em_dash: str = "&mdash;"
    ellipsis: str = "&hellip;"
    left_angle_quote: str = "&laquo;"
    right_angle_quote: str = "&raquo;"
    apostrophe: str = "&rsquo;"


@dataclass(frozen=True, slots=True)
class MarkdownOptions:
    """goldmark's settings as Hugo names them (hugo-rules section 8); hashable, so parsers are kept by it."""

    unsafe: bool = False
    hard_wraps: bool = False
    xhtml: bool = False
    typographer: Typography | None = Typography()
    footnote: bool = True
    definition_list: bool = True
    table: bool = True
    strikethrough: bool = True
    linkify: bool = True
    linkify_protocol: str = "https"
    task_list: bool = True
    emoji: bool = False
    footnote_backlink: str = "&#x21a9;&#xfe0e;"
    footnote_auto_id_prefix: bool = False
    wiki_links: bool = False
    insert: bool = False
    mark: bool = False
    subscript: bool = False
    superscript: bool = False
    delete: bool = False
    cjk: bool = False
    east_asian_line_breaks: str = ""  # "", "simple" or "css3draft"
    escaped_space: bool = False
    passthrough_inline: Pairs = ()
    passthrough_block: Pairs = ()
    auto_heading_id: bool = True
    auto_definition_term_id: bool = False
    auto_id_type: str = "github"
    attribute_title: bool = True
    attribute_block: bool = False
    wrap_standalone_image: bool = True
    toc_start: int = 2
    toc_end: int = 3
    toc_ordered: bool = False
    highlight: HighlightOptions = field(default_factory=HighlightOptions)


COMMONMARK = MarkdownOptions(
    unsafe=True, xhtml=True, typographer=None, footnote=False, definition_list=False, table=False,
    strikethrough=False, linkify=False, task_list=False, auto_heading_id=False, attribute_title=False,
    highlight=HighlightOptions(code_fences=False),
)  # fmt: skip
"""CommonMark alone, as the specification's examples print it."""


def options_from_config(markup: Mapping[str, Any], emoji: bool = False, wiki_links: bool = False) -> MarkdownOptions:
    """From Hugo's ``markup`` table with lower-cased keys; unknown keys are the config's business, not ours."""
    goldmark = _table(markup, "goldmark")
    extensions, renderer, parser = (_table(goldmark, key) for key in ("extensions", "renderer", "parser"))
    extras, cjk, toc = _table(extensions, "extras"), _table(extensions, "cjk"), _table(markup, "tableofcontents")
    attribute, passthrough = _table(parser, "attribute"), _table(extensions, "passthrough")
    delimiters = _table(passthrough, "delimiters") if passthrough.get("enable") else {}
    cjk_on = bool(cjk.get("enable"))
    switches: dict[str, Any] = {
        name: _enabled(extensions.get(key, True))
        for name, key in (
            ("footnote", "footnote"), ("definition_list", "definitionlist"), ("table", "table"),
            ("strikethrough", "strikethrough"), ("linkify", "linkify"), ("task_list", "tasklist"),
        )
    }  # fmt: skip
    for name in ("insert", "mark", "subscript", "superscript", "delete"):
        switches[name] = bool(_table(extras, name).get("enable"))
    return replace(
        MarkdownOptions(**switches),
        unsafe=bool(renderer.get("unsafe")),
        hard_wraps=bool(renderer.get("hardwraps")),
        xhtml=bool(renderer.get("xhtml")),
        typographer=_typography(extensions.get("typographer", True)),
        footnote_backlink=str(_table(extensions, "footnote").get("backlinkhtml", MarkdownOptions().footnote_backlink)),
        footnote_auto_id_prefix=bool(_table(extensions, "footnote").get("enableautoidprefix")),
        linkify_protocol=str(extensions.get("linkifyprotocol", "https")),
        emoji=emoji,
        wiki_links=wiki_links,
        cjk=cjk_on,
        east_asian_line_breaks=str(cjk.get("eastasianlinebreaksstyle", "simple"))
        if cjk_on and cjk.get("eastasianlinebreaks")
        else "",
        escaped_space=bool(cjk_on and cjk.get("escapedspace")),
        passthrough_inline=_pairs(delimiters.get("inline")),
        passthrough_block=_pairs(delimiters.get("block")),
        auto_heading_id=bool(parser.get("autoheadingid", True)),
        auto_definition_term_id=bool(parser.get("autodefinitiontermid")),
        auto_id_type=str(parser.get("autoidtype") or parser.get("autoheadingidtype") or "github"),
        attribute_title=bool(attribute.get("title", True)),
        attribute_block=bool(attribute.get("block")),
        wrap_standalone_image=bool(parser.get("wrapstandaloneimagewithinparagraph", True)),
        toc_start=_number(toc.get("startlevel"), 2),
        toc_end=_number(toc.get("endlevel"), 3),
        toc_ordered=bool(toc.get("ordered")),
        highlight=highlight_options(_table(markup, "highlight")),
    )  # fmt: skip


def _table(parent: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = parent.get(key)
    return value if isinstance(value, Mapping) else {}


def _enabled(value: Any) -> bool:
    return bool(value.get("enable", True)) if isinstance(value, Mapping) else bool(value)


def _number(value: Any, default: int) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        return default


def _pairs(value: Any) -> Pairs:
    return tuple(
        (str(pair[0]), str(pair[1])) for pair in value or () if isinstance(pair, list | tuple) and len(pair) == 2
    )


@lru_cache(maxsize=1)
def _typography_keys() -> dict[str, str]:
    return {each.name.replace("_", ""): each.name for each in fields(Typography)}


def _typography(value: Any) -> Typography | None:
    if not isinstance(value, Mapping):
        return Typography() if value else None  # before 0.112 typographer was a plain boolean
    if value.get("disable"):
        return None
    known = _typography_keys()
    return Typography(**{known[key]: str(text) for key, text in value.items() if key in known})
