from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from tests.fakes.ca import number
from village.certs import keys
from village.errors import OperatorError

MODULUS = (
    "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64"
    "tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91C"
    "bOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
)


def test_the_thumbprint_of_rfc_7638() -> None:
    public = rsa.RSAPublicNumbers(number("AQAB"), number(MODULUS)).public_key()
    assert keys.thumbprint(public) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


def test_a_key_survives_its_pem() -> None:
    key = keys.new_key()
    again = keys.from_pem(keys.to_pem(key))
    assert keys.thumbprint(again.public_key()) == keys.thumbprint(key.public_key())


def test_an_unreadable_key_is_the_operators_move_and_is_not_shown() -> None:
    locked = keys.new_key().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"x")
    )
    for pem, words in ((b"hush-hush", "no PEM private key"), (locked, "passphrase")):
        with pytest.raises(OperatorError, match=words) as caught:
            keys.from_pem(pem)
        assert pem.decode() not in caught.value.describe()


def test_other_kinds_of_account_keys_are_refused() -> None:
    with pytest.raises(OperatorError):
        keys.thumbprint(ed25519.Ed25519PrivateKey.generate().public_key())
