"""Three replicas as processes: from the hook's answer to the new page on all of them, and pushes while faults run.

    python bench/replicas.py                          the figure
    python bench/replicas.py --storm 500 --seed 1     500 pushes at random replicas while faults run: none may be lost
    ... --storage redis                               with a redis-server instead of a shared folder

The storm's faults: kill -9, SIGTERM, SIGSTOP for longer than anybody waits, the storage away, the git remote gone,
a force push. A reader asks the replicas that run all the while; every answer must be the whole page.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.parts.forge import Forge
from tests.parts.household import Household
from tests.parts.waiting import free_port, until

SECRET = "hook-secret-of-the-tests"
PAGE = "/posts/p1/"


def post(number: int, words: str = "Some words.") -> str:
    return f"---\ntitle: Post {number}\ndate: 2024-01-{number % 28 + 1:02}\n---\n{words}\n"


class Storage:
    """What the replicas share, and how it goes away and comes back."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.kind, self.folder, self.process = kind, folder, None
        self.port = free_port()
        self.url = f"folder://{folder}" if kind == "folder" else f"redis://127.0.0.1:{self.port}/0"
        folder.mkdir()
        self.back()

    def away(self) -> None:
        if self.kind == "redis":
            self.process.kill()
            self.process.wait()
        else:
            self.folder.rename(self.folder.with_suffix(".away"))
            self.folder.write_text("a file where the mount was")

    def back(self) -> None:
        if self.kind == "redis":
            words = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
            self.process = subprocess.Popen([*words, "--dir", str(self.folder)], stdout=subprocess.DEVNULL)
            until(lambda: socket.create_connection(("127.0.0.1", self.port), 1).close() is None, "redis answers")
        elif self.folder.is_file():
            self.folder.unlink()
            self.folder.with_suffix(".away").rename(self.folder)


class Reader(threading.Thread):
    """Asks a random replica that is up for the page, all the time."""

    def __init__(self, houses: list[Household], down: set[Household]) -> None:
        super().__init__(daemon=True)
        self.houses, self.down, self.done = houses, down, threading.Event()
        self.answers, self.failures = 0, []

    def run(self) -> None:
        chance = random.Random(0)
        while not self.done.wait(0.02):
            house = chance.choice(self.houses)
            if house in self.down:
                continue
            try:
                status, _, body = house.request(PAGE)
            except OSError as error:
                if house not in self.down:
                    self.failures.append(repr(error))
                continue
            self.answers += 1
            if (status != 200 or b"</html>" not in body) and house not in self.down:
                self.failures.append(f"{status} {body[:80]!r}")


class Village:
    """Three replicas, their forge and their storage."""

    def __init__(self, folder: Path, kind: str, poll: str) -> None:
        self.forge = Forge(folder / "forge")
        config = 'baseURL = "https://example.com/"\ntitle = "Bench"\n'
        self.forge.push({"hugo.toml": config, **{f"content/posts/p{n}.md": post(n) for n in range(100)}})
        self.storage = Storage(kind, folder / "shared")
        common = {"VILLAGE_STORAGE": self.storage.url, "VILLAGE_TLS": "off", "VILLAGE_HTTPS": "", "VILLAGE_POLL": poll}
        self.houses = [Household(folder / f"replica{n}", self.forge.url, **common) for n in range(3)]
        for house in self.houses:
            house.environment["VILLAGE_PEERS"] = ",".join(f"127.0.0.1:{each.http}" for each in self.houses)
        self.number = 0

    def push(self) -> str:
        """A new word on the page; returns the commit."""
        self.number += 1
        return self.forge.push({"content/posts/p1.md": post(1, self.word)})

    @property
    def word(self) -> str:
        return f"word-{self.number}-end"

    def hook(self, house: Household, commit: str) -> float:
        headers, body = self.forge.hook(commit, SECRET)
        started = time.perf_counter()
        status = house.request("/hooks/redeploy", method="POST", headers=headers, body=body)[0]
        assert status == 202, status
        return time.perf_counter() - started

    def shows(self, house: Household) -> bool:
        return self.word.encode() in house.request(PAGE)[2]


@contextlib.contextmanager
def running(folder: Path, kind: str, poll: str) -> Iterator[Village]:
    village = Village(folder, kind, poll)
    try:
        for house in village.houses:
            house.start()
        for house in village.houses:
            house.ready(120)
        yield village
    finally:
        for house in village.houses:
            house.kill()
        if village.storage.process:
            village.storage.process.kill()
            village.storage.process.wait()


