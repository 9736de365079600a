from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes import ca as scripted
from village.certs import certificate, keys, minting
from village.errors import OperatorError


def leaf_with(serial: int, authority: bytes) -> x509.Certificate:
    key, name = keys.new_key(), minting.distinguished_name("one.test")
    now = certificate.utc_now()
    builder = x509.CertificateBuilder(name, name, key.public_key(), serial, now, now + timedelta(days=1))
    builder = builder.add_extension(x509.AuthorityKeyIdentifier(authority, None, None), critical=False)
    return builder.sign(key, hashes.SHA256())


def test_the_cert_id_of_rfc_9773() -> None:
    authority = bytes.fromhex("69885b6b87464041e1b37b847ba0ae2cde01c8d4")
    assert certificate.cert_id(leaf_with(0x87654321, authority)) == "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE"


@given(st.integers(1, 2**159 - 1))
def test_every_serial_is_written_as_der_writes_it(serial: int) -> None:
    leaf = leaf_with(serial, b"authority")
    assert certificate.cert_id(leaf) == scripted.cert_id(leaf)


def test_facts_of_a_certificate() -> None:
    chain, key = minting.self_signed(["one.test", "*.two.test", "192.0.2.1"], days=10)
    facts = certificate.read(chain)
    assert facts.names == ("one.test", "*.two.test", "192.0.2.1")
    assert facts.issuer == "one.test"
    assert facts.valid_at(certificate.utc_now())
    assert certificate.belongs(chain, keys.from_pem(key))
    assert not certificate.belongs(chain, keys.new_key())


@pytest.mark.parametrize(
    ("host", "covered"),
    [
        ("one.test", True),
        ("www.one.test", False),
        ("a.two.test", True),
        ("a.b.two.test", False),
        ("two.test", False),
        ("", False),
    ],
)
def test_wildcards_are_one_label(host: str, covered: bool) -> None:
    facts = certificate.read(minting.self_signed(["one.test", "*.two.test"])[0])
    assert facts.covers(host) is covered


def test_what_is_no_chain_is_the_operators_move() -> None:
    with pytest.raises(OperatorError):
        certificate.read(b"not a certificate")


def test_a_certificate_without_the_extensions_has_no_cert_id_and_no_names() -> None:
    key, name = keys.new_key(), minting.distinguished_name("bare")
    now = certificate.utc_now()
    leaf = x509.CertificateBuilder(name, name, key.public_key(), 5, now, now + timedelta(days=1)).sign(
        key, hashes.SHA256()
    )
    assert certificate.cert_id(leaf) == ""
    assert certificate.alternative_names(leaf) == ()
