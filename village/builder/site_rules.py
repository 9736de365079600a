"""What holds for the site as a whole: redirects, headers, which 404 page answers where.

From ``_redirects`` and ``_headers`` (Netlify's formats) in static/, and from ``server.redirects`` and
``server.headers`` of the config.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from village.builder.union import UnionFile
from village.errors import AuthorError, ContentError
from village.goregexp import BadExpression, compiled
from village.release.manifest import EXPRESSION, RESERVED_HEADERS, HeaderRule, HostRule, RedirectRule, Rules
from village.site import globs
from village.site.model import Site

STATUSES = {200, 301, 302, 303, 307, 308, 404, 410}
CONDITIONS = {name.lower(): name for name in ("Country", "Language", "Role", "Cookie")}
NO_GEOGRAPHY = "village knows no visitor's country: this rule holds where the cookie nf_country names one"
NO_ROLES = "village knows no roles: this rule never holds; Basic-Auth in _headers guards a path with a password"
RESERVED = "the server sets this header from what it sends"
NO_PROXY = "village serves files and passes no request on: link to the address, or redirect there with 301"


def rules(site: Site, files: Mapping[str, UnionFile]) -> tuple[Rules, list[AuthorError]]:
    """The rules of a release, and what in them is not understood."""
    warnings: list[AuthorError] = []
    redirects = [*parse_redirects(text_of(files, "_redirects"), warnings), *configured_redirects(site.config, warnings)]
    headers = [*parse_headers(text_of(files, "_headers"), warnings), *configured_headers(site.config, warnings)]
    return Rules(tuple(redirects), tuple(headers), not_found(site), hosts(site)), warnings


def text_of(files: Mapping[str, UnionFile], name: str) -> str:
    return files[name].read().decode("utf-8-sig", "replace") if name in files else ""


def parse_redirects(text: str, warnings: list[AuthorError]) -> Iterator[RedirectRule]:
    """``/old /new 301!``, with ``*``, ``:name``, a query and conditions
    (docs.netlify.com/manage/routing/redirects/overview, developers.cloudflare.com/pages/configuration/redirects).
    """
    for number, row in enumerate(text.splitlines(), 1):
        words = list(itertools.takewhile(lambda word: not word.startswith("#"), row.split()))
        if not words:
            continue
        rule = redirect_of(words)
        hint = "a line is: /from /to 301" if rule is None else unserved(rule)
        if hint:
            trouble = "not a redirect" if rule is None else "not served"
            warnings.append(ContentError(f"{trouble}: {row.strip()}", file="static/_redirects", line=number, hint=hint))
        if rule is not None:
            yield rule


def redirect_of(words: list[str]) -> RedirectRule | None:
    """``from [query…] [to] [status[!]] [conditions…]``; None when it is no such line.

    Without a target a path is gone (410), or shown as it is to whom the conditions let in (200).
    """
    source, asked = split_query(words[0])
    query = list(itertools.takewhile(lambda word: not is_address(word) and not is_status(word), words[1:]))
    rest = words[1 + len(query) :]
    query = [*asked, *query]
    target = rest.pop(0) if rest and is_address(rest[0]) else ""
    code = rest.pop(0) if rest and is_status(rest[0]) else "301"
    pairs = [("Query", word) for word in query] + [condition_of(word) for word in rest]
    status = int(code.rstrip("!"))
    if status == 200 and not target:
        target = ":splat".join(source.split("*", 1))
    sound = all("=" in word for word in (*query, *rest)) and status in STATUSES and is_address(source)
    if not sound or (not target and status != 410):
        return None
    return RedirectRule(source, target, status, code.endswith("!"), tuple(pairs))


def split_query(source: str) -> tuple[str, list[str]]:
    """``/page?id=5`` asks for a query, as ``/page id=5`` does; a fragment is never sent."""
    path, _, query = source.partition("#")[0].partition("?")
    return path, [pair if "=" in pair else f"{pair}=" for pair in query.split("&") if pair]


def is_address(word: str) -> bool:
    return word.startswith(("/", "http://", "https://"))


def is_status(word: str) -> bool:
    return word.rstrip("!").isdecimal() and word.isascii()


def condition_of(word: str) -> tuple[str, str]:
    name, _, value = word.partition("=")
    return CONDITIONS.get(name.lower(), name), value


def unserved(rule: RedirectRule) -> str:
    """Why a rule that other hosts honour is not, or only partly, served here; "" when it is."""
    for name, _ in rule.conditions:
        if name == "Country":
            return NO_GEOGRAPHY
        if name == "Role":
            return NO_ROLES
        if name not in {"Language", "Cookie", "Query", "Header"}:
            return f"the condition {name} is not known here: the rule never holds"
    return NO_PROXY if rule.status == 200 and not rule.target.startswith("/") else ""


def redirect_line(rule: RedirectRule) -> str:
    """The inverse of redirect_of; Hugo's conditions on headers have no form there and are left out."""
    query = [value for name, value in rule.conditions if name == "Query"]
    others = [f"{name}={value}" for name, value in rule.conditions if name not in {"Query", "Header"}]
    target = [rule.target] if rule.target else []
    return " ".join([rule.source, *query, *target, f"{rule.status}{'!' if rule.force else ''}", *others])


