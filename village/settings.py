"""What the operator decides: frozen dataclasses, each field with its help.

Two sources, the environment over a TOML file (``--config`` or ``VILLAGE_CONFIG``). Every name has a ``_FILE`` twin
that reads its
value from a file, so that secrets never stand in an environment. The site's own configuration is not here: whoever
can push
content cannot change how the server runs.
"""

from __future__ import annotations

import dataclasses
import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from village import objections
from village.errors import SettingsError

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


# environment name → (section, field); VILLAGE_SOURCE and its like describe the one site of a container.
ENVIRONMENT = {
    **{f"VILLAGE_{f.name.upper()}": ("site", f.name) for f in dataclasses.fields(SiteSettings)},
    **{f"VILLAGE_TLS_{f.name.upper()}": ("tls", f.name) for f in dataclasses.fields(TlsSettings)},
    **{f"VILLAGE_ACME_{f.name.upper()}": ("acme", f.name) for f in dataclasses.fields(AcmeSettings)},
    **{f"VILLAGE_LIMIT_{f.name.upper()}": ("limits", f.name) for f in dataclasses.fields(LimitSettings)},
    **{
        f"VILLAGE_{f.name.upper()}": ("", f.name)
        for f in dataclasses.fields(Settings)
        if f.name not in {"sites", "tls", "acme", "limits"}
    },
    "VILLAGE_TLS": ("tls", "mode"),
}
ALIASES = {"VILLAGE_CONFIG"}
SERVICE_LINK = re.compile(
    r"VILLAGE_(\w+_)?(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)"
)
SECTIONS = {"site": SiteSettings, "tls": TlsSettings, "acme": AcmeSettings, "limits": LimitSettings}


def read(environment: Mapping[str, str], config: Path | None = None) -> Settings:
    """Settings from a TOML file (if any) with the environment over it.

    Raises SettingsError for an unknown name (with the nearest known one), a wrong type, or a value out of range.
    """
    path = config or (Path(environment["VILLAGE_CONFIG"]) if environment.get("VILLAGE_CONFIG") else None)
    tables = read_file(path) if path else {}
    source = str(path) if path else "environment"
    sections: dict[str, dict[str, Any]] = {
        name: dict(tables.pop(name)) if isinstance(tables.get(name), dict) else {} for name in ("tls", "acme", "limits")
    }
    sites = read_sites(tables.pop("site", []), source)
    top = flatten(tables, sections, sites, source)
    origin = overlay(environment, top, sections, sites)
    return assemble(top, sections, sites, f"{source}, {origin}" if path and origin else source)


def read_sites(listed: Any, source: str) -> list[dict[str, Any]]:
    """The [[site]] tables."""
    if not isinstance(listed, list) or not all(isinstance(table, dict) for table in listed):
        hint = "one table for each site, under [[site]] in double brackets"
        raise SettingsError("site", source, "expected tables", hint=hint)
    return [dict(table) for table in listed]


def read_file(path: Path) -> dict[str, Any]:
    """The operator's TOML file as tables."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise SettingsError("VILLAGE_CONFIG", str(path), f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SettingsError("config", str(path), "is not UTF-8 text", hint="TOML is written in UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError("config", str(path), f"is not TOML: {error}") from error


def flatten(
    tables: dict[str, Any], sections: dict[str, dict[str, Any]], sites: list[dict[str, Any]], source: str
) -> dict[str, Any]:
    """Top-level names of the file, spelled as the environment spells them in lower case (``tls_cert``), put in
    their section.
    """
    top: dict[str, Any] = {}
    for name, value in tables.items():
        place = ENVIRONMENT.get(f"VILLAGE_{name.upper()}")
        if place is None:
            raise SettingsError(name, source, "no such setting", hint=suggestion(f"VILLAGE_{name.upper()}", lower=True))
        section, key = place
        if section == "site":
            if not sites:
                sites.append({})
            sites[0].setdefault(key, value)
        elif section:
            sections[section][key] = value
        else:
            top[key] = value
    return top


def overlay(
    environment: Mapping[str, str],
    top: dict[str, Any],
    sections: dict[str, dict[str, Any]],
    sites: list[dict[str, Any]],
) -> str:
    """Write the environment's values over the file's; returns "environment" when there were any."""
    found = ""
    for name in sorted(environment):
        if not name.startswith("VILLAGE_") or name in ALIASES or is_service_link(name, environment[name]):
            continue
        if f"{name}_FILE" in environment and environment[name]:
            hint = "unset one of them: they may differ"
            raise SettingsError(name, "environment", f"is set twice, also by {name}_FILE", hint=hint)
        plain, value = secret_file(name, environment[name])
        place = ENVIRONMENT.get(plain)
        if place is None:
            raise SettingsError(name, "environment", "no such setting", hint=suggestion(plain))
        section, key = place
        found = "environment"
        if section == "site":
            if len(sites) > 1:
                raise SettingsError(name, "environment", "ambiguous: the file has several [[site]] tables")
            if not sites:
                sites.append({})
            sites[0][key] = value
        elif section:
            sections[section][key] = value
        else:
            top[key] = value
    return found


def is_service_link(name: str, value: str) -> bool:
    """Kubernetes, and Docker's links, describe a service named "village" to every container beside it."""
    return SERVICE_LINK.fullmatch(name) is not None or (name.endswith("_PORT") and "://" in value)


