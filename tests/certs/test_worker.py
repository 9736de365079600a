from __future__ import annotations

import asyncio
import contextlib
import threading

import pytest

from village.certs.worker import Worker


def test_everything_runs_in_one_daemon_thread() -> None:
    async def journey() -> None:
        worker = Worker("acme")
        threads = [await worker.run(threading.current_thread) for _ in range(3)]
        assert len(set(threads)) == 1
        assert threads[0].daemon
        assert threads[0] is not threading.current_thread()
        worker.close()
        threads[0].join(5)
        assert not threads[0].is_alive()

    asyncio.run(journey())


def test_errors_come_back_to_whoever_waits() -> None:
    async def journey() -> None:
        worker = Worker("acme")
        with pytest.raises(ZeroDivisionError):
            await worker.run(lambda: 1 / 0)
        assert await worker.run(lambda: 7) == 7
        worker.close()

    asyncio.run(journey())


def test_a_cancelled_wait_neither_stops_the_thread_nor_runs_what_was_not_begun() -> None:
    async def journey() -> None:
        worker, gate, begun, ran = Worker("acme"), threading.Event(), threading.Event(), []

        def hold() -> None:
            begun.set()
            gate.wait(5)

        held = asyncio.create_task(worker.run(hold))
        await asyncio.to_thread(begun.wait, 5)
        never = asyncio.create_task(worker.run(lambda: ran.append("never")))
        await asyncio.sleep(0)
        for task in (never, held):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        gate.set()
        assert await worker.run(lambda: "goes on") == "goes on"
        assert ran == []
        worker.close()

    asyncio.run(journey())


def test_what_is_done_later_comes_after_what_is_under_way_and_never_raises() -> None:
    async def journey() -> None:
        worker, done = Worker("acme"), []
        first = asyncio.create_task(worker.run(lambda: done.append("first")))
        await asyncio.sleep(0)
        worker.later(lambda: done.append("second") or 1 / 0)
        await worker.run(lambda: done.append("third"))
        await first
        assert done == ["first", "second", "third"]
        worker.close()

    asyncio.run(journey())


def test_a_loop_that_ended_meanwhile_is_no_error() -> None:
    gate, worker = threading.Event(), Worker("acme")

    async def begin() -> None:
        task = asyncio.create_task(worker.run(lambda: gate.wait(5)))
        await asyncio.sleep(0.01)
        task.cancel()

    asyncio.run(begin())
    thread = worker._thread
    gate.set()
    worker.close()
    thread.join(5)
    assert not thread.is_alive()


def test_a_thread_that_does_not_come_back_is_left_and_the_next_call_gets_another() -> None:
    async def journey() -> None:
        worker, gate = Worker("acme"), threading.Event()
        with pytest.raises(TimeoutError):
            await worker.run(lambda: gate.wait(30), 0.05)
        assert await worker.run(lambda: "goes on", 5) == "goes on"
        with pytest.raises(TimeoutError):
            await worker.run(raising)
        thread = await worker.run(threading.current_thread)
        assert await worker.run(threading.current_thread) is thread, "its own TimeoutError is an answer"
        gate.set()
        worker.close()

    def raising() -> None:
        raise TimeoutError

    asyncio.run(journey())
