"""``village list`` says what ``hugo list`` says, row by row."""

import os
import subprocess

import pytest
from click.testing import CliRunner
from parity_kit import archive, hugo

from village.cli import main


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("list")
    archive.specimen("kinds_disabled", folder)
    return folder


@pytest.mark.parametrize("which", ["all", "drafts", "future", "expired", "published"])
def test_the_same_rows_as_hugo(site, which):
    command = [hugo.binary(), "list", which, "--source", str(site / "hugo"), "--noBuildLock"]
    environment = {"PATH": os.environ["PATH"], "HOME": str(site)}
    theirs = subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout
    ours = CliRunner().invoke(main, ["list", which, str(site / "village")])
    assert ours.exit_code == 0, ours.output
    assert ours.output.splitlines() == theirs.splitlines()