def secret_file(name: str, value: str) -> tuple[str, str]:
    """The ``_FILE`` twin: (plain name, the file's text without its last newline)."""
    if not name.endswith("_FILE") or name in ENVIRONMENT:
        return name, value
    try:
        return name.removesuffix("_FILE"), Path(value).read_text("utf-8").rstrip("\r\n")
    except OSError as error:
        hint = "the path of a readable file: is the secret mounted, and readable for this user?"
        raise SettingsError(name, "environment", f"{value} cannot be read: {error.strerror}", hint=hint) from error
    except UnicodeDecodeError as error:
        raise SettingsError(name, "environment", f"{value} holds no text in UTF-8") from error


def suggestion(name: str, *, lower: bool = False) -> str:
    """The nearest known name, as a hint."""
    near = difflib.get_close_matches(name, ENVIRONMENT, n=1)
    if not near:
        return "see `village run --help` for every setting"
    return f"did you mean {near[0].removeprefix('VILLAGE_').lower() if lower else near[0]}?"


def assemble(
    top: dict[str, Any], sections: dict[str, dict[str, Any]], sites: list[dict[str, Any]], source: str
) -> Settings:
    """Typed settings out of raw tables; the rules between fields are checked here."""
    built = tuple(build(SiteSettings, table, "site", source) for table in sites)
    settings = build(
        Settings,
        {
            **top,
            "sites": built,
            "tls": build(TlsSettings, sections["tls"], "tls", source),
            "acme": build(AcmeSettings, sections["acme"], "acme", source),
            "limits": build(LimitSettings, sections["limits"], "limits", source),
        },
        "",
        source,
    )
    check(settings, source)
    return settings


def build(kind: type, table: Mapping[str, Any], section: str, source: str) -> Any:
    """One dataclass from one table."""
    fields = {f.name: f for f in dataclasses.fields(kind)}
    for name in table:
        if name not in fields:
            near = difflib.get_close_matches(name, fields, n=1)
            where = f"{section}.{name}" if section else name
            raise SettingsError(where, source, "no such setting", hint=f"did you mean {near[0]}?" if near else "")
    spelled = {name: f"{section}.{name}" if section else name for name in table}
    return kind(**{name: convert(value, fields[name], spelled[name], source) for name, value in table.items()})


def convert(value: Any, target: dataclasses.Field, name: str, source: str) -> Any:
    """``value`` in the type of the field's default: text from the environment, or TOML's own types."""
    default = target.default
    if isinstance(default, tuple):
        if target.name == "sites":
            return value
        if isinstance(value, list):
            return texts(value, name, source)
        return tuple(part.strip() for part in str(value).split(",") if part.strip())
    if dataclasses.is_dataclass(default):
        return value
    if isinstance(default, bool):
        return boolean(value, name, source)
    if isinstance(default, (int, float)):
        return number(value, type(default), name, source)
    if isinstance(default, Path):
        return Path(str(value))
    if not isinstance(value, str):
        raise SettingsError(name, source, f"expected text, not {value!r}")
    return value


def texts(value: list[Any], name: str, source: str) -> tuple[str, ...]:
    """A TOML array, every entry a text."""
    wrong = next((each for each in value if not isinstance(each, str)), None)
    if wrong is not None:
        raise SettingsError(name, source, f"expected a list of texts; {wrong!r} is none", hint="put it in quotes")
    return tuple(value)


