"""What must hold between settings; the first objection is raised with what to write instead."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from village.errors import SettingsError
from village.settings import objections
from village.settings.model import Settings, listen_address


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
