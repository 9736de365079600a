"""Docker tests run only when asked (``--run-docker``): they need an engine with a one-node swarm."""

from __future__ import annotations

import pytest


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--run-docker"):
        for item in items:
            if "/docker/" in str(item.path):
                item.add_marker(pytest.mark.skip(reason="needs --run-docker"))
