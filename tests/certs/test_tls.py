from __future__ import annotations

import asyncio
import hashlib
import ssl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.certs.lane import handshake
from village.certs import minting, tls
from village.certs.bundle import Bundle

BUNDLES = {name: Bundle.of(*minting.self_signed([name]), "test") for name in ("old.test", "one.test", "*.two.test")}


def client(**options: object) -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    for name, value in options.items():
        setattr(context, name, value)
    return context


def seen(side: ssl.SSLObject) -> str:
    return hashlib.sha256(side.getpeercert(binary_form=True)).hexdigest()


def shown(doorman: tls.Doorman, name: str | None) -> Bundle:
    fingerprint = seen(asyncio.run(handshake(doorman.context, name)))
    return next(bundle for bundle in BUNDLES.values() if bundle.facts.fingerprint == fingerprint)


def test_the_name_chooses_and_unknown_names_get_the_first() -> None:
    doorman = tls.Doorman(BUNDLES["old.test"])
    assert shown(doorman, "one.test") is BUNDLES["old.test"]
    assert doorman.show({name: BUNDLES[name] for name in ("one.test", "*.two.test")}) == {}
    assert shown(doorman, "one.test") is BUNDLES["one.test"]
    assert shown(doorman, "a.two.test") is BUNDLES["*.two.test"]
    assert shown(doorman, "nobody.test") is BUNDLES["one.test"]
    assert shown(doorman, None) is BUNDLES["one.test"]
    doorman.show({})
    assert shown(doorman, "one.test") is BUNDLES["old.test"]


def test_an_open_connection_lives_through_a_swap() -> None:
    doorman = tls.Doorman(BUNDLES["old.test"])
    side = asyncio.run(handshake(doorman.context, "one.test"))
    doorman.show({"one.test": BUNDLES["one.test"]})
    side.server.write(b"still here")
    side.carry()
    assert side.read(100) == b"still here"
    assert shown(doorman, "one.test") is BUNDLES["one.test"]


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_session_is_resumed_after_the_certificate_was_swapped(version: ssl.TLSVersion) -> None:
    doorman, visitor = tls.Doorman(BUNDLES["old.test"]), client(maximum_version=version)
    doorman.show({"one.test": BUNDLES["one.test"]})
    first = asyncio.run(handshake(doorman.context, "one.test", visitor))
    first.server.write(b"x")
    first.carry()
    assert first.read(1) == b"x"  # TLS 1.3 sends its tickets with the first data
    doorman.show({"one.test": BUNDLES["*.two.test"]})
    again = asyncio.run(handshake(doorman.context, "one.test", visitor, session=first.session))
    assert again.session_reused


def test_old_protocols_and_weak_suites_are_refused() -> None:
    context = tls.context_of(BUNDLES["one.test"])
    assert {suite["name"] for suite in context.get_ciphers() if suite["protocol"] == "TLSv1.2"} == set(
        tls.CIPHERS.split(":")
    )
    weak = client()
    weak.set_ciphers("AES128-SHA:ECDHE-ECDSA-AES128-SHA")
    weak.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises(ssl.SSLError):
        asyncio.run(handshake(context, "one.test", weak))
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize(("offered", "chosen"), [(["h2", "http/1.1"], "h2"), (["http/1.1"], "http/1.1"), (["x"], None)])
def test_the_protocol_is_agreed_on_whatever_context_was_chosen(offered: list[str], chosen: str | None) -> None:
    doorman = tls.Doorman(BUNDLES["old.test"])
    doorman.show({"one.test": BUNDLES["one.test"]})
    visitor = client()
    visitor.set_alpn_protocols(offered)
    for name in ("one.test", None):
        assert asyncio.run(handshake(doorman.context, name, visitor)).selected_alpn_protocol() == chosen


def test_a_certificate_that_openssl_refuses_leaves_the_others_alone() -> None:
    weak_key = BUNDLES["one.test"]
    broken = Bundle(
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", weak_key.key, "x", weak_key.facts
    )
    doorman = tls.Doorman(BUNDLES["old.test"])
    refused = doorman.show({"*.two.test": BUNDLES["*.two.test"], "one.test": broken})
    assert set(refused) == {"one.test"}
    assert shown(doorman, "a.two.test") is BUNDLES["*.two.test"]
    assert shown(doorman, "one.test") is BUNDLES["old.test"]


@given(st.one_of(st.none(), st.text()))
def test_no_server_name_breaks_the_choice(name: str | None) -> None:
    doorman = DOORMAN
    assert doorman.chosen(name) is not None


DOORMAN = tls.Doorman(BUNDLES["old.test"])
