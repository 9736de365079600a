"""What git knows of each file: the last commit that touched it, for Hugo's ``:git`` dates and ``page.git``.

One ``git log`` over the whole history the first time, over the new commits afterwards; after a force push,
over all again. Needs the whole history in the store (``Checkout.history``), for in a shallow one every file
is as new as the last push.
"""

from __future__ import annotations

import asyncio
import os
from datetime import datetime
from typing import Any

from village.errors import GitFailed
from village.sync.git import Checkout

# One record: \x1e, fields parted by \x1f, then the changed names, each ended by NUL (-z)
FIELDS = ("hash", "abbreviated_hash", "author_name", "author_email", "author_date", "commit_date", "subject", "body")
FORMAT = "%x1e%H%x1f%h%x1f%aN%x1f%aE%x1f%aI%x1f%cI%x1f%s%x1f%b%x1f"

GitInfo = dict[str, Any]


class History:
    """The table of one checkout: path below the tree, with slashes → the fields of its last commit (FIELDS)."""

    def __init__(self, checkout: Checkout) -> None:
        self.checkout = checkout
        self.commit = ""
        self.files: dict[str, GitInfo] = {}

    async def update(self) -> dict[str, GitInfo]:
        """The table as of the commit that the tree shows. Raises GitFailed. Deepens a shallow store first."""
        await self._deepen()
        commit = self.checkout.commit
        if commit == self.commit:
            return self.files
        newer = await self._newer_than(self.commit) if self.commit else None
        if newer is None:
            newer = await self._log(commit)
            self.files = {}
        self.files = {**self.files, **newer}
        self.commit = commit
        return self.files

    async def _deepen(self) -> None:
        self.checkout.history = True
        if self.checkout.shallow:
            await self.checkout.fetch()

    async def _newer_than(self, old: str) -> dict[str, GitInfo] | None:
        """Files touched since ``old``; None when ``old`` is not an ancestor any more."""
        try:
            if await self._log_lines(f"{self.checkout.commit}..{old}"):
                return None
            return await self._log(f"{old}..{self.checkout.commit}")
        except GitFailed:
            return None

    async def _log(self, span: str) -> dict[str, GitInfo]:
        """Newest first, so the first commit that names a file is its last one. As Hugo, without merges."""
        options = ["-z", "--name-only", "--no-renames", "--no-merges", f"--format={FORMAT}", span, "--"]
        output = await self.checkout.log(*options)
        return await asyncio.to_thread(parsed, output)

    async def _log_lines(self, span: str) -> bool:
        return bool(await self.checkout.log("--format=%H", "-1", span, "--"))


def parsed(output: bytes) -> dict[str, GitInfo]:
    """The answer of ``git log`` as a table; the first mention of a file wins."""
    files: dict[str, GitInfo] = {}
    for record in output.split(b"\x1e")[1:]:
        *fields, names = record.split(b"\x1f", len(FIELDS))
        if len(fields) != len(FIELDS):
            continue
        values = [field.decode("utf-8", "replace").strip() for field in fields]
        info: GitInfo = dict(zip(FIELDS, values, strict=True))
        for date in ("author_date", "commit_date"):
            info[date] = moment(info[date])
        for name in names.replace(b"\n", b"").split(b"\0"):
            if name:
                files.setdefault(os.fsdecode(name), info)
    return files


def moment(text: str) -> datetime | None:
    """An ISO 8601 date as git writes it; None for one that no calendar holds."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
