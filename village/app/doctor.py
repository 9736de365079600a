"""``village doctor``: what stands between this machine and a served site, each finding with its remedy."""

from __future__ import annotations

import asyncio
import http.client
import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click

from village import mounts
from village.app import local, sources
from village.certs import acme, pem_files
from village.certs.answers import http_date
from village.certs.names import hostname
from village.errors import OperatorError, VillageError
from village.settings.model import Settings, SiteSettings, listen_address
from village.storage.opening import open_storage

GOOD, WARN, BAD = "✓", "!", "✗"
LEAST_FREE = 200 * 1024 * 1024  # bytes
LARGEST = 64 * 1024  # bytes of a CA's directory
SKEW = 60.0  # seconds: CAs back-date by an hour, but signatures and renewals want better


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report. ``mark`` is good, warn or bad."""

    mark: str
    subject: str
    words: str
    hint: str = ""

    def line(self) -> str:
        hint = f"\n      → {self.hint}" if self.hint and self.mark != GOOD else ""
        return f"  {self.mark} {self.subject}: {self.words}{hint}"


def main(settings: Settings) -> int:
    """Run every check and print it; 2 when something is the operator's to mend, 3 when only the world is in the way."""
    findings = [finding for check in CHECKS for finding in guarded(check, settings)]
    for finding in findings:
        click.echo(finding.line())
    bad = [finding for finding in findings if finding.mark == BAD]
    click.echo(f"{len(bad)} to mend" if bad else "nothing to mend")
    if not bad:
        return 0
    return 3 if all(finding.subject in WORLD for finding in bad) else 2


def guarded(check: Callable[[Settings], Iterator[Finding]], settings: Settings) -> list[Finding]:
    """A check that itself fails is a finding, never a traceback."""
    try:
        return list(check(settings))
    except VillageError as error:
        return [Finding(BAD, check.__name__.replace("_", " "), error.message, error.hint)]
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        return [Finding(BAD, check.__name__.replace("_", " "), f"{error.strerror or error}{where}")]
    except Exception as error:  # noqa: BLE001 - one check that fails must not hide what the others found
        return [Finding(BAD, check.__name__.replace("_", " "), f"{type(error).__name__}: {error}")]


def programs(_: Settings) -> Iterator[Finding]:
    """Git is the one program village needs."""
    path = shutil.which("git")
    if path is None:
        yield Finding(BAD, "git", "not installed", "install git; the image brings it")
        return
    version = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    yield Finding(GOOD, "git", version.removeprefix("git version "))


def data_folder(settings: Settings) -> Iterator[Finding]:
    """Writable, roomy, and on something that outlives the container."""
    data = settings.data.absolute()
    try:
        data.mkdir(parents=True, exist_ok=True)
        probe = data / f".doctor-{uuid.uuid4().hex}"
        probe.write_bytes(os.urandom(10240))
        probe.unlink()
    except OSError as error:
        hint = f"VILLAGE_DATA must be a folder that user {os.getuid()} may write; a mounted volume may need chown"
        words = "is a file" if data.is_file() else f"cannot be written: {error.strerror}"
        yield Finding(BAD, "data folder", f"{data} {words}", hint)
        return
    free = shutil.disk_usage(data).free
    words = f"{data}, writable, {free // 2**20} MB free"
    if free < LEAST_FREE:
        yield Finding(WARN, "data folder", words, "free some space: a release that cannot be written is not shown")
    else:
        yield Finding(GOOD, "data folder", words)
    if mounts.filesystem(data)[1] in mounts.LAYERS:
        yield Finding(
            WARN,
            "data folder",
            "lies in the container itself and goes with it",
            "mount a volume: docker run -v village:/data …; lost certificates burn the CA's limits",
        )


def storage(settings: Settings) -> Iterator[Finding]:
    """A round trip through the shared storage."""

    async def round_trip() -> float:
        shared = open_storage(settings.storage, settings.data, settings.cluster_secret)
        key = f"doctor/{uuid.uuid4().hex}"
        started = time.perf_counter()
        try:
            async with asyncio.timeout(10):
                await shared.put(key, b"x")
                await shared.get(key)
                await shared.delete(key)
        finally:
            await shared.close()
        return time.perf_counter() - started

    try:
        seconds = asyncio.run(round_trip())
    except TimeoutError:
        yield Finding(BAD, "storage", "no answer within 10 s", "is VILLAGE_STORAGE reachable from here?")
        return
    yield Finding(GOOD, "storage", f"write, read and delete in {seconds * 1000:.0f} ms")


def source(settings: Settings) -> Iterator[Finding]:
    """Each site's content can be reached.

    Asked from a folder of the moment: the checkout belongs to whoever runs here.
    """
    with tempfile.TemporaryDirectory() as aside:
        for site in settings.sites:
            yield from reached(site, sources.source_of(site, Path(aside)))


def reached(site: SiteSettings, place: sources.Repository | sources.Place) -> Iterator[Finding]:
    """What the source of one site says."""
    if not isinstance(place, sources.Repository):
        yield Finding(GOOD, "source", f"{site.name}: the folder {place.tree}")
        return
    try:
        commit = asyncio.run(place.checkout.remote_commit())
        yield Finding(GOOD, "source", f"{site.name}: newest commit {commit[:10]}")
    except VillageError as error:
        yield Finding(BAD, "source", f"{site.name}: {error.message}", error.hint)
    if not site.hook_secret:
        poll = f"by the poll every {site.poll:.0f} s" if site.poll else "never: VILLAGE_POLL is 0"
        words = f"{site.name} has none: pushes are found {poll}"
        yield Finding(WARN, "hook secret", words, "set VILLAGE_HOOK_SECRET and the same secret at the forge")


