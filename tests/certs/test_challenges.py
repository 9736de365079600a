from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from village.certs import challenges

TOKEN = "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA"
OURS = {"one.test", "xn--bcher-kva.test"}


def answer(host: str, token: str, thumbprint: str = "print") -> str | None:
    return challenges.answer(host, token, hosts=OURS, thumbprint=thumbprint)


@pytest.mark.parametrize("host", ["one.test", "ONE.test", "one.test.", "one.test:5002", "bücher.test"])
def test_our_hosts_are_answered_however_they_are_spelt(host: str) -> None:
    assert answer(host, TOKEN) == f"{TOKEN}.print"


@pytest.mark.parametrize("host", ["two.test", "", "one.test.evil.example", "127.0.0.1", "one.test@two.test"])
def test_no_other_host_is_answered(host: str) -> None:
    assert answer(host, TOKEN) is None


@given(st.text())
def test_only_base64url_is_ever_echoed(token: str) -> None:
    text = answer("one.test", token)
    assert text is None or re.fullmatch(r"[A-Za-z0-9_-]{16,128}\.print", text, re.ASCII)


@pytest.mark.parametrize("token", ["", "short", "a" * 129, TOKEN + "\n", "<script>alert(1)</script>", "../" * 8])
def test_malformed_tokens_are_not_answered(token: str) -> None:
    assert answer("one.test", token) is None


def test_without_an_account_key_there_is_no_answer() -> None:
    assert answer("one.test", TOKEN, thumbprint="") is None
