"""Translation tables: ``i18n/<lang>.toml``, with plural forms, and what a key says in a language (langs/i18n)."""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Mapping
from typing import Any

from village.errors import AuthorError, ContentError
from village.site import data_files, tables
from village.site.formats import decoding
from village.site.guard import Guard
from village.site.model import Layer, Site

FORMS = ("zero", "one", "two", "few", "many", "other")
FIELD = re.compile(r"\{\{-?\s*\.?([\w.]*)\s*-?\}\}")


def load(
    layers: list[Layer], guard: Guard, files: dict[str, data_files.Signature]
) -> tuple[dict[str, dict[str, Any]], list[AuthorError]]:
    """(language → key → text or plural forms, the errors). Earlier layers win key by key."""
    found: dict[str, dict[str, Any]] = {}
    errors: list[AuthorError] = []
    for layer in layers:
        if layer.component != "i18n":
            continue
        for path, inside, info in data_files.walk(str(layer.folder), guard):
            files[path] = (info.st_mtime_ns, info.st_size, info.st_ctime_ns)
            stem, extension = os.path.splitext(os.path.basename(inside))
            if extension.lower() not in {".toml", ".yaml", ".yml", ".json"}:
                continue
            try:
                value = data_files.read(path, decoding.EXTENSIONS[extension.lower()], guard)
            except ContentError as error:
                errors.append(error)
                continue
            lang = stem.lower()
            found[lang] = {**messages(value), **found.get(lang, {})}
    return found, errors


def messages(value: Any, prefix: str = "") -> dict[str, Any]:
    """Key → text or plural forms, of a table or of go-i18n's old list of ``{id, translation}``."""
    if isinstance(value, list):
        return {
            tables.text(entry.get("id", "")): entry.get("translation", "")
            for entry in value
            if isinstance(entry, Mapping)
        }
    result: dict[str, Any] = {}
    for key, inner in value.items() if isinstance(value, Mapping) else ():
        name = f"{prefix}{key}"
        if not isinstance(inner, Mapping):
            result[name] = tables.text(inner)
        elif any(form in FORMS for form in map(str.lower, map(str, inner))):
            result[name] = {str(form).lower(): tables.text(text) for form, text in inner.items()}
        else:
            result.update(messages(inner, f"{name}."))
    return result


def translate(site: Site, lang: str, key: str, context: Any = None) -> str | None:
    """What ``key`` says in ``lang``, else in the default language; None where neither knows it.

    ``context`` is a count, or a mapping whose values fill ``{{ .name }}``; its ``count`` (or a bare number)
    chooses the plural form.
    """
    for code in dict.fromkeys((lang, site.default_language)):
        message = site.i18n.get(code, {}).get(key)
        if message is not None:
            return fill(choose(message, code, count_of(context)), context)
    return None


def count_of(context: Any) -> float | None:
    """The number that chooses a plural form."""
    if isinstance(context, Mapping):
        context = next((value for name, value in context.items() if str(name).lower() == "count"), None)
    if isinstance(context, (int, float)) and not isinstance(context, bool):
        return context
    if isinstance(context, str) and re.fullmatch(r"-?\d+(\.\d+)?", context):
        return float(context) if "." in context else int(context)
    return None


def choose(message: Any, lang: str, count: float | None) -> str:
    """The plural form for ``count``."""
    if not isinstance(message, Mapping):
        return str(message)
    form = plural_form(lang, count) if count is not None else "other"
    return str(message.get(form) or message.get("other") or message.get("one") or next(iter(message.values()), ""))


def plural_form(lang: str, count: float) -> str:
    """CLDR's plural category of a count."""
    return str(plural_rule(lang)(abs(count)))


@functools.lru_cache(maxsize=64)
def plural_rule(lang: str) -> Any:
    """CLDR's rule of a language; English's for one that babel does not know."""
    from babel.core import Locale, UnknownLocaleError  # noqa: PLC0415 — 40 ms that only sites with plurals pay

    try:
        return Locale.parse(lang.replace("-", "_")).plural_form
    except (UnknownLocaleError, ValueError):
        return Locale("en").plural_form


def fill(text: str, context: Any) -> str:
    """``{{ .Count }}`` and its like replaced; what the context lacks becomes empty."""
    if "{{" not in text:
        return text

    def value(match: re.Match[str]) -> str:
        name = match[1].lower()
        if isinstance(context, Mapping):
            return tables.text(next((v for k, v in context.items() if str(k).lower() == name), ""))
        return tables.text(context) if name in {"count", ""} else ""

    return FIELD.sub(value, text)
