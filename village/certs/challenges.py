"""The answer to an HTTP-01 challenge (RFC 8555 §8.3), which any replica can give without having seen the order.

Stateless answers are a gift to an attacker who can choose host and token, hence the two rules of ``answer``:
only for hosts of ours (DNS rebinding) and only for tokens that are base64url (markup in the answer).
"""

from __future__ import annotations

import re
from collections.abc import Container

from village.certs.names import hostname

PATH = "/.well-known/acme-challenge/"
TOKEN = re.compile(r"[A-Za-z0-9_-]{16,128}", re.ASCII)  # RFC 8555 §8.3: at least 128 bits of entropy


def answer(host: str, token: str, *, hosts: Container[str], thumbprint: str) -> str | None:
    """The key authorization ``token.thumbprint``, or None for a host or a token that is not ours to answer.

    ``host`` is the Host header as it came: Pebble, for one, sends the port with it.
    """
    if not thumbprint or not TOKEN.fullmatch(token) or hostname(host) not in hosts:
        return None
    return f"{token}.{thumbprint}"
