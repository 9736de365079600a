"""One task done by several processes: the builder forks, all of them draw tickets, what the children did is read back.

Only a process with one thread (and our watcher) forks. A child that dies is no loss: what it does not report is
left to the caller. With one CPU, or little to do, nothing forks.
"""

from __future__ import annotations

import ctypes
import gc
import os
import signal
import struct
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from village.errors import VillageError

FEWEST = 300  # items; below it a fork costs more than it saves
DEATH_SIGNAL = 1  # prctl(PR_SET_PDEATHSIG): the kernel ends a worker whose builder was killed
TICKET = struct.Struct("=II")
MOST_TICKETS = 4096  # half of what the smallest of pipes holds


def count(items: int, wanted: int = 0) -> int:
    """How many processes do so many items, this one included; ``wanted`` 0: as many as there are CPUs."""
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    alone = threading.current_thread() is threading.main_thread() and threading.active_count() <= 2
    return min(wanted or cpus, items // FEWEST + 1) if alone and hasattr(os, "fork") else 1


class Tickets:
    """The numbers below ``total``, each given to one process: a pipe that all of them read from.

    So nobody waits for the one who was dealt the long pages; and who finds more to do on the way puts tickets for
    it behind the others.
    """

    def __init__(self, total: int) -> None:
        self.total = total
        self.block = -(-total // MOST_TICKETS) or 1
        self.reader, self.writer = os.pipe()
        os.set_blocking(self.reader, False)
        os.set_blocking(self.writer, False)
        for start in range(0, total, self.block):
            os.write(self.writer, TICKET.pack(start, 0))

    def draw(self) -> Iterator[tuple[int, int]]:
        """(number, 0) of each item that falls to this process, and (number, part) of what was added."""
        while True:
            try:
                ticket = os.read(self.reader, TICKET.size)  # whole: only whole ones are ever in the pipe
            except BlockingIOError:
                return
            start, part = TICKET.unpack(ticket)
            if part:
                yield start, part
            else:
                for number in range(start, min(start + self.block, self.total)):
                    yield number, 0

    def add(self, number: int, part: int) -> bool:
        """A ticket for a part (from 1) of an item; False when the pipe is full."""
        try:
            return os.write(self.writer, TICKET.pack(number, part)) > 0
        except BlockingIOError:
            return False

    def close(self) -> None:
        os.close(self.reader)
        os.close(self.writer)


def run(
    processes: int, work: Callable[[], None], report: Callable[[BinaryIO], None], gather: Callable[[BinaryIO], None]
) -> None:
    """``work`` in every process; what a child writes with ``report``, the parent reads with ``gather``."""
    gc.freeze()  # the collector's marks would copy every page of memory that parent and child share
    with tempfile.TemporaryDirectory(prefix="village-workers-") as folder:
        children = [(fork(work, report, path), path) for at in range(1, processes) for path in [Path(folder) / str(at)]]
        try:
            work()
        finally:
            for child, _ in children:
                os.waitpid(child, 0)
            gc.unfreeze()
        for _, path in children:
            if path.exists():
                with path.open("rb") as file:
                    gather(file)


def fork(work: Callable[[], None], report: Callable[[BinaryIO], None], path: Path) -> int:
    """Start a child that works and writes what came of it to ``path``."""
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        quieten()
        work()
        written = path.with_suffix(".part")
        with written.open("wb") as file:
            report(file)
        written.rename(path)  # so that what the parent reads is whole
        status = 0
    except VillageError:  # the caller meets it as well, and says it
        pass
    except BaseException as error:  # noqa: BLE001 - a child that fails is a share that the caller does itself
        sys.stderr.write(f"village: a worker gave up: {error!r}\n")
    finally:
        os._exit(status)


def quieten() -> None:
    """In the child: it ends with its parent and leaves the terminal to it."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(DEATH_SIGNAL, signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
