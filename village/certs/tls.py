"""TLS contexts: hardened once, chosen by SNI, swapped by assignment.

The context that the listener holds never changes. At each handshake it picks, by the name the client asks
for, a context from a table; a new certificate is a new table in one assignment. Open connections keep the
context they began with. Session tickets belong to the listener's context, so they survive the swap as well.
"""

from __future__ import annotations

import os
import ssl
import tempfile
from collections.abc import Mapping
from pathlib import Path

from village.certs.bundle import Bundle
from village.certs.names import hostname
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
    """A server context: TLS 1.2 with forward secrecy and AEAD only, TLS 1.3, ALPN, no renegotiation.

    The client's preference decides among the suites: all are strong, and it knows what its hardware does well.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(CIPHERS)
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    context.options &= ~ssl.OP_CIPHER_SERVER_PREFERENCE
    context.num_tickets = 1  # each costs 7 % of a handshake; what comes back with one is given the next (so does Go)
    context.set_alpn_protocols(list(protocols))
    if hasattr(context, "set_groups"):  # Python 3.15; before it only a single curve can be named
        context.set_groups(GROUPS)
    return context


def context_of(bundle: Bundle, protocols: tuple[str, ...] = PROTOCOLS) -> ssl.SSLContext:
    """A context that shows ``bundle``. Raises OperatorError when OpenSSL does not take it."""
    context = hardened(protocols)
    load(context, bundle)
    return context


def load(context: ssl.SSLContext, bundle: Bundle) -> None:
    """Give chain and key to OpenSSL, whose only door is a file name.

    An anonymous file in memory keeps the key off the disk and works on a read-only one.
    """
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
        self._contexts: dict[str, ssl.SSLContext] = {}  # by fingerprint
        self._table: Mapping[str, ssl.SSLContext] = {}
        self._default = self.context

    def show(self, bundles: Mapping[str, Bundle]) -> dict[str, OperatorError]:
        """From the next handshake on: certificates by host, the first one also for all other names and for none.

        Returns the hosts whose certificate OpenSSL refuses; what they had so far stays.
        """
        table: dict[str, ssl.SSLContext] = {}
        refused: dict[str, OperatorError] = {}
        for host, bundle in bundles.items():
            try:
                table[host] = self._context(bundle)
            except OperatorError as error:
                refused[host] = error
                table[host] = self._table.get(host, self.context)
        used = set(table.values())
        self._contexts = {key: context for key, context in self._contexts.items() if context in used}
        self._table, self._default = table, next(iter(table.values()), self.context)
        return refused

    def _context(self, bundle: Bundle) -> ssl.SSLContext:
        key = bundle.facts.fingerprint
        if key not in self._contexts:
            self._contexts[key] = context_of(bundle)
        return self._contexts[key]

    def chosen(self, name: str | None) -> ssl.SSLContext:
        """The context for a server name as the client sent it (RFC 6066 §3)."""
        host = hostname(name or "")
        table = self._table
        return table.get(host) or table.get(f"*.{host.partition('.')[2]}") or self._default

    def _choose(self, connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        chosen = self.chosen(name)
        if chosen is not self.context:
            connection.context = chosen