def is_expression(source: str) -> bool:
    """Whether a rule's source is an expression of RE2 (Hugo's alone)."""
    return source.startswith(EXPRESSION)


def parse_headers(text: str, warnings: list[AuthorError]) -> Iterator[HeaderRule]:
    """A path, then ``Name: value`` lines; ``! Name`` takes a header away (Cloudflare's). Indented or not: what begins
    with a slash or names a host is a path.
    """
    source, headers = "", list[tuple[str, str]]()
    for number, row in enumerate(text.splitlines(), 1):
        line = row.strip()
        if not line or line.startswith("#"):
            continue
        if is_address(line):
            if source and headers:
                yield HeaderRule(source, tuple(headers))
            source, headers = line, []
            continue
        pair = header_of(line)
        hint = "below a path stand lines like: X-Frame-Options: DENY" if pair is None or not source else ""
        if pair is not None and source:
            if reserved(pair[0]):
                hint = RESERVED
            else:
                headers.append(pair)
        if hint:
            warnings.append(ContentError(f"not a header: {line}", file="static/_headers", line=number, hint=hint))
    if source and headers:
        yield HeaderRule(source, tuple(headers))


def header_of(line: str) -> tuple[str, str] | None:
    """(name, value) of a line, the value empty where the header is taken away; None when it is none."""
    if line.startswith("!") and ":" not in line:
        name, value = line[1:], ""
    else:
        name, colon, value = line.partition(":")
        if not colon or not value.strip():
            return None
    return (name.strip(), value.strip()) if header_is_safe(name, value) else None


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


def configured_redirects(config: Mapping[str, Any], warnings: list[AuthorError]) -> Iterator[RedirectRule]:
    """Hugo's ``server.redirects``: from (glob), fromHeaders (globs), to, status, force."""
    for table in tables_of(config, "redirects"):
        glob, expression = str(table.get("from") or ""), str(table.get("fromre") or "")
        target, status = str(table.get("to") or ""), table.get("status", 301)
        sound = isinstance(status, int) and status in STATUSES and (target or status == 410)
        try:
            sources = [EXPRESSION + checked(expression)] if expression else []
            sources += [source_of(glob)] if glob else []
        except BadExpression as error:
            warnings.append(unserved_setting("redirects", expression or glob, f"no expression of RE2: {error}"))
            continue
        if not sources or not sound:
            hint = f"it needs from or fromRe, to, and one of the statuses {', '.join(map(str, sorted(STATUSES)))}"
            warnings.append(unserved_setting("redirects", expression or glob, hint))
            continue
        given = table.get("fromheaders")
        pairs = sorted(given.items()) if isinstance(given, Mapping) else ()
        conditions = [("Path", source) for source in sources[1:]] + [("Header", f"{name}: {g}") for name, g in pairs]
        rule = RedirectRule(sources[0], target, status, bool(table.get("force", False)), tuple(conditions))
        if rule.status == 200 and not rule.target.startswith("/"):
            warnings.append(unserved_setting("redirects", expression or glob, NO_PROXY))
        yield rule


def configured_headers(config: Mapping[str, Any], warnings: list[AuthorError]) -> Iterator[HeaderRule]:
    """Hugo's ``server.headers``: for (glob), values."""
    for table in tables_of(config, "headers"):
        glob, values = str(table.get("for") or ""), table.get("values")
        pairs = sorted((str(name), str(value)) for name, value in values.items()) if isinstance(values, Mapping) else []
        good = [(name, value) for name, value in pairs if header_is_safe(name, value) and not reserved(name)]
        for name, _ in pairs:
            if name not in dict(good):
                hint = RESERVED if reserved(name) else "a name of letters and dashes, a value of one line"
                warnings.append(unserved_setting("headers", f"{glob}: {name}", hint))
        try:
            source = source_of(glob)
        except BadExpression as error:
            warnings.append(unserved_setting("headers", glob, f"no glob: {error}"))
            continue
        if glob and good:
            yield HeaderRule(source, tuple(good))


def source_of(glob: str) -> str:
    """A glob of Hugo's ``server`` as a rule's source: its stars do not stop at slashes, so most are Netlify's, too;
    what has alternatives or classes is an expression. Raises BadExpression.
    """
    if not any(mark in glob for mark in "?[{\\"):
        return glob.replace("**", "*")
    return EXPRESSION + checked(f"^{globs.translate(re.sub('[*]+', '**', glob))}$")


def checked(expression: str) -> str:
    """Raises BadExpression for what RE2 does not read."""
    compiled(expression)
    return expression


def unserved_setting(table: str, source: str, hint: str) -> ContentError:
    return ContentError(f"not served: server.{table} {source!r}", hint=hint)


def reserved(name: str) -> bool:
    return name.lower() in RESERVED_HEADERS


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
