"""What the source of a rule matches: a path with ``*`` and ``:name`` (Netlify's), or an expression (Hugo's)."""

from __future__ import annotations

import re
from typing import Any, Protocol
from urllib.parse import unquote

from village import goregexp
from village.release.manifest import EXPRESSION

HOLE = re.compile(r"\*+|(?<=[/.]):[A-Za-z][A-Za-z0-9_]*")
_ABSOLUTE = re.compile(r"https?://([^/?#]+?)(?::\d*)?([/?#].*)?\Z", re.IGNORECASE)


class Match(Protocol):
    """What a pattern has found."""

    def groupdict(self) -> dict[str, Any]:
        """Placeholder → what stands in its place."""


class Pattern(Protocol):
    """Whether a path matches, and with what in the placeholders."""

    def match(self, path: str, /) -> Match | None:
        """None when it does not."""


class Expression:
    """One of Hugo's ``fromRe``: it may match anywhere in a path, and its groups are called by their numbers."""

    def __init__(self, source: str) -> None:
        self.source = source

    def match(self, path: str) -> Match | None:
        try:
            found = goregexp.compiled(self.source).search(path)
        except (UnicodeEncodeError, goregexp.BadExpression):  # no UTF-8; an expression of a newer village
            return None
        return Groups(found.groups()) if found is not None else None


class Groups:
    """The groups of an expression."""

    def __init__(self, groups: tuple[str | None, ...]) -> None:
        self.groups = groups

    def groupdict(self) -> dict[str, Any]:
        return {str(number): text for number, text in enumerate(self.groups, 1)}


def compiled(source: str) -> Pattern | None:
    """The pattern of a rule's path; None where it is a plain path."""
    if source.startswith(EXPRESSION):
        return Expression(source.removeprefix(EXPRESSION))
    return pattern(source) if HOLE.search(source) else None


def anything(source: str) -> Pattern:
    """The pattern of a rule's path, whatever it is."""
    return compiled(source) or pattern(source)


def pattern(source: str) -> re.Pattern[str]:
    """``*`` matches anything (its first is the splat), ``:name`` one segment; a trailing slash makes no difference.

    Every star but the last takes as little as it can and never gives back, so that no path makes the match slow.
    """
    bare = unquote(source, errors="surrogateescape").rstrip("/") or "/"
    head, *rest = [literals(part) for part in once(re.split(r"\*+", bare))]
    if not rest:
        return whole(head, bare == "/")
    if rest == [""] and head.endswith("/"):
        return whole(f"{head[:-1]}(?:/(?P<splat>.*))?", rooted=False)  # /old/* also holds for /old
    middle = "".join(f"(?>{'.*?' if number else '(?P<splat>.*?)'}{part})" for number, part in enumerate(rest[:-1]))
    return whole(f"{head}{middle}{'.*' if middle else '(?P<splat>.*)'}{rest[-1]}", rooted=False)


def whole(text: str, rooted: bool) -> re.Pattern[str]:
    return re.compile(text + ("" if rooted else "/?") + r"\Z", re.DOTALL)


def once(parts: list[str]) -> list[str]:
    """``parts`` with each placeholder named once; a second of the same name matches without one."""
    seen: set[str] = set()

    def keep(hole: re.Match[str]) -> str:
        known = hole.group() in seen
        seen.add(hole.group())
        return ":0" if known else hole.group()

    return [HOLE.sub(keep, part) for part in parts]


def literals(part: str) -> str:
    """A part without stars as a regular expression."""
    found, position = [], 0
    for hole in re.finditer(r"(?<=[/.]):(0|[A-Za-z][A-Za-z0-9_]*)", part):
        found.append(re.escape(part[position : hole.start()]))
        found.append("[^/]+" if hole.group(1) == "0" else f"(?P<{hole.group(1)}>[^/]+)")
        position = hole.end()
    return "".join(found) + re.escape(part[position:])


def first_segment(source: str) -> str:
    """The first segment of the paths that a source matches; "" where it may be any."""
    start = source.split("/", 2)[1] if source.startswith("/") else ""
    return "" if HOLE.search(f"/{start}") else unquote(start, errors="surrogateescape")


def split_host(source: str) -> tuple[str, str]:
    """(host in lower case, path) of a rule's source; "" where it holds for every host of the site."""
    found = _ABSOLUTE.match(source)
    return (found.group(1).lower(), found.group(2) or "/") if found else ("", source)
