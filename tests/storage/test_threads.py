from __future__ import annotations

import asyncio
import time

import pytest

from village.errors import StorageError
from village.storage.threads import in_thread


def test_a_cancellation_that_meets_the_answer_is_not_lost() -> None:
    """Python 3.11's wait_for swallows it, and a process that uses storage often never ends on SIGTERM."""

    async def journey() -> None:
        async def work() -> None:
            while True:
                await in_thread(lambda: None, limit=5)

        for number in range(50):
            task = asyncio.create_task(work())
            await asyncio.sleep(number / 50_000)
            task.cancel()
            done, _ = await asyncio.wait([task], timeout=5)
            assert done, "still at work"

    asyncio.run(journey())


def test_a_call_that_hangs_is_given_up() -> None:
    async def journey() -> None:
        with pytest.raises(StorageError, match="did not answer"):
            await in_thread(time.sleep, 0.5, limit=0.05)

    asyncio.run(journey())


def test_errors_of_the_call_are_the_callers() -> None:
    with pytest.raises(ZeroDivisionError):
        asyncio.run(in_thread(divmod, 1, 0, limit=5))
