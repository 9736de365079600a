"""Pebble, Let's Encrypt's test CA, with its DNS server: every name resolves to 127.0.0.1."""

from __future__ import annotations

import contextlib
import json
import os
import ssl
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import trustme

from tests.parts.need import need
from tests.parts.waiting import free_ports, until


class Pebble:
    """A running CA. ``directory`` and ``ca_bundle`` are what a client needs; ``root()`` proves its certificates."""

    def __init__(self, folder: Path, http_port: int, ports: list[int]) -> None:
        self.folder = folder
        self.http_port = http_port
        self.api, self.management, self.dns, self.dns_management = ports
        self.directory = f"https://127.0.0.1:{self.api}/dir"
        self.ca_bundle = folder / "api-ca.pem"

    def root(self) -> bytes:
        """The PEM of the root that issued certificates chain to."""
        return self.ask(f"https://127.0.0.1:{self.management}/roots/0")

    def ask(self, url: str) -> bytes:
        context = ssl.create_default_context(cafile=str(self.ca_bundle))
        with urllib.request.urlopen(url, context=context, timeout=5) as reply:
            return reply.read()

    def dns_set(self, verb: str, **record: object) -> None:
        """challtestsrv's management API: ``add-aaaa``, ``set-servfail``, ``add-caa``…"""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.dns_management}/{verb}", data=json.dumps(record).encode(), method="POST"
        )
        urllib.request.urlopen(request, timeout=5).close()


@contextlib.contextmanager
def running(
    folder: Path,
    http_port: int,
    *,
    nonce_reject: int = 5,
    validity: int = 0,
    config_more: dict[str, object] | None = None,
    environment_more: dict[str, str] | None = None,
) -> Iterator[Pebble]:
    """Pebble that validates HTTP-01 on ``http_port``; ``validity`` is the certificates' lifetime in seconds.

    ``config_more`` and ``environment_more`` go into Pebble's own configuration and environment.
    """
    pebble_program, dns_program = need("pebble"), need("pebble-challtestsrv")
    folder.mkdir(parents=True, exist_ok=True)
    pebble = Pebble(folder, http_port, free_ports(4))
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(pebble.ca_bundle))
    leaf = authority.issue_cert("127.0.0.1", "localhost")
    leaf.private_key_pem.write_to_path(str(folder / "api.key"))
    leaf.cert_chain_pems[0].write_to_path(str(folder / "api.pem"))
    config = {
        "listenAddress": f"127.0.0.1:{pebble.api}",
        "managementListenAddress": f"127.0.0.1:{pebble.management}",
        "certificate": str(folder / "api.pem"),
        "privateKey": str(folder / "api.key"),
        "httpPort": http_port,
        "tlsPort": 5001,
        **({"certificateValidityPeriod": validity} if validity else {}),
        **(config_more or {}),
    }
    (folder / "pebble.json").write_text(json.dumps({"pebble": config}))
    environment = {
        "PATH": os.environ["PATH"],
        "PEBBLE_VA_NOSLEEP": "1",
        "PEBBLE_WFE_NONCEREJECT": str(nonce_reject),
        "PEBBLE_AUTHZREUSE": "0",
        **(environment_more or {}),
    }
    with contextlib.ExitStack() as stack:
        log = stack.enter_context((folder / "pebble.log").open("wb"))
        commands = [
            [
                dns_program,
                "-defaultIPv6",
                "",
                "-defaultIPv4",
                "127.0.0.1",
                "-dns01",
                f"127.0.0.1:{pebble.dns}",
                "-http01",
                "",
                "-https01",
                "",
                "-tlsalpn01",
                "",
                "-management",
                f"127.0.0.1:{pebble.dns_management}",
            ],
            [pebble_program, "-config", str(folder / "pebble.json"), "-dnsserver", f"127.0.0.1:{pebble.dns}"],
        ]
        for command in commands:
            process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
            stack.callback(process.wait)
            stack.callback(process.kill)
        until(lambda: pebble.ask(pebble.directory), "Pebble answers")
        yield pebble
