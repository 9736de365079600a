"""Which characters a match of an expression can begin with: read from the expression, never guessed from examples.

The parser is the one inside Python's ``re``, which is no promise of the language: where it is not as we know it, every
expression may begin with anything. That costs time and changes nothing.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

try:
    from re import _compiler, _constants, _parser  # type: ignore[attr-defined]
except ImportError:  # pragma: no cover - a Python that keeps it elsewhere
    _compiler = _constants = _parser = None

Characters = int  # a set as bits: one for each character of ASCII, one for all others, one for the end of the text
OTHERS, END = 1 << 128, 1 << 129
ANYTHING: Characters = (END << 1) - 1
ASCII = "".join(map(chr, range(128)))


def bit(character: str) -> Characters:
    """The set of one character; "" is the end of the text."""
    if not character:
        return END
    return 1 << ord(character) if character.isascii() else OTHERS


@lru_cache(maxsize=4096)
def beginnings(pattern: re.Pattern[str]) -> Characters:
    """What can stand where a match begins. Perhaps more than can, never less."""
    try:
        tree = _parser.parse(pattern.pattern, pattern.flags)
        found, empty = sequence(tree, tree.state.flags)
    except Exception:  # noqa: BLE001 - not the parser that we know
        return ANYTHING
    return ANYTHING if empty else found


def sequence(items: Any, flags: int) -> tuple[Characters, bool]:
    """(what things one after the other begin with, whether all of them can be empty): the first decides, and the next
    as well where it can be empty."""
    found, ahead = 0, ANYTHING
    for operator, argument in items:
        if operator is _constants.ASSERT and argument[0] > 0 and not found:
            seen, empty = sequence(argument[1], flags)
            ahead &= ANYTHING if empty else seen
            continue
        begins, empty = one(operator, argument, flags)
        found |= begins
        if not empty:
            return found & ahead, False
    return found, True


def one(operator: Any, argument: Any, flags: int) -> tuple[Characters, bool]:
    """The same of one thing. Raises ValueError for a thing that is not known here."""
    known = _constants
    if operator in (known.LITERAL, known.NOT_LITERAL, known.IN, known.ANY):
        return single(operator, tuple(argument) if isinstance(argument, list) else argument, flags), False
    if operator is known.SUBPATTERN:
        _, added, taken, inner = argument
        return sequence(inner, (flags | added) & ~taken)
    if operator is known.BRANCH:
        ways = [sequence(way, flags) for way in argument[1]]
        found = 0
        for begins, _ in ways:
            found |= begins
        return found, any(empty for _, empty in ways)
    if operator in (known.MAX_REPEAT, known.MIN_REPEAT, known.POSSESSIVE_REPEAT):
        least, _, inner = argument
        begins, empty = sequence(inner, flags)
        return begins, empty or not least
    if operator is known.ATOMIC_GROUP:
        return sequence(argument, flags)
    if operator in (known.AT, known.ASSERT, known.ASSERT_NOT):
        return 0, True
    raise ValueError(operator)


@lru_cache(maxsize=4096)
def single(operator: Any, argument: Any, flags: int) -> Characters:
    """What a class, a character or ``.`` takes: all of ASCII is shown to it."""
    state = _parser.State()
    state.flags, state.str = flags, ""
    item = operator, list(argument) if isinstance(argument, tuple) else argument
    found = OTHERS
    for character in _compiler.compile(_parser.SubPattern(state, [item]), flags).findall(ASCII):
        found |= bit(character)
    return found
