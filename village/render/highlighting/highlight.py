"""Code highlighting by Pygments in the shape of Hugo's: the same wrappers, lines, numbers and classes as Chroma."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from village.render.highlighting import chroma, lexing
from village.render.highlighting.chroma import stylesheet
from village.render.markdown.attributes import render_attributes

__all__ = ["FENCE_OPTIONS", "HighlightOptions", "highlight", "highlight_fence", "highlight_options", "stylesheet"]

FENCE_OPTIONS = frozenset(
    {"anchorlinenos", "guesssyntax", "hl_lines", "hl_inline", "lineanchors", "linenos", "linenostart",
     "linenumbersintable", "noclasses", "style", "tabwidth", "wrapperclass"}
)  # fmt: skip
_LARGEST_KEPT = 4_000  # characters of code; longer blocks are made anew each time
_MOST_LINES = 10_000_000


@dataclass(frozen=True, slots=True)
class HighlightOptions:
    """Hugo's ``markup.highlight``; ``hl_lines`` is as written: ``"1 3-5"``."""

    style: str = "monokai"
    code_fences: bool = True
    no_classes: bool = True
    line_nos: bool = False
    line_numbers_in_table: bool = True
    anchor_line_nos: bool = False
    line_anchors: str = ""
    line_no_start: int = 1
    hl_lines: str = ""
    hl_inline: bool = False
    tab_width: int = 4
    guess_syntax: bool = False
    no_hl: bool = False
    wrapper_class: str = "highlight"


_SETTINGS = {
    "style": "style", "codefences": "code_fences", "noclasses": "no_classes",
    "linenumbersintable": "line_numbers_in_table",
    "anchorlinenos": "anchor_line_nos", "lineanchors": "line_anchors", "linenostart": "line_no_start",
    "hl_inline": "hl_inline", "tabwidth": "tab_width", "guesssyntax": "guess_syntax", "nohl": "no_hl",
    "wrapperclass": "wrapper_class",
}  # fmt: skip


def highlight_options(
    settings: Mapping[str, Any] | str | None, base: HighlightOptions | None = None
) -> HighlightOptions:
    """``base`` with settings over it: a table, or the string of Hugo's ``highlight``: ``linenos=table,style=vim``."""
    options = base or HighlightOptions()
    if isinstance(settings, str):
        settings = _parsed(settings)
    if not settings:
        return options
    changes: dict[str, Any] = {}
    for key, value in settings.items():
        lowered = str(key).lower()
        if lowered == "linenos":
            if value in ("table", "inline"):
                changes["line_numbers_in_table"] = value == "table"
            changes["line_nos"] = _truth(value)
        elif lowered == "hl_lines":
            changes["hl_lines"] = " ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
        elif lowered in _SETTINGS:
            name = _SETTINGS[lowered]
            converted = _converted(value, getattr(options, name))
            if converted is not None:
                changes[name] = converted
    return replace(options, **changes) if changes else options


def _parsed(text: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.split(","))
    return {key.strip().lower(): value for key, _, value in pairs if key.strip()}


def _truth(value: Any) -> bool:
    return value.strip().lower() not in ("", "false", "0") if isinstance(value, str) else bool(value)


def _converted(value: Any, like: Any) -> Any:
    if isinstance(like, bool):
        return _truth(value)
    if isinstance(like, int):
        try:
            return max(-_MOST_LINES, min(int(value), _MOST_LINES))
        except (TypeError, ValueError):
            return None
    return str(value)


def highlight_fence(
    code: str,
    lang: str,
    attributes: Mapping[str, Any],
    settings: Mapping[str, Any],
    options: HighlightOptions,
    *,
    ordinal: int = 0,
) -> str:
    """A fenced code block; ``attributes`` go to the wrapper, ``ordinal`` names its line anchors."""
    if settings:
        options = highlight_options(settings, options)
    if options.anchor_line_nos and not options.line_anchors:
        options = replace(options, line_anchors=f"hl-{ordinal}")
    return highlight(code, lang, options, attributes)