def figure(village: Village, pushes: int = 20) -> None:
    answered, shown, apart = [], [], []
    for number in range(pushes):
        commit = village.push()
        answered.append(village.hook(village.houses[number % 3], commit))
        started, seen = time.perf_counter(), {}
        while len(seen) < 3:
            for house in village.houses:
                if house not in seen and village.shows(house):
                    seen[house] = time.perf_counter() - started
        shown.append(max(seen.values()))
        apart.append(max(seen.values()) - min(seen.values()))
        time.sleep(0.3)
    figures = {"hook answered (goal 100 ms)": answered, "page on all three (goal 1 s)": shown, "apart": apart}
    for what, times in figures.items():
        print(f"{what}: median {1000 * statistics.median(times):.0f} ms, worst {1000 * max(times):.0f} ms")


class Storm:
    """Faults one after the other in a thread of their own; every one is mended before ``stop`` returns."""

    def __init__(self, village: Village, chance: random.Random) -> None:
        self.village, self.chance = village, chance
        self.down: set[Household] = set()
        self.done = threading.Event()
        self.counts: dict[str, int] = {}
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self) -> None:
        faults = [self.killed, self.terminated, self.stopped, self.storage_away, self.remote_gone]
        while not self.done.wait(self.chance.uniform(0.2, 2)):
            fault = self.chance.choice(faults)
            self.counts[fault.__name__] = self.counts.get(fault.__name__, 0) + 1
            fault(self.chance.choice(self.village.houses))

    def killed(self, house: Household) -> None:
        self.ended(house, signal.SIGKILL)

    def terminated(self, house: Household) -> None:
        self.ended(house, signal.SIGTERM)

    def ended(self, house: Household, number: int) -> None:
        self.down.add(house)
        code = house.kill(number)
        assert number == signal.SIGKILL or code == 0, f"SIGTERM ended with {code}"
        self.done.wait(self.chance.uniform(0, 5))
        house.start().ready(120)
        self.down.discard(house)

    def stopped(self, house: Household) -> None:
        self.down.add(house)
        house.process.send_signal(signal.SIGSTOP)
        self.done.wait(self.chance.uniform(0.5, 15))
        house.process.send_signal(signal.SIGCONT)
        until(lambda: house.request("/-/health/live")[0] == 200, "it answers again", 60)
        self.down.discard(house)

    def storage_away(self, _house: Household) -> None:
        self.village.storage.away()
        self.done.wait(self.chance.uniform(0.5, 8))
        self.village.storage.back()

    def remote_gone(self, _house: Household) -> None:
        bare = self.village.forge.bare
        gone = bare.with_suffix(".gone")
        bare.rename(gone)
        self.done.wait(self.chance.uniform(0.5, 5))
        gone.rename(bare)

    def stop(self) -> None:
        self.done.set()
        self.thread.join(180)
        assert not self.thread.is_alive(), "a fault does not end"


def storm(village: Village, pushes: int, seed: int) -> None:
    chance = random.Random(seed)
    storm = Storm(village, chance)
    reader = Reader(village.houses, storm.down)
    reader.start()
    sent, unheard = 0, 0
    while sent < pushes:
        try:
            if chance.random() < 0.05:  # a force push: the last commit never was
                village.forge.git("reset", "-q", "--hard", "HEAD~1")
            village.number += 1
            commit = village.forge.push({"content/posts/p1.md": post(1, village.word)}, force=True)
        except AssertionError:  # the remote is gone: nobody can push, either
            time.sleep(0.2)
            continue
        sent += 1
        up = [house for house in village.houses if house not in storm.down]
        try:
            village.hook(chance.choice(up), commit)
        except (OSError, IndexError):
            unheard += 1  # it was killed under the hook: the forge shows a failed delivery
        time.sleep(chance.uniform(0, 0.2))
    storm.stop()
    commit = village.push()
    village.hook(village.houses[0], commit)
    started = time.perf_counter()
    until(lambda: all(village.shows(house) for house in village.houses), "all show the newest commit", 90)
    settled = time.perf_counter() - started
    reader.done.set()
    reader.join()
    shown = {house.status()["sites"][0]["release"]["id"] for house in village.houses}
    assert len(shown) == 1, shown
    print(f"{sent} pushes, faults {storm.counts}, {unheard} hooks to a replica that was just killed")
    print(f"all three on the newest commit {settled:.2f} s after the last hook")
    print(f"{reader.answers} pages read meanwhile, {len(reader.failures)} failed: {reader.failures[:3]}")
    torn = [house.folder.name for house in village.houses if "Traceback" in house.words()]
    print(f"tracebacks in the logs: {torn or 'none'}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--storm", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--storage", choices=["folder", "redis"], default="folder")
    parser.add_argument("--keep", type=Path, help="a folder for logs and data")
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = options.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(exist_ok=True)
        village = stack.enter_context(running(folder, options.storage, "3600" if not options.storm else "30"))
        if options.storm:
            storm(village, options.storm, options.seed)
        else:
            figure(village)


if __name__ == "__main__":
    main()
