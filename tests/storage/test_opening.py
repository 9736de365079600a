"""Which storage a URL means."""

from __future__ import annotations

import asyncio

import pytest

from village.errors import SettingsError
from village.storage.folder import FolderStorage
from village.storage.memory import MemoryStorage
from village.storage.opening import open_storage
from village.storage.redis import RedisStorage


def test_the_url_says_which_storage(tmp_path):
    def opened(url, secret=""):
        return open_storage(url, tmp_path, secret)

    async def story():
        own = opened("")
        await own.put("key", b"1")
        assert (tmp_path / "storage" / "values" / "key").exists()
        shared = opened(f"folder://{tmp_path}/with%20space")
        assert isinstance(shared.inner, FolderStorage)
        assert shared.inner.root == tmp_path / "with space"
        assert shared.url == f"folder://{tmp_path}/with%20space"
        redis = opened("rediss://user:secret@example.com:6380/1")
        assert isinstance(redis.inner, RedisStorage)
        assert "secret" not in f"{redis.url}{redis}"
        await redis.close()
        assert isinstance(opened("memory://").inner, MemoryStorage)
        assert opened("memory://", "secret").sealed("key", b"1") != b"1" == shared.sealed("key", b"1")
        with pytest.raises(SettingsError):
            opened("s3://bucket")

    asyncio.run(story())


def test_an_unknown_option_of_a_redis_url_is_told_before_anything_is_asked(tmp_path):
    with pytest.raises(SettingsError, match="Redis URL"):
        open_storage("redis://127.0.0.1/0?passwd=x", tmp_path)