def highlight(
    code: str, lang: str, options: HighlightOptions | None = None, attributes: Mapping[str, Any] | None = None
) -> str:
    """Hugo's ``highlight``: the block with its wrapper, or a plain ``<pre>`` for a language nobody knows."""
    options = options or HighlightOptions()
    if code and not code.endswith("\n") and not options.hl_inline:
        code += "\n"
    made = _made if len(code) > _LARGEST_KEPT else _kept
    body, highlighted = made(code, lang, options)
    if not highlighted or options.hl_inline:
        return body
    wrapper = options.wrapper_class
    if not attributes:
        return f'<div class="{wrapper}">{body}</div>'
    classes = f"{wrapper} {attributes['class']}" if "class" in attributes else wrapper
    others = {name.lower(): value for name, value in attributes.items()}
    return f'<div class="{_escape(classes)}"{render_attributes(others, skip=("class",))}>{body}</div>'


def _escape(text: str) -> str:
    return (
        text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&#34;").replace("'", "&#39;")
    )


def _made(code: str, lang: str, options: HighlightOptions) -> tuple[str, bool]:
    lexer = _lexer(lang) if lang.lower() in chroma.languages() else None
    if lexer is None and options.guess_syntax and not options.no_hl:
        lexer, lang = _guessed(code)
    named = f' class="language-{_escape(lang)}" data-lang="{_escape(lang)}"' if lang else ""
    if lexer is None:
        return f'<pre tabindex="0"><code{named}>{_escape(code)}</code></pre>', False
    if options.hl_inline:
        tokens = "".join(_lines(lexer, code, _Tags(options)))
        return f'<code class="code-inline language-{_escape(lang)}">{tokens}</code>', True
    return _Block(options, _lines(lexer, code, _tags(options.style, options.no_classes))).html(named), True


_kept = lru_cache(maxsize=512)(_made)
_lexers = threading.local()  # lexers keep state in some languages: each thread has its own


def _lexer(lang: str) -> Any:
    kept = _lexers.__dict__.setdefault("by_name", {})
    lang = lang.lower()
    lexer = kept.get(lang)
    if lexer is None:
        lexer = kept[lang] = _new_lexer(chroma.PYGMENTS_NAMES.get(lang, lang))
    return lexer


def _new_lexer(name: str) -> Any:
    from pygments.lexers import (  # noqa: PLC0415  (heavy, and a site may have no code)
        find_lexer_class_for_filename,
        get_lexer_by_name,
    )
    from pygments.util import ClassNotFound  # noqa: PLC0415

    try:
        return get_lexer_by_name(name)
    except ClassNotFound:
        found = find_lexer_class_for_filename(name) or find_lexer_class_for_filename(f"x.{name}")
        return found() if found else get_lexer_by_name("text")


def _guessed(code: str) -> tuple[Any, str]:
    from pygments.lexers import guess_lexer  # noqa: PLC0415
    from pygments.util import ClassNotFound  # noqa: PLC0415

    try:
        lexer = guess_lexer(code)
    except ClassNotFound:
        lexer = _lexer("text")
    return lexer, "fallback" if lexer.name == "Text only" else (lexer.aliases or ["fallback"])[0]


class _Tags(dict[Any, str]):
    """Token type → its opening tag, empty for plain text; learned as types are met."""

    def __init__(self, options: HighlightOptions) -> None:
        super().__init__()
        self._styles = chroma.inline_styles(options.style) if options.no_classes else None

    def __missing__(self, kind: Any) -> str:
        from pygments.token import STANDARD_TYPES  # noqa: PLC0415

        at = kind
        while at is not None and at not in STANDARD_TYPES:
            at = at.parent
        name = STANDARD_TYPES.get(at, "")
        if self._styles is None:
            tag = f'<span class="{name}">' if name else ""
        else:
            style = self._styles.get(name)
            tag = f'<span style="{style}">' if style and name else ""
        self[kind] = tag
        return tag


@lru_cache(maxsize=64)
def _tags(style: str, no_classes: bool) -> _Tags:
    return _Tags(HighlightOptions(style=style, no_classes=no_classes))


def _lines(lexer: Any, code: str, tags: _Tags) -> list[str]:
    """The code's lines as HTML, each with its newline inside; neighbours of one tag share a span."""
    out: list[str] = []
    line: list[str] = []
    for tag, text in _runs(lexing.tokens(lexer, code), tags):
        if "&" in text or "<" in text or ">" in text or '"' in text or "'" in text:
            text = _escape(text)  # noqa: PLW2901
        if "\n" not in text:
            line.append(f"{tag}{text}</span>" if tag else text)
            continue
        *heads, tail = text.split("\n")
        for head in heads:
            line.append(f"{tag}{head}\n</span>" if tag else head + "\n")
            out.append("".join(line))
            line = []
        if tail:
            line.append(f"{tag}{tail}</span>" if tag else tail)
    if line:
        out.append("".join(line))
    return out


