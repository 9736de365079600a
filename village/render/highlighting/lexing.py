"""Pygments' regular lexers, asked only for the rules that the next character can begin.

Pygments asks rule by rule: some twenty calls for a token of a shell script, 3,000 for a block of ten lines. Of the 56
rules of Python's first state seven can begin with a letter ``i``, four with a space, one with a parenthesis. The
others would not match, so the tokens are the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, NamedTuple

from pygments.lexer import RegexLexer
from pygments.token import Error, Whitespace, _TokenType

from village.render.highlighting.beginnings import ANYTHING, beginnings, bit

Token = tuple[int, Any, str]
Match = Callable[[str, int], "re.Match[str] | None"]
MOST_CHARACTERS = 1024  # of one state; what is written in an alphabet has fewer


class Rule(NamedTuple):
    """One rule: its expression, what to do with a match, where to go then. ``plain``: the action is a token."""

    match: Match
    action: Any
    target: Any
    plain: bool


def tokens(lexer: Any, text: str) -> Iterable[Token]:
    """The tokens of ``text`` as ``lexer.get_tokens_unprocessed`` gives them."""
    kind: Any = type(lexer)
    if kind.get_tokens_unprocessed is not RegexLexer.get_tokens_unprocessed or "_tokens" in vars(lexer):
        return lexer.get_tokens_unprocessed(text)
    return run(lexer, states(kind), text)


def run(lexer: Any, table: States, text: str) -> list[Token]:
    """The automaton: the first rule that matches decides; where none does, an error character, or the root state
    again at a line's end."""
    found_tokens: list[Token] = []
    add = found_tokens.append
    stack, position, length = ["root"], 0, len(text)
    rules = table["root"]
    while True:
        for rule in rules[text[position : position + 1]]:
            found = rule.match(text, position)
            if found is not None:
                break
        else:
            if position >= length:
                return found_tokens
            if text[position] == "\n":
                stack = ["root"]
                rules = table["root"]
                add((position, Whitespace, "\n"))
            else:
                add((position, Error, text[position]))
            position += 1
            continue
        _, action, target, plain = rule
        if plain:
            add((position, action, found[0]))
        elif action is not None:
            found_tokens += action(lexer, found)
        position = found.end()
        if target is not None:
            move(stack, target)
            rules = table[stack[-1]]


def move(stack: list[str], target: Any) -> None:
    """Change the stack of states as a rule says: names pushed, a number popped, ``#push`` doubled; the last one
    stays."""
    if isinstance(target, int):
        del stack[target if -target < len(stack) else 1 :]
        return
    for name in target if isinstance(target, tuple) else (target,):
        if name == "#pop":
            del stack[-1 if len(stack) > 1 else 1 :]
        else:
            stack.append(stack[-1] if name == "#push" else name)


class Rules(dict[str, tuple[Rule, ...]]):
    """The rules of a state that a character can begin, in their order; ``""`` is the end of the text."""

    def __init__(self, rules: list[tuple[Any, Any, Any]]) -> None:
        super().__init__()
        self.all = [
            (Rule(match, action, target, type(action) is _TokenType), begins(match)) for match, action, target in rules
        ]

    def __missing__(self, character: str) -> tuple[Rule, ...]:
        wanted = bit(character)
        rules = tuple(rule for rule, characters in self.all if characters & wanted)
        if len(self) < MOST_CHARACTERS:
            self[character] = rules
        return rules


def begins(match: Any) -> int:
    """What a rule can begin with; one that is no expression, with anything."""
    pattern = getattr(match, "__self__", None)
    return beginnings(pattern) if isinstance(pattern, re.Pattern) else ANYTHING


class States(dict[str, Rules]):
    """A lexer's states; each is looked into when it is first entered, for most never are."""

    def __init__(self, rules: dict[str, list[tuple[Any, Any, Any]]]) -> None:
        super().__init__()
        self.rules = rules

    def __missing__(self, name: str) -> Rules:
        state = self[name] = Rules(self.rules[name])
        return state


@lru_cache(maxsize=128)
def states(kind: type) -> States:
    """The states of a lexer."""
    return States(kind._tokens)  # type: ignore[attr-defined]  # noqa: SLF001
