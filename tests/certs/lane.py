"""A street of one lane: HTTP for challenges, TLS for what is served, in front of any number of keepers."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.fakes import ca as scripted
from village.certs.keeper import Keeper
from village.errors import StorageError
from village.metrics import Metrics
from village.settings.model import AcmeSettings, Settings, SiteSettings, TlsSettings
from village.storage.base import Storage
from village.storage.memory import MemoryStorage


async def until(probe: Callable[[], Any], what: str, seconds: float = 30.0) -> Any:
    """The first truthy answer of ``probe`` (plain or async)."""
    try:
        async with asyncio.timeout(seconds):
            while True:
                answer = probe()
                answer = await answer if isinstance(answer, Awaitable) else answer
                if answer:
                    return answer
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"not within {seconds} s: {what}") from None


class Lane:
    """Ports that clients and CAs reach; requests go round robin to the keepers, as behind a balancer."""

    def __init__(self) -> None:
        self.keepers: list[Keeper] = []
        self.challenged: list[str] = []
        self._turn = itertools.count()

    async def start(self) -> None:
        self.server = await asyncio.start_server(self._answer, "127.0.0.1", 0)
        self.http_port = self.server.sockets[0].getsockname()[1]

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                writer.write(self._reply((await reader.readuntil(b"\r\n\r\n")).decode()))
                await writer.drain()
        finally:
            writer.close()

    def _reply(self, head: str) -> bytes:
        path = head.split(" ")[1]
        host = next(line[6:] for line in head.splitlines() if line.lower().startswith("host: "))
        self.challenged.append(host)
        text = None
        if self.keepers:
            keeper = self.keepers[next(self._turn) % len(self.keepers)]
            text = keeper.challenge(host, path.rpartition("/")[2])
        status, body = ("404 Not Found", b"no") if text is None else ("200 OK", text.encode())
        return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body

    async def close(self) -> None:
        self.server.close()


@contextlib.asynccontextmanager
async def lane() -> AsyncIterator[Lane]:
    made = Lane()
    await made.start()
    try:
        yield made
    finally:
        await made.close()


@contextlib.asynccontextmanager
async def running(*keepers: Keeper) -> AsyncIterator[list[asyncio.Task[None]]]:
    """Keepers at work; cancelled at the end, as the app does."""
    tasks = [asyncio.create_task(keeper.run()) for keeper in keepers]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def settings_for(
    data: Path, *domains: str, mode: str = "acme", more: tuple[SiteSettings, ...] = (), **acme: Any
) -> Settings:
    site = SiteSettings(name="blog", domains=domains)
    return Settings(sites=(site, *more), data=data, tls=TlsSettings(mode=mode), acme=AcmeSettings(**acme))


def keeper_for(settings: Settings, storage: Storage, **options: Any) -> Keeper:
    return Keeper(settings, storage, Metrics(), **{"poll": 0.3, **options})


def obtained(keeper: Keeper) -> bool:
    """True when everything that is wanted is served from where it should come."""
    return all(not entry["missing"] for entry in keeper.status())


class Side(ssl.SSLObject):
    """The client's side of a TLS connection in memory. ``server`` is the other; ``carry`` moves what both wrote."""

    server: ssl.SSLObject
    carry: Callable[[], None]


async def handshake(
    context: ssl.SSLContext,
    name: str | None,
    client: ssl.SSLContext | None = None,
    session: ssl.SSLSession | None = None,
) -> Side:
    """A client's TLS handshake with ``context``. Raises ssl.SSLError as the client or the server sees it."""
    if client is None:
        client = ssl.create_default_context()
        client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    (a_in, a_out), (b_in, b_out) = ((ssl.MemoryBIO(), ssl.MemoryBIO()) for _ in "ab")
    server_side = context.wrap_bio(a_in, a_out, server_side=True)
    client_side = client.wrap_bio(b_in, b_out, server_hostname=name, session=session)

    def carry() -> None:
        a_in.write(b_out.read())
        b_in.write(a_out.read())

    done: set[str] = set()
    for _ in range(20):
        for mark, side in (("client", client_side), ("server", server_side)):
            with contextlib.suppress(ssl.SSLWantReadError):
                side.do_handshake()
                done.add(mark)
            carry()
    assert len(done) == 2
    client_side.server, client_side.carry = server_side, carry
    return client_side


class Clock:
    """The wall clock, which a test may push."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


class Forgetful(MemoryStorage):
    """A storage that can be away, and that comes back empty."""

    away = False

    def forget(self) -> None:
        self.values.clear()
        self.locks.clear()

    def _reached(self) -> None:
        if self.away:
            raise StorageError("the storage is away")

    async def get(self, key: str) -> bytes:
        self._reached()
        return await super().get(key)

    async def put(self, key: str, data: bytes) -> None:
        self._reached()
        await super().put(key, data)

    async def put_new(self, key: str, data: bytes) -> bool:
        self._reached()
        return await super().put_new(key, data)

    async def list(self, prefix: str = "") -> list[str]:
        self._reached()
        return await super().list(prefix)


@dataclass
class Stage:
    """A scripted CA, a street, a storage, and keepers made for them."""

    folder: Path
    street: Lane
    running: scripted.Running
    storage: MemoryStorage = field(default_factory=MemoryStorage)
    clock: Clock = field(default_factory=Clock)

    @property
    def ca(self) -> scripted.ScriptedCA:
        return self.running.ca

    def settings(self, *domains: str, **acme: Any) -> Settings:
        sources = {"directory": (self.running.directory,), "ca_bundle": self.running.ca_bundle, **acme}
        return settings_for(self.folder, *(domains or ("one.test",)), **sources)

    def keeper(self, *domains: str, **acme: Any) -> Keeper:
        made = keeper_for(self.settings(*domains, **acme), self.storage, clock=self.clock)
        self.street.keepers.append(made)
        return made

    def issued(self, *names: str) -> int:
        return self.ca.valid_orders()[tuple(sorted(names or ("one.test",)))]


@contextlib.asynccontextmanager
async def stage(folder: Path) -> AsyncIterator[Stage]:
    async with lane() as street:
        with scripted.running(folder / "ca", street.http_port) as ca:
            yield Stage(folder, street, ca)
