"""Front matter: where it ends, what it says. Hugo's lexer decides the delimiters
(parser/pageparser/pagelexer_intro.go).
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

from village.errors import FrontMatterError
from village.site.formats import decoding, simple_matter

BOM = b"\xef\xbb\xbf"
LEADING = re.compile(rb"(?:\xef\xbb\xbf)?[ \t\r\n]*")
CLOSING = {
    b"---": re.compile(rb"^---(?:\r?\n)?", re.MULTILINE),
    b"+++": re.compile(rb"^\+\+\+(?:\r?\n)?", re.MULTILINE),
}
LANGUAGE = {b"---": "yaml", b"+++": "toml"}
ORG_LINE = re.compile(rb"#\+(\w+(?:\[\])?):[ \t]*([^\r\n]*)\r?(?:\n|\Z)")


class Matter(NamedTuple):
    """Where the front matter of a file lies (byte offsets) and its language ("" = there is none)."""

    language: str
    start: int
    end: int
    body: int


def find(data: bytes, file: str = "") -> Matter:
    """Delimit the front matter. Raises FrontMatterError when it is opened and never closed."""
    opening = LEADING.match(data)
    start = opening.end() if opening else 0
    fence = data[start : start + 3]
    if fence in CLOSING:
        first = data.find(b"\n", start)
        if not data[start + 3 : first if first >= 0 else len(data)].strip():
            return fenced(data, fence, first + 1 if first >= 0 else len(data), file)
    elif fence[:1] == b"{":
        return braced(data, start, file)
    elif fence[:2] == b"#+":
        return org(data, start)
    return Matter("", 0, 0, len(BOM) if data.startswith(BOM) else 0)


def fenced(data: bytes, fence: bytes, inside: int, file: str) -> Matter:
    """Front matter between two lines of three pluses or hyphens."""
    closing = CLOSING[fence].search(data, inside)
    if closing is None:
        mark = fence.decode()
        raise FrontMatterError(
            f"the front matter is opened with {mark} and never closed",
            file=file,
            line=data[:inside].count(b"\n"),
            hint=f"end it with a line {mark}",
        )
    return Matter(LANGUAGE[fence], inside, closing.start(), closing.end())


def braced(data: bytes, start: int, file: str) -> Matter:
    """JSON front matter: an object without delimiters."""
    text = data[start:].decode("utf-8", "surrogateescape")
    try:
        _, end = json.JSONDecoder().raw_decode(text)
    except RecursionError as error:
        raise FrontMatterError("the front matter is nested too deeply", file=file, line=1) from error
    except ValueError:
        close = text.find("\n}")
        if close < 0 and ":" not in text:  # prose that happens to begin with a brace: a shortcode, a formula
            return Matter("", 0, 0, start)
        end = close + 2 if close >= 0 else len(text)
    if text[:2] in {"{{", "{%"}:
        return Matter("", 0, 0, start)
    stop = start + len(text[:end].encode("utf-8", "surrogateescape"))
    newline = re.compile(rb"[ \t]*\r?\n").match(data, stop)
    return Matter("json", start, stop, newline.end() if newline else stop)


def org(data: bytes, start: int) -> Matter:
    """Org keywords: the run of ``#+NAME: value`` lines at the top."""
    at = start
    while line := ORG_LINE.match(data, at):
        at = line.end()
    return Matter("org", start, at, at)


def parse(data: bytes, matter: Matter, file: str) -> dict[str, Any]:
    """The front matter's table, keys as written. Raises FrontMatterError with the line and column within the file."""
    if not matter.language:
        return {}
    raw = data[matter.start : matter.end]
    text = raw.decode("utf-8", "replace").replace("\r\n", "\n")
    if matter.language == "org":
        return org_table(raw)
    quick = simple_matter.read(text, matter.language)
    if quick is not None:
        return quick
    return table(text, matter, data[: matter.start].count(b"\n"), file)


def table(text: str, matter: Matter, above: int, file: str) -> dict[str, Any]:
    """The table by the language's own parser; ``above`` is the number of lines before it in the file."""
    try:
        value = decoding.decode(text, matter.language)
    except decoding.Malformed as error:
        raise FrontMatterError(
            f"the front matter is not {matter.language.upper()}: {error.message}",
            file=file,
            line=error.line + above if error.line else above + 1,
            column=error.column,
            excerpt=decoding.excerpt(text, error.line, error.column, above=above),
            hint=decoding.hint(matter.language, error.message),
        ) from error
    if value is None:
        return {}
    if not isinstance(value, dict):
        hint = "front matter is made of lines like `title: Hello`"
        raise FrontMatterError("the front matter is not a table", file=file, line=above + 1, hint=hint)
    return value


def org_table(raw: bytes) -> dict[str, Any]:
    """Org keywords as a table; ``#+TAGS[]: a b`` is a list, ``filetags`` splits at colons."""
    found: dict[str, Any] = {}
    for match in ORG_LINE.finditer(raw):
        name, value = match[1].decode().lower(), match[2].decode("utf-8", "replace").strip()
        if name.endswith("[]"):
            found[name[:-2]] = value.split()
        elif name == "filetags":
            found["filetags"] = [tag for tag in value.split(":") if tag]
        else:
            found[name] = value
    return found
