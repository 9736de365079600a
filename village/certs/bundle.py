"""One certificate with its key, as one value with a checksum."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from village.certs import certificate, keys
from village.certs.certificate import Facts
from village.certs.renewal import moment
from village.errors import VillageError


@dataclass(frozen=True, slots=True)
class Bundle:
    """One certificate with its key. ``source`` is the ACME directory it came from, or "internal".

    ``at`` orders the certificates of one set: when this one was obtained, in seconds since the epoch, and in any case
    after the one before it. The certificate's own dates do not: CAs put its beginning an hour back, or to midnight.
    """

    chain: bytes
    key: bytes = field(repr=False)
    source: str
    facts: Facts
    at: float = 0.0

    @classmethod
    def of(cls, chain: bytes, key: bytes, source: str, at: float | None = None) -> Bundle:
        """Raises OperatorError when the chain or the key does not parse, or when they do not belong together."""
        facts = certificate.read(chain)
        if not certificate.belongs(chain, keys.from_pem(key)):
            raise VillageError("the certificate and the private key do not belong together")
        return cls(chain, key, source, facts, facts.not_before.timestamp() if at is None else at)


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
        "at": bundle.at,
    }
    return json.dumps({"sha256": digest(body), "bundle": body}, indent=1).encode()


def unpack(data: bytes) -> Bundle:
    """Raises VillageError for a value that is cut off, altered, or no bundle."""
    try:
        table = json.loads(data)
        body = table["bundle"]
        if table["sha256"] != digest(body):
            raise VillageError("the checksum of a stored certificate is wrong")
        at = float(body["at"]) if "at" in body else None  # earlier versions wrote none
        return Bundle.of(body["chain"].encode(), body["key"].encode(), str(body["source"]), at)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise VillageError(f"a stored certificate is unreadable: {type(error).__name__}") from None


def digest(body: Any) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
