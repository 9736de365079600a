"""The four data languages of a site, decoded with the place of an error: TOML, YAML, JSON, CSV (and XML for data)."""

from __future__ import annotations

import csv
import io
import json
import re
import tomllib
from collections.abc import Iterable
from typing import Any
from xml.parsers import expat

from village.site.formats import xml_data

EXTENSIONS = {".toml": "toml", ".yaml": "yaml", ".yml": "yaml", ".json": "json", ".csv": "csv", ".xml": "xml"}
DEEPEST = 100  # levels of a value
TOML_PLACE = re.compile(r"\(at line (\d+), column (\d+)\)|\(at end of document\)")


class Malformed(Exception):
    """Text that is not in the language it claims: ``line`` and ``column`` count from 1 within the text (0 =
    unknown).
    """

    def __init__(self, message: str, line: int = 0, column: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column


def decode(text: str, language: str) -> Any:
    """The value of ``text`` in "toml", "yaml", "json", "csv" or "xml". Raises Malformed."""
    try:
        value = DECODERS[language](text)
    except RecursionError as error:
        raise Malformed("nested too deeply") from error
    refuse_depths(value)
    return value


def refuse_depths(value: Any) -> None:
    """Whoever walks a table recurses, pickle too; a site's own data is a few levels deep. Raises Malformed."""
    level = [value]
    for _ in range(DEEPEST):
        level = [inner for holder in level for inner in children(holder) if isinstance(inner, (dict, list))]
        if not level:
            return
    raise Malformed("nested too deeply")


def children(holder: Any) -> Iterable[Any]:
    if isinstance(holder, dict):
        return holder.values()
    return holder if isinstance(holder, list) else ()


def of_a_value(error: Exception) -> str:
    """What is wrong with a value, in an author's words: Python's own name its switches."""
    words = str(error).splitlines()[0]
    return "a number has thousands of digits" if "integer string conversion" in words else words


def decode_toml(text: str) -> Any:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = TOML_PLACE.search(str(error))
        line, column = (
            (int(place[1]), int(place[2])) if place and place[1] else (text.count("\n") + 1 if place else 0, 0)
        )
        raise Malformed(TOML_PLACE.sub("", str(error)).strip(), line, column) from error
    except ValueError as error:
        raise Malformed(of_a_value(error)) from error


def decode_yaml(text: str) -> Any:
    import yaml  # noqa: PLC0415 - plain front matter does without it (simple_matter)

    from village.site.formats import yaml_go  # noqa: PLC0415

    try:
        return yaml_go.load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        words = " ".join(part for part in (error.context, error.problem) if part)
        words = "nested too deeply" if "nesting depth" in words else words  # libyaml's own limit, in its words
        raise Malformed(words, mark.line + 1 if mark else 0, mark.column + 1 if mark else 0) from error
    except (yaml.YAMLError, ValueError) as error:
        raise Malformed(of_a_value(error)) from error


def decode_json(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise Malformed(error.msg, error.lineno, error.colno) from error
    except ValueError as error:
        raise Malformed(of_a_value(error)) from error


def decode_csv(text: str) -> list[list[str]]:
    try:
        return [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row]
    except csv.Error as error:
        raise Malformed(str(error)) from error


def decode_xml(text: str) -> Any:
    try:
        return xml_data.decode(text)
    except expat.ExpatError as error:
        raise Malformed(expat.errors.messages.get(error.code, str(error)), error.lineno, error.offset + 1) from error
    except ValueError as error:
        raise Malformed(str(error)) from error


DECODERS = {
    "toml": decode_toml,
    "yaml": decode_yaml,
    "json": decode_json,
    "csv": decode_csv,
    "xml": decode_xml,
}


# (what a parser says, what helps), the first that fits; the last of a language is for everything else.
HINTS = {
    "toml": (
        (r"Cannot (overwrite|declare|mutate)", "this name is set twice: keep one of them"),
        (r"Illegal character '\\n'|Unterminated|Expected \"'\"", "close the quotation mark on the same line"),
        (r"Expected '='", 'a line reads: name = "value"'),
        (r"Expected newline|after a statement", 'one setting a line; text needs quotes: title = "Hello"'),
        (r"", 'text needs quotes: title = "Hello"'),
    ),
    "yaml": (
        (r"\\t|tab character", "YAML is indented by spaces, never by tabs"),
        (r"mapping values are not allowed", 'put text with a colon in quotes: title: "One: two"'),
        (r"quoted scalar", "close the quotation mark"),
        (r"flow (node|sequence|mapping)", "close the bracket: [a, b]"),
        (r"duplicate|already", "this name is set twice: keep one of them"),
        (r"", "check the indentation, and put text with a colon in quotes"),
    ),
    "json": (
        (r"delimiter", "a comma or a colon is missing"),
        (r"property name|trailing comma", "names stand in double quotes, and no comma follows the last value"),
        (r"Expecting value", "a value is missing, or a comma follows the last one"),
        (r"Unterminated|control character", "close the quotation mark on the same line"),
        (r"", "check commas and quotes"),
    ),
    "csv": ((r"", 'a quotation mark inside quotes is doubled: "say ""hello"""'),),
    "xml": ((r"", "every <tag> needs its </tag>, every & is written &amp;"),),
}


def hint(language: str, message: str) -> str:
    """What helps against a message of ``Malformed``."""
    return next((words for pattern, words in HINTS.get(language, ()) if re.search(pattern, message)), "")


WIDEST = 200  # characters of a line in an excerpt


def excerpt(text: str, line: int, column: int = 0, around: int = 1, above: int = 0) -> str:
    """The line of an error with its neighbours and a caret, as compilers show it; of a paragraph in one long line the
    part around the column.

    ``above``: how many lines of the file come before ``text``; the numbers shown are those of the file.
    """
    rows = text.split("\n")
    if not 0 < line <= len(rows):
        return ""
    shown = []
    for index in range(max(1, line - around), min(len(rows), line + around) + 1):
        row = rows[index - 1].rstrip()
        cut = max(0, min(column - WIDEST // 2, len(row) - WIDEST)) if index == line else 0
        shown.append(f"{'>' if index == line else ' '} {index + above:4d}  {window(row, cut)}")
        if index == line and column:
            shown.append(f"{' ' * (7 + column - cut)}^")
    return "\n".join(shown)


def window(row: str, cut: int) -> str:
    """At most WIDEST characters of a line from ``cut`` on; an ellipsis stands where something is left out."""
    shown = row[cut : cut + WIDEST]
    shown = "…" + shown[1:] if cut else shown
    return shown[:-1] + "…" if len(row) > cut + WIDEST else shown
