"""What an expression can begin with is never said too narrowly."""

import re

import pytest
from pygments.lexers import get_lexer_by_name

from village.render.highlighting import beginnings as room
from village.render.highlighting.beginnings import ANYTHING, ASCII, END, OTHERS, beginnings, bit

TAILS = ("", "a", "A1", "=", "'x'", '"', "/", "* x", " b", "\n", ":a", "(", "bc>", "é")


def shown(text, flags=0):
    found = beginnings(re.compile(text, flags))
    return "".join(character for character in ASCII if found & bit(character))


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        ("abc", "a"),
        ("[x-z]+1", "xyz"),
        ("(a|b)c", "ab"),
        ("(?:a?b*)c", "abc"),
        (r"\b(if|else)\b", "ei"),
        ("(?<!x)y", "y"),
        ("(?=b)[abc]", "b"),
        ("a?(?=b)b", "ab"),
        ("(?!b)[ab]", "ab"),
        ("a{2,3}b", "a"),
        ("(?>ab?)c", "a"),
        ("a*+b", "ab"),
        ("(?i:k)v", "Kk"),
        ("(?i)k", "Kk"),
        ("(?x) a # b", "a"),
        ("^$", ASCII),
        ("a?", ASCII),
        (r"(a)?\1", ASCII),
    ],
)
def test_an_expression_begins_with(expression, wanted):
    assert shown(expression) == wanted


def test_what_can_be_empty_can_stand_at_the_end():
    assert beginnings(re.compile("a?")) == ANYTHING
    assert beginnings(re.compile("a")) & (END | bit("b")) == 0
    assert beginnings(re.compile("é")) == OTHERS


def test_without_the_parser_anything_can_begin(monkeypatch):
    monkeypatch.setattr(room, "_parser", None)
    assert beginnings(re.compile("only this test compiles it")) == ANYTHING


@pytest.mark.parametrize("name", ["python", "bash", "javascript", "c++", "sql", "yaml", "scss", "php", "rust", "perl"])
def test_no_rule_matches_what_it_is_said_not_to_begin_with(name):
    lexer = get_lexer_by_name(name)
    for rules in lexer._tokens.values():
        for match, _, _ in rules:
            pattern = getattr(match, "__self__", None)
            if isinstance(pattern, re.Pattern):
                assert_sound(pattern)


def assert_sound(pattern):
    found = beginnings(pattern)
    for character in ("", "é", *ASCII):
        if not found & bit(character):
            assert not any(pattern.match(character + tail) for tail in (TAILS if character else ("",))), pattern
