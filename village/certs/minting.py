"""Certificates and requests that village signs itself: the first boot's self-signed one, the internal CA, and
CSRs.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes as PrivateKey
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from village.certs import keys
from village.certs.certificate import utc_now
from village.certs.names import is_address

BACKDATED = timedelta(hours=1)  # clocks of visitors are off, too
LONGEST_COMMON_NAME = 64  # X.520 ub-common-name


def request(key: PrivateKey, names: Sequence[str]) -> bytes:
    """A PEM certificate signing request for ``names``, all in subjectAltName and the subject left empty (RFC
    8555 §7.4).
    """
    builder = x509.CertificateSigningRequestBuilder(x509.Name([]))
    builder = builder.add_extension(x509.SubjectAlternativeName(general_names(names)), critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def self_signed(names: Sequence[str], *, days: int = 90) -> tuple[bytes, bytes]:
    """(chain PEM, key PEM) of a certificate nobody trusts, so that port 443 answers from the first second."""
    key = keys.new_key()
    subject = distinguished_name(names[0] if names else "village")
    certificate = leaf(key, names, subject, subject, key, lifetime=timedelta(days=days))
    return certificate.public_bytes(serialization.Encoding.PEM), keys.to_pem(key)


def authority(common_name: str = "village internal CA", *, days: int = 3650) -> tuple[bytes, bytes]:
    """(root PEM, key PEM) of an own small CA."""
    key = keys.new_key()
    name = distinguished_name(common_name)
    builder = (
        skeleton(key, name, name, timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage(key_cert_sign=True, crl_sign=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM), keys.to_pem(key)


def issued(root_pem: bytes, root_key_pem: bytes, names: Sequence[str], *, lifetime: timedelta) -> tuple[bytes, bytes]:
    """(chain PEM, key PEM): a leaf for ``names`` signed by the authority."""
    root = x509.load_pem_x509_certificate(root_pem)
    key = keys.new_key()
    certificate = leaf(
        key, names, distinguished_name(names[0]), root.subject, keys.from_pem(root_key_pem), lifetime=lifetime
    )
    return certificate.public_bytes(serialization.Encoding.PEM) + root_pem, keys.to_pem(key)


def leaf(
    key: PrivateKey,
    names: Sequence[str],
    subject: x509.Name,
    issuer: x509.Name,
    signer: PrivateKey,
    *,
    lifetime: timedelta,
) -> x509.Certificate:
    """A server certificate with the extensions of the Baseline Requirements §7.1.2.7."""
    builder = (
        skeleton(key, subject, issuer, lifetime)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.SubjectAlternativeName(general_names(names or ["localhost"])), critical=False)
    )
    return builder.sign(signer, hashes.SHA256())


def skeleton(
    key: PrivateKey, subject: x509.Name, issuer: x509.Name, lifetime: timedelta, now: datetime | None = None
) -> x509.CertificateBuilder:
    """Subject, issuer, key, serial and times; ``lifetime`` counts from now, notBefore lies a little before."""
    now = now or utc_now()
    return x509.CertificateBuilder(
        issuer_name=issuer,
        subject_name=subject,
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=now - min(BACKDATED, lifetime / 4),
        not_valid_after=now + lifetime,
    )


def distinguished_name(common_name: str) -> x509.Name:
    """A name with a CN, cut to what X.520 allows."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name[:LONGEST_COMMON_NAME])])


def general_names(names: Sequence[str]) -> list[x509.GeneralName]:
    """subjectAltName entries: DNS names and IP addresses (RFC 8738)."""
    return [x509.IPAddress(ipaddress.ip_address(name)) if is_address(name) else x509.DNSName(name) for name in names]


def usage(**allowed: bool) -> x509.KeyUsage:
    """A keyUsage extension with the named bits set."""
    bits = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{bit: allowed.get(bit, False) for bit in bits})
