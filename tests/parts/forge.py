"""A forge: a bare git repository in a temp folder and a clone in which an author writes."""

from __future__ import annotations

import hashlib
import hmac
import json
import subprocess
from pathlib import Path


class Forge:
    """``push`` writes files (None removes one), commits and pushes; ``hook`` is the request a forge would send."""

    def __init__(self, folder: Path, branch: str = "main") -> None:
        self.bare = folder / "forge.git"
        self.clone = folder / "author"
        self.branch = branch
        run("git", "init", "-q", "--bare", f"--initial-branch={branch}", str(self.bare))
        run("git", "clone", "-q", str(self.bare), str(self.clone))
        self.git("checkout", "-q", "-B", branch)

    @property
    def url(self) -> str:
        return self.bare.as_uri()

    def git(self, *arguments: str) -> str:
        return run(
            *("git", "-C", str(self.clone), "-c", "user.name=Author", "-c", "user.email=author@example.com"),
            *("-c", "commit.gpgsign=false"),
            *arguments,
        )

    def push(self, files: dict[str, str | bytes | None], message: str = "an edit", *, force: bool = False) -> str:
        """Commit ``files`` and push; returns the commit."""
        for name, content in files.items():
            path = self.clone / name
            if content is None:
                path.unlink()
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        self.git("push", "-q", *(["--force"] if force else []), "origin", f"HEAD:refs/heads/{self.branch}")
        return self.git("rev-parse", "HEAD").strip()

    def hook(self, commit: str, secret: str, branch: str = "") -> tuple[dict[str, str], bytes]:
        """Headers and body of GitHub's push event."""
        body = json.dumps(
            {
                "ref": f"refs/heads/{branch or self.branch}",
                "after": commit,
                "repository": {"full_name": "a/b", "clone_url": self.url},
                "commits": [],
            }
        ).encode()
        signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        return {
            "Content-Type": "application/json",
            "User-Agent": "GitHub-Hookshot/1",
            "X-GitHub-Event": "push",
            "X-GitHub-Delivery": hashlib.md5(body, usedforsecurity=False).hexdigest(),
            "X-Hub-Signature-256": f"sha256={signature}",
        }, body


def run(*command: str) -> str:
    """The command's output; a failure carries what it printed."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise AssertionError(f"{' '.join(command)}: {done.stderr or done.stdout}")
    return done.stdout
