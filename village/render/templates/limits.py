"""How large what a template makes in one step may be. The clock and the memory of a whole rendering: ``watch``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from village.errors import TemplateError

LONGEST_TEXT = 4 * 1024 * 1024  # of one string an expression makes
LONGEST_LIST = 1_000_000
LARGEST_POWER = 4096  # bits of an integer
HEAVY = (str, list, tuple, dict)
DIGITS = re.compile(r"[0-9]+")
WIDTH_FROM_VALUE = re.compile(r"%[^a-zA-Z%]*\*|:[^{}]*\{")


def too_large(what: str) -> TemplateError:
    return TemplateError(f"{what} is larger than a page may make", hint="build less in one expression")


class Weighed(list[Any]):
    """A list that a template made, with its weight. Templates cannot change a list, so the weight stays true."""

    __slots__ = ("weight",)

    def __init__(self, items: Iterable[Any], weight: int) -> None:
        super().__init__(items)
        self.weight = weight


def weight(value: Any) -> int:
    """How large a value is when it is printed: characters and elements, with what is shared counted each time.

    A list of twice the same list, thirty times over, takes no memory until one call in C prints or compares it.
    """
    total, waiting = 0, [value]
    while waiting and total <= LONGEST_TEXT:
        inner = waiting.pop()
        if isinstance(inner, Weighed):
            total += inner.weight
            continue
        if isinstance(inner, str):
            total += len(inner)
        elif isinstance(inner, dict):
            waiting += inner.keys()
            waiting += inner.values()
        elif isinstance(inner, (list, tuple)):
            waiting += inner
        total += 1
    return total


def weighed(value: Any) -> Any:
    """A list, tuple or table that a template makes. Raises TemplateError for one that would fill memory or time."""
    heavy = weight(value)
    if heavy > LONGEST_TEXT:
        raise too_large("the list")
    return Weighed(value, heavy) if isinstance(value, list) else value


def counted(items: Iterable[Any], beside: int = 0) -> Iterator[Any]:
    """The items as they come, as long as they weigh no more than a page needs (``beside``: what is added to each)."""
    total = 0
    for item in items:
        total += beside + (weight(item) if isinstance(item, HEAVY) else 1)
        if total > LONGEST_TEXT:
            raise too_large("the list")
        yield item


def check_operation(operator: str, left: Any, right: Any) -> None:
    """Refuse arithmetic whose result would fill memory or time. Raises TemplateError."""
    if operator == "**":
        check_power(left, right)
    elif operator == "*":
        check_product(left, right)
    elif operator == "+":
        if isinstance(left, str) and isinstance(right, str):
            check_length(len(left) + len(right), left)
    elif operator == "%" and isinstance(left, str):
        check_format(left, right if isinstance(right, tuple) else (right,))


def check_power(base: Any, exponent: Any) -> None:
    if (
        isinstance(base, int)
        and isinstance(exponent, int)
        and exponent > 0
        and abs(base).bit_length() * exponent > LARGEST_POWER
    ):
        raise too_large("the power")


def check_product(left: Any, right: Any) -> None:
    if isinstance(left, int) and isinstance(right, int):
        if left.bit_length() + right.bit_length() > LARGEST_POWER:
            raise too_large("the product")
        return
    for one, times in ((left, right), (right, left)):
        if isinstance(one, (str, list, tuple)) and isinstance(times, int):
            check_length(weight(one) * max(times, 0), "" if isinstance(one, str) else one)


def check_length(length: int, kind: Any) -> None:
    if length > (LONGEST_TEXT if isinstance(kind, str) else LONGEST_LIST):
        raise too_large("the text" if isinstance(kind, str) else "the list")


def check_format(text: str, values: Iterable[Any]) -> None:
    """``"%1000000000d" % 1`` makes a gigabyte, and so do ``"{:{}}".format(1, 10**9)`` and a long text named often."""
    widths = sum(int(number) for number in DIGITS.findall(text) if len(number) < 9)
    longest = 0
    for value in values.values() if isinstance(values, dict) else values:
        longest = max(longest, weight(value) if isinstance(value, HEAVY) else 32)
        if isinstance(value, int) and WIDTH_FROM_VALUE.search(text):
            widths += abs(value)
    named = text.count("%") + text.count("{")
    if len(max(DIGITS.findall(text), default="", key=len)) > 6 or widths + named * longest > LONGEST_TEXT:
        raise too_large("the formatted text")


def check_indent(step: int | str) -> None:
    """The indentation of JSON is written once for each value and level."""
    if (len(step) if isinstance(step, str) else int(step)) > 16:
        raise too_large("the indentation")


PADDING = frozenset({"ljust", "rjust", "center", "zfill", "expandtabs"})


def check_method(name: str, holder: Any, arguments: tuple[Any, ...]) -> None:
    """The string methods that can grow a text without limit."""
    if name in PADDING and any(isinstance(item, int) and item > LONGEST_TEXT for item in arguments):
        raise too_large("the text")
    if name == "expandtabs":
        check_length(holder.count("\t") * max((n for n in arguments if isinstance(n, int)), default=8), holder)
    if name == "replace" and len(arguments) >= 2:
        old, new = str(arguments[0]), str(arguments[1])
        if len(new) > len(old):
            check_length((holder.count(old) if old else len(holder) + 1) * len(new), holder)
    if name == "join" and arguments and isinstance(arguments[0], (list, tuple)):
        check_length(len(holder) * len(arguments[0]) + weight(arguments[0]), holder)
    if name == "translate":
        raise too_large("a translated text")
