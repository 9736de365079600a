"""Content → tokens: Hugo's page lexer for shortcodes, rule by rule. Pure; it knows no shortcode's name or meaning.

The states and their order are Hugo's (hugo-rules 10), because the corner cases authors rely on (escapes, raw
strings, a hyphen
that opens a positional parameter, positional and named parameters that must not mix) follow from that order and
from nothing else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

DELIMITERS = {"{{<": ">}}", "{{%": "%}}"}
SUMMARY_DIVIDER = "<!--more-->"
OPENING = re.compile(r"\{\{[<%]")
INTEGER = re.compile(r"[-+]?\d+\Z", re.ASCII)
FLOAT = re.compile(r"[-+]?\d*\.\d+\Z", re.ASCII)
NAME = re.compile(r"[\w/-]*")  # \w is Hugo's isAlphaNumeric: letters and digits of any script, underscore
WORD = re.compile(r"[\w.-]*")
BARE = re.compile(r"\S*")
SPACE = re.compile(r"\s*")
SIMPLE_QUOTED = re.compile(r'"([^"\\\n]*)"')
EOF = ""


@dataclass(frozen=True, slots=True)
class Token:
    """``kind``: text, indentation, divider, left, right, close, name, param, value. ``value`` is typed for param
    and value."""

    kind: str
    value: Any
    start: int
    markup: bool = False  # left: {{% rather than {{<


class LexError(Exception):
    """What is wrong with the content at ``offset``, and what to do about it."""

    def __init__(self, message: str, offset: int, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset
        self.hint = hint


def tokens(body: str) -> list[Token]:
    """The whole body as tokens. Raises LexError."""
    return Lexer(body).run()


def typed(text: str) -> bool | int | float | str:
    """A bare parameter as Hugo types it: true, 12, -1.5; all else is text."""
    if text in ("true", "false"):
        return text == "true"
    if INTEGER.match(text) and len(text) < 20:
        return int(text)
    return float(text) if FLOAT.match(text) else text


def is_word(char: str) -> bool:
    """Hugo's isAlphaNumericOrHyphen: letters and digits of any script, underscore, hyphen."""
    return char.isalnum() or char in ("_", "-")


def end_of(pattern: re.Pattern[str], body: str, start: int) -> int:
    """Where what the pattern takes ends."""
    found = pattern.match(body, start)
    return found.end() if found else start


