"""TLS contexts: hardened once, chosen by SNI, swapped by assignment.

The context that the listener holds never changes. At each handshake it picks, by the name the client asks for, a context from a
table; a new certificate is a new table in one assignment. Open connections keep the context they began with. Session tickets
belong to the listener's context, so they survive the swap as well.
"""

from __future__ import annotations

import os
import ssl
import tempfile
from collections.abc import Mapping
from pathlib import Path

from village.certs.names import hostname
from village.certs.shelf import Bundle
from village.errors import OperatorError

# Mozilla's "intermediate" profile, without the DHE suites: no client that it lists needs them.
CIPHERS = ":".join(
    f"ECDHE-{authentication}-{cipher}"
    for cipher in ("AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305")
    for authentication in ("ECDSA", "RSA")
)
PROTOCOLS = ("h2", "http/1.1")
GROUPS = "X25519:prime256v1:secp384r1"


def hardened(protocols: tuple[str, ...] = PROTOCOLS) -> ssl.SSLContext:
    """A server context: TLS 1.2 with forward secrecy and AEAD only, TLS 1.3, ALPN, no compression, no renegotiation."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(CIPHERS)
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    context.options &= (
        ~ssl.OP_CIPHER_SERVER_PREFERENCE
    )  # all suites are strong: the client knows what its hardware does well
    context.set_alpn_protocols(list(protocols))
    if hasattr(context, "set_groups"):  # Python 3.15; before it, only a single curve could be named
        context.set_groups(GROUPS)
    return context


def context_of(bundle: Bundle, protocols: tuple[str, ...] = PROTOCOLS) -> ssl.SSLContext:
    """A context that shows ``bundle``. Raises OperatorError when OpenSSL does not take it."""
    context = hardened(protocols)
    load(context, bundle)
    return context


def load(context: ssl.SSLContext, bundle: Bundle) -> None:
    """Give chain and key to OpenSSL. Its only door is a file name; an anonymous file in memory keeps the key off the disk."""
    pem = bundle.chain.rstrip() + b"\n" + bundle.key
    try:
        if hasattr(os, "memfd_create"):
            with os.fdopen(os.memfd_create("certificate"), "wb") as file:
                file.write(pem)
                file.flush()
                context.load_cert_chain(f"/proc/self/fd/{file.fileno()}")
        else:
            with tempfile.TemporaryDirectory() as folder:  # 0700
                path = Path(folder, "pem")
                path.write_bytes(pem)
                context.load_cert_chain(path)
    except ssl.SSLError as error:
        raise OperatorError(f"OpenSSL refuses the certificate: {error.reason}") from None


class Doorman:
    """The listener's context, and the table it chooses from."""

    def __init__(self, fallback: Bundle) -> None:
        self.context = context_of(fallback)
        self.context.sni_callback = self._choose
        self._table: Mapping[str, ssl.SSLContext] = {}
        self._default = self.context

    def show(self, table: Mapping[str, ssl.SSLContext], default: ssl.SSLContext) -> None:
        """From the next handshake on: contexts by host, ``*.domain`` included, and the one for all other names and for none."""
        self._table, self._default = dict(table), default

    def chosen(self, name: str | None) -> ssl.SSLContext:
        """The context for a server name as the client sent it (RFC 6066 §3)."""
        host = hostname(name or "")
        table = self._table
        return table.get(host) or table.get(f"*.{host.partition('.')[2]}") or self._default

    def _choose(self, connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        chosen = self.chosen(name)
        if chosen is not self.context:
            connection.context = chosen
