"""One image does the whole job: small, without root, on a read-only root file system."""

from __future__ import annotations

import json
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docker import engine
from tests.docker.engine import IMAGE, docker
from tests.parts.forge import Forge
from tests.parts.waiting import until

BUDGET = 150 * 10**6


@pytest.fixture(scope="module")
def image() -> str:
    engine.build(IMAGE, engine.ROOT)
    return IMAGE


@pytest.fixture
def container(tmp_path: Path, image: str) -> Iterator[tuple[str, str, Forge]]:
    """A running container: its name, its URL, the forge it publishes."""
    forge = Forge(tmp_path / "forge")
    forge.push(
        {"hugo.toml": 'title = "Boxed"\n', "content/posts/a.md": "---\ntitle: A\ndate: 2024-01-01\n---\nWords.\n"}
    )
    name = f"village-{tmp_path.name}"
    docker(
        *("run", "-d", "--name", name, "--read-only", "--tmpfs", "/tmp", "--memory", "512m", "--cpus", "1"),
        *("--cap-drop", "ALL", "--security-opt", "no-new-privileges", "-p", "127.0.0.1::80", "-p", "127.0.0.1::443"),
        *("-v", f"{forge.bare}:/forge.git:ro", "-e", "VILLAGE_SOURCE=file:///forge.git", "-e", "VILLAGE_TLS=internal"),
        *("-e", "VILLAGE_HOOK_SECRET=boxed-secret", image),
    )
    address = docker("port", name, "80").split("\n")[0]
    try:
        yield name, f"http://{address}", forge
    finally:
        docker("rm", "-f", "-v", name)


def logs(name: str) -> str:
    return docker("logs", name, check=False)


def fetch(url: str) -> str:
    with urllib.request.urlopen(url, timeout=5) as reply:
        return reply.read().decode()


def test_the_image_is_small(image: str):
    base = (engine.ROOT / "Dockerfile").read_text().split("ARG BASE=")[1].split()[0]
    above = engine.inspect(image)["Size"] - engine.inspect(base)["Size"]
    assert above <= BUDGET, f"{above / 1e6:.0f} MB above its base"


def test_the_image_declares_what_an_operator_relies_on(image: str):
    config = engine.inspect(image)["Config"]
    assert config["User"] not in {"", "root", "0"}
    assert "/data" in config["Volumes"]
    assert config["Healthcheck"]["Test"]
    assert {"80/tcp", "443/tcp"} <= set(config["ExposedPorts"])


def test_docker_run_does_the_main_job(container: tuple[str, str, Forge]):
    name, url, forge = container
    try:
        until(lambda: "Words." in fetch(f"{url}/posts/a/"), "the page is served", 60)
        commit = forge.push({"content/posts/a.md": "---\ntitle: A\ndate: 2024-01-01\n---\nOther words.\n"})
        headers, body = forge.hook(commit, "boxed-secret")
        request = urllib.request.Request(f"{url}/hooks/redeploy", body, headers)
        assert urllib.request.urlopen(request, timeout=5).status == 202
        until(lambda: "Other words." in fetch(f"{url}/posts/a/"), "the push is shown")
        until(lambda: engine.inspect(name)["State"]["Health"]["Status"] == "healthy", "it is healthy", 60)
    except AssertionError as error:
        raise AssertionError(f"{error}\n{logs(name)[-4000:]}") from None
    processes = docker("top", name, "-o", "uid,pid").split("\n")[1:]
    assert all(row.split()[0] != "0" for row in processes if row.strip())
    docker("stop", "-t", "20", name)
    assert engine.inspect(name)["State"]["ExitCode"] == 0
    assert "Traceback" not in logs(name)


def test_the_last_release_outlives_the_container_process(container: tuple[str, str, Forge]):
    name, url, forge = container
    until(lambda: "Words." in fetch(f"{url}/posts/a/"), "the page is served", 60)
    docker("kill", name)
    subprocess.run(["mv", str(forge.bare), f"{forge.bare}.gone"], check=True)
    docker("start", name)
    address = docker("port", name, "80").split("\n")[0]
    until(lambda: "Words." in fetch(f"http://{address}/posts/a/"), "the last release is on show")


def test_the_commands_are_there(image: str):
    assert docker("run", "--rm", image, "--version").startswith("village ")
    assert json.loads(docker("inspect", image))[0]["Config"]["Entrypoint"] == ["village"]
