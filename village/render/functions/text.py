"""Template functions on text, with Hugo's names and meanings. Pure, except that Markdown is rendered by the desk."""

from __future__ import annotations

import base64
import functools
import hashlib
import html
import json
import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import quote_plus, urlencode

from markupsafe import Markup

from village import goregexp
from village.errors import TemplateError
from village.render import summary
from village.render.functions import inflection
from village.render.functions.cutting import truncate
from village.render.templates.limits import check_indent
from village.render.views.values import MISSING, Now, plain
from village.site.addresses import titles, urls

WORD = re.compile(r"\S+")
LONGEST_SUBJECT = 1_000_000


def text(value: Any) -> str:
    """A value as a template prints it."""
    return "" if value is None or value is MISSING else str(value)


def markup(value: Any) -> Markup:
    """Text declared safe: the author of a template answers for it."""
    return Markup(text(value))  # noqa: S704 - that is what safe means


def plainify(value: Any) -> str:
    """HTML without its tags; runs of white space become one (Hugo's)."""
    return summary.plain(text(value))


def humanize(value: Any) -> str:
    """ "my-first-post" → "My first post"; 52 → "52nd"."""
    return inflection.humanize(value, text(value))


def urlize(value: Any) -> str:
    return urls.parsed(urls.sanitize(text(value)).lower())


def title(value: Any, style: str = "AP") -> str:
    return titles.title_case(text(value), style)


def singularize(value: Any) -> str:
    return inflection.singularize(text(value))


def subject_of(value: Any) -> str:
    """What an expression is held against. Raises TemplateError for more than a page needs."""
    subject = text(value)
    if len(subject) > LONGEST_SUBJECT:
        raise TemplateError("the text is too long for an expression", hint="search in a smaller part of it")
    return subject


def not_an_expression(source: str, error: goregexp.BadExpression) -> TemplateError:
    return TemplateError(f"{source!r} is not a regular expression: {error}", hint="the syntax is RE2's, as in Hugo")


def replace_re(value: Any, expression: str, replacement: str, count: int = -1) -> str:
    """Matches replaced; ``$1`` and ``${name}`` in the replacement stand for groups. Raises TemplateError."""
    try:
        return goregexp.replaced(expression, subject_of(value), replacement, count)
    except goregexp.BadExpression as error:
        raise not_an_expression(expression, error) from None


def find(value: Any, expression: str, count: int) -> list[Any]:
    try:
        found = list(goregexp.matches(expression, subject_of(value)))
    except goregexp.BadExpression as error:
        raise not_an_expression(expression, error) from None
    return found if count < 0 else found[:count]


def find_re(value: Any, expression: str, count: int = -1) -> list[str]:
    """The texts of the first ``count`` matches (below 0: all). Raises TemplateError."""
    return [match.group() for match in find(value, expression, count)]


def find_re_submatch(value: Any, expression: str, count: int = -1) -> list[list[str]]:
    """Each match with its groups. Raises TemplateError."""
    return [[match.group(), *(group or "" for group in match.groups())] for match in find(value, expression, count)]


def jsonify(value: Any, indent: Any = "") -> Markup:
    """JSON as Go writes it: compact, keys in order, safe inside a script element (``<`` is escaped). ``indent`` is the
    text of one step, or Hugo's options: ``{"indent": "  ", "prefix": "", "noHTMLEscape": false}``."""
    wanted = {str(key).lower(): one for key, one in indent.items()} if isinstance(indent, Mapping) else {}
    step = str(wanted.get("indent", "")) if isinstance(indent, Mapping) else indent
    check_indent(step)
    write = functools.partial(
        json.dumps,
        ensure_ascii=False,
        indent=step or None,
        separators=(",", ": " if step else ":"),
        default=json_default,
        sort_keys=True,
    )
    bare = plain(value)
    written = write(bare)
    if ".0" in written:
        written = write(without_points(bare))
    for char in "\u2028\u2029" if wanted.get("nohtmlescape") else "<>&\u2028\u2029":
        written = written.replace(char, f"\\u{ord(char):04x}")
    if wanted.get("prefix") and step:
        written = written.replace("\n", f"\n{wanted['prefix']}")
    return Markup(written)  # noqa: S704 - escaped above


