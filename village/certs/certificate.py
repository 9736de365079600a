"""What a certificate says: names, lifetime, issuer, identity."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
from cryptography.x509.oid import NameOID

from village.certs import keys
from village.errors import OperatorError


@dataclass(frozen=True, slots=True)
class Facts:
    """The leaf of a chain. Times are aware UTC; ``fingerprint`` is SHA-256 in hex; ``cert_id`` is ARI's (RFC
    9773 §4.1).
    """

    names: tuple[str, ...]
    not_before: datetime
    not_after: datetime
    issuer: str
    serial: str
    fingerprint: str
    cert_id: str

    @property
    def lifetime(self) -> float:
        """Seconds between notBefore and notAfter."""
        return (self.not_after - self.not_before).total_seconds()

    def covers(self, host: str) -> bool:
        """True when a client asking for ``host`` accepts this certificate's names (RFC 6125: a wildcard is one
        label).
        """
        return host in self.names or ("." in host and f"*.{host.partition('.')[2]}" in self.names)

    def valid_at(self, moment: datetime) -> bool:
        """True while a client with a right clock accepts it."""
        return self.not_before <= moment < self.not_after


def read(chain_pem: bytes) -> Facts:
    """The facts of the first certificate in ``chain_pem``. Raises OperatorError."""
    leaf = load(chain_pem)[0]
    return Facts(
        names=alternative_names(leaf),
        not_before=leaf.not_valid_before_utc,
        not_after=leaf.not_valid_after_utc,
        issuer=common_name(leaf.issuer),
        serial=f"{leaf.serial_number:x}",
        fingerprint=hashlib.sha256(leaf.public_bytes(serialization.Encoding.DER)).hexdigest(),
        cert_id=cert_id(leaf),
    )


def load(chain_pem: bytes) -> list[x509.Certificate]:
    """The certificates of a PEM text, leaf first. Raises OperatorError when there is none."""
    try:
        return x509.load_pem_x509_certificates(chain_pem)
    except ValueError:
        raise OperatorError(
            "the certificate chain is no PEM text", hint="it begins with -----BEGIN CERTIFICATE-----, leaf first"
        ) from None


def belongs(chain_pem: bytes, key: CertificateIssuerPrivateKeyTypes) -> bool:
    """True when ``key`` is the private half of the leaf's key."""
    form = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return load(chain_pem)[0].public_key().public_bytes(*form) == key.public_key().public_bytes(*form)


def alternative_names(leaf: x509.Certificate) -> tuple[str, ...]:
    """DNS names and addresses of subjectAltName, in its order; clients ignore the common name, and so does this."""
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    addresses = [str(address) for address in names.get_values_for_type(x509.IPAddress)]
    return tuple(name.lower() for name in names.get_values_for_type(x509.DNSName)) + tuple(addresses)


def common_name(name: x509.Name) -> str:
    """The CN, else the O, else the whole name."""
    for kind in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME):
        for attribute in name.get_attributes_for_oid(kind):
            return str(attribute.value)
    return name.rfc4514_string()


def cert_id(leaf: x509.Certificate) -> str:
    """``base64url(AKI keyIdentifier).base64url(serial)``, RFC 9773 §4.1; "" for a certificate without the extension.

    The serial is the DER integer's content, so a set top bit is preceded by a zero octet.
    """
    try:
        key_identifier = leaf.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
    except x509.ExtensionNotFound:
        return ""
    serial = leaf.serial_number
    octets = serial.to_bytes(math.ceil((serial.bit_length() + 1) / 8))
    return f"{keys.b64(key_identifier)}.{keys.b64(octets)}" if key_identifier else ""


def chain_ends_at(chain_pem: bytes, root: str) -> bool:
    """True when the last certificate of the chain was issued by (or is) the CA with common name ``root``."""
    last = load(chain_pem)[-1]
    return root in {common_name(last.issuer), common_name(last.subject)}


def utc_now() -> datetime:
    """The wall clock, aware."""
    return datetime.now(UTC)
