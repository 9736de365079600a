"""Run a command and say what it took: wall time, processor time, memory of all its processes together."""

from __future__ import annotations

import os
import resource
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Taken:
    """Seconds of wall and processor time, peak memory in MB (proportional set size of the process tree)."""

    wall: float
    cpu: float
    memory: float
    status: int = 0


def run(
    command: list[str], *, cwd: Path | None = None, one_core: bool = False, limit: float = 900, home: Path | None = None
) -> Taken:
    """Run to the end, or to ``limit`` seconds (then ``status`` is -9). ``home``: where caches of the user go."""
    if one_core:
        command = ["taskset", "-c", "0", *command]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    null = subprocess.DEVNULL
    environment = {**os.environ, **({"XDG_CACHE_HOME": str(home)} if home else {})}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # as installed: no peer compiles its own modules at every start
    process = subprocess.Popen(command, cwd=cwd, stdout=null, stderr=null, start_new_session=True, env=environment)
    watch = Watch(process.pid)
    try:
        status = process.wait(limit)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        status = -9
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Taken(wall, cpu, watch.stop(), status)


class Watch(threading.Thread):
    """Samples a process tree's memory until stopped."""

    def __init__(self, pid: int, every: float = 0.05) -> None:
        super().__init__(daemon=True)
        self.pid = pid
        self.every = every
        self.peak = 0.0
        self.done = threading.Event()
        self.start()

    def run(self) -> None:
        while not self.done.wait(self.every):
            self.peak = max(self.peak, tree_memory(self.pid))

    def stop(self) -> float:
        self.done.set()
        self.join()
        return self.peak


def tree_memory(pid: int) -> float:
    """MB of a process and its descendants."""
    return sum(memory(one) for one in [pid, *descendants(pid)])


def memory(pid: int) -> float:
    """Proportional set size in MB: pages shared by several processes are counted once."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    return 0.0


def descendants(pid: int) -> list[int]:
    found = []
    for task in listdir(f"/proc/{pid}/task"):
        try:
            children = Path(f"/proc/{pid}/task/{task}/children").read_text().split()
        except OSError:
            continue
        for child in map(int, children):
            found += [child, *descendants(child)]
    return found


def listdir(path: str) -> list[str]:
    try:
        return os.listdir(path)
    except OSError:
        return []