def without_points(value: Any) -> Any:
    """1.0 as 1: Go writes no fraction where there is none."""
    if isinstance(value, dict):
        return {key: without_points(item) for key, item in value.items()}
    if isinstance(value, list):
        return [without_points(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 1e21 else value


def json_default(value: Any) -> Any:
    if isinstance(value, (datetime, date)):
        return value.isoformat().removesuffix("+00:00") + ("Z" if value.isoformat().endswith("+00:00") else "")
    if isinstance(value, Now):
        return str(value)
    if hasattr(value, "rel_permalink"):
        return value.rel_permalink
    if isinstance(value, Mapping):
        return dict(value)
    if hasattr(value, "__iter__"):
        return list(value)
    return str(value)


def digest(name: str) -> Any:
    def hexadecimal(value: Any) -> str:
        return hashlib.new(name, text(value).encode(), usedforsecurity=False).hexdigest()

    return hexadecimal


def substr(value: Any, start: int, length: int | None = None) -> str:
    whole = text(value)
    start = start if start >= 0 else max(len(whole) + start, 0)
    if length is None:
        return whole[start:]
    return whole[start : start + length] if length >= 0 else whole[start:length]


def querify(*pairs: Any) -> str:
    """Key and value by turns, or one mapping, as a query string."""
    if len(pairs) == 1 and isinstance(pairs[0], (list, tuple)):
        pairs = tuple(pairs[0])
    if len(pairs) == 1 and isinstance(pairs[0], Mapping):
        return urlencode(sorted(plain(pairs[0]).items()))
    return urlencode(sorted(zip(map(text, pairs[::2]), map(text, pairs[1::2]), strict=False)))


GO_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;"}
XML_ENTITIES = {**GO_ENTITIES, "\t": "&#x9;", "\n": "&#xA;", "\r": "&#xD;"}


def html_escape(value: Any) -> str:
    """As Go's html.EscapeString."""
    return "".join(GO_ENTITIES.get(char, char) for char in text(value))


def xml_escape(value: Any) -> str:
    """As Go's xml.EscapeText."""
    return "".join(XML_ENTITIES.get(char, char) for char in text(value))


def count_words(value: Any) -> int:
    """Words; a letter of Chinese, Japanese or Korean is one, where there are any."""
    whole = plainify(value)
    each = summary.has_cjk(whole)
    return sum(1 if word.isascii() or not each else len(word) for word in whole.split())


def chomp(value: Any) -> Any:
    whole = text(value)
    return type(value)(whole.rstrip("\r\n")) if isinstance(value, Markup) else whole.rstrip("\r\n")


FILTERS = {
    "plainify": plainify,
    "truncate": truncate,
    "humanize": humanize,
    "urlize": urlize,
    "title": title,
    "singularize": singularize,
    "pluralize": lambda value: titles.pluralize(text(value)),
    "first_upper": lambda value: text(value)[:1].upper() + text(value)[1:],
    "replace_re": replace_re,
    "find_re": find_re,
    "find_re_submatch": find_re_submatch,
    "jsonify": jsonify,
    "tojson": jsonify,
    "md5": digest("md5"),
    "sha1": digest("sha1"),
    "sha256": digest("sha256"),
    "base64_encode": lambda value: base64.b64encode(text(value).encode()).decode(),
    "base64_decode": lambda value: base64.b64decode(text(value)).decode("utf-8", "replace"),
    "substr": substr,
    "split": lambda value, separator="": text(value).split(separator) if separator else list(text(value)),
    "has_prefix": lambda value, prefix: text(value).startswith(prefix),
    "has_suffix": lambda value, suffix: text(value).endswith(suffix),
    "trim_prefix": lambda value, prefix: text(value).removeprefix(prefix),
    "trim_suffix": lambda value, suffix: text(value).removesuffix(suffix),
    "contains": lambda value, part: part in text(value),
    "count_words": count_words,
    "count_runes": lambda value: len(re.sub(r"\s", "", plainify(value))),
    "chomp": chomp,
    "querify": querify,
    "htmlescape": html_escape,
    "htmlunescape": lambda value: html.unescape(text(value)),
    "xmlescape": lambda value: markup(xml_escape(value)),
    "urlquery": lambda value: quote_plus(text(value), safe="~"),
    "safe": markup,
    "safe_html": markup,
    "safe_html_attr": markup,
    "safe_url": markup,
    "safe_css": markup,
    "safe_js": markup,
    "repeat": lambda value, count: text(value) * min(int(count), 10_000),
}
