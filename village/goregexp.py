"""Go's regular expressions (RE2): its syntax, its matches, and its promise of linear time. The only import of re2.

A repository's templates and config bring expressions of their own. A backtracking engine would give whoever pushes
``(a|aa)+$`` the server's time, and no thread can interrupt it; RE2 cannot be made slow.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import Any

MEMORY = 8 * 1024 * 1024  # bytes that one compiled expression may take
REFERENCE = re.compile(r"\$(?:(\$)|(\w+)|\{(\w+)\})")


class BadExpression(ValueError):
    """A text that is no expression of RE2."""


@functools.lru_cache(maxsize=256)
def compiled(source: str) -> Any:
    """The expression. Raises BadExpression."""
    import re2  # noqa: PLC0415 - most sites bring no expression

    options = re2.Options()
    options.log_errors = False
    options.max_mem = MEMORY
    try:
        return re2.compile(source, options)
    except re2.error as error:
        words = error.args[0] if error.args else ""
        raise BadExpression(words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)) from None


def found(source: str, subject: str) -> bool:
    """Whether the expression matches anywhere in ``subject``. Raises BadExpression."""
    return compiled(source).search(subject) is not None


def matches(source: str, subject: str) -> Iterator[Any]:
    """Every match, left to right; an empty one right after another match does not count (Go's regexp). Raises
    BadExpression.
    """
    last = -1
    for match in compiled(source).finditer(subject):
        if match.start() == match.end() == last:
            continue
        last = match.end()
        yield match


def expanded(template: str, match: Any) -> str:
    """Go's Expand: ``$1``, ``$name``, ``${name}``, ``$$``; a name reaches as far as it can, an unknown one is empty."""

    def group(reference: re.Match[str]) -> str:
        if reference[1]:
            return "$"
        name = reference[2] or reference[3]
        try:
            return str(match.group(int(name) if name.isdigit() else name) or "")
        except (IndexError, KeyError):
            return ""

    return REFERENCE.sub(group, template)


def replaced(source: str, subject: str, template: str, count: int = -1) -> str:
    """``subject`` with the first ``count`` matches (all below 0) replaced by the expanded template. Raises
    BadExpression.
    """
    pieces, at = [], 0
    for number, match in enumerate(matches(source, subject)):
        if number == count:
            break
        pieces += [subject[at : match.start()], expanded(template, match)]
        at = match.end()
    return "".join([*pieces, subject[at:]])
