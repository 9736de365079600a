"""A crowd of live connections: each asks for a page now and then, while a probe measures what one more visitor feels.

    python bench/crowd.py [--connections 20000] [--every 20]

village and nginx take turns on the same files; printed are the probe's latencies, the requests that were answered, and
the memory that the crowd costs.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import resource
import shutil
import tempfile
import time
from pathlib import Path

import serving
import uvloop
from rebuild import Probe
from serving_street import write_site

REQUEST = b"GET /page/ HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Guest(asyncio.Protocol):
    """One connection of the crowd."""

    answered = lost = 0

    def __init__(self, every: float) -> None:
        self.every = every

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.ask(random.random() / 4)  # who says nothing for ten seconds is let go

    def ask(self, share: float = 1.0) -> None:
        asyncio.get_running_loop().call_later(self.every * share, self.write)

    def write(self) -> None:
        if not self.transport.is_closing():
            self.transport.write(REQUEST)

    def data_received(self, data: bytes) -> None:
        if data.endswith(b"</body>"):
            Guest.answered += 1
            self.ask()

    def connection_lost(self, exc: Exception | None) -> None:
        Guest.lost += 1


async def crowd(port: int, count: int, every: float, seconds: float) -> None:
    loop = asyncio.get_running_loop()
    for number in range(count):
        source = (f"127.0.0.{2 + number % 8}", 0)
        await loop.create_connection(lambda: Guest(every), "127.0.0.1", port, local_addr=source)
    await asyncio.sleep(seconds)


def measure(name: str, server, options: argparse.Namespace) -> None:
    process, http, _ = server
    before = memory(process)
    Guest.answered = Guest.lost = 0
    probe = Probe(name, http, "/page/", 200)
    started = time.perf_counter()

    async def run() -> None:
        await crowd(http, options.connections, options.every, 2)
        opened = time.perf_counter()
        print(f"{name}: {options.connections} connections after {opened - started:.1f} s", flush=True)
        await asyncio.sleep(options.seconds)
        probe.report("crowd", opened)
        print(f"{name}: {Guest.answered} answered, {Guest.lost} lost, {(memory(process) - before) / 1024:.0f} MB more")

    uvloop.run(run())
    probe.go = False
    probe.join()


def memory(process) -> int:
    """Resident kB of a server and its workers."""
    texts = [Path(f"/proc/{each}/status").read_text() for each in serving.processes(process)]
    return sum(int(text.partition("VmRSS:")[2].split()[0]) for text in texts)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--connections", type=int, default=17_000)
    parser.add_argument("--every", type=float, default=20.0)
    parser.add_argument("--seconds", type=float, default=20.0)
    options = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    folder = Path(tempfile.mkdtemp(prefix="village-bench-"))
    folder.chmod(0o755)
    serving.prepare(folder)
    release = write_site(folder, 1)
    try:
        for name in ("village", "nginx"):
            server = serving.start(folder, name, release)
            serving.settle(server[0])
            try:
                measure(name, server, options)
            finally:
                server[0].terminate()
                server[0].wait(20)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
