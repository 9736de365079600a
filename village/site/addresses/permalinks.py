"""Permalink patterns: the three forms of the config, and every token (resources/page/permalinks.go)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote_plus

from village.errors import SiteConfigError
from village.site import globs, golayout, tables
from village.site.dates import ZERO

ATTRIBUTE = re.compile(r":\w+(?:\[.+?\])?")
KINDS = ("page", "home", "section", "taxonomy", "term")
PROBE = datetime(2019, 11, 9, 23, 1, 42, tzinfo=ZERO.tzinfo)  # no field equals Go's reference moment
COLON = "\x00"


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern and the pages it is for."""

    pattern: str
    kind: str = ""
    path: str = ""
    environment: str = ""
    lang: str = ""


@dataclass(slots=True)
class Facts:
    """What the tokens of a pattern may ask of a page. ``sections`` are the current section's segments,
    ``section_slugs`` their slugs.
    """

    kind: str
    path: str
    title: str
    slug: str
    section: str
    sections: list[str]
    section_slugs: list[str]
    base: str
    date: datetime | None


def rules(configured: Any) -> list[Rule]:
    """The config's ``permalinks``: a list of targets, tables by kind, or Hugo's old table by section, tables in
    the order of their keys.
    """
    if isinstance(configured, list):
        return [listed(tables.lower_keys(table)) for table in configured if isinstance(table, Mapping)]
    found: list[Rule] = []
    for key, value in sorted(configured.items()) if isinstance(configured, Mapping) else ():
        if isinstance(value, str):
            found += [Rule(value, kind, section_glob(key)) for kind in ("page", "term")]
        elif isinstance(value, Mapping) and key in KINDS:
            found += [Rule(str(pattern), key, section_glob(section)) for section, pattern in sorted(value.items())]
        else:
            raise SiteConfigError(f"permalinks.{key}: expected a pattern, or one of {', '.join(KINDS)}", file="config")
    return found


def listed(table: Mapping[str, Any]) -> Rule:
    """One entry of the list form."""
    given = table.get("target")
    target: Mapping[str, Any] = tables.lower_keys(given) if isinstance(given, Mapping) else {}
    sites = tables.dotted(target, "sites.matrix.languages", "")
    return Rule(
        pattern=str(table.get("pattern", "")),
        kind=str(target.get("kind", "")).lower(),
        path=str(target.get("path", "")).lower(),
        environment=str(target.get("environment", "")),
        lang=str(target.get("lang", "") or (sites[0] if isinstance(sites, list) and sites else sites)),
    )


def section_glob(section: str) -> str:
    """The pages of a section key; "/" and "" are the pages at the root."""
    name = section.strip(" /").lower()
    return f"/{{{name},{name}/**}}" if name else "/*"


def choose(candidates: list[Rule], kind: str, path: str, lang: str, environment: str) -> str:
    """The pattern of the first rule that is for this page, or ""."""
    for rule in candidates:
        if (
            (not rule.kind or globs.matches(rule.kind, kind))
            and (not rule.lang or globs.matches(rule.lang, lang))
            and (not rule.environment or globs.matches(rule.environment, environment))
            and (not rule.path or globs.matches(rule.path, path))
        ):
            return rule.pattern
    return ""


def expand(pattern: str, facts: Facts, urlize: Callable[[str], str]) -> str:
    """The pattern filled in, percent-decoded, a plus read as a space (``C++`` leaves ``c``). Raises SiteConfigError
    for an unknown token."""
    shielded = pattern.replace("\\:", COLON)
    filled = ATTRIBUTE.sub(lambda match: token(match[0][1:], facts, urlize, pattern), shielded)
    filled = filled.replace(COLON, ":")
    if "%" not in filled and "+" not in filled:
        return filled
    whole = unquote_plus(filled)
    bare = whole.rstrip("/").rstrip()  # what a plus at the end leaves must not become a hyphen
    return f"{bare}/" if whole.endswith("/") else bare


def token(name: str, facts: Facts, urlize: Callable[[str], str], pattern: str) -> str:
    """The value of one token."""
    reader = TOKENS.get(name)
    if reader:
        return reader(facts, urlize)
    if name.startswith("sections["):
        return "/".join(cut(facts.sections, name[len("sections") :]))
    if name.startswith("sectionslugs["):
        return "/".join(urlize(slug) for slug in cut(facts.section_slugs, name[len("sectionslugs") :]))
    if golayout.format_go(PROBE, name) != name:
        return golayout.format_go(facts.date or ZERO, name)
    raise SiteConfigError(
        f'permalinks: ":{name}" in "{pattern}" is not a token',
        file="config",
        hint="tokens are " + " ".join(f":{known}" for known in TOKENS),
    )


def cut(parts: list[str], spec: str) -> list[str]:
    """``[1]``, ``[last]``, ``[1:3]``, ``[:last]`` of the sections; beyond the end is nothing, never an error."""
    low, colon, high = spec.strip("[] ").lower().partition(":")
    start = bound(low, parts, 0)
    if not colon:
        return parts[start : start + 1]
    return parts[start : bound(high, parts, len(parts))] if start < len(parts) else []


def bound(word: str, parts: list[str], default: int) -> int:
    """One end of a cut."""
    if not word.strip():
        return default
    return len(parts) - 1 if word.strip() == "last" else max(0, tables.number(word))


def when(layout: str) -> Callable[[Facts, Callable[[str], str]], str]:
    return lambda facts, _: golayout.format_go(facts.date or ZERO, layout)


def titled(facts: Facts) -> str:
    """The title as part of a path; a slash, of either kind, makes folders in the title of a term only."""
    return facts.title if facts.kind == "term" else facts.title.replace("/", "-").replace("\\", "-")


def slug_or(other: Callable[[Facts], str]) -> Callable[[Facts, Callable[[str], str]], str]:
    return lambda facts, urlize: urlize(facts.slug or other(facts))


TOKENS: dict[str, Callable[[Facts, Callable[[str], str]], str]] = {
    "year": lambda facts, _: str((facts.date or ZERO).year),
    "month": when("01"),
    "monthname": when("January"),
    "day": when("02"),
    "weekday": lambda facts, _: str((facts.date or ZERO).isoweekday() % 7),
    "weekdayname": when("Monday"),
    "yearday": lambda facts, _: str((facts.date or ZERO).timetuple().tm_yday),
    "section": lambda facts, _: facts.section,
    "sectionslug": lambda facts, urlize: urlize(facts.section_slugs[0]) if facts.section_slugs else "",
    "sections": lambda facts, _: "/".join(facts.sections),
    "sectionslugs": lambda facts, urlize: "/".join(urlize(slug) for slug in facts.section_slugs),
    "title": lambda facts, urlize: urlize(titled(facts)),
    "slug": slug_or(titled),
    "slugorfilename": slug_or(lambda facts: facts.base),
    "filename": lambda facts, urlize: urlize(facts.base),
    "contentbasename": lambda facts, urlize: urlize(facts.base),
    "slugorcontentbasename": slug_or(lambda facts: facts.base),
}
