"""A cold build of a large site in a process of its own, so that the one that serves keeps its time and its memory.

The child writes release and state as any build does; the parent then wakes up with them. It is started
afresh, not forked: the
process that serves has threads and open connections. Run as ``python -m village.builder.cold``; reads its
order from stdin.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import pickle
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from village.builder.options import utc_now
from village.errors import BuildFailed, VillageError
from village.release.store import Store

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
        [sys.executable, "-m", "village.builder.cold"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
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


def die_with_parent() -> None:
    """A builder without the process that wanted its release is of no use (Linux: prctl PR_SET_PDEATHSIG)."""
    if sys.platform == "linux":
        import ctypes  # noqa: PLC0415

        ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def main() -> None:
    from village.builder.workshop import Workshop  # noqa: PLC0415 - the workshop asks this module whether to build elsewhere

    die_with_parent()
    with contextlib.suppress(OSError):
        os.nice(5)
    folder, root, options = pickle.load(sys.stdin.buffer)  # noqa: S301 - our own parent
    answer: tuple[str, Any]
    workshop = Workshop(Path(folder), Store(Path(root)), options)
    try:
        report = workshop.build()
        answer = (
            "built",
            {
                "remade": report.remade,
                "contents": report.contents,
                "seconds": report.seconds,
                "removed": report.removed,
            },
        )
    except BuildFailed as failed:
        answer = "failed", list(failed.errors)
    except VillageError as error:
        answer = "gave up", error.describe()
    finally:
        workshop.close()
    sys.stdout.buffer.write(pickle.dumps(answer))
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
