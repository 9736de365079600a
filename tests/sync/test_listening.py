"""A watch by inotify says why it cannot be set."""

from __future__ import annotations

import asyncio

import pytest

from village.sync import inotify
from village.sync.listening import Listening

pytestmark = pytest.mark.skipif(not inotify.possible(), reason="inotify is Linux's")


@pytest.mark.parametrize(("name", "error"), [("none", FileNotFoundError), ("file", NotADirectoryError)])
def test_what_is_no_folder_is_said_by_its_own_error(tmp_path, name, error):
    (tmp_path / "file").write_text("x")

    async def story():
        watch = Listening(tmp_path / name, lambda paths: None)
        try:
            with pytest.raises(error):
                await watch.begin()
        finally:
            watch.close()

    asyncio.run(story())
