"""What certificates leave in storage, all of it shared by replicas.

    certs/bundles/<set>            chain, key and facts of one certificate, whole, with a checksum; one write
    certs/previous/<set>           the bundle before it
    certs/orders/<set>             an order under way: its URL and private key, so that a killed issuer's work is finished, not repeated
    certs/state/<set>              failures, the CA's wish, the last time somebody wanted this set
    certs/ledger/<ca>              what was asked of a CA
    certs/account/key              the account key, one for every CA: its thumbprint answers every challenge
    certs/account/<ca>             the URL of the account at a CA
    certs/internal/authority       the own small CA of tls = internal

A ``set`` is the names of one certificate: ``example.com-1a2b3c4d5e``, one of them and a hash of them all, so that replicas
whose settings differ during a rolling update do not overwrite each other's certificates.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from village.certs import attempts, certificate, keys
from village.certs.certificate import Facts
from village.certs.renewal import Wish, moment, parse_time
from village.errors import KeyMissing, VillageError
from village.storage.base import Storage

log = logging.getLogger("village.certs")
ROOT = "certs"


@dataclass(frozen=True, slots=True)
class Bundle:
    """One certificate with its key. ``source`` is the ACME directory it came from, or "internal"."""

    chain: bytes
    key: bytes
    source: str
    facts: Facts

    @classmethod
    def of(cls, chain: bytes, key: bytes, source: str) -> Bundle:
        """Raises OperatorError when the chain or the key does not parse, or when they do not belong together."""
        facts = certificate.read(chain)
        if not certificate.belongs(chain, keys.from_pem(key)):
            raise VillageError("the certificate and the private key do not belong together")
        return cls(chain, key, source, facts)


@dataclass(frozen=True, slots=True)
class State:
    """What is remembered of one set between attempts."""

    whole: attempts.Failure = attempts.Failure()
    by_name: tuple[tuple[str, attempts.Failure], ...] = ()
    by_ca: tuple[tuple[str, attempts.Failure], ...] = ()
    wish: Wish | None = None
    wish_checked: float = 0.0
    wish_again: float = 0.0
    wanted: float = 0.0


@dataclass(frozen=True, slots=True)
class Pool:
    """Every usable certificate in storage by set: the newest, and the generation before it."""

    newest: Mapping[str, Bundle]
    previous: Mapping[str, Bundle]

    def all(self) -> Iterator[Bundle]:
        yield from self.newest.values()
        yield from self.previous.values()


def set_key(names: Iterable[str]) -> str:
    """The storage name of a set of names; the order of the names does not matter beyond the first."""
    ordered = sorted(set(names)) or ["none"]
    digest = hashlib.sha256("\n".join(ordered).encode()).hexdigest()[:10]
    return f"{re.sub(r'[^a-z0-9.-]', '_', ordered[0][:120])}-{digest}"


def ca_key(directory: str) -> str:
    """The storage name of a CA: the directory URL as one word."""
    return re.sub(r"[^a-z0-9.-]+", "_", directory.lower().partition("://")[2])[:120]


def pack(bundle: Bundle) -> bytes:
    """One JSON text: what it holds, and the SHA-256 of that."""
    body = {
        "chain": bundle.chain.decode(),
        "key": bundle.key.decode(),
        "source": bundle.source,
        "names": bundle.facts.names,
        "not_after": moment(bundle.facts.not_after),
    }
    return json.dumps({"sha256": digest(body), "bundle": body}, indent=1).encode()


def unpack(data: bytes) -> Bundle:
    """Raises VillageError for a value that is cut off, altered, or no bundle."""
    try:
        table = json.loads(data)
        body = table["bundle"]
        if table["sha256"] != digest(body):
            raise VillageError("the checksum of a stored certificate is wrong")
        return Bundle.of(body["chain"].encode(), body["key"].encode(), str(body["source"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise VillageError(f"a stored certificate is unreadable: {type(error).__name__}") from None


def digest(body: Any) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


class Shelf:
    """Typed reads and writes over the storage. Every method raises StorageError when the storage fails."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage
        self._read: dict[
            str, tuple[bytes, Bundle | None]
        ] = {}  # unpacking costs signatures and parsing; values rarely change

    async def pool(self) -> Pool:
        """Every usable certificate; a damaged one is left out, so that its previous generation steps in."""
        return Pool(await self._folder("bundles"), await self._folder("previous"))

    async def _folder(self, folder: str) -> dict[str, Bundle]:
        found: dict[str, Bundle] = {}
        for path in await self.storage.list(f"{ROOT}/{folder}/"):
            name = path.rpartition("/")[2]
            bundle = self._unpacked(f"{folder}/{name}", await self.storage.get_or(path))
            if bundle is not None:
                found[name] = bundle
        return found

    async def bundle(self, name: str) -> Bundle | None:
        """The certificate of one set, or its previous generation, or None."""
        for folder in ("bundles", "previous"):
            data = await self.storage.get_or(f"{ROOT}/{folder}/{name}")
            if data:
                bundle = self._unpacked(f"{folder}/{name}", data)
                if bundle is not None:
                    return bundle
        return None

    def _unpacked(self, path: str, data: bytes) -> Bundle | None:
        known = self._read.get(path)
        if known is None or known[0] != data:
            try:
                known = (data, unpack(data))
            except VillageError as error:
                log.warning("%s/%s is set aside: %s", ROOT, path, error)
                known = (data, None)
            self._read[path] = known
        return known[1]

    async def store(self, name: str, bundle: Bundle) -> None:
        """Put a certificate on the shelf, whole, keeping the one before it."""
        before = await self.storage.get_or(f"{ROOT}/bundles/{name}")
        data = pack(bundle)
        if before and before != data and self._unpacked(f"bundles/{name}", before) is not None:
            await self.storage.put(f"{ROOT}/previous/{name}", before)
        await self.storage.put(f"{ROOT}/bundles/{name}", data)

    async def forget(self, name: str) -> None:
        """Remove everything about a set."""
        for folder in ("bundles", "previous", "orders", "state"):
            await self.storage.delete(f"{ROOT}/{folder}/{name}")

    async def state(self, name: str) -> State:
        return read_state(await self._json(f"state/{name}"))

    async def put_state(self, name: str, state: State) -> None:
        await self._put_json(f"state/{name}", write_state(state))

    async def ledger(self, ca: str) -> attempts.Ledger:
        return attempts.ledger_from_json(await self._json(f"ledger/{ca}"))

    async def put_ledger(self, ca: str, ledger: attempts.Ledger) -> None:
        await self._put_json(f"ledger/{ca}", attempts.ledger_to_json(ledger))

    async def order(self, name: str) -> dict[str, Any] | None:
        """An order under way: url, ca, key, names, at."""
        table = await self._json(f"orders/{name}")
        return table if isinstance(table, dict) and {"url", "ca", "key", "names", "at"} <= table.keys() else None

    async def put_order(self, name: str, order: dict[str, Any] | None) -> None:
        if order is None:
            await self.storage.delete(f"{ROOT}/orders/{name}")
        else:
            await self._put_json(f"orders/{name}", order)

    async def account(self, ca: str) -> str:
        """The account URL at a CA, "" before registration."""
        table = await self._json(f"account/{ca}")
        return str(table.get("url", "")) if isinstance(table, dict) else ""

    async def put_account(self, ca: str, url: str) -> None:
        await self._put_json(f"account/{ca}", {"url": url})

    async def account_key(self) -> bytes:
        """The account key as PEM; made once, by whichever replica comes first."""
        return await self._once("account/key", lambda: keys.to_pem(keys.new_key()))

    async def authority(self, make: Any) -> tuple[bytes, bytes]:
        """(root, key) of the internal CA; made once."""

        def packed() -> bytes:
            root, key = make()
            return json.dumps({"root": root.decode(), "key": key.decode()}).encode()

        table = json.loads(await self._once("internal/authority", packed))
        return table["root"].encode(), table["key"].encode()

    async def _once(self, path: str, make: Any) -> bytes:
        try:
            return await self.storage.get(f"{ROOT}/{path}")
        except KeyMissing:
            await self.storage.put_new(f"{ROOT}/{path}", make())
            return await self.storage.get(f"{ROOT}/{path}")

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


