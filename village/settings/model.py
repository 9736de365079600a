"""What the operator decides: frozen dataclasses, each field with its help."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

LETSENCRYPT = "https://acme-v02.api.letsencrypt.org/directory"
LETSENCRYPT_STAGING = "https://acme-staging-v02.api.letsencrypt.org/directory"


def setting(default: Any, help_text: str, *, secret: bool = False) -> Any:
    """A field with its help; ``secret`` values are masked in every log."""
    return field(default=default, metadata={"help": help_text, "secret": secret})


@dataclass(frozen=True, slots=True)
class SiteSettings:
    """One site: where its content comes from, under which hosts it answers."""

    name: str = setting("site", "name of the site in paths and logs")
    source: str = setting("", "a site folder, or anything that `git clone` takes")
    branch: str = setting("", "branch to publish; empty = the remote's default branch")
    domains: tuple[str, ...] = setting((), "host names; the first is canonical, the others redirect to it with 301")
    base_url: str = setting("", "overrides the site's baseURL; empty = https://<first domain>/ where domains are set")
    hook_secret: tuple[str, ...] = setting(
        (), "shared secrets of the push hook; two allowed, for rotation", secret=True
    )
    poll: float = setting(300.0, "seconds between looks at the remote; 0 = only when a hook comes")
    drafts: bool = setting(False, "publish drafts")
    future: bool = setting(False, "publish posts before their date")
    environment: str = setting("production", "Hugo environment: config/<environment>/ is read over config/_default/")
    python: bool = setting(False, "allow the site's own Python (village/*.py beside the content)")
    git_key: str = setting("", "path of an SSH private key (deploy key) for the source")
    git_known_hosts: str = setting("", "path of a known_hosts file for the source")
    git_token: str = setting("", "token for an https source", secret=True)
    submodules: bool = setting(False, "fetch git submodules")


@dataclass(frozen=True, slots=True)
class TlsSettings:
    """Where certificates come from."""

    mode: str = setting("acme", "acme | files | internal (self-signed) | off")
    cert: str = setting("", "PEM certificate chain, for mode files")
    key: str = setting("", "PEM private key, for mode files")
    hsts: int = setting(31536000, "max-age of Strict-Transport-Security in seconds; 0 = none")


@dataclass(frozen=True, slots=True)
class AcmeSettings:
    """The certificate authority."""

    directory: tuple[str, ...] = setting((LETSENCRYPT,), "ACME directory URLs, tried in order")
    staging: str = setting("", "directory tried first after a failure; empty = Let's Encrypt's own for Let's Encrypt")
    email: str = setting("", "contact address given to the CA")
    ca_bundle: str = setting("", "PEM bundle that proves the CA's API (test CAs)")
    profile: str = setting("", "certificate profile (RFC draft-aaron-acme-profiles), e.g. shortlived")
    eab_kid: str = setting("", "external account binding: key id")
    eab_hmac: str = setting("", "external account binding: HMAC key, base64url", secret=True)
    preferred_chain: str = setting("", "common name of the root that the chain should end at")
    self_check: float = setting(
        30.0, "seconds to wait, behind a balancer, until names lead here, before the CA is asked; 0 = do not look"
    )
    http_port: int = setting(80, "port at which the CA asks for the challenge; other than 80 only at test CAs")
    allow_ephemeral: bool = setting(False, "order from a public CA although the storage vanishes with the container")


@dataclass(frozen=True, slots=True)
class LimitSettings:
    """How much one client may ask for. Times in seconds, sizes in bytes."""

    header_timeout: float = setting(10.0, "to send the request line and headers")
    body_timeout: float = setting(10.0, "between two pieces of a request body")
    keepalive_timeout: float = setting(75.0, "idle between requests")
    write_timeout: float = setting(60.0, "without the client taking a byte")
    connections: int = setting(20000, "open connections in all")
    connections_per_ip: int = setting(512, "open connections of one address; 0 = no limit")
    page_seconds: float = setting(10.0, "to render one page")
    page_bytes: int = setting(16 * 1024 * 1024, "output of one page")
    cache_bytes: int = setting(64 * 1024 * 1024, "memory for hot pages")
    hook_bytes: int = setting(25 * 1024 * 1024, "body of a push hook")


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the operator decides."""

    sites: tuple[SiteSettings, ...] = ()
    data: Path = setting(Path("data"), "this replica's folder: checkout, releases, caches")
    storage: str = setting("", "shared by replicas: folder:///path or redis://…; empty = a folder in data")
    http: tuple[str, ...] = setting((":80",), "listen addresses, host:port; empty = off")
    https: tuple[str, ...] = setting((":443",), "listen addresses, host:port; empty = off")
    https_port: int = setting(
        0, "the port visitors use for HTTPS, when it is not the one listened on; 0 = that of https"
    )
    proxy_protocol: tuple[str, ...] = setting((), "CIDRs that must speak PROXY protocol v1/v2")
    peers: str = setting(
        "", "a DNS name that resolves to every replica (tasks.village in a swarm), or host:port,host:port"
    )
    cluster_secret: str = setting("", "encrypts keys at rest and authenticates replicas", secret=True)
    admin_token: str = setting("", "bearer token (or password of basic auth) of /-/status and /-/metrics", secret=True)
    log: str = setting("text", "text | json")
    log_level: str = setting("info", "debug | info | warning | error")
    access_log: str = setting("combined", "combined | json | off; to stdout")
    drain: float = setting(10.0, "seconds that open requests get on SIGTERM")
    tls: TlsSettings = TlsSettings()
    acme: AcmeSettings = AcmeSettings()
    limits: LimitSettings = LimitSettings()


def secrets(settings: Settings) -> list[str]:
    """Every secret value, to be masked in logs."""
    holders: tuple[Any, ...] = (settings, settings.tls, settings.acme, *settings.sites)
    values: list[str] = []
    for holder in holders:
        for each in dataclasses.fields(holder):
            if each.metadata.get("secret"):
                value = getattr(holder, each.name)
                values += [value] if isinstance(value, str) else list(value)
    return [value for value in values if value]


def listen_address(text: str) -> tuple[str, int]:
    """``:80`` → ("", 80); ``127.0.0.1:8080``; ``[::1]:8080``. An empty host means every address, IPv4 and IPv6."""
    host, _, port = text.rpartition(":")
    return host.strip("[]"), int(port)
