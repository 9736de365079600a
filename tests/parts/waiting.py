"""Waiting on a condition with a deadline, never on luck."""

from __future__ import annotations

import contextlib
import random
import socket
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(probe: Callable[[], T], what: str, seconds: float = 30.0, every: float = 0.02) -> T:
    """The first truthy answer of ``probe``; exceptions count as "not yet". Fails naming ``what`` after ``seconds``."""
    deadline = time.monotonic() + seconds
    last: object = None
    while time.monotonic() < deadline:
        try:
            last = probe()
            if last:
                return last
        except Exception as error:  # noqa: BLE001 - whatever it is, it is "not yet"
            last = error
        time.sleep(every)
    raise AssertionError(f"{what}: not within {seconds} s; last seen: {last!r}")


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody holds at this moment."""
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """``count`` different free ports.

    From below the range that the kernel gives to outgoing connections: a port of that range, free now, may be the
    source port of another test's connection when the program comes to bind it.
    """
    found: list[int] = []
    with contextlib.ExitStack() as stack:
        while len(found) < count:
            probe = stack.enter_context(socket.socket())
            port = random.randint(11000, 32000)
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                found.append(port)
    return found
