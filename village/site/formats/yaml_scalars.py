"""YAML 1.2's plain scalars as Go's library reads them (``yes`` and dates are text); apart from the full parser, so that
a site whose front matter is plain never loads that.
"""

from __future__ import annotations

import re
from typing import Any

NULL = re.compile(r"(?:~|null|Null|NULL|)\Z")
BOOL = re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z")
INT = re.compile(r"[-+]?(?:0|[1-9][0-9_]*|0[0-7_]+|0o[0-7_]+|0x[0-9a-fA-F_]+|0b[01_]+)\Z")
FLOAT = re.compile(
    r"(?:[-+]?(?:\.[0-9][0-9_]*|[0-9][0-9_]*\.[0-9_]*)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z"
)


def scalar(word: str) -> Any:
    """The value of a plain (unquoted) scalar."""
    if BOOL.match(word):
        return word[0] in "tT"
    if INT.match(word):
        return integer(word)
    if FLOAT.match(word):
        return real(word)
    return None if NULL.match(word) else word


def integer(word: str) -> int | str:
    """A Go integer; beyond 64 bits it stays text."""
    digits = word.replace("_", "").lower()
    sign = -1 if digits.startswith("-") else 1
    digits = digits.lstrip("+-")
    base = {"0x": 16, "0o": 8, "0b": 2}.get(digits[:2])
    if base:
        value = int(digits[2:] or "0", base)
    elif len(digits) > 1 and digits[0] == "0":
        value = int(digits, 8)
    else:
        value = int(digits) if len(digits) < 22 else 1 << 80
    return sign * value if value < 1 << 64 else word


def real(word: str) -> float:
    """A Go float, infinities and NaN included."""
    digits = word.replace("_", "").lower()
    return float(digits.replace(".inf", "inf").replace(".nan", "nan"))
