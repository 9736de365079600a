"""The README's first command: the demo runs everything, and a push in its clone changes the page."""

from __future__ import annotations

import re
import subprocess
import sys
import urllib.request
from pathlib import Path

from tests.parts.forge import run
from tests.parts.waiting import free_ports, until


def test_the_demo_runs_the_main_job(tmp_path: Path):
    log = tmp_path / "demo.log"
    http, https = free_ports(2)
    command = [sys.executable, "-m", "village", "demo", "--folder", str(tmp_path / "demo")]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "--http", f"127.0.0.1:{http}", "--https", f"127.0.0.1:{https}"], stdout=output, stderr=output
        )
    try:
        url = until(lambda: re.search(r"site +(http://\S+)", log.read_text()), "the demo says where it is", 60).group(1)
        assert b"village" in urllib.request.urlopen(url, timeout=10).read().lower()
        clone = tmp_path / "demo" / "site"
        with (clone / "content" / "_index.md").open("a") as page:
            page.write("\nHello from the demo.\n")
        run("git", "-C", str(clone), "commit", "-qam", "Say hello")
        run("git", "-C", str(clone), "push", "-q")
        until(lambda: b"Hello from the demo." in urllib.request.urlopen(url, timeout=10).read(), "the push is shown")
    finally:
        process.terminate()
        assert process.wait(timeout=30) == 0
    assert "Traceback" not in log.read_text()
