"""Values sealed at rest: AES-256-GCM under the cluster secret, with the key as associated data.

A copy of the shared folder or a dump of Redis gives no private key away, and a sealed value moved under
another key does not open. Values from before the secret was set are still read; they are sealed when they are
next written. Without a secret nothing is sealed, and what is sealed is refused: a replica that was not told the secret
would take the others' keys for damaged ones, and write its own in their place.
"""

from __future__ import annotations

import functools
import hashlib
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from village.errors import StorageError
from village.storage.base import DEFAULT_TTL, Keys, Storage
from village.storage.lease import Lease

MARK = b"village sealed 1\n"
NONCE = 12  # bytes: NIST SP 800-38D, 96-bit random nonces


class Sealed(Storage):
    """``inner`` with every value sealed, where there is a ``secret``; locks hold no secrets and pass through."""

    def __init__(self, inner: Storage, secret: str) -> None:
        super().__init__()
        self.inner = inner
        self.url = inner.url
        self._cipher = AESGCM(stretched(secret)) if secret else None

    async def get(self, key: str) -> bytes:
        return self.opened(key, await self.inner.get(key))

    async def put(self, key: str, data: bytes) -> None:
        await self.inner.put(key, self.sealed(key, data))

    async def put_new(self, key: str, data: bytes) -> bool:
        return await self.inner.put_new(key, self.sealed(key, data))

    async def delete(self, key: str) -> None:
        await self.inner.delete(key)

    async def exists(self, key: str) -> bool:
        return await self.inner.exists(key)

    async def list(self, prefix: str = "") -> Keys:
        return await self.inner.list(prefix)

    async def try_lock(self, name: str, ttl: float = DEFAULT_TTL) -> Lease | None:
        return await self.inner.try_lock(name, ttl)

    async def held(self) -> Keys:
        return await self.inner.held()

    async def close(self) -> None:
        await self.inner.close()

    def sealed(self, key: str, data: bytes) -> bytes:
        if self._cipher is None:
            return data
        nonce = os.urandom(NONCE)
        return MARK + nonce + self._cipher.encrypt(nonce, data, key.encode())

    def opened(self, key: str, data: bytes) -> bytes:
        """Raises StorageError for a value sealed with another secret, damaged, or moved from another key."""
        if not data.startswith(MARK):
            return data
        if self._cipher is None:
            hint = "set VILLAGE_CLUSTER_SECRET to that of the other replicas"
            raise StorageError(f"{key} in the shared storage is sealed", hint=hint)
        nonce, body = data[len(MARK) :][:NONCE], data[len(MARK) + NONCE :]
        try:
            return self._cipher.decrypt(nonce, body, key.encode())
        except (InvalidTag, ValueError):
            raise StorageError(
                f"{key} in the shared storage does not open with this cluster secret",
                hint="give every replica the same VILLAGE_CLUSTER_SECRET; after a change delete the old values",
            ) from None


@functools.lru_cache(maxsize=8)
def stretched(secret: str) -> bytes:
    """The 32-byte key of a secret that a person may have chosen (scrypt, RFC 7914); once a process."""
    return hashlib.scrypt(secret.encode(), salt=b"village storage", n=2**14, r=8, p=1, dklen=32)
