from __future__ import annotations

import asyncio
import ssl
from datetime import timedelta

from cryptography import x509

from tests.certs.lane import handshake
from village.certs import keys, minting, tls
from village.certs.bundle import Bundle


def test_a_client_that_trusts_the_own_root_trusts_its_leaves() -> None:
    root, key = minting.authority()
    chain, leaf_key = minting.issued(root, key, ["one.test", "127.0.0.1", "::1"], lifetime=timedelta(days=90))
    context = tls.context_of(Bundle.of(chain, leaf_key, "internal"))
    client = ssl.create_default_context(cadata=root.decode())
    client.verify_flags |= ssl.VERIFY_X509_STRICT  # Python 3.13's default
    for name in ("one.test", "127.0.0.1", "::1"):
        asyncio.run(handshake(context, name, client))


def test_a_request_names_its_hosts_and_nothing_else() -> None:
    key = keys.new_key()
    request = x509.load_pem_x509_csr(minting.request(key, ["one.test", "192.0.2.1"]))
    assert request.is_signature_valid
    assert not list(request.subject)
    names = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["one.test"]
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == ["192.0.2.1"]


def test_a_name_longer_than_a_common_name_allows() -> None:
    long = ".".join(["a" * 60] * 3)
    assert Bundle.of(*minting.self_signed([long]), "self-signed").facts.names == (long,)


def test_no_names_at_all() -> None:
    assert Bundle.of(*minting.self_signed([]), "self-signed").facts.names == ("localhost",)
