"""What holds for the site as a whole: redirects, headers, which 404 page answers where.

From ``_redirects`` and ``_headers`` (Netlify's formats) in static/, and from ``server.redirects`` and
``server.headers`` of the config.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from village.builder.union import UnionFile
from village.errors import AuthorError, ContentError
from village.release.manifest import HeaderRule, HostRule, RedirectRule, Rules
from village.site.model import Site

STATUSES = {200, 301, 302, 303, 307, 308, 404, 410}
CONDITIONS = {"country": "Country", "language": "Language", "role": "Role", "cookie": "Cookie"}


def rules(site: Site, files: Mapping[str, UnionFile]) -> tuple[Rules, list[AuthorError]]:
    """The rules of a release, and what in them is not understood."""
    warnings: list[AuthorError] = []
    redirects = [*parse_redirects(text_of(files, "_redirects"), warnings), *configured_redirects(site.config)]
    headers = [*parse_headers(text_of(files, "_headers"), warnings), *configured_headers(site.config)]
    return Rules(tuple(redirects), tuple(headers), not_found(site), hosts(site)), warnings


def text_of(files: Mapping[str, UnionFile], name: str) -> str:
    return files[name].read().decode("utf-8", "replace") if name in files else ""


def parse_redirects(text: str, warnings: list[AuthorError]) -> Iterator[RedirectRule]:
    """``/old /new 301!``, with ``*``, ``:name`` and conditions
    (docs.netlify.com/routing/redirects/syntax-for-the-redirects-file).
    """
    for number, row in enumerate(text.splitlines(), 1):
        words = row.partition(" #")[0].split() if not row.lstrip().startswith("#") else []
        if not words:
            continue
        rule = redirect_of(words)
        if rule is None:
            hint = "a line is: /from /to 301"
            warnings.append(
                ContentError(f"not a redirect: {row.strip()}", file="static/_redirects", line=number, hint=hint)
            )
        else:
            yield rule


def redirect_of(words: list[str]) -> RedirectRule | None:
    """One line; None when it is none. A path with status 410 and no target is gone."""
    source, *rest = words
    target, status, force = "", 301, False
    conditions = []
    for word in rest:
        code = word.rstrip("!")
        if code.isdigit():
            status, force = int(code), word.endswith("!")
        elif "=" in word and not word.startswith(("/", "http")):
            name, _, value = word.partition("=")
            conditions.append((CONDITIONS.get(name.lower(), name), value))
        elif not target:
            target = word
        else:
            return None
    if status not in STATUSES or not source.startswith(("/", "http")) or (not target and status != 410):
        return None
    return RedirectRule(source, target, status, force, tuple(conditions))


def parse_headers(text: str, warnings: list[AuthorError]) -> Iterator[HeaderRule]:
    """A path, then indented ``Name: value`` lines."""
    source, headers = "", list[tuple[str, str]]()
    for number, row in enumerate(text.splitlines(), 1):
        if not row.strip() or row.lstrip().startswith("#"):
            continue
        if not row[0].isspace():
            if source and headers:
                yield HeaderRule(source, tuple(headers))
            source, headers = row.strip(), []
            continue
        name, colon, value = row.strip().partition(":")
        if colon and source and header_is_safe(name, value):
            headers.append((name.strip(), value.strip()))
        else:
            hint = "below a path stand lines like: X-Frame-Options: DENY"
            warnings.append(
                ContentError(f"not a header: {row.strip()}", file="static/_headers", line=number, hint=hint)
            )
    if source and headers:
        yield HeaderRule(source, tuple(headers))


def header_is_safe(name: str, value: str) -> bool:
    """A field name is a token, a value has no control characters (RFC 9110 §5.5): a repository must not split
    responses.
    """
    token = name.strip()
    return (
        bool(token)
        and all(c.isascii() and (c.isalnum() or c in "!#$%&'*+-.^_`|~") for c in token)
        and value.isprintable()
    )


def configured_redirects(config: Mapping[str, Any]) -> Iterator[RedirectRule]:
    """Hugo's ``server.redirects``: from (glob), to, status, force. A rule without fromHeaders only."""
    for table in tables_of(config, "redirects"):
        source, target = str(table.get("from", "")), str(table.get("to", ""))
        status = table.get("status", 301)
        if not source or not isinstance(status, int) or status not in STATUSES:
            continue
        wild = source.replace("**", "*")
        yield RedirectRule(wild, target, status, bool(table.get("force", False)), ())


def configured_headers(config: Mapping[str, Any]) -> Iterator[HeaderRule]:
    """Hugo's ``server.headers``: for (glob), values."""
    for table in tables_of(config, "headers"):
        values = table.get("values")
        if isinstance(values, Mapping) and table.get("for"):
            pairs = [(str(name), str(value)) for name, value in values.items() if header_is_safe(str(name), str(value))]
            yield HeaderRule(str(table["for"]), tuple(sorted(pairs)))


def tables_of(config: Mapping[str, Any], name: str) -> Iterator[dict[str, Any]]:
    server = config.get("server")
    rows = server.get(name) if isinstance(server, Mapping) else None
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, Mapping):
            yield {str(key).lower(): value for key, value in row.items()}


def not_found(site: Site) -> tuple[tuple[str, str], ...]:
    """(path prefix, 404 page) of each language, longest prefix first."""
    roots = {language.tree + language.prefix for language in site.languages.values()}
    return tuple(
        sorted(((f"{root}/", f"{root}/404.html") for root in roots), key=lambda pair: (-len(pair[0]), pair[0]))
    )


def hosts(site: Site) -> tuple[HostRule, ...]:
    """The hosts of languages that have one of their own, the default language's first."""
    found: list[HostRule] = []
    for lang, language in site.languages.items():
        parts = urlsplit(language.base_url)
        if language.tree:
            rule = HostRule(parts.hostname or "", language.tree, parts.path.rstrip("/"))
            found.insert(0 if lang == site.default_language else len(found), rule)
    return tuple(found)
