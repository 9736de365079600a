"""What a real redis-server does to us: passwords, restarts, silence."""

from __future__ import annotations

import asyncio
import subprocess

import pytest

from tests.storage.conftest import RedisServer
from village.errors import SettingsError, StorageError
from village.storage.redis import RedisStorage, literal, without_password


@pytest.fixture
def own_server(tmp_path):
    server = RedisServer(tmp_path, password="p@ss-word")
    server.password = "word"
    server.start()
    yield server
    server.stop()


def test_a_restart_is_survived_and_a_forgotten_lock_is_noticed(own_server):
    async def story():
        storage = RedisStorage(own_server.url)
        await storage.put("key", b"1")
        lease = await storage.try_lock("job", ttl=0.6)
        own_server.stop()
        waiting = asyncio.create_task(storage.put("key", b"2"))
        await asyncio.sleep(0)
        await asyncio.to_thread(own_server.start)
        await waiting
        assert await storage.get("key") == b"2"
        async with asyncio.timeout(5):
            while not lease.lost:
                await asyncio.sleep(0.02)
        await storage.close()

    asyncio.run(story())


def test_a_server_that_is_away_is_a_storage_error_without_the_password(own_server):
    async def story():
        storage = RedisStorage(own_server.url, limit=0.3)
        own_server.stop()
        with pytest.raises(StorageError) as caught:
            await storage.get("key")
        assert own_server.password not in str(caught.value)
        await storage.close()

    asyncio.run(story())


def test_a_wrong_password_is_said_at_once(own_server):
    async def story():
        storage = RedisStorage(f"redis://:wrong@127.0.0.1:{own_server.port}/0")
        with pytest.raises(StorageError, match=r"(?i)password|auth"):
            await storage.get("key")
        await storage.close()

    asyncio.run(story())


def test_a_command_sent_twice_has_the_outcome_of_one(redis_server, tmp_path):
    """As after a connection that broke between the command and its answer."""

    async def story():
        storage = RedisStorage(redis_server.url, prefix=tmp_path.name)
        call = storage._call

        async def twice(command):
            await call(command)
            return await call(command)

        storage._call = twice
        assert await storage.put_new("key", b"mine")
        assert not await storage.put_new("key", b"mine")
        lease = await storage.try_lock("job")
        assert lease
        assert await storage.try_lock("job") is None
        await lease.release()
        await storage.close()

    asyncio.run(story())


def test_what_is_no_url_is_the_operators_move():
    with pytest.raises(SettingsError):
        RedisStorage("http://example.com")


def test_patterns_mean_themselves():
    assert literal("a*[b]?\\") == "a\\*\\[b\\]\\?\\\\"


def test_the_shown_url_has_no_password():
    assert without_password("rediss://user:secret@host:6379/0?password=x") == "rediss://host:6379/0"


def test_rediss_is_tls_proved_by_the_given_authority(tmp_path):
    words = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    words += ["-keyout", str(tmp_path / "key.pem"), "-out", str(tmp_path / "cert.pem"), "-subj", "/CN=localhost"]
    subprocess.run([*words, "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"], check=True, capture_output=True)
    server = RedisServer(tmp_path)
    server.start("--tls-port", str(server.port), "--port", "0", "--tls-auth-clients", "no",
                 "--tls-cert-file", str(tmp_path / "cert.pem"), "--tls-key-file", str(tmp_path / "key.pem"),
                 "--tls-ca-cert-file", str(tmp_path / "cert.pem"))  # fmt: skip

    async def story():
        storage = RedisStorage(f"rediss://127.0.0.1:{server.port}/0?ssl_ca_certs={tmp_path}/cert.pem")
        await storage.put("key", b"value")
        assert await storage.get("key") == b"value"
        await storage.close()
        stranger = RedisStorage(f"rediss://127.0.0.1:{server.port}/0")
        with pytest.raises(StorageError, match="certificate"):
            await stranger.get("key")
        await stranger.close()

    try:
        asyncio.run(story())
    finally:
        server.stop()
