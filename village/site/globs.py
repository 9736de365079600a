"""Hugo's path globs (gobwas): ``*`` within a segment, ``**`` across segments, ``{a,b}`` alternatives,
``[a-z]``, ``?``.
"""

from __future__ import annotations

import functools
import re


@functools.lru_cache(maxsize=1024)
def compile_glob(pattern: str) -> re.Pattern[str]:
    """The glob as a pattern to ``fullmatch``; text that is no glob matches itself, without regard to case."""
    try:
        return re.compile(translate(pattern), re.IGNORECASE | re.DOTALL)
    except re.error:
        return re.compile(re.escape(pattern), re.IGNORECASE)


def translate(pattern: str) -> str:
    """The regular expression of a glob."""
    result, depth, at = "", 0, 0
    while at < len(pattern):
        char = pattern[at]
        if pattern.startswith("**", at):
            result, at = result + ".*", at + 1
        elif char == "*":
            result += "[^/]*"
        elif char == "?":
            result += "[^/]"
        elif char == "{":
            result, depth = result + "(?:", depth + 1
        elif char == "}" and depth:
            result, depth = result + ")", depth - 1
        elif char == "," and depth:
            result += "|"
        elif char == "[" and "]" in pattern[at + 2 :]:
            close = pattern.index("]", at + 2)
            inner = pattern[at + 1 : close].replace("\\", "\\\\")
            result, at = result + "[" + ("^" + inner[1:] if inner[0] == "!" else inner) + "]", close
        elif char == "\\" and at + 1 < len(pattern):
            result, at = result + re.escape(pattern[at + 1]), at + 1
        else:
            result += re.escape(char)
        at += 1
    return result + ")" * depth


def matches(pattern: str, path: str) -> bool:
    """Whether the whole ``path`` fits the glob."""
    return compile_glob(pattern).fullmatch(path) is not None
