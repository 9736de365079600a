"""stack.yml in a real swarm: three replicas behind HAProxy, one certificate, one push on show everywhere."""

from __future__ import annotations

import os
import ssl
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from tests.docker import engine
from tests.docker.engine import IMAGE, NEIGHBOURS, docker
from tests.parts.forge import Forge
from tests.parts.waiting import free_ports, until

OVERRIDE = """
version: "3.8"
services:
  village:
    volumes:
      - {forge}:/forge.git:ro
      - {folder}/pebble:/pebble:ro
    environment:
      VILLAGE_ADMIN_TOKEN: stack-admin-token
  balancer:
    networks:
      inner:
        aliases: [blog.example]
  pebble:
    image: {neighbours}
    command: ["pebble", "-config", "/pebble/pebble.json"]
    environment: {{PEBBLE_VA_NOSLEEP: "1", PEBBLE_AUTHZREUSE: "0"}}
    volumes: ["{folder}/pebble:/pebble:ro"]
    networks: [inner]
    deploy: {{endpoint_mode: dnsrr}}
"""


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[tuple[int, Forge]]:
    """The deployed stack: the balancer's HTTP port and the forge."""
    engine.build(IMAGE, engine.ROOT)
    engine.build(NEIGHBOURS, Path(__file__).parent / "parts")
    forge = Forge(tmp_path / "forge")
    forge.push(
        {"hugo.toml": 'title = "Swarm"\n', "content/posts/a.md": "---\ntitle: A\ndate: 2024-01-01\n---\nWords.\n"}
    )
    folder = tmp_path / "parts"
    pebble(folder / "pebble")
    http, https = free_ports(2)
    override = tmp_path / "override.yml"
    override.write_text(OVERRIDE.format(forge=forge.bare, folder=folder, neighbours=NEIGHBOURS))
    for path in (tmp_path, tmp_path.parent, tmp_path.parent.parent, folder, folder / "pebble"):
        path.chmod(0o755)
    name = "village-test"
    for secret in ("village_hook", "village_cluster"):
        docker("secret", "rm", secret, check=False)
        docker("secret", "create", secret, "-", text=f"{secret}-secret-of-the-stack")
    environment = {
        **os.environ,
        "IMAGE": IMAGE,
        "HAPROXY_IMAGE": NEIGHBOURS,
        "REDIS_IMAGE": NEIGHBOURS,
        "SOURCE": "file:///forge.git",
        # The CA resolves this name to the balancer, by an alias in the stack's network.
        "DOMAINS": "blog.example",
        "ACME_DIRECTORY": "https://pebble:14000/dir",
        "ACME_CA_BUNDLE": "/pebble/api-ca.pem",
        "HTTP_PORT": str(http),
        "HTTPS_PORT": str(https),
    }
    command = ["docker", "stack", "deploy", "--resolve-image", "never", "-c", str(engine.ROOT / "stack.yml")]
    done = subprocess.run(
        [*command, "-c", str(override), name], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    try:
        yield https, forge
    finally:
        docker("stack", "rm", name)
        until(
            lambda: not docker("ps", "-aq", "--filter", f"label=com.docker.stack.namespace={name}").strip(), "down", 60
        )
        for volume in docker("volume", "ls", "-q").split():
            if volume.startswith(("village-", name)):
                docker("volume", "rm", volume, check=False)


def pebble(folder: Path) -> None:
    """Pebble's configuration with a certificate for the name it has in the stack."""
    folder.mkdir(parents=True)
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "api-ca.pem"))
    leaf = authority.issue_cert("pebble")
    leaf.private_key_pem.write_to_path(str(folder / "api.key"))
    leaf.cert_chain_pems[0].write_to_path(str(folder / "api.pem"))
    (folder / "pebble.json").write_text(
        '{"pebble": {"listenAddress": "0.0.0.0:14000", "managementListenAddress": "0.0.0.0:15000", '
        '"certificate": "/pebble/api.pem", "privateKey": "/pebble/api.key", "httpPort": 80, "tlsPort": 443}}'
    )
    for path in folder.iterdir():
        path.chmod(0o644)


def replicas() -> list[str]:
    return docker("ps", "-q", "--filter", "label=com.docker.swarm.service.name=village-test_village").split()


def everything() -> str:
    """What the services said, without the access log."""
    said = [docker("logs", "--tail", "3000", name, check=False) for name in docker("ps", "-aq").split()]
    return "\n".join(line for line in "\n".join(said).splitlines() if '"GET' not in line and '"POST' not in line)


def page(port: int) -> str:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    request = urllib.request.Request(f"https://127.0.0.1:{port}/posts/a/", headers={"Host": "blog.example"})
    with urllib.request.urlopen(request, timeout=5, context=context) as reply:
        return reply.read().decode()


def inside(name: str, path: str) -> str:
    """A page as one replica serves it, asked from inside its own container."""
    script = (
        "import ssl,urllib.request as u;c=ssl._create_unverified_context();"
        f"print(u.urlopen(u.Request('https://127.0.0.1{path}',headers={{'Host':'blog.example'}}),context=c).read().decode())"
    )
    return docker("exec", name, "python3", "-c", script)


def test_three_replicas_in_a_swarm(stack: tuple[int, Forge]):
    port, forge = stack
    try:
        until(lambda: len(replicas()) == 3, "three replicas run", 90)
        until(lambda: "Words." in page(port), "the page is served through the balancer", 90)
        until(lambda: all("Words." in inside(name, "/posts/a/") for name in replicas()), "all three serve it", 60)
        orders = until(
            lambda: docker("service", "logs", "village-test_pebble").count("Issued certificate"), "issued", 180
        )
        assert orders == 1
        assert "INVALID" not in docker("service", "logs", "village-test_pebble"), "a validation met a closed door"
        commit = forge.push({"content/posts/a.md": "---\ntitle: A\ndate: 2024-01-01\n---\nOther words.\n"})
        headers, body = forge.hook(commit, "village_hook-secret-of-the-stack")
        context = ssl._create_unverified_context()
        request = urllib.request.Request(
            f"https://127.0.0.1:{port}/hooks/redeploy", body, {**headers, "Host": "blog.example"}
        )
        assert urllib.request.urlopen(request, timeout=5, context=context).status == 202
        until(lambda: all("Other words." in inside(name, "/posts/a/") for name in replicas()), "all three show it", 30)
        assert "Other words." in page(port)
    except AssertionError as error:
        raise AssertionError(f"{error}\n{everything()[-8000:]}") from None
