"""The process that builds for another one (``builder.cold``): ``python -m village.builder.child``.

Reads its order from stdin, writes its answer to stdout, both pickled: (folder, store, options) and (kind, value).
"""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import sys
from pathlib import Path
from typing import Any

from village.builder import garbage
from village.builder.workshop import Workshop
from village.errors import BuildFailed, VillageError
from village.release.store import Store


def die_with_parent() -> None:
    """A builder without the process that wanted its release is of no use (Linux: prctl PR_SET_PDEATHSIG)."""
    if sys.platform == "linux":
        import ctypes  # noqa: PLC0415

        ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def main() -> None:
    die_with_parent()
    with contextlib.suppress(OSError):
        os.nice(5)
    folder, root, options = pickle.load(sys.stdin.buffer)  # noqa: S301 - our own parent
    answer: tuple[str, Any]
    workshop = Workshop(Path(folder), Store(Path(root)), options)
    try:
        with garbage.left_alone():
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