def _runs(tokens: Iterable[lexing.Token], tags: _Tags) -> list[tuple[str, str]]:
    """Tags with their texts; neighbours of one tag are one."""
    runs: list[tuple[str, str]] = []
    pending, before = "", ""
    for _, kind, text in tokens:
        tag = tags[kind]
        if tag == before:
            pending += text
        else:
            if pending:
                runs.append((before, pending))
            pending, before = text, tag
    if pending:
        runs.append((before, pending))
    return runs


class _Block:
    """Lines put into Chroma's frame: numbers inline or in a table, highlighted ranges, anchors."""

    def __init__(self, options: HighlightOptions, lines: list[str]) -> None:
        self.options = options
        self.lines = lines
        self.ranges = _ranges(options.hl_lines, options.line_no_start)
        self.styles = chroma.inline_styles(options.style) if options.no_classes else None
        self.digits = len(str(options.line_no_start + len(lines) - 1))

    def html(self, named: str) -> str:
        options = self.options
        in_table = options.line_nos and options.line_numbers_in_table
        numbered = options.line_nos and not in_table
        pre = self._pre()
        code = "".join(self._code_lines(numbered=numbered))
        main = f'<pre tabindex="0"{pre}><code{named}>{code}</code></pre>'
        if not in_table:
            return main
        cell = self._attribute("lntd")
        wide = cell if self.styles is None else f'{cell[:-1]};width:100%"'
        return (
            f"<div{pre}>\n<table{self._attribute('lntable')}><tr><td{cell}>\n"
            f'<pre tabindex="0"{pre}><code>{"".join(self._number_lines())}</code></pre></td>\n'
            f"<td{wide}>\n{main}</td></tr></table>\n</div>\n"
        )

    def _attribute(self, name: str) -> str:
        if self.styles is None:
            return f' class="{name}"'
        style = self.styles.get(name)
        return f' style="{style}"' if style else ""

    def _pre(self) -> str:
        if self.styles is None:
            return ' class="chroma"'
        background = self.styles.get("bg", "")
        width = self.options.tab_width
        tabs = f"-moz-tab-size:{width};-o-tab-size:{width};tab-size:{width};" if width not in (0, 8) else ""
        grid = "display:grid;" if self.ranges else ""
        return f' style="{background}{tabs}-webkit-text-size-adjust:none;{grid}"'

    def _is_marked(self, number: int) -> bool:
        return any(first <= number <= last for first, last in self.ranges)

    def _code_lines(self, *, numbered: bool) -> Iterator[str]:
        number_tag = self._attribute("ln")
        if self.styles is None:
            plain, marked, inner = '<span class="line">', '<span class="line hl">', '<span class="cl">'
        else:
            plain, inner = '<span style="display:flex;">', "<span>"
            marked = f'<span style="display:flex; {self.styles.get("hl", "")}">'
        for number, line in enumerate(self.lines, self.options.line_no_start):
            opening = marked if self.ranges and self._is_marked(number) else plain
            shown = f"<span{number_tag}{self._anchor_id(number)}>{self._number(number)}</span>" if numbered else ""
            yield f"{opening}{shown}{inner}{line}</span></span>"

    def _number_lines(self) -> Iterator[str]:
        tag, marked = self._attribute("lnt"), self._attribute("hl")
        for number in range(self.options.line_no_start, self.options.line_no_start + len(self.lines)):
            shown = f"<span{tag}{self._anchor_id(number)}>{self._number(number)}\n</span>"
            yield f"<span{marked}>{shown}</span>" if self._is_marked(number) else shown

    def _anchor_id(self, number: int) -> str:
        options = self.options
        return f' id="{_escape(options.line_anchors)}-{number}"' if options.anchor_line_nos else ""

    def _number(self, number: int) -> str:
        options = self.options
        padded = str(number).rjust(self.digits)
        if not options.anchor_line_nos:
            return padded
        return f'<a{self._attribute("lnlinks")} href="#{_escape(options.line_anchors)}-{number}">{padded}</a>'


def _ranges(text: str, start: int) -> list[tuple[int, int]]:
    """``"1 3-5"``, counted from the block's first line, as line numbers; nothing when it makes no sense."""
    ranges = []
    for field in text.split():
        first, _, last = field.partition("-")
        try:
            ranges.append((int(first) + start - 1, int(last or first) + start - 1))
        except ValueError:
            return []
    return ranges
