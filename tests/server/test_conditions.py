from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from village.server import conditions
from village.server.conditions import Verdict

TAG = '"0123-br"'
NOW = 1_700_000_000
opaque = st.text(st.characters(min_codepoint=0x23, max_codepoint=0x7E), max_size=12)
tags = st.tuples(st.sampled_from(["", "W/"]), opaque).map(lambda pair: f'{pair[0]}"{pair[1]}"')


@given(st.lists(tags, min_size=1, max_size=6), st.integers(0, 5), st.sampled_from([", ", ",", " , ", ",,"]))
def test_a_list_matches_its_members(members, number, glue):
    member = members[number % len(members)]
    field = glue.join(members)
    strong = member.removeprefix("W/")
    assert conditions.matches(field, strong, strong=False)
    assert conditions.matches(field, strong, strong=True) == (strong in members)


@given(st.text(max_size=60))
def test_any_text_is_read_without_complaint(field):
    conditions.judge({"if-match": field}, TAG, NOW)
    conditions.judge({"if-none-match": field}, TAG, NOW)
    conditions.judge({"if-modified-since": field, "if-unmodified-since": field}, TAG, NOW)
    conditions.range_holds(field, TAG, NOW)


@pytest.mark.parametrize(
    ("headers", "verdict"),
    [
        ({}, Verdict.PROCEED),
        ({"if-none-match": TAG}, Verdict.NOT_MODIFIED),
        ({"if-none-match": f"W/{TAG}"}, Verdict.NOT_MODIFIED),
        ({"if-none-match": "*"}, Verdict.NOT_MODIFIED),
        ({"if-none-match": '"a,b", ' + TAG}, Verdict.NOT_MODIFIED),
        ({"if-none-match": '"other"'}, Verdict.PROCEED),
        ({"if-none-match": "0123-br"}, Verdict.PROCEED),
        ({"if-match": TAG}, Verdict.PROCEED),
        ({"if-match": f"W/{TAG}"}, Verdict.FAILED),
        ({"if-match": "*"}, Verdict.PROCEED),
        ({"if-match": '"other"'}, Verdict.FAILED),
        ({"if-match": '"other"', "if-none-match": TAG}, Verdict.FAILED),
        ({"if-match": TAG, "if-none-match": TAG}, Verdict.NOT_MODIFIED),
        ({"if-match": TAG, "if-unmodified-since": formatdate(NOW - 9, usegmt=True)}, Verdict.PROCEED),
        ({"if-unmodified-since": formatdate(NOW - 9, usegmt=True)}, Verdict.FAILED),
        ({"if-unmodified-since": formatdate(NOW, usegmt=True)}, Verdict.PROCEED),
        ({"if-modified-since": formatdate(NOW, usegmt=True)}, Verdict.NOT_MODIFIED),
        ({"if-modified-since": formatdate(NOW - 1, usegmt=True)}, Verdict.PROCEED),
        ({"if-none-match": '"other"', "if-modified-since": formatdate(NOW, usegmt=True)}, Verdict.PROCEED),
        ({"if-modified-since": "yesterday"}, Verdict.PROCEED),
    ],
)
def test_precedence(headers, verdict):
    assert conditions.judge(headers, TAG, NOW) is verdict


def test_dates_count_only_where_there_is_one():
    old = {"if-modified-since": formatdate(NOW, usegmt=True), "if-unmodified-since": formatdate(0, usegmt=True)}
    assert conditions.judge(old, TAG, None) is Verdict.PROCEED


@pytest.mark.parametrize(
    ("field", "holds"),
    [(None, True), (TAG, True), (f"W/{TAG}", False), ('"x"', False), ("", False), (formatdate(NOW, usegmt=True), True),
     (formatdate(NOW + 1, usegmt=True), False), ("*", False)],
)  # fmt: skip
def test_if_range_is_strong(field, holds):
    assert conditions.range_holds(field, TAG, NOW) is holds


@given(st.integers(0, 2**33))
def test_dates_round_trip(moment):
    assert conditions.date(formatdate(moment, usegmt=True)) == moment
