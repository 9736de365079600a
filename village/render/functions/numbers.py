"""Hugo's ``math.*`` and ``cast.*``: Go's arithmetic, whose whole numbers are cut towards zero. Pure."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from village.render.functions import gofmt
from village.render.functions.dates import cldr
from village.render.templates.limits import check_length, check_power, check_product
from village.render.views.values import MISSING, plain
from village.site import tables

Number = int | float
PRICE = re.compile(r"([^#0]*)[#0,.]*(.*)", re.DOTALL)  # what stands before and behind the number


def number(value: Any) -> Number:
    """A number as Hugo's cast reads it. Raises ValueError for what is none."""
    if isinstance(value, (int, float)):
        return value
    word = str(value).strip()
    try:
        return int(word)
    except ValueError:
        return float(word)


def whole(value: Any) -> int:
    """``cast.ToInt``: 0 for nothing, "010" is 8, what stands behind a point is cut off. Raises ValueError."""
    if value is None or value is MISSING or value == "":
        return 0
    if isinstance(value, str):
        word = value.strip()
        found = tables.number(word.partition(".")[0] or "0", -1)
        if found == -1 and not word.startswith("-1"):
            raise ValueError(f"unable to cast {value!r} to a whole number")
        return found
    return int(value)


def written(value: Any) -> str:
    """``cast.ToString``: a number in full, without an exponent."""
    return format(Decimal(repr(value)), "f").removesuffix(".0") if isinstance(value, float) else gofmt.shown(value)


def fraction(value: Any) -> float:
    """``cast.ToFloat``. Raises ValueError."""
    return 0.0 if value is None or value is MISSING or value == "" else float(value)


def flat(values: Iterable[Any]) -> list[Number]:
    """Numbers, and those of lists among them."""
    found: list[Number] = []
    for value in map(plain, values):
        found += flat(value) if isinstance(value, (list, tuple)) else [number(value)]
    return found


def divided(value: Number, other: Number) -> Number:
    """Whole numbers give a whole one, cut towards zero. Raises ZeroDivisionError."""
    if isinstance(value, int) and isinstance(other, int):
        result = abs(value) // abs(other)
        return result if (value < 0) == (other < 0) else -result
    return value / other


def remainder(value: Any, other: Any) -> int:
    """With the sign of the first, as Go's %. Raises ZeroDivisionError."""
    left, right = whole(value), whole(other)
    return left - right * int(divided(left, right))


def multiplied(value: Number, other: Number) -> Number:
    check_product(value, other)
    return value * other


def folded(step: Callable[[Number, Number], Number]) -> Callable[..., Number]:
    """One after another: ``add 1 2 3``."""
    return lambda *values: functools.reduce(step, flat(values))


def added(*values: Any) -> Any:
    """A sum; texts are joined."""
    given = [plain(value) for value in values]
    if any(isinstance(value, str) for value in given):
        check_length(sum(len(str(value)) for value in given), "")
        return "".join(gofmt.shown(value) for value in given)
    return functools.reduce(lambda a, b: a + b, flat(given))


def rounded(value: Any) -> float:
    """Halves away from zero."""
    size = float(number(value))
    below = math.floor(abs(size))
    return math.copysign(below + (abs(size) - below >= 0.5), size)


def power(value: Any, exponent: Any) -> float:
    base, times = number(value), number(exponent)
    check_power(base, times)
    return float(base**times)


def grouped(value: float, digits: int, locale: str = "en") -> str:
    """``lang.FormatNumber``: as a language writes numbers."""
    known = None if locale.lower().startswith("en") else cldr(locale)
    if known is None:
        return f"{value:,.{digits}f}"
    from babel.numbers import format_decimal  # noqa: PLC0415 - 40 ms that only other languages pay

    return str(format_decimal(value, "#,##0" + ("." + "0" * digits if digits else ""), known))


def custom(digits: int, value: Any, options: str = "- . ,", separator: str = " ") -> str:
    """``lang.FormatNumberCustom``: the signs for minus, the point and the thousands."""
    minus, point, thousands = [*options.split(separator), "", "", ""][:3]
    whole_part, dot, rest = f"{abs(fraction(value)):,.{min(int(digits), 20)}f}".partition(".")
    return (minus if fraction(value) < 0 else "") + whole_part.replace(",", thousands) + (point + rest if dot else "")


def money(digits: int, currency: str, value: Any, locale: str) -> str:
    """``lang.FormatCurrency``: the sign of the currency where the language puts it; a minus stays at the number."""
    from babel.numbers import get_currency_symbol  # noqa: PLC0415 - few sites show prices

    number = grouped(fraction(value), min(int(digits), 20), locale)
    known = cldr(locale) or cldr("en")
    code = currency.upper()
    sign = get_currency_symbol(code, known) if len(code) == 3 else code
    pattern = known.currency_formats["standard"].pattern.partition(";")[0]
    return PRICE.sub(lambda found: found[1] + number + found[2], pattern, count=1).replace("¤", sign)


def percent_sign(locale: str) -> str:
    """With the space that most languages but English put before it."""
    known = None if locale.lower().startswith("en") else cldr(locale)
    return "%" if known is None or known.percent_formats[None].pattern.endswith("0%") else "\xa0%"


def of_one(function: Callable[[float], float]) -> Callable[[Any], float]:
    return lambda value: function(float(number(value)))


MATH: dict[str, Any] = {
    "abs": lambda value: float(abs(number(value))),
    "add": added,
    "sub": folded(lambda a, b: a - b),
    "mul": folded(multiplied),
    "div": folded(divided),
    "mod": remainder,
    "mod_bool": lambda value, other: remainder(value, other) == 0,
    "ceil": of_one(lambda value: float(math.ceil(value))),
    "floor": of_one(lambda value: float(math.floor(value))),
    "round": rounded,
    "sqrt": of_one(math.sqrt),
    "log": of_one(math.log),
    "pow": power,
    "max": lambda *values: float(max(flat(values))),
    "min": lambda *values: float(min(flat(values))),
    "sum": lambda *values: float(sum(flat(values))),
    "product": lambda *values: float(functools.reduce(multiplied, flat(values))),
    "sin": of_one(math.sin), "cos": of_one(math.cos), "tan": of_one(math.tan),
    "asin": of_one(math.asin), "acos": of_one(math.acos), "atan": of_one(math.atan),
    "atan2": lambda y, x: math.atan2(number(y), number(x)),
    "to_degrees": of_one(math.degrees), "to_radians": of_one(math.radians),
    "pi": math.pi,
    "max_int64": 2**63 - 1,
}  # fmt: skip
CAST: dict[str, Any] = {
    "to_int": whole,
    "to_float": fraction,
    "to_string": lambda value: written(plain(value)),
}
