"""One post edited while a server runs: how long until the new text is what is shown."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def server(peer: str, folder: Path, hugo: str, rounds: int) -> list[float]:
    """Seconds for each edit of the middle post, or nothing for a peer without a server."""
    commands = {
        "hugo": [hugo, "server", "--source", str(folder / "hugo"), "--bind", "127.0.0.1", "--port", "PORT", "--quiet"],
        "village": [sys.executable, "-m", "village", "serve", str(folder / "village"), "--port", "PORT"],
    }
    if peer not in commands:
        return []
    port = free_port()
    command = [word.replace("PORT", str(port)) for word in commands[peer]]
    file = sorted((folder / peer / "content/posts").iterdir())[
        len(list((folder / peer / "content/posts").iterdir())) // 2
    ]
    with running(command):
        ask = Asker(port, f"/posts/{file.stem}/")
        ask.until("<h2", 300)  # a heading of the post: the page that says "being built" has none
        return list(edits(file, ask, rounds))


@contextlib.contextmanager
def running(command: list[str]) -> Iterator[None]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(20)
        if process.poll() is None:
            process.kill()


def edits(file: Path, ask: Asker, rounds: int) -> Iterator[float]:
    text = file.read_text("utf-8")
    for number in range(rounds):
        time.sleep(1.0)  # an author's pause: the last edit's work is over
        marker = f"edited{number}x{time.time_ns()}"
        file.write_text(text + f"\nThis was {marker}.\n", "utf-8")
        start = time.perf_counter()
        ask.until(marker, 60)
        yield time.perf_counter() - start
    file.write_text(text, "utf-8")


class Asker:
    """Asks for one page again and again on one connection."""

    def __init__(self, port: int, path: str) -> None:
        self.port, self.path = port, path
        self.connection: http.client.HTTPConnection | None = None

    def page(self) -> str:
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
            self.connection.request("GET", self.path)
            return self.connection.getresponse().read().decode("utf-8", "replace")
        except (OSError, http.client.HTTPException):
            self.connection = None
            return ""

    def until(self, marker: str, limit: float) -> None:
        deadline = time.monotonic() + limit
        while marker not in self.page():
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.path} does not show {marker!r}")
            time.sleep(0.002)


BUILDER = """
import json, sys, time
from pathlib import Path
from village.builder.options import BuildOptions
from village.builder.workshop import Workshop
from village.release.store import Store

def took(work, changed=None):
    start = time.perf_counter()
    report = shop.build(changed)
    store.activate(report.release.id, "")
    stages = {name: round(seconds * 1000, 1) for name, seconds in report.seconds.items()}
    seconds = time.perf_counter() - start
    print(json.dumps([work, seconds, f"{len(report.remade)} outputs, ms by stage {stages}"]), flush=True)

site, rounds = Path(sys.argv[1]), int(sys.argv[3])
store = Store(Path(sys.argv[2]))
shop = Workshop(site, store, BuildOptions())
took(sys.argv[4])
if rounds:
    posts = sorted((site / "content/posts").iterdir())
    post = posts[len(posts) // 2]
    text = post.read_text("utf-8")
    for number in range(rounds):
        post.write_text(text + f"\\nEdited {number} times.\\n", "utf-8")
        took("edit of a body", {post})
    post.write_text(text.replace('title: "', 'title: "New ', 1), "utf-8")
    took("edit of a title", {post})
    first = posts[0].read_text("utf-8")
    posts[0].write_text(first.replace('title: "', 'title: "New ', 1), "utf-8")
    took("title of the newest post", {posts[0]})
    posts[0].write_text(first, "utf-8")
    post.write_text(text, "utf-8")
    took("both put back", {post, posts[0]})
"""


def workshop(site: Path, store: Path, rounds: int) -> Iterator[tuple[str, float, str]]:
    """(work, seconds, note) of the builder itself: a clean build with its edits, then a fresh process on the same
    store."""
    for many, work in ((rounds, "clean build, by stage"), (0, "build again, nothing changed")):
        command = [sys.executable, "-c", BUILDER, str(site), str(store), str(many), work]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        for line in done.stdout.splitlines():
            yield tuple(json.loads(line))
        if done.returncode:
            yield work, float("nan"), done.stderr.strip().rpartition("\n")[2]
