"""What only a folder can suffer: kills in the middle, other processes, full and slow and read-only disks, foreign files."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from village.errors import StorageError
from village.storage import folder, threads
from village.storage.folder import FolderStorage, encoded

HOLDER = """
    import asyncio, sys
    from pathlib import Path
    from village.storage.folder import FolderStorage

    async def main():
        storage = FolderStorage(Path(sys.argv[1]))
        async with storage.lock("job", float(sys.argv[2])) as lease:
            print("holding", flush=True)
            while True:
                await asyncio.sleep(0.02)
                print("lost" if lease.lost else "held", flush=True)
                if lease.lost:
                    return

    asyncio.run(main())
"""


def holder(place: Path, ttl: float) -> subprocess.Popen:
    """Another process that holds the lock "job" and says so."""
    words = [sys.executable, "-c", textwrap.dedent(HOLDER), str(place), str(ttl)]
    root = str(Path(folder.__file__).parents[2])
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": root})
    assert process.stdout.readline() == "holding\n"
    return process


def test_a_holder_killed_with_9_is_followed_within_its_ttl(tmp_path):
    process = holder(tmp_path, 1.0)

    async def story():
        storage = FolderStorage(tmp_path)
        assert await storage.try_lock("job", 1.0) is None
        process.kill()
        process.wait()
        async with asyncio.timeout(10), storage.lock("job", 1.0):
            pass
        assert await storage.held() == []

    asyncio.run(story())
    process.stdout.close()


def test_a_holder_stopped_beyond_its_time_knows_it_when_it_wakes(tmp_path):
    process = holder(tmp_path, 1.0)

    async def story():
        storage = FolderStorage(tmp_path)
        process.send_signal(signal.SIGSTOP)
        async with asyncio.timeout(10), storage.lock("job", 1.0) as lease:
            process.send_signal(signal.SIGCONT)
            said = await asyncio.to_thread(process.stdout.read)
            assert said.splitlines()[-1] == "lost"
            lease.check()
            await lease.confirm()
        process.wait()
        assert await storage.held() == []

    asyncio.run(story())
    process.stdout.close()


def test_values_are_private_and_half_written_ones_are_nobodys(tmp_path):
    async def story():
        storage = FolderStorage(tmp_path)
        await storage.put("keys/example.com", b"private")
        await storage.put_new("keys/new", b"private")
        for path in ((tmp_path / "values" / "keys" / name) for name in ("example.com", "new")):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        (tmp_path / "values" / "keys" / ".abc.part").write_bytes(b"half")
        (tmp_path / "values" / ".snapshot").mkdir()
        (tmp_path / "values" / ".snapshot" / "x").write_bytes(b"an NFS server's own")
        assert await storage.list() == ["keys/example.com", "keys/new"]

    asyncio.run(story())


def test_a_writer_killed_at_any_moment_leaves_the_old_value_or_the_new(tmp_path):
    script = """
        import asyncio, sys
        from pathlib import Path
        from village.storage.folder import FolderStorage

        async def main():
            storage = FolderStorage(Path(sys.argv[1]))
            number = 0
            while True:
                number += 1
                await storage.put("value", str(number).encode() * 20_000)
                if number == 1:
                    print("writing", flush=True)

        asyncio.run(main())
    """
    root = str(Path(folder.__file__).parents[2])
    for pause in (0.0, 0.003, 0.011, 0.017):
        words = [sys.executable, "-c", textwrap.dedent(script), str(tmp_path)]
        process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": root})
        assert process.stdout.readline() == "writing\n"
        time.sleep(pause)
        process.kill()
        process.wait()
        process.stdout.close()
        value = asyncio.run(FolderStorage(tmp_path).get("value"))
        assert len(value) % 20_000 == 0
        assert value == value[: len(value) // 20_000] * 20_000


@pytest.mark.parametrize(
    ("number", "words"), [(28, "(?i)no space left"), (30, "Read-only"), (5, "Input/output"), (13, "ermission")]
)
def test_a_disk_that_fails_is_a_storage_error(tmp_path, monkeypatch, number, words):
    async def story():
        storage = FolderStorage(tmp_path)
        await storage.put("key", b"old")

        def fail(*_arguments, **_options):
            raise OSError(number, os.strerror(number), "/mnt/x")

        monkeypatch.setattr("village.files.create", fail)
        monkeypatch.setattr(Path, "write_bytes", fail)
        for call in (storage.put("key", b"new"), storage.put_new("other", b"new"), storage.try_lock("job")):
            with pytest.raises(StorageError, match=words):
                await call
        assert await storage.get("key") == b"old"

    asyncio.run(story())


def test_a_disk_that_hangs_is_a_storage_error_in_time_and_does_not_hold_the_process(tmp_path, monkeypatch):
    release = threads.threading.Event()

    async def story():
        storage = FolderStorage(tmp_path, limit=0.1)
        monkeypatch.setattr(folder, "read", lambda *_: release.wait(60))
        with pytest.raises(StorageError, match=r"did not answer in 0\.1 s"):
            await storage.get("key")
        await storage.put("other", b"x")
        for _ in range(threads.MOST - 1):
            with pytest.raises(StorageError):
                await FolderStorage(tmp_path, limit=0.001).get("key")
        with pytest.raises(StorageError, match="calls have not returned"):
            await storage.put("other", b"y")
        release.set()
        async with asyncio.timeout(10):
            while threads._under_way:
                await asyncio.sleep(0.01)
        await storage.put("other", b"z")

    asyncio.run(story())


def test_a_key_that_is_also_a_folder_is_a_storage_error(tmp_path):
    async def story():
        storage = FolderStorage(tmp_path)
        await storage.put("a/b", b"1")
        with pytest.raises(StorageError):
            await storage.put("a", b"2")
        with pytest.raises(StorageError):
            await storage.get("a")

    asyncio.run(story())


def test_names_of_files_are_plain():
    assert encoded("*.example.com") == "%2A.example.com"
    assert encoded("..x") == "%2E.x"
    assert encoded("a:b") == "a%3Ab"
    assert encoded("xn--bcher-kva.example") == "xn--bcher-kva.example"
