"""Go's ``fmt``: ``printf``'s verbs, and how a value is printed. Pure.

Where Go would print a mark of a mistake into the page (``%!s(int=5)``), the value is shown as the verb can show it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from village.render.templates.limits import check_format
from village.render.views.values import MISSING, Now, plain
from village.site import golayout

VERB = re.compile(
    r"%(?P<flags>[-+ 0#]*)(?P<width>\d{0,6})(?:\.(?P<precision>\d{0,3}))?(?:\[(?P<which>\d+)\])?(?P<verb>.)", re.DOTALL
)
INDEX_FIRST = re.compile(r"%\[(\d+)\]([-+ 0#]*\d*(?:\.\d*)?)")


def printf(form: Any, *values: Any) -> str:
    """Text with its verbs filled in. Raises TemplateError for one that would fill memory."""
    text = INDEX_FIRST.sub(r"%\2[\1]", str(form))
    given = [plain(value) for value in values]
    check_format(text, given)
    at = 0

    def fill(found: re.Match[str]) -> str:
        nonlocal at
        verb = found["verb"]
        if verb == "%":
            return "%"
        at = int(found["which"]) - 1 if found["which"] else at
        if not 0 <= at < len(given):
            return f"%!{verb}(MISSING)"
        value = given[at]
        at += 1
        return padded(found, one(value, verb, found))

    return VERB.sub(fill, text)


def padded(found: re.Match[str], text: str) -> str:
    """As wide as the verb wants it; zeros go behind the sign of a number."""
    width, flags = int(found["width"] or 0), found["flags"]
    if "-" in flags:
        return text.ljust(width)
    if "0" in flags and found["verb"] in NUMERIC:
        sign = text[:1] if text[:1] in {"-", "+", " "} else ""
        return sign + text[len(sign) :].rjust(width - len(sign), "0")
    return text.rjust(width)


NUMERIC = frozenset("dbobxXfFeEgGv")
BASES = {"b": "b", "o": "o", "x": "x", "X": "X"}


def one(value: Any, verb: str, found: re.Match[str]) -> str:
    """One value by its verb."""
    precision = int(found["precision"] or 0) if found["precision"] is not None else None
    sign = next((flag for flag in "+ " if flag in found["flags"]), "") if is_number(value) else ""
    if verb in "fFeEgG":
        text = real(value, verb, precision)
    elif verb in "dboxX" and is_number(value):
        text = format(int(value), BASES.get(verb, "d"))
        text = ("0x" if verb in "xX" and "#" in found["flags"] else "") + text
    elif verb in "xX":
        text = str(value).encode().hex()
        text = text.upper() if verb == "X" else text
    elif verb == "q":
        text = f"'{chr(value)}'" if is_number(value) else quoted(shown(value))
    elif verb in "cU" and is_number(value):
        text = chr(int(value)) if verb == "c" else f"U+{int(value):04X}"
    elif verb == "T":
        return go_type(value)
    elif verb == "v" and "#" in found["flags"]:
        return quoted(value) if isinstance(value, str) else shown(value)
    else:
        text = shown(value)
        text = text[:precision] if precision is not None and isinstance(value, str) else text
    return sign + text if sign and not text.startswith("-") else text


def is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def real(value: Any, verb: str, precision: int | None) -> str:
    """A number with its fraction; what is none is shown as it is."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return shown(value)
    if precision is None and verb in "gG":
        return go_float(number)
    return format(number, f".{6 if precision is None else min(precision, 100)}{verb}")


def go_float(value: float) -> str:
    """The shortest text that reads back as the number; from a million on with an exponent (strconv, 'g' and -1)."""
    if not math.isfinite(value):
        return {"inf": "+Inf", "-inf": "-Inf"}.get(repr(value), "NaN")
    if not value:
        return "0"
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    assert isinstance(exponent, int)
    magnitude = len(digits) + exponent - 1
    if -5 < magnitude < 6:
        return format(Decimal(repr(value)).normalize(), "f")
    first, *rest = map(str, digits)
    mantissa = f"{first}.{''.join(rest)}" if rest else first
    return f"{'-' if sign else ''}{mantissa}e{'-' if magnitude < 0 else '+'}{abs(magnitude):02d}"


def quoted(text: str) -> str:
    """In double quotes, as Go would write the text in a program."""
    marks = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
    return '"' + "".join(marks.get(char) or (char if char.isprintable() else escaped(char)) for char in text) + '"'


def escaped(char: str) -> str:
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def shown(value: Any) -> str:
    """A value as ``%v`` and ``print`` show it; nothing for nothing."""
    if value is None or value is MISSING:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return go_float(value)
    if isinstance(value, datetime):
        return golayout.format_go(value, "2006-01-02 15:04:05 -0700 MST")
    if isinstance(value, Mapping):
        return f"map[{' '.join(f'{key}:{shown(value[key])}' for key in sorted(value, key=str))}]"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"[{' '.join(map(shown, value))}]"
    return str(value)


TYPES: tuple[tuple[type, str], ...] = (
    (bool, "bool"), (int, "int"), (float, "float64"), (str, "string"), (datetime, "time.Time"), (Now, "time.Time"),
    (Mapping, "map[string]interface {}"), (list, "[]interface {}"), (tuple, "[]interface {}"),
)  # fmt: skip


def go_type(value: Any) -> str:
    """The name of Go's type for a value."""
    return next((name for kind, name in TYPES if isinstance(value, kind)), "<nil>" if value is None else "page")


def sprint(*values: Any) -> str:
    """Go's Sprint: a space between two values neither of which is a text."""
    given = [plain(value) for value in values]
    parts = [shown(value) for value in given]
    for at in range(1, len(parts)):
        if not isinstance(given[at], str) and not isinstance(given[at - 1], str):
            parts[at] = " " + parts[at]
    return "".join(parts)


def sprintln(*values: Any) -> str:
    """Go's Sprintln: spaces between all, a line's end."""
    return " ".join(shown(plain(value)) for value in values) + "\n"
