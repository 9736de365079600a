"""A forge: a bare git repository in a folder, and an author who pushes to it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.com",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.com",
    "GIT_ALLOW_PROTOCOL": "file",
}


def git(folder: Path, *words: str, **environment: str) -> str:
    result = subprocess.run(
        ["git", *words], cwd=folder, env=ENVIRONMENT | environment, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


class Forge:
    """``url`` is what village clones; ``push`` commits files (None = delete) in the author's clone and pushes."""

    def __init__(self, folder: Path, name: str = "site") -> None:
        self.bare = folder / f"{name}.git"
        self.work = folder / f"{name}-author"
        folder.mkdir(exist_ok=True)
        git(folder, "init", "-q", "--bare", "-b", "main", str(self.bare))
        git(folder, "init", "-q", "-b", "main", str(self.work))
        git(self.work, "remote", "add", "origin", str(self.bare))

    @property
    def url(self) -> str:
        return str(self.bare)

    def push(
        self, files: dict[str, str | bytes | None], branch: str = "main", *, force: bool = False, **environment: str
    ) -> str:
        for name, text in files.items():
            path = self.work / name
            if text is None:
                path.unlink()
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        git(self.work, "add", "-A")
        git(self.work, "commit", "-q", "--allow-empty", "-m", "change", **environment)
        git(self.work, "push", "-q", *(["--force"] if force else []), "origin", f"HEAD:refs/heads/{branch}")
        return self.head()

    def head(self) -> str:
        return git(self.work, "rev-parse", "HEAD")

    def back_to(self, commit: str) -> None:
        git(self.work, "reset", "-q", "--hard", commit)


@pytest.fixture
def forge(tmp_path):
    return Forge(tmp_path / "forge")
