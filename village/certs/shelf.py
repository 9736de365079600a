"""What certificates leave in storage, all of it shared by replicas.

    certs/bundles/<set>         chain, key and facts of one certificate, whole, with a checksum; one write
    certs/previous/<set>        the bundle before it
    certs/orders/<set>          an order under way, URL and private key, so that a killed issuer's work is finished
    certs/state/<set>           failures, the CA's wish, the last time somebody wanted this set
    certs/asked/<set>           an operator wants it renewed now
    certs/ledger/<ca>           what was asked of a CA
    certs/account/key           the account key, one for every CA: its thumbprint answers every challenge
    certs/account/<ca>          the URL of the account at a CA, and the thumbprint of its key
    certs/mark                  a random word, made once: another one means that the storage lost everything
    certs/internal/authority    the own small CA of tls = internal

A ``set`` is the names of one certificate: ``example.com-1a2b3c4d5e``, one of them and a hash of them all, so
that replicas whose settings differ during a rolling update do not overwrite each other's certificates.
"""

from __future__ import annotations

import contextlib
import json
import logging
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from village.certs import attempts, certificate, keys
from village.certs.bundle import Bundle, Pool, pack, unpack
from village.certs.state import State, read_state, write_state
from village.errors import KeyMissing, VillageError
from village.storage.base import Storage

log = logging.getLogger("village.certs")
ROOT = "certs"
ORDER_FIELDS = {"url", "ca", "key", "names", "at", "after"}