def ports(settings: Settings) -> Iterator[Finding]:
    """Village answers on its ports, or they are free for it."""
    try:
        code, _ = local.ask(settings, "/-/health/live")
        yield Finding(GOOD if code == 200 else WARN, "village", f"runs here and answers {code}")
    except OperatorError:
        for address in (*settings.http, *settings.https):
            yield bindable(address)


def bindable(address: str) -> Finding:
    """Whether a listen address could be bound now."""
    host, port = listen_address(address)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError:
            hint = "ports below 1024 need root, CAP_NET_BIND_SERVICE, or net.ipv4.ip_unprivileged_port_start=0"
            return Finding(BAD, "port", f"{address} may not be bound by this user", hint)
        except OSError as error:
            return Finding(
                BAD, "port", f"{address}: {error.strerror}", "stop the other program or change VILLAGE_HTTP(S)"
            )
    return Finding(GOOD, "port", f"{address} is free for village")


def names(settings: Settings) -> Iterator[Finding]:
    """Each domain resolves, and for a CA every one of its addresses leads to a village on port 80."""
    for site in settings.sites:
        for domain in site.domains:
            try:
                found = socket.getaddrinfo(hostname(domain) or domain, 80, type=socket.SOCK_STREAM)
            except (OSError, UnicodeError) as error:
                yield Finding(
                    BAD, "dns", f"{domain}: {error}", "add an A (and AAAA) record that points at this machine"
                )
                continue
            if settings.tls.mode != "acme":
                yield Finding(GOOD, "dns", f"{domain} has an address")
                continue
            for address in sorted({str(entry[4][0]) for entry in found}):
                yield leads_here(domain, address, settings.acme.http_port)


def leads_here(domain: str, address: str, port: int) -> Finding:
    """Whether ``address`` answers as village on the port that a CA asks, for ``domain``."""
    kind = "AAAA" if ":" in address else "A"
    host = f"[{address}]" if ":" in address else address
    request = urllib.request.Request(f"http://{host}:{port}/-/health/live", headers={"Host": domain})
    try:
        with urllib.request.urlopen(request, timeout=5) as reply:  # noqa: S310
            good = reply.status == 200
    except (OSError, http.client.HTTPException) as error:
        words = in_words(error)
        hint = f"the {kind} record must lead to village's port {port} while it runs; a CA tries it from outside"
        return Finding(BAD, "port 80", f"{domain} ({kind} {address}): {words}", hint)
    return Finding(GOOD if good else WARN, "port 80", f"{domain} ({kind} {address}) answers")


def certificate_files(settings: Settings) -> Iterator[Finding]:
    """tls = files: the pair reads, belongs together, is valid now and covers every domain."""
    if settings.tls.mode != pem_files.SOURCE:
        return
    bundle = pem_files.PemFiles(settings.tls.cert, settings.tls.key).changed()
    if bundle is None:
        return
    facts, now = bundle.facts, datetime.now(UTC)
    missing = [domain for site in settings.sites for domain in site.domains if not facts.covers(domain.lower())]
    words = f"{', '.join(facts.names)} until {facts.not_after:%Y-%m-%d}"
    if not facts.valid_at(now):
        yield Finding(BAD, "certificate", f"{words}: not valid now", "put a current one in VILLAGE_TLS_CERT")
    elif missing:
        hint = "browsers refuse it there: get one that names them all"
        yield Finding(BAD, "certificate", f"{words}, not for {', '.join(missing)}", hint)
    else:
        yield Finding(GOOD, "certificate", words)


def clock(settings: Settings) -> Iterator[Finding]:
    """Our clock against the CA's Date header."""
    if settings.tls.mode != "acme":
        return
    acme.check_bundle(settings.acme.ca_bundle)
    context = ssl.create_default_context(cafile=settings.acme.ca_bundle or None)
    for directory in settings.acme.directory:
        try:
            with urllib.request.urlopen(directory, timeout=8, context=context) as reply:  # noqa: S310 - the operator's
                date, body = http_date(reply.headers.get("Date", "")), reply.read(LARGEST)
        except (OSError, http.client.HTTPException) as error:
            yield Finding(BAD, "ca", f"{directory}: {in_words(error)}", "is the network open to the CA?")
            continue
        if b'"newOrder"' not in body:
            hint = "check VILLAGE_ACME_DIRECTORY; or something between here and the CA answers in its place"
            yield Finding(BAD, "ca", f"{directory} answers, but not with an ACME directory", hint)
            continue
        skew = abs(time.time() - date) if date else 0.0
        mark = GOOD if skew < SKEW else BAD
        hint = "set the machine's clock (timedatectl set-ntp true)"
        yield Finding(mark, "clock", f"{skew:.0f} s from the CA's", hint)


def in_words(error: Exception) -> str:
    """The root of what a request failed with, on one line."""
    reason = error if isinstance(error, urllib.error.HTTPError) else getattr(error, "reason", error)
    words = getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
    return str(words).strip().splitlines()[0]


CHECKS = (programs, data_folder, storage, source, ports, names, certificate_files, clock)
WORLD = {"source", "dns", "port 80", "ca"}
