"""Pygments' regular lexers, run with one expression for a state instead of one for each of its rules.

Pygments asks rule by rule: some twenty calls for a token of a shell script, 3,000 for a block of ten lines.
The rules of a state are joined here, in their order, into one alternation whose named group says which rule it
was; the tokens are the same. A rule that cannot be joined (it refers back to its own groups) stays alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from pygments.lexer import RegexLexer
from pygments.token import Error, Whitespace, _TokenType

Token = tuple[int, Any, str]
Match = Callable[[str, int], "re.Match[str] | None"]
REFERS = re.compile(r"\\[1-9]|\(\?P=|\(\?\(")
OWN_FLAGS = re.compile(r"\(\?([imsx]+)\)")


class Rule(NamedTuple):
    """One rule: its own expression, what to do with a match, where to go then. ``plain``: the action is a token."""

    match: Match
    action: Any
    target: Any
    plain: bool


Step = tuple[Match, dict[str, Rule] | None, Rule | None]  # an alternation and its rules by name, or one rule


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
    steps = table["root"]
    while True:
        found = rule = None
        for match, named, single in steps:
            found = match(text, position)
            if found is not None:
                rule = single if named is None else named[found.lastgroup or ""]
                break
        if found is None or rule is None:
            if position >= length:
                return found_tokens
            if text[position] == "\n":
                stack = ["root"]
                steps = table["root"]
                add((position, Whitespace, "\n"))
            else:
                add((position, Error, text[position]))
            position += 1
            continue
        own_match, action, target, plain = rule
        if plain:
            add((position, action, found[0]))
        elif action is not None:
            found_tokens += action(lexer, own_match(text, position))
        position = found.end()
        if target is not None:
            move(stack, target)
            steps = table[stack[-1]]


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


class States(dict[str, tuple[Step, ...]]):
    """A lexer's states with their rules joined; each when it is first entered, for most never are."""

    def __init__(self, rules: dict[str, list[tuple[Any, Any, Any]]]) -> None:
        super().__init__()
        self.rules = rules

    def __missing__(self, name: str) -> tuple[Step, ...]:
        steps = self[name] = tuple(join(self.rules[name]))
        return steps


@lru_cache(maxsize=128)
def states(kind: type) -> States:
    """The states of a lexer."""
    return States(kind._tokens)  # type: ignore[attr-defined]  # noqa: SLF001


def join(rules: list[tuple[Any, Any, Any]]) -> Iterator[Step]:
    """Neighbouring rules that can be joined, joined."""
    group: list[tuple[Rule, str]] = []
    common = 0
    for match, action, target in rules:
        rule = Rule(match, action, target, type(action) is _TokenType)
        pattern = getattr(match, "__self__", None)
        alone = not isinstance(pattern, re.Pattern) or REFERS.search(pattern.pattern)
        flags, source = (0, "") if alone else scoped(pattern)
        if group and (alone or flags != common):
            yield from joined(group, common)
            group = []
        if alone:
            yield match, None, rule
        else:
            common = flags
            group.append((rule, source))
    yield from joined(group, common)


def scoped(pattern: Any) -> tuple[int, str]:
    """(flags, source) of an expression; flags it sets for itself at its start hold for its part alone: (?i:…)."""
    own = OWN_FLAGS.match(pattern.pattern)
    if own is None:
        return pattern.flags, pattern.pattern
    letters = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL, "x": re.VERBOSE}
    flags = pattern.flags
    for letter in own[1]:
        flags &= ~letters[letter]
    return flags, f"(?{own[1]}:{pattern.pattern[own.end() :]})"


def joined(group: list[tuple[Rule, str]], flags: int) -> Iterator[Step]:
    """One alternation of several rules; the rules themselves where their expressions do not stand side by side."""
    if len(group) > 1:
        named = {f"rule{number}_": rule for number, (rule, _) in enumerate(group)}
        text = "|".join(f"(?:{source})(?P<{name}>)" for name, (_, source) in zip(named, group, strict=True))
        try:
            alternation = re.compile(text, flags)
        except re.error:
            pass
        else:
            yield alternation.match, named, None
            return
    for rule, _ in group:
        yield rule.match, None, rule