class Shelf:
    """Typed reads and writes over the storage. Every method raises StorageError when the storage fails."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage
        self._unpacked: dict[str, tuple[bytes, Bundle | None]] = {}  # unpacking verifies keys; values rarely change

    # certificates

    async def pool(self) -> Pool:
        """Every usable certificate; a damaged one is left out, so that its previous generation steps in."""
        return Pool(await self._folder("bundles"), await self._folder("previous"))

    async def _folder(self, folder: str) -> dict[str, Bundle]:
        found: dict[str, Bundle] = {}
        for path in await self.storage.list(f"{ROOT}/{folder}/"):
            bundle = self._read(path, await self.storage.get_or(path))
            if bundle is not None:
                found[path.rpartition("/")[2]] = bundle
        return found

    async def bundle(self, name: str) -> Bundle | None:
        """The certificate of one set, or its previous generation, or None."""
        for folder in ("bundles", "previous"):
            path = f"{ROOT}/{folder}/{name}"
            bundle = self._read(path, await self.storage.get_or(path))
            if bundle is not None:
                return bundle
        return None

    def _read(self, path: str, data: bytes) -> Bundle | None:
        known = self._unpacked.get(path)
        if known is None or known[0] != data:
            known = (data, self._opened(path, data))
            self._unpacked[path] = known
        return known[1]

    @staticmethod
    def _opened(path: str, data: bytes) -> Bundle | None:
        if not data:
            return None
        try:
            return unpack(data)
        except VillageError as error:
            log.warning("%s is set aside: %s", path, error)
            return None

    async def store(self, name: str, bundle: Bundle) -> None:
        """Put a certificate on the shelf, whole, keeping the one before it."""
        path, data = f"{ROOT}/bundles/{name}", pack(bundle)
        before = await self.storage.get_or(path)
        if before and before != data and self._read(path, before) is not None:
            await self.storage.put(f"{ROOT}/previous/{name}", before)
        await self.storage.put(path, data)

    async def restore(self, bundles: Mapping[str, Bundle]) -> bool:
        """Give a storage that lost certificates those that this replica still has; True when there were any.

        Needs no lock, because it puts nothing in anything's place.
        """
        given = [name for name, bundle in bundles.items() if await self._put_back(name, bundle)]
        if given:
            log.warning("the storage had lost %s; put back from here", ", ".join(given))
        return bool(given)

    async def _put_back(self, name: str, bundle: Bundle) -> bool:
        return await self.storage.put_new(f"{ROOT}/bundles/{name}", pack(bundle))

    async def forget(self, name: str) -> None:
        """Remove everything about a set."""
        for folder in ("bundles", "previous", "orders", "state", "asked"):
            await self.storage.delete(f"{ROOT}/{folder}/{name}")

    # what is remembered

    async def state(self, name: str) -> State:
        """Failures, wish and dates of one set."""
        return read_state(await self._json(f"state/{name}"))

    async def put_state(self, name: str, state: State) -> None:
        """Only under the lock: two writers would lose each other's failures."""
        await self._put_json(f"state/{name}", write_state(state))

    async def ledger(self, ca: str) -> attempts.Ledger:
        """What was asked of a CA."""
        return attempts.ledger_from_json(await self._json(f"ledger/{ca}"))

    async def put_ledger(self, ca: str, ledger: attempts.Ledger) -> None:
        """Only under the lock."""
        await self._put_json(f"ledger/{ca}", attempts.ledger_to_json(ledger))

    async def order(self, name: str) -> dict[str, Any] | None:
        """An order under way: url, ca, key, names, at, after (the predecessor)."""
        table = await self._json(f"orders/{name}")
        return table if isinstance(table, dict) and table.keys() >= ORDER_FIELDS else None

    async def put_order(self, name: str, order: dict[str, Any] | None) -> None:
        """Note an order, or forget it (None)."""
        if order is None:
            await self.storage.delete(f"{ROOT}/orders/{name}")
        else:
            await self._put_json(f"orders/{name}", order)

    # the operator's wish

    async def asked(self) -> set[str]:
        """Sets that an operator wants renewed now."""
        return {path.rpartition("/")[2] for path in await self.storage.list(f"{ROOT}/asked/")}

    async def ask(self, name: str) -> None:
        """Leave the wish."""
        await self.storage.put(f"{ROOT}/asked/{name}", b"1")

    async def heard(self, name: str) -> None:
        """The wish was tried, well or badly."""
        await self.storage.delete(f"{ROOT}/asked/{name}")

    # accounts

    async def account(self, ca: str, thumbprint: str) -> str:
        """The URL of the account at a CA that the key with this thumbprint opens, "" before registration."""
        table = await self._json(f"account/{ca}")
        if not isinstance(table, dict) or table.get("key", thumbprint) != thumbprint:
            return ""
        return str(table.get("url", ""))

    async def put_account(self, ca: str, url: str, thumbprint: str) -> None:
        """Remember the account."""
        await self._put_json(f"account/{ca}", {"url": url, "key": thumbprint})

    async def account_key(self, known: bytes = b"") -> bytes:
        """The account key as PEM; made once, by whichever replica comes first.

        A storage that lost it gets the ``known`` one back: with another key nobody's challenges would match.
        """
        good = known if sound_key(known) else b""
        return await self._once("account/key", lambda: good or keys.to_pem(keys.new_key()), sound_key)

    async def known_account_key(self) -> bytes:
        """The account key if there is one, else nothing."""
        return await self.storage.get_or(f"{ROOT}/account/key")

    async def put_account_key(self, pem: bytes) -> None:
        """For a copy of the shelf; the shared one makes its own."""
        await self.storage.put(f"{ROOT}/account/key", pem)

    # the mark

    async def mark(self) -> str:
        """The storage's own random word, made by whoever comes first."""
        return (await self._once("mark", lambda: secrets.token_hex(8).encode(), bool)).decode(errors="replace")

    async def known_mark(self) -> str:
        """The mark if there is one, else ""."""
        return (await self.storage.get_or(f"{ROOT}/mark")).decode(errors="replace")

    async def put_mark(self, mark: str) -> None:
        """For a copy of the shelf; the shared one makes its own."""
        await self.storage.put(f"{ROOT}/mark", mark.encode())

    # the internal CA

    async def authority(self, make: Callable[[], tuple[bytes, bytes]]) -> tuple[bytes, bytes]:
        """(root, key) of the internal CA; made once."""

        def packed() -> bytes:
            root, key = make()
            return json.dumps({"root": root.decode(), "key": key.decode()}).encode()

        table = json.loads(await self._once("internal/authority", packed, sound_authority))
        return table["root"].encode(), table["key"].encode()

    async def _once(self, path: str, make: Callable[[], bytes], sound: Callable[[bytes], bool]) -> bytes:
        """A value that is made by whoever comes first; a damaged one is of no use to anybody, and made anew."""
        with contextlib.suppress(KeyMissing):
            found = await self.storage.get(f"{ROOT}/{path}")
            if sound(found):
                return found
            log.warning("%s/%s is damaged and is made anew", ROOT, path)
            await self.storage.delete(f"{ROOT}/{path}")
        await self.storage.put_new(f"{ROOT}/{path}", make())
        return await self.storage.get(f"{ROOT}/{path}")

    # storage

    async def prove_writable(self) -> None:
        """Write, read back and delete: a full or read-only storage must not cost an order. Raises StorageError."""
        path, data = f"{ROOT}/proof", b"village" * 1000
        await self.storage.put(path, data)
        await self.storage.get(path)
        await self.storage.delete(path)

    async def _json(self, path: str) -> Any:
        try:
            return json.loads(await self.storage.get_or(f"{ROOT}/{path}", b"null"))
        except ValueError:
            log.warning("%s/%s is no JSON and counts as empty", ROOT, path)
            return None

    async def _put_json(self, path: str, value: Any) -> None:
        await self.storage.put(f"{ROOT}/{path}", json.dumps(value).encode())


def sound_key(pem: bytes) -> bool:
    """True for a private key in PEM."""
    try:
        keys.from_pem(pem)
    except VillageError:
        return False
    return True


def sound_authority(data: bytes) -> bool:
    """True for the root and the key of the internal CA, as they are stored."""
    try:
        table = json.loads(data)
        return certificate.belongs(table["root"].encode(), keys.from_pem(table["key"].encode()))
    except (VillageError, ValueError, KeyError, TypeError, AttributeError):
        return False
