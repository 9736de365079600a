import asyncio
import json
from types import SimpleNamespace
from urllib.parse import quote

from village.app.front_desk import read_hook

SECRET = "a secret of the tests"
PUBLISHER = SimpleNamespace(
    site=SimpleNamespace(hook_secret=(SECRET,), branch=""), source=SimpleNamespace(branch="main")
)


def test_visitors_are_served_while_a_huge_hook_is_read():
    """Seven megabytes of a form took the loop for a second."""
    payload = json.dumps({"ref": "refs/heads/main", "commits": ['é"' * 400_000]})
    body = b"payload=" + quote(payload).encode()
    turns = 0

    async def journey():
        nonlocal turns
        reading = asyncio.create_task(read_hook({"x-gitlab-token": SECRET}, body, PUBLISHER))
        while not reading.done():
            turns += 1
            await asyncio.sleep(0)
        return await reading

    assert asyncio.run(journey()).branch == "main"
    assert turns > 10
