"""Faults, one after the other, on replicas behind a balancer while visitors read and an author pushes.

The order, the victims and the lengths follow from a seed; every fault is mended before the next begins, so one replica
at least always runs. Whoever uses this says what must hold meanwhile and in the end.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import random
import re
import signal
import socket
import ssl
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tests.parts.forge import Forge
from tests.parts.household import Household
from tests.parts.need import need
from tests.parts.relay import Relay
from tests.parts.waiting import free_port, until

SECRET = "hook-secret-of-the-tests"
PAGE = "/posts/p1/"
MOVED_CLOCK = Path(__file__).with_name("moved_clock")
TRIES = 3  # of a visit: a browser asks again when a connection broke before an answer (RFC 9110 §9.2.2)


def post(number: int, word: str = "some") -> str:
    """A post whose title and body carry the same word: a page of two releases would show two."""
    return f"---\ntitle: Post {number} {word}\ndate: 2024-01-{number % 28 + 1:02}\n---\nThe word is {word}.\n"


class SharedStorage:
    """What the replicas share: a folder or a Redis. It goes away, is full or read-only, and comes back."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.kind, self.folder = kind, folder
        self.process: subprocess.Popen[bytes] | None = None
        self.port = free_port()
        self.url = f"folder://{folder}" if kind == "folder" else f"redis://127.0.0.1:{self.port}/0"
        folder.mkdir(parents=True)
        if kind == "redis":
            self.back()

    def away(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()
        else:
            self.folder.rename(self.folder.with_suffix(".away"))
            self.folder.write_text("a file where the mount was")

    def back(self) -> None:
        """Redis comes back empty: nothing of it was on a disk."""
        if self.kind == "redis":
            words = [need("redis-server"), "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
            self.process = subprocess.Popen([*words, "--dir", str(self.folder)], stdout=subprocess.DEVNULL)
            until(lambda: socket.create_connection(("127.0.0.1", self.port), 1).close() is None, "redis answers")
        elif self.folder.is_file():
            self.folder.unlink()
            self.folder.with_suffix(".away").rename(self.folder)

    def full(self) -> Callable[[], None]:
        """Reads go on, writes fail; the returned function makes room."""
        if self.kind == "redis":
            self._tell("CONFIG SET maxmemory 1")
            return lambda: self._tell("CONFIG SET maxmemory 0")
        command = ["mount", "-t", "tmpfs", "-o", "size=4k,ro", "tmpfs", str(self.folder / "values" / "sync")]
        if subprocess.run(command, check=False, capture_output=True).returncode:  # only root may
            self.away()
            return self.back
        return lambda: subprocess.run(["umount", "-l", command[-1]], check=True)

    def _tell(self, command: str) -> None:
        with socket.create_connection(("127.0.0.1", self.port), 5) as connection:
            connection.sendall(command.encode() + b"\r\n")
            assert connection.recv(100).startswith(b"+OK"), command

    def close(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()


class Village:
    """Three replicas, their forge and their storage."""

    def __init__(self, folder: Path, kind: str, *, posts: int = 100, config: str = "", **environment: str) -> None:
        self.forge = Forge(folder / "forge")
        config = config or 'baseURL = "https://example.com/"\ntitle = "Storm"\n'
        self.forge.push({"hugo.toml": config, **{f"content/posts/p{n}.md": post(n) for n in range(posts)}})
        self.storage = SharedStorage(kind, folder / "shared")
        environment = {"VILLAGE_STORAGE": self.storage.url, "VILLAGE_DOMAINS": "example.com", **environment}
        self.houses = [Household(folder / f"replica{n}", self.forge.url, **environment) for n in range(3)]
        for house in self.houses:
            house.environment["VILLAGE_PEERS"] = ",".join(f"127.0.0.1:{each.http}" for each in self.houses)
        self.number = 0
        self.commit = ""

    def give_clock(self, house: Household) -> None:
        """A wall clock of its own, which ``Storm`` steps."""
        file = house.folder / "clock"
        file.write_text("0")
        path = os.pathsep.join([str(MOVED_CLOCK), house.environment["PYTHONPATH"]])
        house.environment |= {"PYTHONPATH": path, "MOVED_CLOCK": str(file)}

    @property
    def word(self) -> str:
        return f"word-{self.number}-end"

    def push(self, *, force: bool = False) -> str:
        """A new word on the page; returns the commit. Raises AssertionError while the forge is away."""
        files = {"content/posts/p1.md": post(1, f"word-{self.number + 1}-end")}
        self.commit = self.forge.push(files, force=force)
        self.number += 1
        return self.commit

    def hook(self, house: Household) -> float:
        """Ring for the newest commit; seconds until the answer. Raises OSError when nobody answers."""
        headers, body = self.forge.hook(self.commit, SECRET)
        started = time.perf_counter()
        status = house.request("/hooks/redeploy", method="POST", headers=headers, body=body, host="example.com")[0]
        if status != 202:
            raise OSError(f"the hook was answered with {status}")
        return time.perf_counter() - started

    def shows(self, house: Household) -> bool:
        tls = house.environment["VILLAGE_TLS"] != "off"
        return self.word.encode() in house.request(PAGE, tls=tls, host="example.com")[2]

    def releases(self) -> set[str]:
        return {house.status()["sites"][0]["release"]["id"] for house in self.houses}

    def close(self) -> None:
        for house in self.houses:
            if house.process and house.process.poll() is None:
                house.process.send_signal(signal.SIGCONT)
            house.kill()
        self.storage.close()


class Visitor(threading.Thread):
    """Reads the page through the balancer, a new connection each time. ``context`` verifies what TLS shows."""

    def __init__(self, port: int, context: Callable[[], ssl.SSLContext] | None = None, pause: float = 0.03) -> None:
        super().__init__(daemon=True)
        self.port, self.context, self.pause = port, context, pause
        self.done = threading.Event()
        self.visits = 0
        self.broken: list[tuple[float, str]] = []  # tries that a second one had to mend: (when, why)
        self.failures: list[str] = []

    def run(self) -> None:
        while not self.done.wait(self.pause):
            self.visits += 1
            objection = ""
            for _ in range(TRIES):
                started = time.monotonic()
                try:
                    objection = self.look()
                    break
                except (OSError, http.client.HTTPException) as error:
                    objection = repr(error)
                    self.broken.append((started, objection))
                    time.sleep(0.1)
            if objection:
                self.failures.append(f"{time.strftime('%X')} {objection}")

    def look(self) -> str:
        """What is wrong with an answer, "" for a whole page; a broken connection raises."""
        if self.context:
            connection: http.client.HTTPConnection = Named(self.port, self.context())
        else:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=4)
        with contextlib.closing(connection):
            connection.request("GET", PAGE, headers={"Host": "example.com"})
            reply = connection.getresponse()
            text = reply.read().decode()
        words = set(re.findall(r"word-\d+-end", text))
        if reply.status != 200 or "</html>" not in text or len(words) > 1:
            return f"{reply.status}, {words}, {text[:80]!r}"
        return ""

    def stop(self) -> None:
        self.done.set()
        self.join()


class Named(http.client.HTTPSConnection):
    """HTTPS to a port of this machine that asks for example.com."""

    def __init__(self, port: int, context: ssl.SSLContext) -> None:
        super().__init__("127.0.0.1", port, timeout=4, context=context)
        self.verifying = context

    def connect(self) -> None:
        plain = socket.create_connection(("127.0.0.1", self.port), 4)
        try:
            self.sock = self.verifying.wrap_socket(plain, server_hostname="example.com")
        except BaseException:
            plain.close()
            raise


class Storm:
    """Faults in a thread of their own. ``rough`` are the moments at which connections may break, as (begin, end)."""

    def __init__(
        self, village: Village, seed: int, *, authority: Relay | None = None, pause: float = 2.0, longest: float = 5.0
    ) -> None:
        self.village, self.authority = village, authority
        self.chance = random.Random(seed)
        self.pause, self.longest = pause, longest
        self.down: set[Household] = set()
        self.rough: list[tuple[float, float]] = []
        self.counts: Counter[str] = Counter()
        self.error: BaseException | None = None
        self.done = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.faults = [self.killed, self.drained, self.stopped, self.storage_away, self.storage_full, self.remote_gone]
        self.faults += [self.killed_without_storage] + ([self.authority_gone] if authority else [])
        self.faults += [self.clock_stepped] if self._clocks() else []

    @property
    def whole(self) -> bool:
        """Every kind of fault was begun at least once."""
        return len(self.counts) == len(self.faults)

    def start(self) -> Storm:
        self.thread.start()
        return self

    def _run(self) -> None:
        try:
            while not self.done.is_set():
                self.chance.shuffle(self.faults)
                for fault in self.faults:
                    if self.done.wait(self.chance.uniform(0.1, self.pause)):
                        return
                    self.counts[fault.__name__] += 1
                    fault(self.chance.choice(self.village.houses))
        except BaseException as error:  # noqa: BLE001 - told by ``stop``
            self.error = error

    def while_it_lasts(self) -> None:
        self.done.wait(self.chance.uniform(0.3, self.longest))

    @contextlib.contextmanager
    def roughly(self, house: Household):
        self.down.add(house)
        begun = time.monotonic()
        try:
            yield
        finally:
            self.rough.append((begun, time.monotonic()))
            self.down.discard(house)

    def killed(self, house: Household) -> None:
        with self.roughly(house):
            house.kill()
            self.while_it_lasts()
            house.start().ready(60)

    def drained(self, house: Household) -> None:
        """As in a rolling update: nobody may notice, so this is no rough moment."""
        self.down.add(house)
        code = house.terminate()
        assert code == 0, f"SIGTERM ended with {code}"
        self.while_it_lasts()
        house.start().ready(60)
        self.down.discard(house)

    def stopped(self, house: Household) -> None:
        with self.roughly(house):
            house.process.send_signal(signal.SIGSTOP)
            self.while_it_lasts()
            house.process.send_signal(signal.SIGCONT)
            until(lambda: house.request("/-/health/live")[0] == 200, "it answers again", 60)

    def storage_away(self, _house: Household) -> None:
        self.village.storage.away()
        self.while_it_lasts()
        self.village.storage.back()

    def storage_full(self, _house: Household) -> None:
        room = self.village.storage.full()
        self.while_it_lasts()
        room()

    def killed_without_storage(self, house: Household) -> None:
        """It comes back with what it showed before, although nobody tells it anything."""
        self.village.storage.away()
        self.killed(house)
        self.village.storage.back()

    def remote_gone(self, _house: Household) -> None:
        bare = self.village.forge.bare
        gone = bare.with_suffix(".gone")
        bare.rename(gone)
        self.while_it_lasts()
        gone.rename(bare)

    def authority_gone(self, _house: Household) -> None:
        self.authority.shut()
        self.while_it_lasts()
        self.authority.open()

    def _clocks(self) -> list[Path]:
        return [Path(name) for each in self.village.houses if (name := each.environment.get("MOVED_CLOCK", ""))]

    def clock_stepped(self, _house: Household) -> None:
        clock = self.chance.choice(self._clocks())
        set_clock(clock, self.chance.choice(["12", "-12"]))
        self.while_it_lasts()
        set_clock(clock, "0")

    def calm(self, moment: float) -> bool:
        """Whether no connection may break at that moment; a balancer takes a while to notice."""
        return not any(begun - 4.5 <= moment <= ended + 1.5 for begun, ended in self.rough)

    def stop(self) -> None:
        self.done.set()
        self.thread.join(120)
        assert not self.thread.is_alive(), "a fault does not end"
        if self.error:
            raise self.error


def set_clock(file: Path, seconds: str) -> None:
    """Whole, or a reader would find an empty file."""
    part = file.with_suffix(".part")
    part.write_text(seconds)
    part.replace(file)


def pushes(village: Village, storm: Storm, chance: random.Random, pause: float) -> Counter[str]:
    """Push once, sometimes by force, and ring at a replica that is up; what came of it."""
    told: Counter[str] = Counter()
    try:
        if force := chance.random() < 0.05:  # the last commit never was
            village.forge.git("reset", "-q", "--hard", "HEAD~1")
        village.push(force=True)
        told["pushes"] += 1
        told["forced"] += force
    except AssertionError:  # the remote is gone: nobody can push, either
        time.sleep(0.2)
        return told
    up = [house for house in village.houses if house not in storm.down]
    try:
        village.hook(chance.choice(up))
    except (OSError, IndexError):
        told["unheard"] += 1  # it was killed under the hook: the forge shows a failed delivery
    time.sleep(chance.uniform(0, pause))
    return told
