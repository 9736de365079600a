"""Attribute lists as goldmark reads them: ``{#id .class key=value key="value" key=[1,"2-3"]}``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from village.render.markdown.characters import escape

_SPACES = re.compile(r"[ \t\n\v\f\r]*")
_SHORT = re.compile(r"[#.]([^ \t\n\v\f\r!-,/;-@\[-^`{-~]*)")
_NAME = re.compile(r"[A-Za-z_:][A-Za-z0-9_:.\-]*")
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")
_WORD = re.compile(r"[A-Za-z]+(?:[A-Za-z0-9_\-]*)")
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_LITERALS = {"true": True, "false": False, "null": None}
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_MAX_DEPTH = 8

Parsed = tuple[dict[str, Any], int]


class _Malformed(Exception):
    """Not an attribute list: it is text then."""


def parse_attributes(text: str, start: int = 0) -> Parsed | None:
    """Reads ``{…}`` at ``start`` (spaces before it skipped); answers the attributes and where they end, or None."""
    position = _SPACES.match(text, start).end()  # type: ignore[union-attr]
    if not text.startswith("{", position):
        return None
    position += 1
    attributes: dict[str, Any] = {}
    try:
        while True:
            if text.startswith("}", position):
                return attributes, position + 1
            name, value, position = _attribute(text, _skip(text, position))
            if name == "class" and "class" in attributes:
                value = f"{attributes['class']} {value}"
            attributes[name] = value
            position = _skip(text, position)
            if text.startswith(",", position):
                position = _skip(text, position + 1)
    except _Malformed:
        return None


def _skip(text: str, position: int) -> int:
    return _SPACES.match(text, position).end()  # type: ignore[union-attr]


def _attribute(text: str, position: int) -> tuple[str, Any, int]:
    short = _SHORT.match(text, position)
    if short is not None:
        return ("id" if text[position] == "#" else "class"), short[1], short.end()
    name = _NAME.match(text, position)
    if name is None:
        raise _Malformed
    position = _skip(text, name.end())
    if not text.startswith("=", position):
        raise _Malformed
    value, position = _value(text, _skip(text, position + 1), 0)
    if name[0] == "class" and not isinstance(value, str):
        raise _Malformed
    return name[0], value, position


def _value(text: str, position: int, depth: int) -> tuple[Any, int]:
    first = text[position : position + 1]
    if first == '"':
        quoted = _STRING.match(text, position)
        if quoted is None:
            raise _Malformed
        return _unescape(quoted[1]), quoted.end()
    if first == "[" and depth < _MAX_DEPTH:
        return _array(text, position + 1, depth)
    number = _NUMBER.match(text, position)
    if number is not None:
        return (int(number[0]) if number[0].lstrip("+-").isdigit() else float(number[0])), number.end()
    word = _WORD.match(text, position)
    if word is None:
        raise _Malformed
    return _LITERALS.get(word[0], word[0]), word.end()


def _array(text: str, position: int, depth: int) -> tuple[list[Any], int]:
    values: list[Any] = []
    while True:
        position = _skip(text, position)
        if text.startswith("]", position):
            return values, position + 1
        value, position = _value(text, position, depth + 1)
        values.append(value)
        position = _skip(text, position)
        if text.startswith(",", position):
            position += 1
        elif not text.startswith("]", position):
            raise _Malformed


def _unescape(text: str) -> str:
    return _ESCAPED.sub(lambda found: _ESCAPES.get(found[1], found[1]), text) if "\\" in text else text


def attribute_text(value: Any) -> str:
    """A value as it stands in HTML, before escaping: a whole number without its fraction, of a list nothing."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) if isinstance(value, str | int | float) else ""


_EVERYWHERE = frozenset((
    "accesskey", "autocapitalize", "autofocus", "class", "contenteditable", "dir", "draggable", "enterkeyhint",
    "hidden", "id", "inert", "inputmode", "is", "itemid", "itemprop", "itemref", "itemscope", "itemtype", "lang",
    "part", "role", "slot", "spellcheck", "style", "tabindex", "title", "translate",
))  # fmt: skip
_ALLOWED = {
    "p": _EVERYWHERE, "dl": _EVERYWHERE, "dt": _EVERYWHERE, "dd": _EVERYWHERE,
    "blockquote": _EVERYWHERE | {"cite"},
    "ul": _EVERYWHERE | {"start", "reversed", "type"}, "ol": _EVERYWHERE | {"start", "reversed", "type"},
    "li": _EVERYWHERE | {"value"},
    "hr": _EVERYWHERE | {"align", "color", "noshade", "size", "width"},
    "img": _EVERYWHERE | {
        "align", "border", "crossorigin", "decoding", "height", "importance", "intrinsicsize", "ismap",
        "loading", "referrerpolicy", "sizes", "srcset", "usemap", "width",
    },
}  # fmt: skip


def block_attributes(attributes: dict[str, Any] | None, tag: str) -> str:
    """The attributes of one of goldmark's own blocks: those HTML knows there and ``data-…``, the rest falls away.

    goldmark writes only strings here; of a number, a boolean or a list nothing but the name is left.
    """
    if not attributes:
        return ""
    allowed = _ALLOWED[tag]
    return render_attributes(
        {
            name: value if isinstance(value, str) else ""
            for name, value in attributes.items()
            if name in allowed or name.startswith("data-")
        }
    )


def render_attributes(attributes: Mapping[str, Any] | None, skip: frozenset[str] | tuple[str, ...] = ()) -> str:
    """`` name="value"`` for each; event handlers (``on…``) never leave this function, content is not trusted."""
    if not attributes:
        return ""
    return "".join(
        f' {name}="{escape(attribute_text(value))}"'
        for name, value in attributes.items()
        if name not in skip and not name.lower().startswith("on")
    )


def table_attributes(attributes: dict[str, Any] | None) -> str:
    """The same as Hugo's template for tables writes them: in order of their names, without the false and empty ones,
    quotes as numbers."""
    shown = {name.lower(): value for name, value in (attributes or {}).items() if value}
    return "".join(
        f' {name}="{_with_numbers(attribute_text(value))}"' for name, value in sorted(shown.items()) if name[:2] != "on"
    )


def _with_numbers(text: str) -> str:
    return escape(text).replace("&quot;", "&#34;").replace("'", "&#39;")
