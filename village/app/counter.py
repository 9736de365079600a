"""The verbs that answer an operator and end: status, health, certificates."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import click

from village.app import local, plain_words
from village.errors import OperatorError
from village.settings.model import Settings


def status(settings: Settings, *, as_json: bool) -> int:
    """What the running village serves, for a person or a program."""
    code, body = local.ask(settings, "/-/status.json")
    if code != 200:
        raise OperatorError(f"the status page answered {code}", hint="set VILLAGE_ADMIN_TOKEN to that of `village run`")
    if as_json:
        sys.stdout.write(body.decode())
        return 0
    click.echo(plain_words.status(json.loads(body)))
    return 0


def health(settings: Settings) -> int:
    """0 when the process answers; the image's health check."""
    code, _ = local.ask(settings, "/-/health/live")
    return 0 if code == 200 else 3


def certificates(settings: Settings) -> int:
    """Which certificate until when, read from the shared storage, whether or not village runs."""
    from village.app import cabinet  # noqa: PLC0415 - loads cryptography

    rows = asyncio.run(cabinet.listed(settings))
    click.echo(plain_words.certificates(rows) if rows else f"  none: {cabinet.why_none(settings)}")
    return 0


def renew(settings: Settings, domain: str) -> int:
    """Ask the running replicas for new certificates."""
    from village.app import cabinet  # noqa: PLC0415

    for name in asyncio.run(cabinet.renew(settings, domain)):
        click.echo(f"{name}: the running village orders a new certificate within a minute")
    return 0


def export_certificates(settings: Settings, folder: Path) -> int:
    """Certificates as PEM files, for other services."""
    from village.app import cabinet  # noqa: PLC0415

    written = asyncio.run(cabinet.export(settings, folder))
    if not written:
        why = "`village cert list` says what is missing" if settings.tls.mode == "acme" else cabinet.why_none(settings)
        raise OperatorError("there is no certificate to export yet", hint=why)
    click.echo("\n".join(map(str, written)))
    return 0
