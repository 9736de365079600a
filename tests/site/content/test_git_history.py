"""Dates and authors from git, asked again only when HEAD moved."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.site.sites import NOW, write
from village.site import loader
from village.site.model import LoadOptions

OPTIONS = LoadOptions(now=NOW)


def commit(folder: Path, day: str) -> None:
    names = {
        "GIT_AUTHOR_NAME": "Ann Ü",
        "GIT_AUTHOR_EMAIL": "a@b.c",
        "GIT_COMMITTER_NAME": "c",
        "GIT_COMMITTER_EMAIL": "c@d.e",
    }
    environment = {**os.environ, **names, "GIT_AUTHOR_DATE": f"{day}T04:05:06+0300"}
    subprocess.run(["git", "-C", folder, "add", "-A"], check=True)
    subprocess.run(["git", "-C", folder, "commit", "-qm", f"on {day}"], check=True, env=environment)


def test_lastmod_from_git(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    write(
        tmp_path,
        {"hugo.toml": "enableGitInfo = true\n", "content/a.md": "a", "content/б в.md": "---\ndate: 2020-01-01\n---\n"},
    )
    commit(tmp_path, "2021-02-03")
    site = loader.load(tmp_path, OPTIONS)
    page = site.pages["en:/б-в"]
    assert page.lastmod.isoformat() == "2021-02-03T04:05:06+03:00"
    assert (page.git["author_name"], page.git["subject"]) == ("Ann Ü", "on 2021-02-03")
    write(tmp_path, {"content/a.md": "b"})
    commit(tmp_path, "2022-02-03")
    again, changes = loader.reload(site, {tmp_path / "content/a.md"}, NOW)
    assert again.pages["en:/a"].git["subject"] == "on 2022-02-03"
    assert again.pages == loader.load(tmp_path, OPTIONS).pages
    assert "en:/б-в" not in changes.meta


def test_no_repository_is_a_warning(tmp_path: Path) -> None:
    site = loader.load(write(tmp_path / "s", {"hugo.toml": "enableGitInfo = true\n", "content/a.md": "a"}), OPTIONS)
    assert site.pages["en:/a"].lastmod is None
