"""Which site a Host header means."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

from village.server.sites import Site

_NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?\.?\Z")


class BadHost(ValueError):
    """A Host header that names no host: 400 (RFC 9112 §3.2)."""


@lru_cache(maxsize=1024)
def split(host: str) -> tuple[str, str]:
    """(name in lower case without port, brackets and trailing dot, port or ""). Raises BadHost."""
    name, port = host, ""
    if host.startswith("["):
        name, bracket, rest = host[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise BadHost(host)
        port = rest[1:]
        try:
            ipaddress.IPv6Address(name.partition("%")[0])
        except ValueError:
            raise BadHost(host) from None
    else:
        name, _, port = host.partition(":")
        if not _NAME.match(name):
            raise BadHost(host)
    if port and not (port.isascii() and port.isdigit() and len(port) <= 5 and int(port) <= 65535):
        raise BadHost(host)
    return name.lower().rstrip("."), port


def ascii_name(domain: str) -> str:
    """A domain as it stands on the wire: lower case, IDNA."""
    name = domain.strip().lower().rstrip(".")
    try:
        return name if name.isascii() else name.encode("idna").decode("ascii")
    except UnicodeError:
        return name


@dataclass(frozen=True, slots=True)
class Place:
    """``site`` for a host; ``canonical`` is the name it should have been asked under."""

    site: Site
    canonical: str = ""


class Hosts:
    """All sites by host name. A site without domains answers every name that no other site claims.

    ``awaited``: the domains of each site that has no release yet.
    """

    def __init__(self, sites: Iterable[Site] = (), awaited: Iterable[tuple[str, ...]] = ()) -> None:
        self.awaited = [{ascii_name(domain) for domain in domains} for domains in awaited]
        self.by_name: dict[str, Place] = {}
        self.fallback: Place | None = None
        self.sites = {site.name: site for site in sites}
        several = [(site, parts) for site in self.sites.values() if (parts := site.parts())]
        whole = {site.name: parts[0][1] for site, parts in several}  # any other host shows the default language
        for site in self.sites.values():
            names = [ascii_name(domain) for domain in site.domains]
            for name in names:
                self.by_name[name] = Place(whole.get(site.name, site), names[0])
            if not names and self.fallback is None:
                self.fallback = Place(whole.get(site.name, site))
        for site, parts in several:
            self.share(site, parts)

    def share(self, site: Site, parts: Iterable[tuple[str, Site]]) -> None:
        """Give a site's languages their hosts: of the domains that the operator gave the site, or, where he gave none,
        of those that nobody has. Content claims no host of another site.
        """
        for host, shown in parts:
            name = ascii_name(host)
            if site.domains and name in map(ascii_name, site.domains):
                self.by_name[name] = Place(shown, name)
            elif not site.domains:
                self.by_name.setdefault(name, Place(shown))

    def is_awaited(self, name: str) -> bool:
        """Whether ``name`` will have a site as soon as its first release is built."""
        return any(not names or name in names for names in self.awaited)

    def find(self, name: str) -> Place | None:
        """The place for a host name as ``split`` gives it; "" is a request without Host."""
        return self.by_name.get(name) or self.fallback


@dataclass(frozen=True, slots=True)
class Entrance:
    """How visitors come in: the port that HTTPS is reached at (0 = no HTTPS), and which hosts have a certificate
    to show.
    """

    https_port: int = 0
    secure: Callable[[str], bool] = lambda _: False
    hsts: int = 0

    def https_url(self, name: str) -> str:
        """The origin of ``name`` over HTTPS."""
        bracketed = f"[{name}]" if ":" in name else name
        return f"https://{bracketed}" + ("" if self.https_port == 443 else f":{self.https_port}")
