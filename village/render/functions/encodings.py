"""Hugo's ``encoding.*``, ``crypto.*``, ``hash.*`` and the escapes of ``transform.*``. Pure."""

from __future__ import annotations

import base64
import csv
import hmac
import html
import io
from collections.abc import Callable
from typing import Any

from markupsafe import Markup

from village.errors import TemplateError
from village.render.functions.remarshal import written
from village.render.functions.text import digest, html_escape, jsonify, plainify, text, xml_escape
from village.render.views.values import plain, wrap
from village.site.formats import decoding

ALGORITHMS = ("md5", "sha1", "sha256", "sha384", "sha512")
FORMATS = ("json", "toml", "yaml", "csv", "xml", "org")
MARKS = ((",", "csv"), ("{", "json"), (":", "yaml"), ("<", "xml"), ("=", "toml"))


def base64_decode(value: Any) -> str:
    """Raises TemplateError for what is no base64."""
    try:
        return base64.b64decode(text(value), validate=True).decode("utf-8", "replace")
    except ValueError as error:
        raise TemplateError(f"base64_decode: {error}", hint="the text is no base64") from None


def to_json(*arguments: Any) -> Any:
    """``jsonify [OPTIONS] VALUE``."""
    return jsonify(arguments[-1], arguments[0]) if len(arguments) > 1 else jsonify(arguments[-1])


def fnv32a(value: Any) -> int:
    found = 0x811C9DC5
    for byte in text(value).encode():
        found = (found ^ byte) * 0x01000193 & 0xFFFFFFFF
    return found


def keyed(algorithm: str, key: Any, message: Any, form: str = "hex") -> str:
    """``crypto.HMAC``; ``form`` is hex or binary."""
    made = hmac.new(text(key).encode(), text(message).encode(), algorithm)
    return made.hexdigest() if form == "hex" else made.digest().decode("latin-1")


def unmarshal(*arguments: Any) -> Any:
    """A table or list from text, or from a resource; ``unmarshal [OPTIONS] INPUT``. Raises TemplateError."""
    given = arguments[-1]
    options = {str(k).lower(): v for k, v in plain(arguments[0]).items()} if len(arguments) > 1 else {}
    source = text(getattr(given, "content", given))
    if not source.strip():
        return None
    language = options.get("format") or ("csv" if "delimiter" in options else language_of(given, source))
    try:
        if language == "csv":
            return rows(source, str(options.get("delimiter", ",")), str(options.get("targettype", "slice")))
        return wrap(decoding.decode(source, str(language)))
    except decoding.Malformed as error:
        raise TemplateError(f"unmarshal: {error.message}", hint=f"the text was read as {language}") from None


def rows(source: str, delimiter: str, shape: str) -> list[Any]:
    """The lines of a CSV; as a "map", each with the names of the first line."""
    lines = list(csv.reader(io.StringIO(source), delimiter=delimiter))
    return [dict(zip(lines[0], line, strict=False)) for line in lines[1:]] if shape == "map" and lines else lines


def language_of(given: Any, source: str) -> str:
    """By a resource's media type, else by which mark comes first in the text (metadecoders.FormatFromContentString);
    a list of JSON, which is none of these for Hugo, is one here."""
    kind = str(getattr(given, "media_type", "")).partition("/")[2].partition("+")
    for word in (kind[2], kind[0]):
        if word in FORMATS:
            return word
    if source.lstrip().startswith("[") and source.rstrip().endswith("]"):
        return "json"
    found = [(source.index(mark), language) for mark, language in MARKS if mark in source]
    return min(found)[1] if found else "yaml"


def remarshal(language: str, value: Any) -> str:
    """A value, or the text of one, in another language. Raises TemplateError."""
    return written(language, unmarshal(value) if isinstance(value, str) else value)


def hashed(algorithm: str, value: Any) -> str:
    """``crypto.Hash``. Raises TemplateError for an algorithm that Hugo does not have."""
    if algorithm not in ALGORITHMS:
        raise TemplateError(f"crypto.hash: {algorithm!r} is not known", hint=", ".join(ALGORITHMS))
    return str(digest(algorithm)(value))


def to_math(expression: Any, options: Any = None) -> Markup:
    """TeX for the script that shows formulas in the reader's browser: a generator in Python has no KaTeX."""
    wanted = {str(key).lower(): one for key, one in (plain(options) or {}).items()}
    opening, closing = ("\\[", "\\]") if wanted.get("displaymode") else ("\\(", "\\)")
    return Markup(f'<span class="math">{opening}{html.escape(text(expression))}{closing}</span>')  # noqa: S704 - escaped


ENCODING: dict[str, Callable[..., Any]] = {
    "base64_encode": lambda value: base64.b64encode(text(value).encode()).decode(),
    "base64_decode": base64_decode,
    "jsonify": to_json,
}
CRYPTO: dict[str, Callable[..., Any]] = {
    "md5": digest("md5"), "sha1": digest("sha1"), "sha256": digest("sha256"), "hmac": keyed, "fnv32a": fnv32a,
    "hash": hashed,
}  # fmt: skip
TRANSFORM: dict[str, Callable[..., Any]] = {
    "html_escape": html_escape,
    "html_unescape": lambda value: html.unescape(text(value)),
    "xml_escape": xml_escape,
    "plainify": plainify,
    "unmarshal": unmarshal,
    "remarshal": remarshal,
    "to_math": to_math,
}
