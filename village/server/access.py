"""The access log: one line a request, combined or JSON, written before the loop looks for the next requests; what a
full pipe does not take at once is a thread's, so that it never stops the street.
"""

from __future__ import annotations

import atexit
import json
import os
import select
import stat
import threading
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from village.logs import masked
from village.server.clock import Clock

FLUSH_SECONDS = 0.25
PIPE = select.PIPE_BUF  # a pipe that is ready takes so many bytes without waiting (POSIX)
MOST_WAITING = 16 * 1024 * 1024  # bytes; a reader that has stopped costs lines, not the site


@lru_cache(maxsize=4096)
def quoted(text: str) -> str:
    """Text inside quotes as nginx escapes it: no control character, no quote, no secret can leave its field."""
    safe = masked(text)
    if safe.isascii() and safe.isprintable() and '"' not in safe and "\\" not in safe:
        return safe
    data = safe.encode("utf-8", "surrogateescape")
    return "".join(chr(b) if 32 <= b < 127 and b not in b'"\\' else f"\\x{b:02X}" for b in data)


def combined(request_line: str, status: int, sent: int, referer: str, agent: str) -> bytes:
    """What follows the time in the combined format."""
    return f'] "{quoted(request_line)}" {status} {sent} "{quoted(referer) or "-"}" "{quoted(agent) or "-"}"\n'.encode()


def fields(request_line: str, status: int, sent: int, *, referer: str, agent: str, host: str, site: str) -> bytes:
    """What follows address and time in the JSON form."""
    method, _, rest = request_line.partition(" ")
    target, _, protocol = rest.rpartition(" ")
    event = {"host": host, "method": method, "target": masked(target), "protocol": protocol, "status": status,
    "bytes": sent,
             "referer": masked(referer), "agent": masked(agent), "site": site}  # fmt: skip
    text = json.dumps(event, ensure_ascii=True)
    return f", {text[1:]}\n".encode()


class AccessLog:
    """``form``: combined, json or off. Lines of one turn of the loop are written together at its end: a process that is
    killed loses no earlier one.
    """

    def __init__(self, form: str, clock: Clock, descriptor: int = 1) -> None:
        self.on = form != "off"
        self.json = form == "json"
        self.clock = clock
        self.descriptor = descriptor
        self.lines: list[bytes] = []
        self._waiting = 0
        self._wake = threading.Condition()
        self._queue: list[bytes] = []
        self._stopping = self._writing = False
        self._thread: threading.Thread | None = None
        self._append = self.lines.append
        self._soon: Callable[[Callable[[], None]], Any] | None = None
        self._ready: select.poll | None = None

    def tail(
        self, request_line: str, status: int, sent: int, client: tuple[str, str, str] = ("", "", ""), site: str = ""
    ) -> bytes:
        """The part of a line that does not depend on who asked and when; prepared once for a hot request.

        ``client``: referer, agent, host.
        """
        referer, agent, host = client
        if not self.on:
            return b""
        if self.json:
            return fields(request_line, status, sent, referer=referer, agent=agent, host=host, site=site)
        return combined(request_line, status, sent, referer, agent)

    def add(self, remote: bytes, tail: bytes) -> None:
        """One request answered."""
        if self._soon is not None and not self.lines:
            self._soon(self.flush)
        if self.json:
            moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.clock.seconds)).encode()
            self._append(b'{"time": "' + moment + b'", "remote": "' + remote + b'"' + tail)
        elif self.on:
            self._append(remote + b" - - [" + self.clock.stamp + tail)

    def start(self, soon: Callable[[Callable[[], None]], Any] | None = None) -> None:
        """``soon``: the loop's call_soon; without it somebody has to call ``flush``."""
        if self.on:
            self._soon = soon
            self._stopping = False
            if not stat.S_ISREG(os.fstat(self.descriptor).st_mode):
                self._ready = select.poll()
                self._ready.register(self.descriptor, select.POLLOUT)
            self._thread = threading.Thread(target=self._write, name="access-log", daemon=True)
            self._thread.start()
            atexit.register(self.stop)  # a process that dies of an exception has written what led to it

    def flush(self) -> None:
        """Write the lines gathered, or hand them to the thread; never waits."""
        if not self.lines:
            return
        data = b"".join(self.lines)
        self.lines.clear()
        with self._wake:
            if not self._queue and not self._writing:
                data = data[self.at_once(data) :]
            if data and self._waiting < MOST_WAITING:
                self._queue.append(data)
                self._waiting += len(data)
                self._wake.notify()

    def at_once(self, data: bytes) -> int:
        """Write what can be written without waiting; returns how much that was."""
        if self._thread is None:
            return 0
        done = 0
        try:
            if self._ready is None:
                return os.write(self.descriptor, data)
            while done < len(data) and self._ready.poll(0):
                done += os.write(self.descriptor, data[done : done + PIPE])
        except OSError:  # the thread finds out, too, and drops the lines
            return done
        return done

    def stop(self) -> None:
        """Write what is left, then end the thread."""
        self._soon = None
        self.flush()
        atexit.unregister(self.stop)
        if self._thread:
            with self._wake:
                self._stopping = True
                self._wake.notify()
            self._thread.join(timeout=2)
            self._thread = None

    def _write(self) -> None:
        while True:
            with self._wake:
                while not self._queue and not self._stopping:
                    self._wake.wait()
                data, self._queue, self._waiting = b"".join(self._queue), [], 0
                stopping, self._writing = self._stopping, True
            write_all(self.descriptor, data)
            with self._wake:
                self._writing = False
            if stopping:
                return


def write_all(descriptor: int, data: bytes) -> None:
    """Every byte, or as many as a broken reader lets through."""
    view = memoryview(data)
    while view:
        try:
            view = view[os.write(descriptor, view) :]
        except OSError:
            return
