"""HAProxy in TCP mode with PROXY protocol: the thin balancer of the stack, on free ports."""

from __future__ import annotations

import contextlib
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.parts.need import need
from tests.parts.waiting import free_ports, until

ADDRESS = "127.0.0.2"


@contextlib.contextmanager
def balancing(
    folder: Path, replicas: list[tuple[int, int]], ports: tuple[int, int] | None = None
) -> Iterator[tuple[int, int]]:
    """A balancer in front of replicas given as (http port, https port); yields its own (http, https) ports."""
    program = need("haproxy")
    http, https = ports or free_ports(2)
    servers = {
        "http": "\n".join(f"    server r{n} 127.0.0.1:{plain} check" for n, (plain, _) in enumerate(replicas)),
        "https": "\n".join(
            f"    server r{n} 127.0.0.1:{tls} check port {plain}" for n, (plain, tls) in enumerate(replicas)
        ),
    }
    # Plain HTTP needs a live replica only: any of them answers a challenge or redirects.
    # The balancer comes from an address of its own, so that only its connections must speak PROXY protocol.
    health = f"""    source {ADDRESS}
    option httpchk
    http-check send meth GET uri /-/health/WHAT
    http-check expect status 200
    default-server inter 200ms fastinter 100ms fall 2 rise 1 send-proxy-v2 check-send-proxy observe layer4 on-error mark-down"""
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "haproxy.cfg"
    config.write_text(
        f"""global
    maxconn 4000
defaults
    mode tcp
    balance roundrobin
    option redispatch
    retries 3
    timeout connect 1s
    timeout client 60s
    timeout server 60s
    timeout check 2s
listen http
    bind 127.0.0.1:{http}
{health.replace("WHAT", "live")}
{servers["http"]}
listen https
    bind 127.0.0.1:{https}
{health.replace("WHAT", "ready")}
{servers["https"]}
"""
    )
    with (folder / "haproxy.log").open("wb") as log:
        process = subprocess.Popen([program, "-db", "-f", str(config)], stdout=log, stderr=log)
    try:
        until(lambda: socket.create_connection(("127.0.0.1", http), 1).close() is None, "HAProxy listens")
        yield http, https
    finally:
        process.kill()
        process.wait()
