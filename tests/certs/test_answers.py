"""What a CA sends is read with care: any JSON, any header."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from village.certs import answers
from village.errors import AcmeProblem

MEMBERS = [
    "type",
    "detail",
    "status",
    "subproblems",
    "identifier",
    "value",
    "challenges",
    "error",
    "url",
    "token",
    "authorizations",
    "finalize",
    "certificate",
    "title",
]
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**31), 2**31) | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(
            st.sampled_from(MEMBERS),
            inner,
        )
    ),
)


class Response:
    def __init__(self, value: Any, **headers: str) -> None:
        self.text = value if isinstance(value, str) else json.dumps(value)
        self.headers = headers
        self.status_code = 200

    def json(self) -> Any:
        return json.loads(self.text)


@given(json_values)
def test_any_json_reads_as_an_order_and_an_authorization_or_is_the_cas_problem(value: Any) -> None:
    response = Response(json.dumps(value))
    try:
        order = answers.read_order("https://ca/order", response)
        authorization = answers.read_authorization("https://ca/authz", response)
    except AcmeProblem:
        assert not isinstance(value, dict)
        return
    assert all(isinstance(each, str) for each in (order.status, order.finalize, order.certificate, authorization.token))


@given(json_values, st.integers(0, 599))
def test_any_json_reads_as_a_problem_or_none(value: Any, status: int) -> None:
    problem = answers.problem_of(value, status=status)
    assert (problem is None) is not isinstance(value, dict)


def test_a_problem_with_subproblems_names_whom_it_blames() -> None:
    document = {
        "type": "urn:ietf:params:acme:error:compound",
        "detail": "two things",
        "subproblems": [{"identifier": {"type": "dns", "value": "Bad.test"}, "detail": "caa"}, {"detail": "general"}],
    }
    problem = answers.problem_of(document, status=403, wait=5.0)
    assert problem
    assert (problem.kind, problem.names, problem.retry_after, problem.status) == ("compound", ("bad.test",), 5.0, 403)
    assert "caa" in problem.message


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "120"}, 120.0),
        ({"Retry-After": " 7 "}, 7.0),
        ({"Retry-After": "Sun, 06 Nov 1994 08:50:37 GMT", "Date": "Sun, 06 Nov 1994 08:49:37 GMT"}, 60.0),
        ({"Retry-After": "Sun, 06 Nov 1994 08:48:37 GMT", "Date": "Sun, 06 Nov 1994 08:49:37 GMT"}, 0.0),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "soon"}, None),
        ({}, None),
    ],
)
def test_retry_after_in_either_form_measured_by_the_cas_own_clock(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert answers.retry_after(headers) == seconds


def test_a_date_without_a_date_header_is_measured_by_ours() -> None:
    assert answers.retry_after({"Retry-After": "Thu, 01 Jan 1970 00:10:00 GMT"}, now=540.0) == 60.0


@given(st.text())
def test_no_header_breaks_the_reading(text: str) -> None:
    wait = answers.retry_after({"Retry-After": text, "Date": text})
    assert wait is None or wait >= 0
