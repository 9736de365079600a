"""Private keys and what is derived from them."""

from __future__ import annotations

import base64
import functools
import hashlib
import json
from typing import cast

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes as PrivateKey

from village.errors import OperatorError


def new_key() -> ec.EllipticCurvePrivateKey:
    """A P-256 key: the one curve that every CA and every client takes."""
    return ec.generate_private_key(ec.SECP256R1())


def to_pem(key: PrivateKey) -> bytes:
    """PKCS #8, unencrypted; encryption at rest is the storage's."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def from_pem(pem: bytes) -> PrivateKey:
    """The private key in ``pem``. Raises OperatorError; the message never carries the text."""
    try:
        return cast(PrivateKey, serialization.load_pem_private_key(pem, password=None))
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        kind = "is encrypted with a passphrase" if isinstance(error, TypeError) else "is no PEM private key"
        raise OperatorError(f"the private key {kind}", hint="give an unencrypted PEM key") from None


def b64(data: bytes) -> str:
    """base64url without padding (RFC 7515 §2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def jwk(public: object) -> dict[str, str]:
    """A public key as the members that RFC 7638 §3.2 requires. Raises OperatorError for other than EC and RSA."""
    if isinstance(public, ec.EllipticCurvePublicKey):
        point, size = public.public_numbers(), (public.curve.key_size + 7) // 8
        curve = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}[public.curve.name]
        return {"crv": curve, "kty": "EC", "x": b64(point.x.to_bytes(size)), "y": b64(point.y.to_bytes(size))}
    if isinstance(public, rsa.RSAPublicKey):
        numbers = public.public_numbers()
        e, n = (value.to_bytes((value.bit_length() + 7) // 8) for value in (numbers.e, numbers.n))
        return {"e": b64(e), "kty": "RSA", "n": b64(n)}
    raise OperatorError("the account key is neither EC nor RSA")


def thumbprint(public: object) -> str:
    """The JWK thumbprint (RFC 7638): the half of a challenge's answer that only the account holder knows."""
    canonical = json.dumps(jwk(public), separators=(",", ":"), sort_keys=True).encode()
    return b64(hashlib.sha256(canonical).digest())


@functools.lru_cache(maxsize=4)
def thumbprint_of(account_key: bytes) -> str:
    """The thumbprint of an account key in PEM, "" for none."""
    return thumbprint(from_pem(account_key).public_key()) if account_key else ""