def write_state(state: State) -> dict[str, Any]:
    wish = state.wish
    return {
        "whole": attempts.to_json(state.whole),
        "by_name": {name: attempts.to_json(failure) for name, failure in state.by_name},
        "by_ca": {name: attempts.to_json(failure) for name, failure in state.by_ca},
        "wish": wish
        and {
            "cert_id": wish.cert_id,
            "start": wish.start.isoformat(),
            "end": wish.end.isoformat(),
            "selected": wish.selected.isoformat(),
            "explanation": wish.explanation,
        },
        "wish_checked": state.wish_checked,
        "wish_again": state.wish_again,
        "wanted": state.wanted,
    }


def read_state(table: object) -> State:
    """A stored state; what does not read counts as never written."""
    if not isinstance(table, dict):
        return State()
    by_name, by_ca = (
        tuple((str(name), attempts.from_json(each)) for name, each in (table.get(part) or {}).items())
        for part in ("by_name", "by_ca")
    )
    numbers = (float(table.get(part) or 0.0) for part in ("wish_checked", "wish_again", "wanted"))
    return State(attempts.from_json(table.get("whole")), by_name, by_ca, read_wish(table.get("wish")), *numbers)


def read_wish(table: object) -> Wish | None:
    if not isinstance(table, dict):
        return None
    start, end, selected = (parse_time(table.get(part)) for part in ("start", "end", "selected"))
    if not (start and end and selected):
        return None
    return Wish(str(table.get("cert_id", "")), start, end, selected, str(table.get("explanation", "")))
