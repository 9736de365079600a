"""Template functions on text, with Hugo's names and meanings. Pure, except that Markdown is rendered by the desk."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import quote, urlencode

from markupsafe import Markup

from village.errors import TemplateError
from village.render.templates.limits import check_format, check_indent
from village.render.views.values import MISSING, Now, plain
from village.site import goregexp
from village.site.addresses import titles, urls

TAG = re.compile(r"<[^>]*>")
WORD = re.compile(r"\S+")
LONGEST_SUBJECT = 1_000_000


def text(value: Any) -> str:
    """A value as a template prints it."""
    return "" if value is None or value is MISSING else str(value)


def markup(value: Any) -> Markup:
    """Text declared safe: the author of a template answers for it."""
    return Markup(text(value))  # noqa: S704 - that is what safe means


def plainify(value: Any) -> str:
    """Without tags. Only as far as the last ``>``: a search from every ``<`` to the end would be quadratic."""
    whole = text(value)
    end = whole.rfind(">") + 1
    return TAG.sub("", whole[:end]) + whole[end:]


def truncate(value: Any, length: int, ellipsis: str = " …") -> str:
    """At most ``length`` characters, cut between words (Hugo's truncate; tags are not counted apart)."""
    whole = text(value)
    bare = plainify(whole) if hasattr(value, "__html__") else whole
    if len(bare) <= length:
        return whole
    cut = bare[:length]
    if length < len(bare) and not bare[length].isspace() and " " in cut:
        cut = cut[: cut.rindex(" ")]
    return cut.rstrip() + ellipsis


def humanize(value: Any) -> str:
    """ "my-first-post" → "My first post"; 52 → "52nd"."""
    words = text(value)
    if words.isdigit():
        return words + ordinal(int(words))
    words = re.sub(r"[-_]+", " ", words).strip()
    return words[:1].upper() + words[1:]


def ordinal(number: int) -> str:
    if number % 100 in (11, 12, 13):
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")


def urlize(value: Any) -> str:
    return urls.parsed(urls.sanitize(text(value)).lower())


def title(value: Any, style: str = "AP") -> str:
    return titles.title_case(text(value), style)


def singularize(value: Any) -> str:
    """English, as far as list names need it."""
    word = text(value)
    for ending, instead in (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("shes", "sh"), ("s", "")):
        if word.endswith(ending) and len(word) > len(ending) + 1:
            return word[: -len(ending)] + instead
    return word


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
    written = json.dumps(
        plain(value),
        ensure_ascii=False,
        indent=step or None,
        separators=(",", ": " if step else ":"),
        default=json_default,
        sort_keys=True,
    )
    for char in "\u2028\u2029" if wanted.get("nohtmlescape") else "<>&\u2028\u2029":
        written = written.replace(char, f"\\u{ord(char):04x}")
    if wanted.get("prefix") and step:
        written = written.replace("\n", f"\n{wanted['prefix']}")
    return Markup(written)  # noqa: S704 - escaped above


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


def printf(form: str, *values: Any) -> str:
    """Go's verbs in Python's percent formatting."""
    form = re.sub(r"%([-+ 0#]*\d{0,4}(?:\.\d{1,3})?)v", r"%\1s", form).replace("%t", "%s")
    form = re.sub(r"%([-+ 0#]*\d{0,4})q", '"%\\1s"', form)
    check_format(form, values)
    return form % tuple(text(value) if value is None or value is MISSING else value for value in values)


def querify(*pairs: Any) -> str:
    """Key and value by turns, or one mapping, as a query string."""
    if len(pairs) == 1 and isinstance(pairs[0], Mapping):
        return urlencode(sorted(plain(pairs[0]).items()))
    return urlencode(sorted(zip(map(text, pairs[::2]), map(text, pairs[1::2]), strict=False)))


def count_words(value: Any) -> int:
    return len(WORD.findall(plainify(value)))


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
    "printf": printf,
    "querify": querify,
    "htmlescape": lambda value: html.escape(text(value)),
    "htmlunescape": lambda value: html.unescape(text(value)),
    "xmlescape": lambda value: Markup(html.escape(text(value))),  # noqa: S704
    "urlquery": lambda value: quote(text(value), safe=""),
    "safe": markup,
    "safe_html": markup,
    "safe_html_attr": markup,
    "safe_url": markup,
    "safe_css": markup,
    "safe_js": markup,
    "repeat": lambda value, count: text(value) * min(int(count), 10_000),
}
