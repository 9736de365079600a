"""What authors get wrong in a configuration: values of another kind, settings that fell into a table above, and the
line on which it stands.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from village.errors import AuthorError, SiteConfigError
from village.site import tables
from village.site.config import keys
from village.site.formats import decoding
from village.site.guard import Guard

ANYWHERE = "config"  # the file of an error that does not know where it stands
TRUTHS = {"1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False"}  # strconv.ParseBool
# Settings of the root that mean nothing in any table below it.
ROOT_ONLY = frozenset({
    "theme", "baseurl", "copyright", "locale", "languagecode", "defaultcontentlanguage", "enableemoji",
    "enablerobotstxt", "builddrafts", "buildfuture", "uglyurls", "canonifyurls", "relativeurls", "enablegitinfo",
    "summarylength",
    "timezone", "hascjklanguage", "paginate", "disablekinds", "mainsections", "sectionpagesmenu", "pagination",
    "taxonomies", "outputs", "menus", "markup",
})  # fmt: skip
CLOSED = ("taxonomies", "outputs", "pagination", "page", "sitemap", "services", "privacy", "related", "markup")


def check_values(own: Mapping[str, Any], file: str) -> None:
    """Refuse what Hugo refuses: text where true or false, or a number, must stand. Raises SiteConfigError."""
    pagination = own.get("pagination")
    rows = [("", keys.DEFAULTS, own)]
    rows += [("pagination.", keys.DEFAULTS["pagination"], pagination)] if isinstance(pagination, Mapping) else []
    for prefix, defaults, table in rows:
        for key, value in table.items():
            wanted = expected(defaults.get(key), value)
            if wanted:
                message = f"{prefix}{key}: expected {wanted}, found {tables.text(value)[:60]!r}"
                hint = f"{key} = true" if wanted.startswith("true") else f"{key} = {defaults[key]}"
                raise SiteConfigError(message, file=file, hint=hint)


def expected(default: Any, value: Any) -> str:
    """What should stand instead of a value; "" when it may stand, or when its kind is not known."""
    if isinstance(default, bool):
        fits = isinstance(value, (bool, int, float, Mapping)) or tables.text(value).strip() in {*TRUTHS, ""}
        return "" if fits else "true or false"
    if isinstance(default, int):
        if isinstance(value, (bool, int, float)) or re.fullmatch(r"\s*[-+]?\d*\s*", tables.text(value)):
            return ""
        return "a number"
    return ""


def fallen(own: Mapping[str, Any], shelves: Iterable[Path]) -> Iterator[tuple[str, str]]:
    """(setting, table) of root settings that stand below a table's header, and so belong to that table (TOML)."""
    for name, table in below(own):
        for key, value in table.items():
            if key in ROOT_ONLY and not (name == "[taxonomies]" and isinstance(value, str)):
                yield key, name
    for name in ("params", "taxonomies"):  # may have a "theme" of their own, but hardly one that lies on the shelf
        inner = own.get(name)
        theme = inner.get("theme") if isinstance(inner, Mapping) else None
        if isinstance(theme, str) and theme and not own.get("theme") and any((s / theme).is_dir() for s in shelves):
            yield "theme", f"[{name}]"


def without_scheme(own: Mapping[str, Any]) -> list[AuthorError]:
    """A warning for ``baseURL = "example.org"``."""
    base = tables.text(own.get("baseurl") or "")
    if not base or base.startswith(("/", "http://", "https://")) or "://" in base:
        return []
    hint = f'baseURL = "https://{base.strip("/")}/"'
    message = f'baseurl "{base}" has no scheme: addresses in feeds and the sitemap lead nowhere'
    return [SiteConfigError(message, file=ANYWHERE, hint=hint)]


def below(own: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The tables whose keys are known, by their headers."""
    for name in CLOSED:
        if isinstance(table := own.get(name), Mapping):
            yield f"[{name}]", table
            yield from ((f"[{name}.{key}]", inner) for key, inner in table.items() if isinstance(inner, Mapping))
    menus = own.get("menus")
    for menu, entries in menus.items() if isinstance(menus, Mapping) else ():
        for entry in entries if isinstance(entries, list) else ():
            if isinstance(entry, Mapping):
                yield f"[[menus.{menu}]]", tables.lower_keys(dict(entry))


def check_outputs(configured: Any, known: Iterable[str]) -> None:
    """Refuse an output format nobody has heard of, as Hugo does. Raises SiteConfigError."""
    names = set(known)
    for kind, formats in configured.items() if isinstance(configured, Mapping) else ():
        for name in tables.words(formats) if isinstance(formats, (str, list)) else ():
            if name.lower() not in names:
                near = difflib.get_close_matches(name.lower(), names, n=1)
                hint = f'did you mean "{near[0]}"?' if near else f"there are {', '.join(sorted(names))}"
                raise SiteConfigError(f'outputs.{kind}: "{name}" is not an output format', file=ANYWHERE, hint=hint)


def located(error: AuthorError, files: Iterable[str], guard: Guard) -> AuthorError:
    """The error with the file, line and excerpt of the setting that its message begins with, where that is found."""
    if not isinstance(error, SiteConfigError) or error.line or not files:
        return error
    paths = [Path(path) for path in files]
    if error.file in {"", ANYWHERE}:
        error.file = guard.shown(paths[0])
    names = [name for name in reversed(dotted_name(error.message).split(".")) if name]
    for name in dict.fromkeys(names):
        for path in paths:
            text = guard.read_text(path) or ""
            line = line_of(text, name, re.findall(r'"([^"]+)"', error.message))
            if line:
                error.file, error.line = guard.shown(path), line
                error.excerpt = decoding.excerpt(text, line)
                return spelt(error, name, text.split("\n")[line - 1])
    return error


def spelt(error: AuthorError, name: str, row: str) -> AuthorError:
    """The error with a setting spelt as its author does: what is read is in lower case."""
    written = re.search(rf"\b{re.escape(name)}\b", row, re.IGNORECASE)
    if written:
        error.message = error.message.replace(name, written[0])
        error.hint = error.hint.replace(f"{name} =", f"{written[0]} =")
        error.args = (error.message,)
    return error


def dotted_name(message: str) -> str:
    """The setting that a message is about: its first word whose beginning is a setting."""
    for word in re.findall(r"[A-Za-z][\w.]*", message):
        if word.partition(".")[0].lower() in {*keys.DEFAULTS, *keys.RETIRED}:
            return word.rstrip(".")
    first = re.match(r'"?([\w.]+)', message)
    return first[1] if first else ""


def line_of(text: str, name: str, values: Iterable[str] = ()) -> int:
    """The line that sets a name, or has one of the values that are wrong, or the header of the name's table (1-based;
    0 = none).
    """
    patterns = [rf"^[ \t\"']*{re.escape(name)}[\"']?[ \t]*[:=]"]
    patterns += [rf"^.*[:=].*{re.escape(value)}" for value in values]
    for pattern in (*patterns, rf"^[ \t]*\[+[^\]]*\b{re.escape(name)}\b"):
        if found := re.search(pattern, text, re.MULTILINE | re.IGNORECASE):
            return text.count("\n", 0, found.start()) + 1
    return 0
