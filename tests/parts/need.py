"""Real parts that tests need: absent on a laptop they skip the test, absent in CI they fail it."""

from __future__ import annotations

import os
import shutil

import pytest


def need(program: str) -> str:
    """The path of ``program``; without it the test is skipped, in CI (``CI`` set) it fails."""
    path = shutil.which(program) or shutil.which(program, path="/usr/sbin:/sbin")
    if path is None:
        reason = f"{program} is not installed (Debian package; .ci/run installs it)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return path
