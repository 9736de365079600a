"""A spare copy of what is served, on this replica's own disk.

When the shared storage is away (Redis restarts, NFS hangs) at the moment this replica starts, it serves from the
spare what it served before, and answers challenges. It is read once, at the start; after that ``Memory`` knows.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field

from village.certs.bundle import Bundle
from village.certs.shelf import Shelf
from village.errors import StorageError, VillageError
from village.settings.model import Settings
from village.storage.opening import open_storage

log = logging.getLogger("village.certs")


@dataclass(frozen=True, slots=True)
class Recollection:
    """What is kept: certificates by set, the account key as PEM, and the mark of the storage they were seen in."""

    bundles: Mapping[str, Bundle] = field(default_factory=dict)
    account_key: bytes = b""
    mark: str = ""


class Spare:
    """Kept only where the storage is not this replica's own folder anyway; sealed by the cluster secret as well."""

    def __init__(self, settings: Settings) -> None:
        folder = settings.data / "spare"
        self._shelf = Shelf(open_storage("", folder, settings.cluster_secret)) if settings.storage else None
        self._kept: object = None

    async def keep(self, memory: Recollection) -> None:
        """Write down what changed, and forget the sets that are not in it."""
        content = (
            {name: bundle.facts.fingerprint for name, bundle in memory.bundles.items()},
            memory.account_key,
            memory.mark,
        )
        if self._shelf is None or content == self._kept:
            return
        try:
            await self._copy(self._shelf, memory)
        except VillageError as error:
            log.warning("no spare copy of the certificates: %s", error)
        self._kept = content

    @staticmethod
    async def _copy(shelf: Shelf, memory: Recollection) -> None:
        for name, bundle in memory.bundles.items():
            await shelf.store(name, bundle)
        for name in (await shelf.pool()).newest.keys() - memory.bundles.keys():
            await shelf.forget(name)
        await shelf.put_account_key(memory.account_key)
        await shelf.put_mark(memory.mark)

    async def recall(self) -> Recollection:
        """What was last kept; empty where nothing was."""
        if self._shelf is not None:
            with contextlib.suppress(StorageError):
                pool, key = await self._shelf.pool(), await self._shelf.known_account_key()
                return Recollection(pool.newest, key, await self._shelf.known_mark())
        return Recollection()

    async def close(self) -> None:
        """Release the folder."""
        if self._shelf is not None:
            await self._shelf.storage.close()
