"""A site's own redirects, rewrites and headers (``_redirects``, ``_headers``, Hugo's ``server``), compiled for
matching.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from village.release.manifest import HeaderRule, RedirectRule
from village.server import target as targets
from village.server.answer import Headers

_HOLE = re.compile(r"\*+|(?<=/):[A-Za-z][A-Za-z0-9_]*")
_PLACEHOLDER = re.compile(r":([A-Za-z][A-Za-z0-9_]*)")


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that applies: ``location`` is the target with its placeholders filled in, not yet encoded for a
    header.
    """

    status: int
    location: str
    by_language: bool = False


def pattern(source: str) -> re.Pattern[str]:
    """``*`` matches anything (its first is the splat), ``:name`` one segment; a trailing slash makes no
    difference.
    """
    parts: list[str] = []
    position = 0
    splat = False
    bare = source.rstrip("/") or "/"
    for hole in _HOLE.finditer(bare):
        literal = bare[position : hole.start()]
        name = hole.group().strip("*:")
        if name:
            parts.append(f"{re.escape(literal)}(?P<{name}>[^/]+)" if f"(?P<{name}>" not in "".join(parts) else "[^/]+")
        elif not splat and literal.endswith("/") and hole.end() == len(bare):
            parts.append(f"{re.escape(literal[:-1])}(?:/(?P<splat>.*))?")  # /old/* also holds for /old
            splat = True
        else:
            parts.append(re.escape(literal) + ("(?P<splat>.*)" if not splat else ".*"))
            splat = True
        position = hole.end()
    tail = re.escape(bare[position:])
    return re.compile("".join(parts) + tail + ("" if tail == "/" else "/?") + r"\Z", re.DOTALL)


class Redirects:
    """The redirect rules in their order; the first that matches wins."""

    def __init__(self, rules: Iterable[RedirectRule]) -> None:
        usable = [rule for rule in rules if rule.status != 200 or rule.target.startswith("/")]
        self.plain: dict[str, list[tuple[int, RedirectRule]]] = {}
        self.patterns: list[tuple[int, re.Pattern[str], RedirectRule]] = []
        for number, rule in enumerate(usable):
            if _HOLE.search(rule.source):
                self.patterns.append((number, pattern(rule.source), rule))
            else:
                self.plain.setdefault(rule.source.rstrip("/") or "/", []).append((number, rule))
        self.any_forced = any(rule.force for rule in usable)
        self.any = bool(usable)

    def find(self, path: str, headers: Mapping[str, str], *, exists: bool) -> Hit | None:
        """The rule for ``path``; where a page ``exists`` only forced ones count."""
        if not self.any or (exists and not self.any_forced):
            return None
        found: list[tuple[int, RedirectRule, dict[str, str]]] = [
            (number, rule, {}) for number, rule in self.plain.get(path.rstrip("/") or "/", ())
        ]
        for number, compiled, rule in self.patterns:
            if (rule.force or not exists) and (match := compiled.match(path)):
                found.append((number, rule, {name: value or "" for name, value in match.groupdict().items()}))
        for _, rule, values in sorted(found, key=lambda item: item[0]):
            if (rule.force or not exists) and holds(rule, headers) and targets.normal(path) == path:
                return Hit(
                    rule.status, fill(rule.target, values), any(name == "Language" for name, _ in rule.conditions)
                )
        return None


def holds(rule: RedirectRule, headers: Mapping[str, str]) -> bool:
    """Netlify's conditions: Language is known from the request; what we cannot know (Country, Role) never holds."""
    for name, value in rule.conditions:
        if name != "Language":
            return False
        wanted = {part.strip().lower() for part in value.split(",")}
        first = headers.get("accept-language", "").split(",")[0].partition(";")[0].strip().lower()
        if first not in wanted and first.partition("-")[0] not in wanted:
            return False
    return True


def fill(pattern_text: str, values: Mapping[str, str]) -> str:
    """The target with its placeholders replaced. A local target stays local: ``//host`` would leave the site."""
    filled = _PLACEHOLDER.sub(lambda hole: values.get(hole.group(1), hole.group()), pattern_text)
    return "/" + filled.lstrip("/\\") if pattern_text.startswith("/") else filled


class HeaderRules:
    """The header rules; all that match apply, the later over the earlier."""

    def __init__(self, rules: Iterable[HeaderRule]) -> None:
        self.rules = [(pattern(rule.source), rule.headers) for rule in rules]

    def find(self, path: str) -> Headers:
        found: dict[str, list[tuple[str, str]]] = {}
        for compiled, headers in self.rules:
            if compiled.match(path):
                own: dict[str, list[tuple[str, str]]] = {}
                for name, value in headers:
                    own.setdefault(name.lower(), []).append((name, value))
                found.update(own)
        return tuple(pair for pairs in found.values() for pair in pairs)
