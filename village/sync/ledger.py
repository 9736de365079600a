"""What replicas write down for one another in the shared storage, and going on without it.

    sync/wanted/<site>     JSON {token, commit}: a new token means "look now"; written before a hook is answered
    sync/replicas/<id>     a replica's record of itself (village.sync.presence)
    sync/secret            what proves rings where no cluster secret is set

No method raises a StorageError: a replica without its storage is ``alone`` and serves, builds and polls all
the same.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections.abc import Coroutine
from typing import Any, TypeVar

from village.errors import KeyMissing, StorageError
from village.storage.base import Storage
from village.sync.presence import Record, decoded

log = logging.getLogger("village.sync")
Result = TypeVar("Result")

WANTED = "sync/wanted/"
REPLICAS = "sync/replicas/"
SECRET = "sync/secret"  # noqa: S105 - a key's name
PATIENCE = 2.0  # seconds for one call
HOOK_PATIENCE = 0.06  # seconds that the answer to a hook waits for its record; it is written all the same
ALONE_PATIENCE = 0.05  # the same once storage has failed: the sender of a hook waits for its answer


class Ledger:
    """``alone``: storage fails. It is asked at every turn whether it is back."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage
        self.alone = False
        self._failed = False  # in this turn
        self._complaints: set[str] = set()
        self._wishes: dict[str, bytes] = {}  # by site: the newest, which the next write takes
        self._written: dict[str, asyncio.Task[bool]] = {}  # by site: the write under way
        self._next: dict[str, asyncio.Task[bool]] = {}  # by site: the write that begins when that has ended

    def begin_turn(self) -> None:
        self._failed = False

    def end_turn(self) -> None:
        """A whole turn without a failure: storage is back."""
        if self.alone and not self._failed:
            log.info("the shared storage answers again")
            self.alone = False
            self._complaints.clear()

    async def secret(self) -> bytes:
        """Random bytes that only those can read who can read the storage; empty when it fails."""
        found = await self._ask(self.storage.get_or(SECRET))
        if found == b"":
            await self._ask(self.storage.put_new(SECRET, os.urandom(32)))
            found = await self._ask(self.storage.get_or(SECRET))
        return bytes(found or b"")

    async def records(self) -> list[Record] | None:
        """Every replica's record; None when storage fails."""
        keys = await self._ask(self.storage.list(REPLICAS), patience=PATIENCE)
        if keys is None:
            return None
        found = [(key, decoded(await self._ask(self.storage.get_or(key), default=b""))) for key in keys]
        return [record for key, record in found if record and REPLICAS + record.id == key]

    async def tell(self, record: Record) -> None:
        await self._ask(self.storage.put(REPLICAS + record.id, record.encoded()))

    async def forget(self, identity: str) -> None:
        await self._ask(self.storage.delete(REPLICAS + identity))

    async def want(self, site: str, token: str, commit: str) -> bool:
        """Write down that ``site`` changed; False when storage did not keep it, or not yet.

        Of a hundred wishes at one moment the newest is written: who comes while a write is under way shares the next.
        """
        self._wishes[site] = json.dumps({"token": token, "commit": commit}).encode()
        if site not in self._next:
            self._next[site] = asyncio.create_task(self._write_wish(site, self._written.get(site)))
        writing = self._next[site]
        await asyncio.wait({writing}, timeout=HOOK_PATIENCE)
        return writing.done() and not writing.cancelled() and writing.result()

    async def _write_wish(self, site: str, before: asyncio.Task[bool] | None) -> bool:
        if before:
            await asyncio.wait({before})
        self._written[site] = self._next.pop(site)
        return bool(await self._ask(self._put(WANTED + site, self._wishes[site]), default=False))

    async def settle(self) -> None:
        """Let the writes of wishes under way end."""
        if writing := {*self._written.values(), *self._next.values()}:
            await asyncio.wait(writing, timeout=2 * PATIENCE)

    async def wanted(self, site: str) -> tuple[str, str]:
        """(token, commit) of the newest wish; ("", "") when there is none."""
        data = await self._ask(self.storage.get_or(WANTED + site), default=b"")
        try:
            table = json.loads(data)
            return str(table["token"]), str(table["commit"])
        except (ValueError, TypeError, KeyError):
            return "", ""

    async def _put(self, key: str, data: bytes) -> bool:
        await self.storage.put(key, data)
        return True

    async def _ask(
        self, action: Coroutine[Any, Any, Result], default: Any = None, patience: float | None = None
    ) -> Result | Any:
        """The action's outcome, or ``default`` when storage fails; each complaint is logged once until all is
        well.
        """
        try:
            return await within(patience or (ALONE_PATIENCE if self.alone else PATIENCE), action)
        except KeyMissing:
            return default
        except (StorageError, TimeoutError) as error:
            words = str(error) or "it does not answer"
            if words not in self._complaints:
                log.warning("the shared storage fails, going on alone: %s", words)
            self._complaints.add(words)
            self.alone = self._failed = True
            return default


async def within(seconds: float, action: Coroutine[Any, Any, Result]) -> Result:
    """The action's outcome, or TimeoutError; on time even when the action swallows its cancellation."""
    task = asyncio.ensure_future(action)
    task.add_done_callback(lambda done: done.cancelled() or done.exception())  # nobody else may look at it
    try:
        await asyncio.wait({task}, timeout=seconds)
        if not task.done():
            raise TimeoutError
    finally:
        task.cancel()
    return task.result()
