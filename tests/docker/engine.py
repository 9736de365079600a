"""The docker program, called for real."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
IMAGE = "village:test"
NEIGHBOURS = "village-neighbours:test"


def docker(*arguments: str, check: bool = True, text: str | None = None) -> str:
    """What the command printed; a failure carries it."""
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, input=text, check=False)
    if check and done.returncode:
        raise AssertionError(f"docker {' '.join(arguments)}:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done.stdout + done.stderr if not check else done.stdout


def build(tag: str, folder: Path) -> None:
    """Build with the default builder, the one every engine has."""
    done = subprocess.run(
        ["docker", "build", "-q", "-t", tag, str(folder)],
        env={**os.environ, "DOCKER_BUILDKIT": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


def inspect(name: str) -> dict:
    return json.loads(docker("inspect", name))[0]
