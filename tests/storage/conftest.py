"""Every backend, real ones: a folder with hard links, without, and as on NFS; a redis-server, memory; and one sealed."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import subprocess
import time
from collections.abc import Iterator

import pytest

from tests.storage import nfs
from village.storage import epochs, folder
from village.storage.folder import FolderStorage
from village.storage.memory import MemoryStorage
from village.storage.redis import RedisStorage
from village.storage.sealed import Sealed


@pytest.fixture
def no_hard_links(monkeypatch):
    """A file system that refuses link(2), as CIFS and many FUSE ones do; there is none to mount in a test."""

    def refuse(*_arguments, **_options):
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(folder.os, "link", refuse)
    assert epochs.os is folder.os


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class RedisServer:
    """A redis-server of Debian's on a port of its own; can be stopped and started again."""

    def __init__(self, workdir, password: str = "") -> None:
        self.workdir = workdir
        self.port = free_port()
        self.password = password
        self.process = None

    @property
    def url(self) -> str:
        return f"redis://{f':{self.password}@' if self.password else ''}127.0.0.1:{self.port}/0"

    def start(self, *more: str) -> None:
        words = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        words += ["--requirepass", self.password] if self.password else []
        self.process = subprocess.Popen([*words, "--dir", str(self.workdir), *more], stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.port), 0.2).close()
            except OSError:
                time.sleep(0.01)
            else:
                return
        raise AssertionError("redis-server did not start")

    def stop(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(params=["memory", "folder", "folder-no-links", "folder-nfs", "redis", "sealed"])
def replicas(request, tmp_path):
    """A function that opens one more replica's view of one shared storage; closes them all in the end."""
    opened = []
    if request.param == "folder-no-links":
        request.getfixturevalue("no_hard_links")
    if request.param == "redis":
        url = request.getfixturevalue("redis_server").url
        prefix = f"{os.getpid()}-{tmp_path.name}"
    if request.param == "folder-nfs":
        machines = nfs.imitate(request.getfixturevalue("monkeypatch"))
    shared = MemoryStorage()

    def another():
        if request.param == "memory":
            storage = shared
        elif request.param == "redis":
            storage = RedisStorage(url, prefix=prefix)
        elif request.param == "folder-nfs":
            storage = nfs.NetworkFolder(tmp_path / "shared", machines)
        elif request.param == "sealed":
            storage = Sealed(FolderStorage(tmp_path / "shared"), "a cluster secret")
        else:
            storage = FolderStorage(tmp_path / "shared")
        opened.append(storage)
        return storage

    another.kind = request.param
    another.opened = opened
    return another


@pytest.fixture
def run(replicas):
    """Run a coroutine, then close every storage it opened, in the same loop."""

    def runner(coroutine):
        async def whole():
            try:
                async with asyncio.timeout(30):
                    return await coroutine
            finally:
                for storage in replicas.opened:
                    await storage.close()

        return asyncio.run(whole())

    return runner
