"""A template cannot make much of little in one step: what nothing interrupts is refused before it is made."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from village.errors import TemplateError
from village.render.functions import catalogue, lists
from village.render.templates import limits
from village.render.templates.engine import Templates

BIG = "{% set big = 'x' * 4000000 %}"
DOUBLED = "{% set ns = namespace(l=['x']) %}{% for i in range(60) %}{% set ns.l = {step} %}{% endfor %}"


def templates() -> Templates:
    made = Templates(lambda name: ("", name, name), lambda name, near: name)
    made.filters.update({name: each for name, each in catalogue.FREE_FILTERS.items() if each})
    made.globals.update({**lists.GLOBALS, "printf": catalogue.FREE_GLOBALS["printf"]})
    return made


def shown(source: str) -> str:
    return templates().from_string(source).render()


@pytest.mark.parametrize(
    "source",
    [
        "{{ '{:>1000000000}'.format(1) }}",
        "{{ '{:{}}'.format(1, 10**9) }}",
        "{{ '%*d' % (10**9, 1) }}",
        "{{ '%999999d' * 4000 % 1 }}",
        "{{ '%1000000000d'|format(1) }}",
        "{{ printf('%1000000000d', 1) }}",
        BIG + "{{ ('{0}' * 1000).format(big) }}",
        BIG + "{{ ('%(a)s' * 1000) % {'a': big} }}",
        BIG + "{{ [big] * 1000 }}",
        BIG + "{{ [big, big, big]|join }}",
        BIG + "{{ [big, big]|delimit(big) }}",
        BIG + "{{ ('a ' * 1000)|replace(' ', big) }}",
        BIG + "{{ ('a ' * 1000)|wordwrap(1, wrapstring=big) }}",
        BIG + "{{ ('a\n' * 1000)|indent(big) }}",
        BIG + "{{ ('a.org ' * 1000)|urlize(target=big) }}",
        "{{ ('a\n' * 1000000)|indent(9999) }}",
        "{{ 'x'|center(10**9) }}",
        "{{ ('\t' * 1000).expandtabs(10**6) }}",
        "{{ [1]|batch(10**9, 'x')|list }}",
        "{{ [1]|slice(10**9)|list }}",
        "{{ 1|round(10**9, 'ceil') }}",
        "{{ [1]|tojson(indent=10**9) }}",
        "{{ range(100000)|map('replace', '', 'x' * 1000000)|list }}",
        "{{ range(100000)|map('string')|join('x' * 1000) }}",
        "{% set ns = namespace(n=9) %}{% for i in range(60) %}{% set ns.n = ns.n * ns.n %}{% endfor %}",
        "{% set ns = namespace(n=9) %}{% for i in range(60) %}{% set ns.n = ns.n|mul(ns.n) %}{% endfor %}",
        DOUBLED.replace("{step}", "[ns.l, ns.l]") + "{{ ns.l }}",
        DOUBLED.replace("{step}", "(ns.l, ns.l)") + "{{ ns.l == ns.l }}",
        DOUBLED.replace("{step}", "{'a': ns.l, 'b': ns.l}") + "{{ ns.l|tojson }}",
        DOUBLED.replace("{step}", "dict('a', ns.l, 'b', ns.l)") + "{{ ns.l }}",
        DOUBLED.replace("{step}", "slice(ns.l, ns.l)") + "{{ ns.l }}",
        DOUBLED.replace("{step}", "[ns.l]|append(ns.l)") + "{{ ns.l }}",
        DOUBLED.replace("{step}", "ns.l + ns.l") + "{{ ns.l }}",
        DOUBLED.replace("{step}", "[ns.l] * 2") + "{{ ns.l }}",
    ],
)
def test_nothing_grows_without_limit(source: str):
    with pytest.raises(TemplateError, match="larger than a page may make"):
        shown(source)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{ [1, [2, 'a'], {'b': (3,)}] }}", "[1, [2, &#39;a&#39;], {&#39;b&#39;: (3,)}]"),
        ("{% for a, b in [(1, 2), (3, 4)] %}{{ a + b }} {% endfor %}", "3 7 "),
        (
            "{% set ns = namespace(l=[]) %}{% for i in range(500) %}{% set ns.l = ns.l + [i] %}{% endfor %}{{ ns.l|length }}",
            "500",
        ),
        ("{{ '{:>5}|{:{}}'.format(1, 2, 4) }}", "    1|   2"),
        ("{{ '%05.1f %s' % (2.25, 'x') }}", "002.2 x"),
        ("{{ ['a', 'b']|map('upper')|join(', ') }}", "A, B"),
        ("{{ [3, 1, 2]|sort|list }}", "[1, 2, 3]"),
        ("{{ 'a b c'|replace(' ', '-') }}", "a-b-c"),
        ("{{ 'a\nb'|indent(2) }}", "a\n  b"),
        ("{{ 3.14159|round(2) }}", "3.14"),
        ("{{ dict('a', 1, b=2) }}", "{&#39;a&#39;: 1, &#39;b&#39;: 2}"),
    ],
)
def test_what_a_page_needs_is_as_jinja_makes_it(source: str, text: str):
    assert shown(source) == text


nested = st.recursive(
    st.none() | st.integers(-99, 99) | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=4) | st.tuples(inner, inner) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=20,
)


@given(nested)
def test_a_weighed_value_is_the_value(value: object):
    made = limits.weighed(value)
    assert made == value
    assert json.dumps(made) == json.dumps(value)
    assert limits.weight(made) == limits.weight(value)


@given(st.lists(nested, max_size=4), st.lists(nested, max_size=4))
def test_the_weight_of_shared_parts_counts_each_time(one: list, other: list):
    both = limits.weighed([limits.weighed(one), limits.weighed(one), other])
    assert limits.weight(both) >= 2 * (limits.weight(one) - 1) + limits.weight(other)
