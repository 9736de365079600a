"""A real `village run` process on free ports of 127.0.0.1, watched through its log and its own pages."""

from __future__ import annotations

import http.client
import json
import os
import signal
import ssl
import subprocess
import sys
from pathlib import Path
from typing import Self

import village
from tests.parts.waiting import free_ports, until


class Household:
    """One village process. ``start`` returns at once; ``ready`` waits until a release is on show."""

    def __init__(self, folder: Path, source: str, **environment: str) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.http, self.https = free_ports(2)
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(Path(village.__file__).parents[1]),  # the village that the test has imported
            "VILLAGE_SOURCE": source,
            "VILLAGE_DATA": str(folder / "data"),
            "VILLAGE_HTTP": f"127.0.0.1:{self.http}",
            "VILLAGE_HTTPS": f"127.0.0.1:{self.https}",
            "VILLAGE_TLS": "internal",
            "VILLAGE_HOOK_SECRET": "hook-secret-of-the-tests",
            "VILLAGE_ADMIN_TOKEN": "admin-token-of-the-tests",
            "VILLAGE_POLL": "3600",
            **environment,
        }
        self.log = folder / "village.log"
        self.process: subprocess.Popen | None = None

    def start(self) -> Self:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "village", "run"],
                env={name: value for name, value in self.environment.items() if value is not None},
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                cwd=self.folder,
            )
        return self

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.kill()

    def kill(self, number: int = signal.SIGKILL) -> int:
        """Send a signal and wait for the end; the exit code."""
        if self.process is None or self.process.poll() is not None:
            return self.process.returncode if self.process else 0
        self.process.send_signal(number)
        return self.process.wait(timeout=30)

    def terminate(self) -> int:
        return self.kill(signal.SIGTERM)

    def words(self) -> str:
        """Everything it logged."""
        return self.log.read_text("utf-8", "replace") if self.log.exists() else ""

    def request(
        self,
        path: str,
        *,
        method: str = "GET",
        headers: dict[str, str] | None = None,
        body: bytes | None = None,
        tls: bool = False,
        host: str = "",
    ) -> tuple[int, dict[str, str], bytes]:
        """(status, headers in lower case, body); certificates are not verified here."""
        if tls:
            context = ssl.create_default_context()
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            connection = http.client.HTTPSConnection("127.0.0.1", self.https, timeout=10, context=context)
        else:
            connection = http.client.HTTPConnection("127.0.0.1", self.http, timeout=10)
        try:
            connection.request(method, path, body, {**({"Host": host} if host else {}), **(headers or {})})
            reply = connection.getresponse()
            return reply.status, {name.lower(): value for name, value in reply.getheaders()}, reply.read()
        finally:
            connection.close()

    def status(self) -> dict:
        """The status page for programs."""
        headers = {"Authorization": f"Bearer {self.environment['VILLAGE_ADMIN_TOKEN']}"}
        return json.loads(self.request("/-/status.json", headers=headers)[2])

    def ready(self, seconds: float = 30.0) -> Self:
        """Wait until it says it is ready; a process that ended fails at once with its log."""

        def probe() -> bool:
            if self.process.poll() is not None:
                raise SystemExit(f"village ended with {self.process.returncode}:\n{self.words()}")
            return self.request("/-/health/ready")[0] == 200

        try:
            until(probe, "village is ready", seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.words()}") from None
        return self

    def shows(self, path: str, words: str, *, tls: bool = False, host: str = "", seconds: float = 20.0) -> bytes:
        """Wait until ``path`` answers 200 with ``words`` in its body."""

        def probe() -> bytes | None:
            status, _, body = self.request(path, tls=tls, host=host)
            return body if status == 200 and words.encode() in body else None

        try:
            return until(probe, f"{path} shows {words!r}", seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.words()[-4000:]}") from None
