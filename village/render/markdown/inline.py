"""Inline Markdown straight to HTML: mistune's inline parser as registry, goldmark's rules by first character."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import mistune

from village.render.markdown.characters import ENTITY, ESCAPABLE, ESCAPES, entity, escape
from village.render.markdown.delimiters import Delimiter, match_delimiters
from village.render.markdown.line_breaks import settle, soft_break
from village.render.markdown.options import MarkdownOptions
from village.render.markdown.page import Page
from village.render.markdown.pieces import Numbered, Piece

_VALUE = r"""[ \t\n\r]*=[ \t\n\r]*(?:[^ \t\n\v\f\r"'=<>`]+|'[^']*'|"[^"]*")"""
_ATTRIBUTE = rf"[ \t\n\r]+[a-zA-Z_:][a-zA-Z0-9_.:-]*(?:{_VALUE})?"
_HTML = re.compile(rf"<(?:[a-zA-Z][a-zA-Z0-9-]*(?:{_ATTRIBUTE})*[ \t\n\r]*/?|/[a-zA-Z][a-zA-Z0-9-]*[ \t\n\r]*)>")
_DECLARATION = re.compile(r"<![A-Z]")
_AUTOLINK = re.compile(r"<([A-Za-z][A-Za-z0-9.+-]{1,31}:[^<>\x00-\x20]*)>")
_AUTOMAIL = re.compile(
    r"<([a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
    r"(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*)>"
)
_OMITTED = "<!-- raw HTML omitted -->"
_BLANKS = frozenset(" \t")
_BACKTICKS = re.compile(r"`+")

Rule = Callable[["InlineState", int], int]  # what begins at a position: where it ends, or 0 for plain text


class Scanner:
    """What to look for in a text, by the characters that mean something in it.

    ``marks`` finds the next of them. ``link`` and ``run`` are the commonest constructs with nothing inside that means
    anything: ``[text](address)``, ``*text*`` or ``**text**``. They are short cuts, never rules of their own.
    """

    __slots__ = ("link", "marks", "run")

    def __init__(self, characters: str) -> None:
        marks = re.escape(characters)
        text = rf"[^{marks}\[\]*_\x00-\x1f]+"
        self.marks = re.compile(f"[{marks}]")
        self.link = re.compile(rf"\[({text})\]\(([^()\\<&\x00-\x20\x7f]+)\)")
        self.run = re.compile(rf"(\*\*?|__?)(?![*_])({text})\1(?![*_])")


NO_MARKS = Scanner("\\")


class InlineState(mistune.InlineState):
    """One text being parsed: ``tokens`` are pieces of HTML in order."""

    def __init__(self, page: Page, src: str = "") -> None:
        super().__init__({})
        self.page = page
        self.src = src
        self.pieces: list[str] = []
        self.delimiters_open: list[Delimiter] = []
        self.last_link_end = -1
        self.quotes_end = 0  # of the run of quotation marks met last
        self.in_cell = False
        self.at_item_start = False
        self.scanner = NO_MARKS
        self.addresses = False  # whether bare addresses may stand in the text


class Inline(mistune.InlineParser):
    """The rules by first character; a text is scanned only for the characters that mean something in it."""

    DEFAULT_RULES = ()  # type: ignore[assignment]
    state_cls = InlineState  # type: ignore[assignment]

    def __init__(self, options: MarkdownOptions) -> None:
        super().__init__()
        self.rules = []
        self._methods = {}
        self.options = options
        self.by_character: dict[str, list[Rule]] = {}
        self._rare: list[tuple[str, str]] = []
        self._always = ""
        self._scanners: dict[str, Scanner] = {}
        self._break = "<br />\n" if options.xhtml else "<br>\n"
        self.link_anywhere: Callable[[InlineState, int], int] | None = None
        self.link_candidates: Callable[[str], list[int] | None] | None = None
        for characters, rule in (
            ("\\", self.backslash), ("&", self._ampersand), ("\n", self._newline), ("`", self._code_span),
            ("<", self._less_than), (">", None), ('"', None),
        ):  # fmt: skip
            self.trigger(characters, rule)

    def trigger(self, characters: str, rule: Rule | None, *, only_with: str | tuple[str, ...] = ()) -> None:
        """Registers a rule; ``only_with``: a text with none of these strings need not be scanned for it."""
        signs = (only_with,) if isinstance(only_with, str) else only_with
        for character in characters:
            rules = self.by_character.setdefault(character, [])
            if rule is not None:
                rules.append(rule)
            if signs:
                self._rare += [(sign, character) for sign in signs]
            elif character not in self._always:
                self._always += character
        self._scanners.clear()

    def _scanner(self, src: str) -> Scanner:
        key = "".join([character for sign, character in self._rare if sign in src])
        scanner = self._scanners.get(key)
        if scanner is None:
            scanner = self._scanners[key] = Scanner(self._always + key)
        return scanner

    def pieces(self, src: str, page: Page, *, in_cell: bool = False, at_item_start: bool = False) -> list[str]:
        """The HTML of a text, in pieces."""
        state = InlineState(page, src)
        state.in_cell = in_cell
        state.at_item_start = at_item_start
        self.parse(state)
        return state.pieces

    def parse(self, state: InlineState) -> list[dict[str, Any]]:  # type: ignore[override]
        """Fills ``state.pieces``; the token list of mistune stays empty."""
        src, out = state.src, state.pieces
        state.scanner = self._scanner(src)
        search = state.scanner.marks.search
        by_character = self.by_character
        link_anywhere = self.link_anywhere
        stops = self.link_candidates(src) if self.link_candidates else None  # where bare addresses may begin
        state.addresses = stops is not None
        position, end = 0, len(src)
        stop = stops.pop() if stops else end
        while position < end:
            while stop < position:
                stop = stops.pop() if stops else end
            found = search(src, position, stop)
            if found is None:
                if stop > position:
                    out.append(src[position:stop])
                if stop == end:
                    break
                position = (link_anywhere(state, stop) if link_anywhere else 0) or stop
                stop = stops.pop() if stops else end
                continue
            start = found.start()
            if start > position:
                out.append(src[position:start])
            character = src[start]
            for rule in by_character[character]:
                position = rule(state, start)
                if position:
                    break
            else:
                out.append(ESCAPES.get(character, character))
                position = start + 1
                continue
            if (
                stops is not None
                and link_anywhere is not None
                and position < end
                and src[position] not in ESCAPABLE
                and (
                    character not in "&\\" or src[position - 1] == "\n" or (out and type(out[-1]) is Piece)
                )  # those are text
            ):
                position = link_anywhere(state, position) or position
        if state.delimiters_open:
            match_delimiters(state.pieces, state.delimiters_open)
        if self.options.east_asian_line_breaks:
            settle(state.pieces, self.options.east_asian_line_breaks)
        return []

    def backslash(self, state: InlineState, start: int) -> int:
        """Escapes, and a hard line break."""
        following = state.src[start + 1 : start + 2]
        if following in ESCAPABLE and following:
            state.pieces.append(ESCAPES.get(following, following))
            return start + 2
        if following == "\n" and state.src[start - 1 : start] != "\\":
            state.pieces.append(self._break)
            return start + 2
        if following == " " and self.options.escaped_space:
            return start + 2
        return 0

    def _ampersand(self, state: InlineState, start: int) -> int:
        found = ENTITY.match(state.src, start)
        text = entity(found) if found else None
        if found is None or text is None:
            return 0
        shown = escape(text)
        if found[3] is None:
            shown = Numbered(shown, shown, shown, escape(found[0]))
        state.pieces.append(shown)
        return found.end()

    def _newline(self, state: InlineState, start: int) -> int:
        src, pieces = state.src, state.pieces
        before = src[start - 1 : start]
        if before in _BLANKS and pieces:
            hard = src[start - 2 : start] == "  "
            count = 1
            while src[start - count - 1 : start - count] in _BLANKS:
                count += 1
            # goldmark trims only the last text node, and with linkify each blank is one
            keep = max(0, count - (3 if hard else 1)) if self.options.linkify else 0
            self._trim(pieces, count - keep)
            if hard:
                pieces.append(self._break)
                return start + 1
        if self.options.hard_wraps:
            pieces.append(self._break)
        elif before in _BLANKS or not self.options.east_asian_line_breaks:
            pieces.append("\n")
        else:
            pieces.append(soft_break(src, start, pieces, state.delimiters_open))
        return start + 1

    @staticmethod
    def _trim(pieces: list[str], count: int) -> None:
        while count and pieces:
            last = pieces.pop()
            if len(last) > count:
                pieces.append(last[: len(last) - count])
                return
            count -= len(last)

    def _code_span(self, state: InlineState, start: int) -> int:
        src = state.src
        marker = _BACKTICKS.match(src, start)[0]  # type: ignore[index]
        begin = start + len(marker)
        end = state.delimiters.code_end(marker, begin)
        if end is None:
            state.pieces.append(marker)
            return begin
        code = src[begin:end].replace("\n", " ") if "\n" in src else src[begin:end]
        if code[:1] == " " and code[-1:] == " " and code.strip(" "):
            code = code[1:-1]
        if state.in_cell and "\\|" in code:
            code = code.replace("\\|", "|")
        state.pieces.append("<code>" + escape(code) + "</code>")
        return end + len(marker)

    def _less_than(self, state: InlineState, start: int) -> int:
        src = state.src
        found = _AUTOLINK.match(src, start) or _AUTOMAIL.match(src, start)
        if found is not None:
            state.pieces.append(state.page.autolink(found[1], found[1], is_email=found.re is _AUTOMAIL))
            return found.end()
        end = self._html_end(state, start)
        if end:
            html = src[start:end]
            anchor = html if html[1] in "?!" and not html.startswith("<!--") else ""
            if self.options.unsafe:
                state.pieces.append(Piece(html, "", html, anchor))
            else:
                shown = "" if html.startswith("<!--") else _OMITTED
                state.pieces.append(Piece(shown, "", _OMITTED, anchor))
        return end

    @staticmethod
    def _html_end(state: InlineState, start: int) -> int:
        src = state.src
        found = _HTML.match(src, start)
        if found is not None:
            return found.end()
        if src.startswith("<!--", start):
            if src.startswith(("<!-->", "<!--->"), start):
                return start + (5 if src[start + 4] == ">" else 6)
            close, offset = "-->", 4
        elif src.startswith("<?", start):
            close, offset = "?>", 2
        elif src.startswith("<![CDATA[", start):
            close, offset = "]]>", 9
        elif _DECLARATION.match(src, start):
            close, offset = ">", 2
        else:
            return 0
        end = state.delimiters.find(close, start + offset)
        return 0 if end is None else end + len(close)
