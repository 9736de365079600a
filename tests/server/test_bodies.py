import asyncio
from contextlib import AsyncExitStack

import pytest

from village.server import bodies
from village.server.bodies import LARGE_AT_ONCE, SMALL, Bodies, Crowded

MEGABYTE = 1024 * 1024


class Pieces:
    """A body of ``size`` bytes that counts how many of them were taken."""

    def __init__(self, size, length=None):
        self.length = length
        self.left, self.taken = size, 0

    async def more(self):
        data = b"x" * min(self.left, 65536)
        self.left -= len(data)
        self.taken += len(data)
        return data


async def read(body, limit=25 * MEGABYTE, room=None):
    async with (room or Bodies(10.0)).whole(body, limit) as data:
        return data if data is None else len(data)


@pytest.mark.parametrize("size", [0, 1, SMALL - 1, SMALL, SMALL + 1, MEGABYTE, 25 * MEGABYTE])
def test_a_body_within_the_limit_is_whole(size):
    assert asyncio.run(read(Pieces(size))) == size
    assert asyncio.run(read(Pieces(size, size))) == size


@pytest.mark.parametrize(("size", "limit"), [(1001, 1000), (SMALL + 1, SMALL), (MEGABYTE + 1, MEGABYTE)])
def test_a_longer_one_is_none_and_not_read_to_its_end(size, limit):
    body, told = Pieces(size * 10), Pieces(size, size)
    assert asyncio.run(read(body, limit)) is None
    assert body.taken < limit + 2 * 65536
    assert asyncio.run(read(told, limit)) is None
    assert told.taken == 0


def test_only_a_few_large_bodies_are_in_memory_and_small_ones_wait_for_nobody(monkeypatch):
    monkeypatch.setattr(bodies, "PATIENCE", 0.05)

    async def journey():
        room = Bodies(10.0)
        async with AsyncExitStack() as stack:
            for _ in range(LARGE_AT_ONCE):
                await stack.enter_async_context(room.whole(Pieces(MEGABYTE), 25 * MEGABYTE))
            waiting = Pieces(MEGABYTE)
            with pytest.raises(Crowded):
                await read(waiting, room=room)
            assert waiting.taken <= SMALL + 65536
            assert await read(Pieces(SMALL), room=room) == SMALL
        assert await read(Pieces(MEGABYTE), room=room) == MEGABYTE

    asyncio.run(journey())


def test_a_client_that_stops_gives_its_place_back():
    class Stalled(Pieces):
        async def more(self):
            if self.taken > 2 * SMALL:
                raise TimeoutError
            return await super().more()

    async def journey():
        room = Bodies(10.0)
        for _ in range(LARGE_AT_ONCE + 1):
            with pytest.raises(TimeoutError):
                await read(Stalled(MEGABYTE), room=room)
        assert await read(Pieces(MEGABYTE), room=room) == MEGABYTE

    asyncio.run(journey())


def test_a_byte_now_and_then_is_not_enough():
    """Each piece in time, and the whole without end: three such clients would hold every place for large bodies."""

    class Dripping(Pieces):
        async def more(self):
            await asyncio.sleep(0.05)
            self.taken += 1
            return b"x"

    body = Dripping(0)
    with pytest.raises(TimeoutError):
        asyncio.run(read(body, room=Bodies(0.3)))
    assert body.taken > 1
