from __future__ import annotations

import asyncio
import socket

import pytest

from tests.certs.lane import lane
from village.certs import challenges, diagnosis
from village.certs.diagnosis import Finding

THUMBPRINT = "t" * 43


class Answering:
    """As much of a keeper as a street needs."""

    def challenge(self, host: str, token: str) -> str | None:
        return challenges.answer(host, token, hosts={"localhost"}, thumbprint=THUMBPRINT)


def test_an_address_that_answers_with_our_thumbprint_is_well() -> None:
    async def journey() -> None:
        async with lane() as street:
            street.keepers.append(Answering())
            assert (await diagnosis.examine("127.0.0.1", "localhost", THUMBPRINT, port=street.http_port)).fault == ""
            other = await diagnosis.examine("127.0.0.1", "localhost", "x" * 43, port=street.http_port)
            assert "another server answers there (200)" in other.fault

    asyncio.run(journey())


def test_a_name_without_an_address_and_a_closed_port_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        closed = probe.getsockname()[1]
    shut = asyncio.run(diagnosis.advice("127.0.0.1", THUMBPRINT, port=closed))
    assert f"port {closed} cannot be reached" in shut
    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    assert "has no address" in asyncio.run(diagnosis.advice("nowhere.test", THUMBPRINT))


def test_a_bad_aaaa_beside_a_good_a_is_named_as_the_cause() -> None:
    words = diagnosis.in_words(
        "one.test", [Finding("192.0.2.1"), Finding("2001:db8::1", "another server answers there")]
    )
    assert "AAAA 2001:db8::1" in words
    assert "remove the AAAA record" in words


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (["HTTP/1.1 301 Moved", "Location: https://one.test/"], "redirected to https://one.test/"),
        (["HTTP/1.1 404 Not Found", "Server: nginx"], "another server answers there (404, nginx)"),
        ([""], "another server answers there (nothing)"),
    ],
)
def test_other_answers_in_words(head: list[str], words: str) -> None:
    assert words in diagnosis.judged(head, "", "token.thumbprint")
