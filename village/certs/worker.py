"""One thread for one synchronous library.

The acme library's session and nonces belong to one thread. Unlike an executor's, this thread is a daemon: a
request that hangs at a CA never holds up the end of the process.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable
from typing import Any, TypeVar

Result = TypeVar("Result")
Job = tuple[Callable[[], Any], asyncio.Future[Any] | None]


class Worker:
    """Runs functions one after another in its thread, which lives from the first call to ``close``."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    async def run(self, function: Callable[[], Result], limit: float | None = None) -> Result:
        """``function()``'s result or exception. Cancelling stops the waiting; a call under way ends by its own
        time limit.

        Raises TimeoutError after ``limit`` seconds. The thread is left to itself then, and the next call gets a
        new one: a server that sends a byte now and then holds a thread for ever, whatever its socket's time limit.
        """
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._put((function, future))
        try:
            async with asyncio.timeout(limit):
                return await future
        except TimeoutError:
            if future.cancelled():
                self._abandon()
            raise

    def later(self, function: Callable[[], Any]) -> None:
        """Run ``function`` after what is under way; nobody waits for it, and its errors are dropped."""
        self._put((function, None))

    def _put(self, job: Job) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, args=(self._jobs,), name=self._name, daemon=True)
            self._thread.start()
        self._jobs.put(job)

    def close(self) -> None:
        """Let the thread end after what it does now."""
        if self._thread is not None:
            self._jobs.put(None)
            self._thread = None

    def _abandon(self) -> None:
        """The thread ends whenever it comes back; what waits behind it is not begun."""
        self.close()
        self._jobs = queue.SimpleQueue()

    @staticmethod
    def _work(jobs: queue.SimpleQueue[Job | None]) -> None:
        while (job := jobs.get()) is not None:
            function, future = job
            if future is None:
                with contextlib.suppress(Exception):
                    function()
            elif not future.cancelled():
                Worker._deliver(function, future)

    @staticmethod
    def _deliver(function: Callable[[], Any], future: asyncio.Future[Any]) -> None:
        try:
            result, error = function(), None
        except BaseException as caught:  # noqa: BLE001 - it belongs to whoever waits
            result, error = None, caught

        def settle() -> None:
            if not future.done():
                future.set_exception(error) if error else future.set_result(result)

        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            future.get_loop().call_soon_threadsafe(settle)
