"""Blocking file calls off the event loop, with a time limit.

A dead NFS server holds a system call for ever. Executor threads are joined when the interpreter ends, so one
such call would hold the whole process on SIGTERM; a daemon thread a call holds nobody. Storage is asked a few
times a second at most.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from village.errors import StorageError

Result = TypeVar("Result")
MOST = 32  # calls at once: those that hang must not pile up

_under_way: set[object] = set()


async def in_thread(call: Callable[..., Result], *arguments: Any, limit: float) -> Result:
    """``call(*arguments)`` in a thread of its own. Raises StorageError after ``limit`` seconds; the call may
    still finish.
    """
    if len(_under_way) >= MOST:
        raise StorageError(f"the storage hangs: {MOST} calls have not returned")
    loop = asyncio.get_running_loop()
    mark = object()
    future: asyncio.Future[Result] = loop.create_future()

    def settle(result: Result | None, error: BaseException | None) -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)  # type: ignore[arg-type]

    def run() -> None:
        try:
            outcome: tuple[Any, BaseException | None] = (call(*arguments), None)
        except BaseException as error:  # noqa: BLE001 - carried to the awaiting task, whatever it is
            outcome = None, error
        finally:
            _under_way.discard(mark)
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(settle, *outcome)

    _under_way.add(mark)
    threading.Thread(target=run, name="storage", daemon=True).start()
    try:
        async with asyncio.timeout(limit):  # not wait_for: in Python 3.11 it swallows a cancel that meets the answer
            return await future
    except TimeoutError:
        raise StorageError(f"the storage did not answer in {limit:g} s") from None
