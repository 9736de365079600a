"""What speaks against single values of the operator's settings: (what was expected, a hint with the fix), or None.

Pure; nothing is looked up or opened here, so that the same settings stand or fall on every machine.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

Objection = tuple[str, str]
LABEL = 63  # letters between two dots of a host name (RFC 1035 §2.3.4)
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def site_name(name: str) -> Objection | None:
    """A site's name is a folder's name, a storage key's word and a label of a metric."""
    if NAME.fullmatch(name):
        return None
    return f"{name!r} is no name for a site", "letters, digits, dots and dashes, e.g. blog"


def domain(name: str) -> Objection | None:
    """A host name alone: no scheme, path or port. Letters of any script; an address is a name as well."""
    given = name.strip().rstrip(".")
    host = urlsplit(given if "://" in given else f"//{given}").netloc.rpartition("@")[2]
    if is_address(given.strip("[]")):
        return None
    bare = host if is_address(host.strip("[]")) else host.partition(":")[0]
    labels = given.removeprefix("*.").split(".")
    if not bare or re.search(r"\s", given) or not all(0 < len(label) <= LABEL for label in labels):
        return f"{name!r} is no host name", "host names alone, separated by commas: example.com,www.example.com"
    if bare != given:
        return f"{name!r} is no host name", f"the host name alone, without scheme, port and path: {bare}"
    return None


def is_address(text: str) -> bool:
    """True for an IPv4 or IPv6 address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def listen(address: str) -> Objection | None:
    """``host:port``, the host may be empty."""
    host, colon, port = address.rpartition(":")
    whole = is_address(host[1:-1]) if host.startswith("[") and host.endswith("]") else not set(host) & set("[]")
    if colon and whole and port.isascii() and port.isdecimal() and int(port) <= 65535:
        return None
    hint = f"did you mean :{address}?" if address.isdecimal() else "e.g. :80, 127.0.0.1:8080 or [::1]:8080"
    return f"{address!r} is no host:port", "" if host and not colon else hint


def network(cidr: str) -> Objection | None:
    """A network in CIDR form, without bits beyond its mask: ``10.0.0.1/8`` may mean two things."""
    try:
        ipaddress.ip_network(cidr)
    except ValueError:
        try:
            meant = f"did you mean {ipaddress.ip_network(cidr, strict=False)}, or {cidr.partition('/')[0]}/32?"
        except ValueError:
            meant = "the balancer's network in CIDR form, commas between several"
        return f"{cidr!r} is no network like 10.0.0.0/8", meant
    return None


def storage(url: str) -> Objection | None:
    """Where replicas meet: an absolute path, or a Redis."""
    if not url or url.startswith(("redis://", "rediss://")):
        return None
    expected = "expected folder:///path, redis://… or rediss://…"
    if not url.startswith("folder://"):
        return expected, f"did you mean folder://{url}?" if url.startswith("/") else ""
    if url.startswith("folder:///") and unquote(url.removeprefix("folder://")).strip("/"):
        return None
    rest = url.removeprefix("folder://").strip("/")
    return f"{url!r} names no absolute path", f"three slashes: folder:///{rest or 'path'}"


def directory(url: str) -> Objection | None:
    """A CA's ACME directory."""
    parts = urlsplit(url)
    if parts.scheme in {"https", "http"} and parts.netloc:
        return None
    known = "Let's Encrypt's is https://acme-v02.api.letsencrypt.org/directory, and acme-staging-v02… its staging"
    return f"{url!r} is no URL of an ACME directory", known


def peers(text: str) -> Objection | None:
    """``tasks.village``, or ``host:port,host:port``."""
    for each in text.split(",") if text else ():
        host, colon, _ = each.strip().rpartition(":")
        named = not colon or is_address(each.strip().strip("[]")) or (host and not listen(each.strip()))
        if not each.strip() or re.search(r"[\s/]", each.strip()) or not named:
            return f"{each.strip()!r} names no replicas", "a DNS name like tasks.village, or host:port,host:port"
    return None


def email(address: str) -> Objection | None:
    """The account's contact: a CA refuses the whole account for one that it cannot read."""
    if not address or re.fullmatch(r"[^@\s:]+@[^@\s]+", address):
        return None
    return f"{address!r} is no address of a mailbox", "e.g. webmaster@example.com; leave it empty to give none"


def binding(kid: str, hmac: str) -> Objection | None:
    """EAB: what the CA gave belongs together, and the key is base64url (RFC 8555 §7.3.4)."""
    if bool(kid) != bool(hmac):
        return "VILLAGE_ACME_EAB_KID and VILLAGE_ACME_EAB_HMAC belong together", "set both to what the CA gave you"
    if re.fullmatch(r"[A-Za-z0-9_-]*={0,2}", hmac):
        return None
    return "the HMAC key of the account binding is not base64url", "letters, digits, - and _, as the CA shows it"


def repeated(what: str, given: Sequence[str], hint: str) -> Objection | None:
    """Names that may stand once."""
    twice = sorted({each for each in given if given.count(each) > 1})
    return (f"{', '.join(twice)} stands twice: {what}", hint) if twice else None
