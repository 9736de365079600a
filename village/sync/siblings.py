"""Replicas that keep in step: the wanted commit in storage, rings between them, a switch together.

Nothing here is needed for a replica to work: it polls its remote. With storage gone replicas still ring; with
rings lost they still read storage; with both gone each is alone and catches up when one of them is back.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import logging
import socket
import time
import uuid
from collections.abc import Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any

from village.errors import HookRefused, SiblingSilent
from village.files import write_whole
from village.settings.model import Settings
from village.storage.base import Storage
from village.sync import ring
from village.sync.ledger import Ledger
from village.sync.presence import BEAT, Presence, Record, SiteState, decoded

log = logging.getLogger("village.sync")

BUILDS_TOLD = 4
TOGETHER = 2.5  # seconds to wait for the others before switching without them
ALONE_BEAT = 30.0  # without siblings a record every few seconds would only wear the disk


class Siblings:
    """This replica among the others.

    ``on_wanted(site, commit)``: look now. ``about()``: what the status page shows of this replica, without
    secrets. ``peers``, ``port``: VILLAGE_PEERS and the port of our plain HTTP listener; ``greeted``:
    VILLAGE_PROXY_PROTOCOL. ``shared``: storage is meant for several replicas. ``failing(site)``: its newest
    content cannot be fetched or built here now, so that nobody should wait for us.
    """

    def __init__(
        self,
        storage: Storage,
        identity: str,
        *,
        sites: Sequence[str],
        on_wanted: Callable[[str, str], None],
        about: Callable[[], Mapping[str, Any]] = dict,
        failing: Callable[[str], bool] = lambda _site: False,
        peers: str = "",
        port: int = 80,
        greeted: Sequence[str] = (),
        secret: str = "",
        shared: bool = True,
        patience: float = TOGETHER,
        beat: float = BEAT,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.identity = identity
        self.ledger = Ledger(storage)
        self.presence = Presence(identity, clock)
        self.peers = peers
        self.port = port
        self._greeted = tuple(greeted)
        self._beat_every = beat if shared or peers else max(beat, ALONE_BEAT)
        self._patience = patience
        self._on_wanted = on_wanted
        self._about = about
        self._failing = failing
        self._names = tuple(sites)
        self._sites: dict[str, SiteState] = {}
        self._tokens: dict[str, str] = {}
        self._run_id = uuid.uuid4().hex
        self._beats = 0
        self._leaving = False
        self._given = bool(secret)
        self._secret = b""
        self._bell = ring.Bell(secret) if secret else None
        self._news = asyncio.Event()
        self._telling = asyncio.Lock()
        self._looking: asyncio.Task[Any] | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._silent: set[tuple[str, int]] = set()
        self._ahead: dict[str, set[str]] = {}  # by site: commits that others showed at the last beat and we did not
        self._followed: dict[str, str] = {}  # by site: the last of them that we looked for

    @property
    def alone(self) -> bool:
        """The shared storage fails."""
        return self.ledger.alone

    async def start(self) -> None:
        """Make ourselves known, learn who is there, and keep doing both."""
        await self._turn(ring=True)
        self._background(self._run())

    async def leave(self) -> None:
        """From now on nobody waits for us (SIGTERM)."""
        self._leaving = True
        self._beats += 1  # or the others take it for what they know
        self.ring()
        await self.ledger.forget(self.identity)

    async def close(self) -> None:
        """Leave, and let rings and records under way finish for a moment."""
        if not self._leaving:
            await self.leave()
        await self.ledger.settle()
        rings = {task for task in self._tasks if task.get_name().startswith("ring")}
        if rings:
            await asyncio.wait(rings, timeout=ring.PATIENCE)
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def want(self, site: str, commit: str = "") -> bool:
        """Before a hook is answered: write down that ``site`` changed, and ring. False when storage did not keep
        it, or not in time for the answer.
        """
        token = uuid.uuid4().hex
        self._tokens[site] = token
        self.ring({"site": site, "token": token, "commit": commit})
        return await self.ledger.want(site, token, commit)

    async def together(self, site: str, release: str, commit: str = "") -> str:
        """After a build: wait until every live replica that can has built it too, at the longest ``patience``
        seconds.

        "alone": nobody else is there; "together": all have it; "late": some had not, and we go on without
        them.
        """
        state = self._sites.get(site, SiteState())
        built = (*(pair for pair in state.built if pair != (release, commit)), (release, commit))[-BUILDS_TOLD:]
        self._sites[site] = SiteState(state.release, state.commit, built)
        self._background(self._tell())
        if not self.presence.live():
            return "alone"
        clock = asyncio.get_running_loop().time
        deadline = clock() + self._patience
        while late := self.presence.missing(site, release, commit):
            if clock() >= deadline:
                log.info("%s: %s on show without waiting for %s", site, release[:12], ", ".join(late))
                return "late"
            await self._until_news(self._patience / 20)
        return "together"

    async def shown(self, site: str, release: str, commit: str = "", *, failing: bool = False) -> None:
        """What we have on show; ``failing``: the newest content cannot be built here, so that nobody waits
        for us.
        """
        built = self._sites.get(site, SiteState()).built
        state = SiteState(release, commit, built, failing)
        if self._sites.get(site) != state:
            self._sites[site] = state
            await self._tell()

    def receive(self, headers: Mapping[str, str], body: bytes) -> int:
        """A sibling rings: the status to answer with. Raises HookRefused."""
        if self._bell is None:
            raise HookRefused(403, "sibling-unknown", "this replica has no cluster secret yet")
        message = self._bell.read(headers, body)
        if message is None or message.get("from") == self.identity:
            return 200
        record = decoded(json.dumps(message.get("record")).encode())
        if record and self.presence.note(record):
            self._news.set()
        wanted = message.get("wanted")
        if isinstance(wanted, dict):
            self._heard(str(wanted.get("site", "")), str(wanted.get("token", "")), str(wanted.get("commit", "")))
        return 202

    def ring(self, wanted: Mapping[str, str] | None = None) -> None:
        """Ring every peer, in the background."""
        if self.peers and self._bell is not None:
            self._background(self._ring(wanted), "ring")

    def status(self) -> list[dict[str, Any]]:
        """Every replica for the status page, this one first."""
        rows = [self._row(self.record(), 0.0, "here")]
        for each in sorted(self.presence.others(), key=lambda record: record.id):
            age = self.presence.age(each.id)
            live = each in self.presence.live()
            rows.append(self._row(each, age, "leaving" if each.leaving else "live" if live else "gone"))
        return rows

    def record(self) -> Record:
        """Our own word about ourselves."""
        sites = {
            name: dataclasses.replace(state, failing=state.failing or self._failing(name))
            for name, state in self._sites.items()
        }
        return Record(self.identity, self._run_id, self._beats, self._leaving, sites, dict(self._about()))

    def _row(self, record: Record, age: float, state: str) -> dict[str, Any]:
        sites = {
            name: {"release": site.release, "commit": site.commit, "failing": site.failing}
            for name, site in record.sites.items()
        }
        return {"id": record.id, "state": state, "age": round(age, 1), "sites": sites, **record.about}

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._beat_every)
            await self._turn(ring=self.alone)

    async def _turn(self, *, ring: bool) -> None:
        """One beat: look and tell."""
        self.ledger.begin_turn()
        await self._find_secret()
        await self._look()
        self._follow()
        await self._tell(ring=ring)
        self.ledger.end_turn()

    async def _tell(self, *, ring: bool = True) -> None:
        """Our record, to storage and to the peers."""
        if self._leaving:
            return
        self._beats += 1
        if ring:
            self.ring()
        async with self._telling:  # or a slow write puts an old record over a new one
            await self.ledger.tell(self.record())

    async def _look(self) -> None:
        """What storage says: who is there, what is wanted."""
        records = await self.ledger.records()
        if records is None:
            return
        for record in records:
            if self.presence.note(record):
                self._news.set()
        for identity in self.presence.forget():
            await self.ledger.forget(identity)
        for site in self._names:
            self._heard(site, *await self.ledger.wanted(site))

    def _follow(self) -> None:
        """Look for what a sibling has on show, two beats long, and we never had.

        A ring that met a stopped process while storage was away leaves no trace but this one.
        """
        for site in self._names:
            own = self._sites.get(site, SiteState())
            known = {own.commit, *(commit for _, commit in own.built)}
            shown = {each.sites[site].commit for each in self.presence.live() if site in each.sites}
            ahead = shown - known - {""}
            lasting = sorted(ahead & self._ahead.get(site, set()) - {self._followed.get(site, "")})
            self._ahead[site] = ahead
            if lasting and own.commit:
                self._followed[site] = lasting[0]
                self._on_wanted(site, lasting[0])

    def _heard(self, site: str, token: str, commit: str) -> None:
        """Somebody wants ``site`` looked at; acted upon once for each token."""
        if site not in self._names or not token or self._tokens.get(site) == token:
            return
        self._tokens[site] = token
        self._on_wanted(site, commit)

    async def _until_news(self, longest: float) -> None:
        """Until a ring or a look at storage brings a record; the look goes on behind, however long it takes.

        Nothing is cancelled here: a library that swallows a cancellation would take the waiter's time limit away.
        """
        self._news.clear()
        if self._looking is None or self._looking.done():
            self._looking = self._background(self._look())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(longest):
                await self._news.wait()

    async def _ring(self, wanted: Mapping[str, str] | None) -> None:
        assert self._bell is not None
        record = json.loads(self.record().encoded())
        message = {"from": self.identity, "record": record, **({"wanted": dict(wanted)} if wanted else {})}
        body, signature = self._bell.write(message)
        targets = await ring.addresses(self.peers, self.port)
        await asyncio.gather(*(self._ring_one(target, body, signature) for target in targets))

    async def _ring_one(self, target: tuple[str, int], body: bytes, signature: str) -> None:
        try:
            status = await ring.post(*target, body, signature, self._greeted)
        except SiblingSilent as error:
            if target not in self._silent:
                log.info("%s", error)
            self._silent.add(target)
            return
        if status >= 400 and target not in self._silent:
            log.warning("the replica at %s:%d refuses our rings with %d", *target, status)
            self._silent.add(target)
        elif status < 400:
            self._silent.discard(target)

    async def _find_secret(self) -> None:
        """Without a cluster secret: one that the replicas share through storage, which only they can read."""
        if self._given:
            return
        secret = await self.ledger.secret()
        if secret and secret != self._secret:  # a storage that lost its values gets a new one
            self._secret, self._bell = secret, ring.Bell(secret)

    def _background(self, action: Coroutine[Any, Any, Any], name: str = "siblings") -> asyncio.Task[Any]:
        task = asyncio.create_task(action, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def __repr__(self) -> str:
        live = [record.id for record in self.presence.live()]
        return f"<Siblings {self.identity}{' alone' if self.alone else ''}: live {', '.join(live) or 'none'}>"


def shared_secret(settings: Settings) -> str:
    """What proves one replica to another: the cluster secret, else another secret that all replicas are
    given.
    """
    hooks = [secret for site in settings.sites for secret in site.hook_secret]
    return next((secret for secret in (settings.cluster_secret, *hooks, settings.admin_token) if secret), "")


def replica_id(data: Path) -> str:
    """This replica's name: the host's, and a word kept in its data folder, so that a restart is the same
    replica.
    """
    path = data / "replica"
    try:
        word = path.read_text("ascii").strip()
    except (OSError, ValueError):
        word = ""
    if not (word.isalnum() and len(word) <= 32):
        word = uuid.uuid4().hex[:8]
        write_whole(path, word.encode())
    host = "".join(letter if letter.isalnum() or letter in "-." else "-" for letter in socket.gethostname())
    return f"{host or 'replica'}-{word}"