class Lexer:
    """One pass over one body."""

    def __init__(self, body: str) -> None:
        self.body = body
        self.pos = 0
        self.found: list[Token] = []
        self.opened: set[str] = set()
        self.divided = False  # the summary divider has been met
        self.right = ""
        self.closing = False
        self.named_step = False  # the shortcode's name has been read
        self.mode = ""  # "" | positional | named
        self.name = ""

    def run(self) -> list[Token]:
        while (match := OPENING.search(self.body, self.pos)) is not None:
            self.text(self.pos, match.start())
            self.pos = match.start()
            self.shortcode(match.group())
        self.text(self.pos, len(self.body))
        return self.found

    # -- outside shortcodes ------------------------------------------------------------------------------------------

    def text(self, start: int, end: int) -> None:
        """Text as tokens; the body's first summary divider stands alone, because inside a shortcode Hugo drops it. Any
        other is a comment like all comments."""
        divider = -1 if self.divided else self.body.find(SUMMARY_DIVIDER, start, end)
        if divider >= 0:
            self.divided = True
            self.plain(start, divider)
            self.found.append(Token("divider", SUMMARY_DIVIDER, divider))
            start = divider + len(SUMMARY_DIVIDER)
        self.plain(start, end)

    def plain(self, start: int, end: int) -> None:
        """Text, its trailing white space set apart when it does not end in a newline: the next shortcode's
        indentation."""
        if start == end:
            return
        kept = self.body[start:end]
        bare = kept.rstrip(" \t\r\n")
        newline = kept.rfind("\n", len(bare))
        cut = newline + 1 if newline >= 0 else (0 if not bare else len(kept))
        if cut:
            self.found.append(Token("text", kept[:cut], start))
        if cut < len(kept):
            self.found.append(Token("indentation", kept[cut:], start + cut))

    # -- inside ------------------------------------------------------------------------------------------------------

    def shortcode(self, left: str) -> None:
        """One tag, from its left delimiter to its right one, or an escaped tag as text."""
        start = self.pos
        self.right = DELIMITERS[left]
        self.pos += 3
        if self.body.startswith("/*", self.pos):
            self.escaped(left)
            return
        self.found.append(Token("left", left, start, markup=left == "{{%"))
        self.named_step = self.closing = False
        self.mode = ""
        while not self.body.startswith(self.right, self.pos):
            self.step(start)
        self.found.append(Token("right", self.right, self.pos))
        self.pos += 3

    def escaped(self, left: str) -> None:
        """``{{</* x */>}}`` → the text ``{{< x >}}``."""
        start = self.pos - 3
        end = self.body.find("*/" + self.right, self.pos)
        if end <= self.pos + 1:
            raise LexError("comment must be closed", start, f"an escaped shortcode ends with */{self.right}")
        self.found.append(Token("text", left + self.body[self.pos + 2 : end] + self.right, start))
        self.pos = end + 2 + 3

    def step(self, start: int) -> None:
        """Read one thing inside a tag."""
        char = self.body[self.pos : self.pos + 1]
        if char == EOF:
            raise LexError(
                "unclosed shortcode action", start, f"the tag that opens here has no closing delimiter {self.right}"
            )
        if char.isspace():
            self.pos = end_of(SPACE, self.body, self.pos)
        elif char == "=":
            self.assigned()
        elif char == "/":
            self.close()
        elif char == "\\":
            self.pos += 1
            if self.body[self.pos : self.pos + 1] in ('"', "`"):
                self.parameter(escaped=True)
        elif self.named_step and (is_word(char) or char in ('"', "`")):
            self.parameter(escaped=False)
        elif char.isalnum() or char == "_":
            self.identifier()
        else:
            hint = "parameters with characters other than letters, digits, hyphens and underscores must be quoted"
            if self.body.startswith((">}}", "%}}"), self.pos):
                hint = "the tag ends in another way than it began: {{< name >}} or {{% name %}}"
            raise LexError(f"unrecognized character in shortcode action: U+{ord(char):04X} {char!r}", self.pos, hint)

    def close(self) -> None:
        if not self.name:
            raise LexError(
                "got closing shortcode, but none is open", self.pos, "remove the slash, or open the shortcode first"
            )
        self.closing = True
        self.found.append(Token("close", "/", self.pos))
        self.pos += 1

    def identifier(self) -> None:
        """The shortcode's name; slashes make folders; a period only in names that end in .inline."""
        start = self.pos
        self.pos = end_of(NAME, self.body, start)
        if self.body.startswith(".", self.pos):
            self.inline(start)
        word = self.body[start : self.pos]
        if self.closing and word not in self.opened:
            raise LexError(
                f"closing tag for shortcode '{word}' does not match start tag",
                start,
                f"no {word} is open here" if not self.opened else f"open here: {', '.join(sorted(self.opened))}",
            )
        self.name = word
        self.opened.add(word)
        self.named_step = True
        self.found.append(Token("name", word, start))
        if self.closing:
            self.end_of_closing_tag()

    def inline(self, start: int) -> None:
        """``name.inline``: a template in the content. Never run (Hugo's default as well), so its inner text is
        dropped."""
        if not self.body.startswith(".inline", self.pos):
            raise LexError(
                "period in shortcode name only allowed for inline identifiers", start, "write the name without a period"
            )
        self.pos += len(".inline")

    def end_of_closing_tag(self) -> None:
        while not self.body.startswith(self.right, self.pos):
            char = self.body[self.pos : self.pos + 1]
            if char not in (" ", "\t"):
                raise LexError(
                    "unclosed shortcode", self.pos, f"a closing tag holds a name only and ends with {self.right}"
                )
            self.pos += 1
        self.closing = False

    # -- parameters --------------------------------------------------------------------------------------------------

    def parameter(self, *, escaped: bool) -> None:
        """A positional parameter, or the name before ``=``."""
        start = self.pos
        char = self.body[start]
        if char == "`" and escaped:
            raise LexError(
                "unrecognized escape character", start, "a raw string needs no backslash before its backtick"
            )
        if char in ('"', "`"):
            if self.mode == "named":
                raise LexError(
                    "got quoted positional parameter. Cannot mix named and positional parameters",
                    start,
                    "give every parameter a name, or none",
                )
            self.mode = "positional"
            if char == '"':
                self.quoted("param", inner_quotes=not escaped)
            else:
                self.raw("param")
            return
        self.pos = end_of(WORD, self.body, start)
        named = self.body.startswith("=", self.pos)
        self.set_mode(start, named=named)
        text = self.body[start : self.pos]
        self.found.append(Token("param", text if named else typed(text), start))

    def set_mode(self, start: int, *, named: bool) -> None:
        wanted = "named" if named else "positional"
        if self.mode and self.mode != wanted:
            word = self.body[start : self.pos]
            raise LexError(
                f"got {wanted} parameter '{word}'. Cannot mix named and positional parameters",
                start,
                "give every parameter a name, or none; no spaces before the equals sign",
            )
        self.mode = wanted

    def assigned(self) -> None:
        """What stands right of ``=``."""
        self.pos += 1
        while self.body[self.pos : self.pos + 1] in (" ", "\t"):
            self.pos += 1
        char = self.body[self.pos : self.pos + 1]
        if char in ('"', "\\"):
            self.quoted("value", inner_quotes=char == '"')
        elif char == "`":
            self.raw("value")
        else:
            start = self.pos
            self.pos = end_of(BARE, self.body, start)
            self.found.append(Token("value", typed(self.body[start : self.pos]), start))

    def raw(self, kind: str) -> None:
        end = self.body.find("`", self.pos + 1)
        if end < 0:
            text = self.body[self.pos + 1 : self.pos + 40]
            raise LexError(
                f"unterminated raw string in shortcode parameter-argument: '{text}'",
                self.pos + 1,
                "close it with a backtick",
            )
        self.found.append(Token(kind, self.body[self.pos + 1 : end], self.pos))
        self.pos = end + 1

    def quoted(self, kind: str, *, inner_quotes: bool) -> None:
        r"""``"text"`` with ``\"`` inside; ``\"text\"`` is the same without quotes inside (tags written in Go
        strings)."""
        start = self.pos
        if simple := SIMPLE_QUOTED.match(self.body, start):  # the common case, in C
            self.found.append(Token(kind, simple[1], start))
            self.pos = simple.end()
            return
        begin = self.pos = start + (2 if self.body[start] == "\\" else 1)
        end = self.end_of_quoted(begin, inner_quotes=inner_quotes)
        if end < 0:
            line = self.body[begin:].partition("\n")[0]
            raise LexError(
                f"unterminated quoted string in shortcode parameter-argument: '{line}'",
                begin,
                "close the quotation mark on the same line; a text of several lines goes between backticks",
            )
        text = self.body[begin:end]
        self.found.append(Token(kind, text.replace('\\"', '"') if inner_quotes else text, start))
        self.pos = end + (1 if self.body[end] == '"' else 2)

    def end_of_quoted(self, begin: int, *, inner_quotes: bool) -> int:
        """The offset of the closing quotation mark (or of the backslash before it), -1 when there is none on the
        line."""
        at = begin
        while at < len(self.body):
            char = self.body[at]
            following = self.body[at + 1 : at + 2]
            if char == "\n":
                return -1
            if char == '"':
                return at
            if char == "\\" and following == "`":
                raise LexError(
                    "unrecognized escape character", begin, "a backtick inside quotation marks needs no backslash"
                )
            if char == "\\" and following == '"':
                if not inner_quotes:
                    return at
                at += 1
            at += 1
        return -1
