"""Host names as certificates and challenges spell them: lower case, A-labels, no port, no trailing dot."""

from __future__ import annotations

import ipaddress
import re

LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
# Names that no public CA signs: RFC 2606 (test to localhost), RFC 6762 (local), ICANN's private-use "internal", habit.
RESERVED = {"test", "example", "invalid", "localhost", "local", "internal", "lan", "home", "corp", "onion"}


def hostname(host: str) -> str:
    """The host of a Host header, an SNI value or a setting: ``Example.COM.:80`` → ``example.com``; "" when it
    is none.
    """
    host = host.strip().lower()
    if host.startswith("["):
        address = host[1:].partition("]")[0]
        return address if is_address(address) else ""
    if host.count(":") == 1:
        host = host.partition(":")[0]
    return a_label(host.rstrip("."))


def a_label(host: str) -> str:
    """``bücher.de`` → ``xn--bcher-kva.de`` (RFC 5891); ASCII goes through untouched, nonsense becomes ""."""
    if host.isascii():
        return host
    import idna  # noqa: PLC0415 - 2 MB that a site with an ASCII name never needs

    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError:
        return ""


def is_address(host: str) -> bool:
    """True for an IPv4 or IPv6 address."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def is_domain(host: str) -> bool:
    """True for a DNS name of legal length and letters."""
    return len(host) <= 253 and not is_address(host) and all(LABEL.fullmatch(label) for label in host.split("."))


def objection(host: str, *, public: bool) -> str:
    """Why a CA will not give a certificate for ``host`` over HTTP-01, or "" when it may.

    ``public``: the CA is one that browsers trust, so the Baseline Requirements bind it (no reserved or
    single-label names).
    """
    if host.startswith("*."):
        return "a wildcard needs DNS-01; village proves its names over HTTP-01: list the names one by one"
    if is_address(host):
        return "" if not public or ipaddress.ip_address(host).is_global else "no public CA signs a private address"
    if not is_domain(host):
        return "this is no host name"
    if public and ("." not in host or host.rpartition(".")[2] in RESERVED):
        return "no public CA signs this name; use tls = internal, or a name of the public DNS"
    return ""


def registered_domain(host: str) -> str:
    """The domain that CA limits count under, roughly: two labels, three under ``co.uk`` and its like.

    Without the Public Suffix List this errs on the careful side: it may count two registered domains as one.
    """
    labels = host.split(".")
    second_level = len(labels) > 2 and len(labels[-1]) == 2 and len(labels[-2]) <= 3
    return ".".join(labels[-3 if second_level else -2 :])
