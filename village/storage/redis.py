"""Storage in Redis or Valkey: ``redis://:password@host:6379/0``, ``rediss://…?ssl_ca_certs=/path/ca.pem``.

    village:value:<key>       a value
    village:winner:<key>      who made a value with put_new; kept for a minute
    village:lock:<name>       the owner of a lock, with Redis's own expiry

Every command can be sent again after a broken connection without changing its outcome: put_new and the lock
know their own token. What Redis adds to the contract's limits: a server that restarts without its data
forgets locks and values (the holder learns of it within a third of the ttl), and expiry follows the server's
wall clock.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, RedisError, ResponseError

from village.errors import KeyMissing, SettingsError, StorageError
from village.storage.base import DEFAULT_TTL, Keys, Storage, well_formed
from village.storage.lease import Lease

PAUSES = (0.0, 0.05, 0.2, 0.5, 1.0)  # seconds before each attempt: as long as a small Redis takes to restart

PUT_NEW = """
if redis.call('EXISTS', KEYS[1]) == 1 then
  return redis.call('GET', KEYS[2]) == ARGV[2] and 1 or 0
end
redis.call('SET', KEYS[1], ARGV[1])
redis.call('SET', KEYS[2], ARGV[2], 'EX', 60)
return 1
"""
TAKE = """
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 1 end
return redis.call('GET', KEYS[1]) == ARGV[1] and 1 or 0
"""
EXTEND = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
"""
RELEASE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
"""


class RedisStorage(Storage):
    """One database under one prefix. ``limit``: seconds until a silent server counts as failed, for one
    attempt.
    """

    def __init__(
        self,
        url: str,
        *,
        prefix: str = "village",
        limit: float = 5.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self.url = without_password(url)
        self.prefix = prefix
        self._clock = clock
        try:
            self._client = Redis.from_url(
                url,
                socket_timeout=limit,
                socket_connect_timeout=limit,
                retry=Retry(NoBackoff(), 0),
                client_name="village",
            )
            self._client.connection_pool.make_connection()  # opens nothing, and refuses unknown options
        except (ValueError, TypeError) as error:
            raise SettingsError("storage", "settings", f"is no Redis URL: {error}") from error

    async def get(self, key: str) -> bytes:
        value = await self._call(lambda: self._client.get(self._name("value", key)))
        if value is None:
            raise KeyMissing(f"nothing under {key}")
        return bytes(value)

    async def put(self, key: str, data: bytes) -> None:
        await self._call(lambda: self._client.set(self._name("value", key), data))

    async def put_new(self, key: str, data: bytes) -> bool:
        names = [self._name("value", key), self._name("winner", key)]
        return bool(await self._eval(PUT_NEW, names, data, uuid.uuid4().hex))

    async def delete(self, key: str) -> None:
        await self._call(lambda: self._client.delete(self._name("value", key)))

    async def list(self, prefix: str = "") -> Keys:
        return await self._scan("value", prefix)

    async def held(self) -> Keys:
        return await self._scan("lock", "")

    async def try_lock(self, name: str, ttl: float = DEFAULT_TTL) -> Lease | None:
        names, owner, life = [self._name("lock", name)], uuid.uuid4().hex, max(1, int(ttl * 1000))
        begun = self._clock()
        if not await self._eval(TAKE, names, owner, life):
            return None

        async def keep() -> bool:
            return bool(await self._eval(EXTEND, names, owner, life))

        async def drop() -> None:
            await self._eval(RELEASE, names, owner)

        lease = Lease(name, ttl, keep, drop, since=begun, clock=self._clock)
        self._leases.add(lease)
        return lease

    async def close(self) -> None:
        await super().close()
        await self._client.aclose()

    def _name(self, kind: str, key: str) -> str:
        return f"{self.prefix}:{kind}:{well_formed(key)}"

    async def _scan(self, kind: str, prefix: str) -> Keys:
        start = f"{self.prefix}:{kind}:"

        async def collect() -> set[str]:
            pattern = literal(start + prefix) + "*"
            return {name.decode()[len(start) :] async for name in self._client.scan_iter(match=pattern, count=500)}

        return sorted(await self._call(collect))

    async def _eval(self, script: str, names: Keys, *arguments: Any) -> Any:
        return await self._call(lambda: self._client.eval(script, len(names), *names, *arguments))

    async def _call(self, command: Callable[[], Awaitable[Any]]) -> Any:
        failure: Exception = StorageError("the storage was not asked")
        for pause in PAUSES:
            await asyncio.sleep(pause)
            try:
                return await command()
            except (RedisError, OSError, TimeoutError) as error:
                failure = error
                if isinstance(error, AuthenticationError) or type(error) is ResponseError:
                    break  # asking again changes nothing
        raise StorageError(f"Redis failed: {type(failure).__name__}: {failure}", hint=advice(failure)) from failure


def advice(failure: Exception) -> str:
    """What an operator can do about a failure."""
    if isinstance(failure, AuthenticationError) or "NOAUTH" in str(failure):
        return "check the user and the password in VILLAGE_STORAGE: redis://user:password@host:6379/0"
    if isinstance(failure, ResponseError):
        return "the server refuses to work: see its log, its memory limit and whether it is a read-only replica"
    return "is the Redis of VILLAGE_STORAGE up, and reachable from here?"


def literal(text: str) -> str:
    """``text`` as a MATCH pattern that means only itself."""
    return "".join(f"\\{letter}" if letter in "*?[]^-\\" else letter for letter in text)


def without_password(url: str) -> str:
    """The URL as it may be shown."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="").geturl()
