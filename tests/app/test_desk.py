"""The author's verbs: they begin at once, because they load nothing that only a server needs."""

import subprocess
import sys

import pytest

HEAVY = ["asyncio", "ssl", "http.client", "yaml", "PIL", "segno", "minify_html", "babel", "acme", "village.settings"]


@pytest.mark.parametrize("name", HEAVY)
def test_a_build_loads_nothing_it_does_not_need(name):
    code = f"import village.cli, village.app.desk, sys; sys.exit({name!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
