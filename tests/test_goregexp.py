"""Go's regular expressions. The expectations are what Hugo 0.168 printed for findRE and replaceRE."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from village import goregexp


@pytest.mark.parametrize(
    ("source", "template", "subject", "result"),
    [
        ("x*", "-", "abxd", "-a-b-d-"),
        ("a(.)", "$1$1$$${1}z$9|$name", "abac", "bb$bz|cc$cz|"),
        ("(?P<n>b)|é", "<$n>", "éb", "<><b>"),
        (r"(\w)", "$1x", "ab", ""),
        ("^b", "x", "a\nb", "a\nb"),
        ("(?m)^b", "x", "a\nb", "a\nx"),
    ],
)
def test_replacing_is_gos(source: str, template: str, subject: str, result: str):
    assert goregexp.replaced(source, subject, template) == result


def test_counts_are_hugos():
    assert goregexp.replaced("a", "aaaa", "b", 2) == "bbaa"
    assert goregexp.replaced("a", "aaaa", "b", 0) == "aaaa"


def test_an_empty_match_beside_another_does_not_count():
    assert [match.group() for match in goregexp.matches("a*", "baac")] == ["", "aa", ""]


@pytest.mark.parametrize("source", ["(?=a)", "(", "a{2,1}", r"\8"])
def test_what_re2_refuses_is_an_error_with_a_reason(source: str):
    with pytest.raises(goregexp.BadExpression, match=r"\w"):
        goregexp.compiled(source)


@pytest.mark.parametrize("source", ["(a+)+$", "(a|aa)+$", "(a|a?)+c", "(.*a){20}$"])
def test_no_expression_is_slow(source: str):
    """A backtracking engine needs longer than the universe for each of these."""
    assert not goregexp.found(source, "a" * 5000 + "b")


@given(st.text(alphabet="ab(|)*+?.[]^$\\é", max_size=12), st.text(alphabet="abé\n", max_size=30))
def test_any_text_is_an_expression_or_refused(source: str, subject: str):
    try:
        found = [match.span() for match in goregexp.matches(source, subject)]
    except goregexp.BadExpression:
        return
    assert all(0 <= start <= end <= len(subject) for start, end in found)
    assert all(end <= start for (_, end), (start, _) in itertools.pairwise(found))
