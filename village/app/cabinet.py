"""The operator's hand in the certificates, from a process of its own beside the running village."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from village.certs import report
from village.certs.keeper import Keeper
from village.metrics import Metrics
from village.settings.model import Settings
from village.storage.opening import open_storage


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Keeper]:
    """A keeper over the shared storage; the running replicas see whatever it does."""
    storage = open_storage(settings.storage, settings.data, settings.cluster_secret)
    try:
        keeper = Keeper(settings, storage, Metrics())
        await keeper.look()
        yield keeper
    finally:
        await storage.close()


def why_none(settings: Settings) -> str:
    """Why village keeps no certificate with these settings."""
    return report.no_plans(settings)


async def listed(settings: Settings) -> list[dict[str, Any]]:
    """The rows of ``village cert list``."""
    async with opened(settings) as keeper:
        return keeper.status()


async def renew(settings: Settings, domain: str) -> list[str]:
    """Leave a mark for the site or domain, or for all: the running replicas order anew. The names marked."""
    async with opened(settings) as keeper:
        return await keeper.renew(domain)


async def export(settings: Settings, folder: Path) -> list[Path]:
    """Write PEM files; returns their paths."""
    async with opened(settings) as keeper:
        return await keeper.export(folder)