def boolean(value: Any, name: str, source: str) -> bool:
    """true/false in the spellings people use."""
    words = {
        "1": True,
        "true": True,
        "yes": True,
        "on": True,
        "0": False,
        "false": False,
        "no": False,
        "off": False,
        "": False,
    }
    if isinstance(value, bool):
        return value
    if str(value).lower() in words:
        return words[str(value).lower()]
    raise SettingsError(name, source, "expected true or false")


def number(value: Any, kind: type, name: str, source: str) -> int | float:
    """A number that is not negative."""
    try:
        result = kind(value)
    except (TypeError, ValueError):
        raise SettingsError(name, source, f"expected a number, not {value!r}") from None
    if not 0 <= result < float("inf"):
        raise SettingsError(name, source, "expected a number from 0 up")
    return result


def check(settings: Settings, source: str) -> None:
    """Rules between fields, and values from a closed list."""
    one_of(settings.tls.mode, ("acme", "files", "internal", "off"), "tls", source)
    one_of(settings.log, ("text", "json"), "log", source)
    one_of(settings.access_log, ("combined", "json", "off"), "access_log", source)
    one_of(settings.log_level, ("debug", "info", "warning", "error"), "log_level", source)
    if settings.tls.mode == "files" and not (settings.tls.cert and settings.tls.key):
        raise SettingsError("tls_cert, tls_key", source, "both are needed with tls = files")
    judge("proxy_protocol", map(objections.network, settings.proxy_protocol), source)
    judge("http, https", map(objections.listen, (*settings.http, *settings.https)), source)
    judge("peers", [objections.peers(settings.peers)], source)
    judge("storage", [objections.storage(settings.storage)], source)
    judge("acme_directory", map(objections.directory, settings.acme.directory), source)
    judge("acme_staging", [settings.acme.staging and objections.directory(settings.acme.staging)], source)
    judge("acme_email", [objections.email(settings.acme.email)], source)
    judge("acme_eab", [objections.binding(settings.acme.eab_kid, settings.acme.eab_hmac)], source)
    judge("name", (objections.site_name(site.name) for site in settings.sites), source)
    judge("domains", (objections.domain(name) for site in settings.sites for name in site.domains), source)
    check_repeated(settings, source)


def check_repeated(settings: Settings, source: str) -> None:
    """What one process can have, or show, once."""
    fixed = [each for each in (*settings.http, *settings.https) if listen_address(each)[1]]
    names = [site.name for site in settings.sites]
    hosts = [domain.lower().rstrip(".") for site in settings.sites for domain in site.domains]
    judge("http, https", [objections.repeated("one address, one listener", fixed, "give each its own port")], source)
    judge("name", [objections.repeated("two sites have the same name", names, "give every [[site]] its own")], source)
    judge("domains", [objections.repeated("a host shows one site", hosts, "name each host once")], source)
    anywhere = [site.name for site in settings.sites if not site.domains]
    if len(anywhere) > 1:
        hint = "a site without domains answers every name: only one of them would be seen"
        raise SettingsError("domains", source, f"{' and '.join(anywhere)} have none", hint=hint)
    if not (settings.http or settings.https):
        raise SettingsError("http, https", source, "no listen address is left", hint="set one of them, e.g. :80")


def judge(name: str, found: Iterable[objections.Objection | str | None], source: str) -> None:
    """Raise the first objection."""
    for objection in found:
        if objection:
            raise SettingsError(name, source, objection[0], hint=objection[1])


def one_of(value: str, allowed: tuple[str, ...], name: str, source: str) -> None:
    if value not in allowed:
        near = difflib.get_close_matches(value, allowed, n=1)
        expected = f"expected {', '.join(allowed)}, not {value!r}"
        raise SettingsError(name, source, expected, hint=f"did you mean {near[0]}?" if near else "")


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


def described() -> list[tuple[str, str]]:
    """(environment name, help with the default) of every setting, in the order of the fields."""
    holders = {"site": SiteSettings, "": Settings, "tls": TlsSettings, "acme": AcmeSettings, "limits": LimitSettings}
    rows = []
    for name, (section, key) in ENVIRONMENT.items():
        field_of = {each.name: each for each in dataclasses.fields(holders[section])}[key]
        default = field_of.default
        shown = default_words(default)
        rows.append((name, field_of.metadata["help"] + (f" [{shown}]" if shown else "")))
    return rows


def default_words(default: Any) -> str:
    """A default as one would write it; "" for none."""
    if isinstance(default, tuple):
        return ",".join(default)
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, float):
        return f"{default:g}"
    return "" if default is None else str(default)
