from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from village.certs import names


@pytest.mark.parametrize(
    ("given_host", "host"),
    [
        ("Example.COM", "example.com"),
        ("one.test:15002", "one.test"),
        ("one.test.:80", "one.test"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("192.0.2.1:80", "192.0.2.1"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("пример.рф", "xn--e1afmkfd.xn--p1ai"),
        ("", ""),
        ("\ud800", ""),
        ("..", ""),
    ],
)
def test_hosts_are_told_apart_from_their_spelling(given_host: str, host: str) -> None:
    assert names.hostname(given_host) == host


@given(st.text())
def test_whatever_a_client_sends_is_read_without_an_error(text: str) -> None:
    assert names.hostname(names.hostname(text)) == names.hostname(text) or ":" in text


@pytest.mark.parametrize(
    ("host", "public", "refused"),
    [
        ("example.com", True, False),
        ("xn--bcher-kva.de", True, False),
        ("under_score.example.org", True, False),
        ("localhost", True, True),
        ("localhost", False, False),
        ("machine", True, True),
        ("printer.local", True, True),
        ("one.test", True, True),
        ("one.test", False, False),
        ("*.example.com", False, True),
        ("10.0.0.1", True, True),
        ("8.8.8.8", True, False),
        ("-x.example.com", False, True),
        ("a" * 64 + ".example.com", False, True),
        ("a.", False, True),
    ],
)
def test_what_no_ca_would_sign_is_never_ordered(host: str, public: bool, refused: bool) -> None:
    assert bool(names.objection(host, public=public)) is refused


@pytest.mark.parametrize(
    ("host", "domain"),
    [("www.example.com", "example.com"), ("a.b.example.co.uk", "example.co.uk"), ("example.de", "example.de")],
)
def test_the_domain_that_limits_count_under(host: str, domain: str) -> None:
    assert names.registered_domain(host) == domain
