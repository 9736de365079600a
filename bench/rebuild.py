"""Latency under load while the whole site is rebuilt: probes at fixed times, so that a stall counts for all that it
delayed.

    python bench/rebuild.py [--posts 10000] [--rate 20000] [--probes 500]

`village run` shows a site of generated posts; h2load asks for one page ``--rate`` times a second; a probe asks at fixed
moments over connections of its own and measures from the moment it should have asked. Then the site's title changes,
which touches every page. Beside it the same probe asks an idle nginx: what it feels, too, is the machine's.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import serving
from main_job import hook, resident, site

from tests.parts.forge import Forge
from tests.parts.household import Household

CONNECTIONS = 32


class Probe(threading.Thread):
    """Open loop: request n is due at n / rate, whether the one before was answered or not."""

    def __init__(self, name: str, port: int, path: str, rate: float) -> None:
        super().__init__(daemon=True)
        self.name, self.port, self.rate = name, port, rate
        self.request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
        self.taken: list[tuple[float, float]] = []
        self.errors = 0
        self.go = True
        self.start()

    def run(self) -> None:
        asyncio.run(self.main())

    async def main(self) -> None:
        free: asyncio.Queue = asyncio.Queue()
        for _ in range(CONNECTIONS):
            free.put_nowait(await asyncio.open_connection("127.0.0.1", self.port))
        begin, number, tasks = time.perf_counter(), 0, set()
        while self.go:
            due = begin + number / self.rate
            await asyncio.sleep(max(0, due - time.perf_counter()))
            task = asyncio.create_task(self.one(free, due))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
            number += 1

    async def one(self, free: asyncio.Queue, due: float) -> None:
        reader, writer = await free.get()
        try:
            writer.write(self.request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
            await reader.readexactly(length)
            self.errors += not head.startswith(b"HTTP/1.1 200")
        except (OSError, EOFError, ValueError):
            self.errors += 1
            return
        self.taken.append((due, time.perf_counter() - due))
        free.put_nowait((reader, writer))

    def report(self, phase: str, since: float) -> None:
        slow = sorted(taken for due, taken in self.taken if due >= since)
        at = [slow[min(len(slow) - 1, int(len(slow) * share))] * 1000 for share in (0.5, 0.99, 0.999)]
        print(
            f"{phase:24}{self.name:10}{len(slow):8} probes  p50 {at[0]:6.1f}  p99 {at[1]:6.1f}  p99.9 {at[2]:6.1f}  "
            f"max {slow[-1] * 1000:6.1f} ms  errors {self.errors}",
            flush=True,
        )


def load(port: int, rate: int) -> subprocess.Popen:
    command = ["h2load", "--h1", "-t1", f"-c{CONNECTIONS}", f"--rps={rate // CONNECTIONS}", "-D600", "--warm-up-time=0"]
    url = f"http://127.0.0.1:{port}/posts/p5/"
    return subprocess.Popen([*command, url], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def measure(folder: Path, options: argparse.Namespace) -> None:
    forge = Forge(folder / "forge")
    forge.push(site(options.posts))
    folder.chmod(0o755)
    serving.prepare(folder)
    nginx, port, _ = serving.start(folder, "nginx", "")
    started = time.perf_counter()
    try:
        with Household(folder / "house", forge.url, VILLAGE_ACCESS_LOG="off") as house:
            house.ready(900)
            print(f"first build on show after {time.perf_counter() - started:.1f} s", flush=True)
            serving.settle(house.process)
            probes = [
                Probe("village", house.http, "/posts/p5/", options.probes),
                Probe("nginx", port, "/page/", options.probes),
            ]
            phases(house, forge, options, probes)
    finally:
        nginx.terminate()
        nginx.wait(20)


def phases(house: Household, forge: Forge, options: argparse.Namespace, probes: list[Probe]) -> None:
    def phase(name: str, work) -> None:
        since = time.perf_counter()
        work()
        for probe in probes:
            probe.report(f"{name} ({time.perf_counter() - since:.0f} s)", since)

    def rebuild(title: str) -> None:
        commit = forge.push({"hugo.toml": f'baseURL = "https://example.com/"\ntitle = "{title}"\n'})
        hook(house, forge, commit)
        house.shows("/posts/p5/", title, seconds=900)

    phase("alone", lambda: time.sleep(8))
    phase("rebuild", lambda: rebuild("Another title"))
    asking = load(house.http, options.rate)
    try:
        phase("load", lambda: time.sleep(8))
        phase("load and rebuild", lambda: rebuild("A third title"))
    finally:
        asking.kill()
        asking.wait()
    for probe in probes:
        probe.go = False
    print(f"resident {resident(house.process.pid):.0f} MB")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--posts", type=int, default=10_000)
    parser.add_argument("--rate", type=int, default=20_000)
    parser.add_argument("--probes", type=float, default=500)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="village-bench-") as folder:
        measure(Path(folder), options)


if __name__ == "__main__":
    main()
