"""A spare copy of what is served, on this replica's own disk.

When the shared storage is away (Redis restarts, NFS hangs) at the moment this replica starts, it serves from the
spare what it served before, and answers challenges. The copy is never newer than the storage and is only read
until the storage answers for the first time.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Mapping

from village.certs.bundle import Bundle, Pool
from village.certs.shelf import Shelf
from village.errors import StorageError, VillageError
from village.settings import Settings
from village.storage.opening import open_storage

log = logging.getLogger("village.certs")


class Spare:
    """Kept only where the storage is not this replica's own folder anyway; sealed by the cluster secret as well."""

    def __init__(self, settings: Settings) -> None:
        folder = settings.data / "spare"
        self._shelf = Shelf(open_storage("", folder, settings.cluster_secret)) if settings.storage else None
        self._kept: object = None

    async def keep(self, pool: Pool, wanted: set[str], account_key: bytes) -> None:
        """Copy the certificates of the ``wanted`` sets and the account key, when they changed."""
        bundles = {name: bundle for name, bundle in pool.newest.items() if name in wanted}
        content = {name: bundle.facts.fingerprint for name, bundle in bundles.items()}, account_key
        if self._shelf is None or content == self._kept:
            return
        try:
            await self._copy(self._shelf, bundles, account_key)
        except VillageError as error:
            log.warning("no spare copy of the certificates: %s", error)
        self._kept = content

    @staticmethod
    async def _copy(shelf: Shelf, bundles: Mapping[str, Bundle], account_key: bytes) -> None:
        for name, bundle in bundles.items():
            await shelf.store(name, bundle)
        for name in (await shelf.pool()).newest.keys() - bundles.keys():
            await shelf.forget(name)
        await shelf.put_account_key(account_key)

    async def recall(self) -> tuple[Pool, bytes]:
        """(certificates, account key) as they were last kept; empty where nothing was."""
        if self._shelf is not None:
            with contextlib.suppress(StorageError):
                return await self._shelf.pool(), await self._shelf.known_account_key()
        return Pool({}, {}), b""

    async def close(self) -> None:
        """Release the folder."""
        if self._shelf is not None:
            await self._shelf.storage.close()
