"""The last commit of every file, asked of git once (Hugo's ``enableGitInfo``)."""

from __future__ import annotations

import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any

from village.errors import SiteConfigError
from village.site.guard import Guard

RECORD, FIELD = "\x1e", "\x1f"
FORMAT = f"format:{RECORD}" + FIELD.join(("%H", "%h", "%s", "%aN", "%aE", "%aI", "%cI"))
# A repository is not trusted: nothing of its configuration may start a program.
SAFE = (
    "-c",
    "core.quotepath=off",
    "-c",
    "core.fsmonitor=",
    "-c",
    "log.showSignature=false",
    "-c",
    "core.hooksPath=/dev/null",
)
PATIENCE = 120  # seconds
Commit = dict[str, Any]


def git(folder: Path, *arguments: str) -> str | None:
    """What git prints, or None when it fails."""
    command = ["git", "--no-pager", *SAFE, "-C", str(folder), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, timeout=PATIENCE, check=False, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None


def head(folder: Path) -> str:
    """The commit that is checked out; "" where there is none."""
    return (git(folder, "rev-parse", "HEAD") or "").strip()


def commits(folder: Path, guard: Guard) -> dict[str, Commit]:
    """Path below ``folder`` → its last commit: hash, abbreviated_hash, subject, author_name, author_email,
    author_date, commit_date.
    """
    log = git(folder, "log", "--name-only", "--no-merges", "--relative", f"--format={FORMAT}", "HEAD", "--", ".")
    if log is None:
        hint = "enableGitInfo needs a git repository around the site, owned by the same user"
        guard.warnings.append(SiteConfigError("git has no history to tell", file="config", hint=hint))
        return {}
    return read(log)


def read(log: str) -> dict[str, Commit]:
    """The newest commit of each path in git's output, newest first."""
    found: dict[str, Commit] = {}
    for record in log.split(RECORD)[1:]:
        line, _, names = record.partition("\n")
        commit = describe(line.split(FIELD))
        for name in names.split("\n"):
            if name:
                found.setdefault(name, commit)
    return found


def describe(fields: list[str]) -> Commit:
    """One commit."""
    full, short, subject, author, email, authored, committed = fields
    return {
        "hash": full,
        "abbreviated_hash": short,
        "subject": subject,
        "author_name": author,
        "author_email": email,
        "author_date": datetime.fromisoformat(authored),
        "commit_date": datetime.fromisoformat(committed),
    }
