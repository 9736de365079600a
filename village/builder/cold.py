"""A cold build of a large site in a process of its own, so that the one that serves keeps its time and its memory.

The child (``builder.child``) writes release and state as any build does; the parent then wakes up with them. It is
started afresh, not forked: the process that serves has threads and open connections.
"""

from __future__ import annotations

import dataclasses
import os
import pickle
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from village.builder.options import utc_now
from village.errors import BuildFailed

FEWEST = 300  # files of content; a smaller site is built in place before a process has started
ORDER = "VILLAGE_COLD_BUILD"


def wanted(workshop: Any) -> bool:
    """Whether to build elsewhere: a large site, in a process that does other things too."""
    options = workshop.options
    if (
        threading.current_thread() is threading.main_thread()
        or not options.keep_state
        or options.now is not utc_now
        or ORDER in os.environ
    ):
        return False
    count = 0
    for _, folders, files in os.walk(workshop.folder):
        folders[:] = [name for name in folders if name not in (".git", "node_modules", "static", "themes")]
        count += sum(name.endswith((".md", ".markdown", ".html")) for name in files)
        if count >= FEWEST:
            return True
    return False


def build(workshop: Any) -> dict[str, Any]:
    """Have the site built; returns what the child says of it. Raises BuildFailed as the child did; any other
    failure is silent.

    A child that fails otherwise (no memory, killed) leaves no state: the caller then builds in place.
    """
    package = Path(__file__).resolve().parents[2]
    environment = {
        **os.environ,
        ORDER: "1",
        "PYTHONPATH": os.pathsep.join(filter(None, [str(package), os.environ.get("PYTHONPATH", "")])),
    }
    order = pickle.dumps(
        (str(workshop.folder), str(workshop.store.root), dataclasses.replace(workshop.options, now=utc_now))
    )
    workshop.state.database.commit()
    child = subprocess.Popen(
        [sys.executable, "-m", "village.builder.child"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
    )
    try:
        answer, _ = child.communicate(order)
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()
    try:
        kind, value = pickle.loads(answer)  # noqa: S301 - our own child
    except (EOFError, pickle.UnpicklingError):
        return {}
    if kind == "failed":
        raise BuildFailed(value)
    return value if kind == "built" else {}
