"""The store of a site's git objects, and the remote that fills it.

Fetches are forced (a force push is a push) and shallow, unless ``history`` is wanted. A store that is damaged is
fetched anew *beside* the old one, which goes when the new one is whole: nothing that a remote, a network or a disk
does can leave us with less than we had. That a store is damaged has to be proved, by git's own look at all of it: a
remote that is slow, away, or broken itself is no reason to fetch 500 MB again.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import re
from collections.abc import Iterable
from pathlib import Path

from village.errors import GitFailed
from village.sync import complaints, layout
from village.sync.command import Git
from village.sync.source import Remote

LATEST = "refs/village/latest"
LONGEST = 3600.0  # seconds: the first fetch of a large repository over a thin line
HUSH = 120.0  # seconds that a fetch says nothing at all
ANSWER = 60.0  # seconds for the remote's list of branches
FETCHES_BETWEEN_NAMES = 20  # a default branch is renamed once in a repository's life
ODD = 3  # failures in a row for which nobody is at fault, until the store is doubted all the same
# Not of damage but of old commits' style: git has become stricter in the course of its life.
STYLE = re.compile(r"(error|warning) in |notice: |dangling |hint: ")
# Always as a pack: where git unpacks a small push at once, it is silent for as long as one large file takes, and leaves
# what it had unpacked when it fails.
TELLING = ("-c", "fetch.unpackLimit=1")
PACKS = 200  # fetches whose packs are kept before they become one
TIDYING = ("-c", "gc.reflogExpire=now", "-c", "gc.reflogExpireUnreachable=now")


class Objects:
    """One repository's branch on this machine. ``git`` is given anew before each use. All methods raise GitFailed."""

    def __init__(self, folder: Path, remote: Remote, branch: str, *, history: bool, limit: float) -> None:
        self.folder = folder
        self.remote = remote
        self.branch = branch  # as set by the operator; empty = the remote's default
        self.default_branch = ""  # learnt from the remote
        self.history = history
        self.git: Git
        self._limit = limit
        self._patience = limit  # for one fetch; grows while the remote is too slow for it
        self._fetches = 0
        self._odd = 0

    @property
    def shallow(self) -> bool:
        """True when the store holds less than the whole history."""
        return holds(self.folder, "shallow")

    @property
    def _hush(self) -> float:
        """Of http, curl itself sees whether anything arrives; the "dumb" one tells of no progress."""
        return math.inf if self.remote.host else HUSH

    @property
    def _wanted(self) -> str:
        return f"refs/heads/{self.branch}" if self.branch else "HEAD"

    async def here(self, *arguments: str, limit: float = 0) -> bytes:
        """git in this store."""
        return await self.git(f"--git-dir={self.folder}", *arguments, limit=limit)

    async def resolve(self, name: str) -> str:
        output = await self.here("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        return output.decode().strip()

    async def ask(self) -> str:
        """The branch's commit at the remote; learns the name of the default branch on the way."""
        url = self.remote.url
        answer = await self.git("ls-remote", "--symref", "--", url, self._wanted, limit=min(self._limit, ANSWER))
        commit = ""
        for line in answer.decode("utf-8", "replace").splitlines():
            value, _, name = line.partition("\t")
            if name == self._wanted and value.startswith("ref: refs/heads/"):
                self.default_branch = value.removeprefix("ref: refs/heads/")
            elif name == self._wanted:
                commit = value
        if not commit:
            raise await self._nothing_there()
        return commit

    async def fetch(self) -> str:
        """The branch's newest commit, with all that belongs to it in the store."""
        try:
            if not holds(self.folder, "HEAD"):
                await self._make(self.folder, await self.ask())
            await self._fetch(self.folder)
        except GitFailed as failure:
            if failure.kind == "slow":
                self._patience = min(2 * self._patience, LONGEST)
            await self._give_back()
            if not await self._at_fault(failure):
                raise
            await self.renew()
        self._odd, self._patience = 0, self._limit
        await self._tidy()
        return await self.resolve(LATEST)

    async def _give_back(self) -> None:
        """What a fetch received before it failed: others live on this disk, and a smaller push may fit."""
        with layout.typed_errors(self.folder):
            await asyncio.to_thread(layout.sweep, self.folder)

    async def renew(self) -> None:
        """Fetch into a new store, and put that in the old one's place."""
        fresh, old = (self.folder.with_name(name) for name in layout.PASSING)
        try:
            await self._make(fresh, await self.ask())
            await self._fetch(fresh)
        except GitFailed as failure:
            await self._remove(fresh)
            if failure.kind == "full" and not await self.intact():
                await self._remove(self.folder)  # no room for two, and this one is good for nothing
            raise
        with layout.typed_errors(self.folder):
            with contextlib.suppress(FileNotFoundError):
                os.rename(self.folder / "modules", fresh / "modules")  # stores of their own, mended on their own
            with contextlib.suppress(FileNotFoundError):
                os.rename(self.folder, old)
            os.rename(fresh, self.folder)
        await self._remove(old)

    async def intact(self) -> bool:
        """Whether git finds all that the store says to hold, whole."""
        return await is_intact(self.git, self.folder)

    async def _at_fault(self, failure: GitFailed) -> bool:
        """Whether our store is, and not the remote, the network or the disk."""
        if failure.kind == "slow" or not holds(self.folder):
            return False
        try:
            commit = await self.ask()
        except GitFailed:
            return False
        if len(commit) != await self._length_of_names() or not await self.intact():
            return True
        if failure.kind == "full":
            return False
        self._odd += 1  # perhaps what git itself does not see
        return self._odd % ODD == 0

    async def _make(self, folder: Path, commit: str) -> None:
        kind = "sha256" if len(commit) == 64 else "sha1"
        await self._remove(folder)  # what git makes of a store that is there by half is no better
        await self.git("init", "--quiet", "--bare", f"--object-format={kind}", "--template=", "--", str(folder))
        # it has a tree, whose .git leads here
        await self.git(f"--git-dir={folder}", "config", "core.bare", "false")

    async def _remove(self, store: Path) -> None:
        with layout.typed_errors(store):
            await asyncio.to_thread(layout.remove, store)

    async def _length_of_names(self) -> int:
        try:
            kind = await self.here("rev-parse", "--show-object-format")
        except GitFailed:
            return 0
        return 64 if kind.strip() == b"sha256" else 40

    async def _fetch(self, store: Path) -> None:
        first = not holds(store, LATEST, "packed-refs")
        shallow = holds(store, "shallow")
        depth = ["--unshallow"] if self.history and shallow else [] if self.history else ["--depth=1"]
        options = ["--progress", "--force", "--no-tags", "--no-write-fetch-head", "--update-head-ok"]
        options += ["--update-shallow"]  # the remote may be a shallow clone itself
        limit = max(self._patience, LONGEST) if first else self._patience
        words = [*options, *depth, "--", self.remote.url, f"+{self._wanted}:{LATEST}"]
        try:
            await self.git(f"--git-dir={store}", *TELLING, "fetch", *words, limit=limit, hush=self._hush)
        except GitFailed as failure:
            if self.history or "shallow capabilities" not in failure.said:  # the "dumb" HTTP transport knows no depth
                raise
            self.history = True
            await self._fetch(store)

    async def deepen(self) -> None:
        """The whole history of what was fetched."""
        self.history = True
        if self.shallow:
            await self._fetch(self.folder)

    async def _tidy(self) -> None:
        """Every shallow fetch leaves the commit before behind: they are swept out when they have become many."""
        if not self.branch and self._fetches % FETCHES_BETWEEN_NAMES == 0:
            with contextlib.suppress(GitFailed):
                await self.ask()
        self._fetches += 1
        if len(list(self.folder.glob("objects/pack/*.pack"))) > PACKS:
            with contextlib.suppress(GitFailed):
                await self.here(*TIDYING, "gc", "--quiet", "--prune=now", limit=LONGEST)

    async def _nothing_there(self) -> GitFailed:
        """The remote answered, and has not what we publish; what it has instead."""
        names: list[str] = []
        with contextlib.suppress(GitFailed):
            answer = await self.git("ls-remote", "--", self.remote.url, limit=min(self._limit, ANSWER))
            names = [line.partition("\t")[2] for line in answer.decode("utf-8", "replace").splitlines()]
        return complaints.nothing_there(self.branch, below("refs/heads/", names), below("refs/tags/", names))


def holds(store: Path, *names: str) -> bool:
    """Whether there is a store, with one of these files; also where we may not look (``Path.exists`` raises there)."""
    return any(os.path.isfile(store / name) for name in names) if names else os.path.isdir(store)


def below(prefix: str, names: Iterable[str]) -> list[str]:
    """Those names that begin so, without that."""
    return [name.removeprefix(prefix) for name in names if name.startswith(prefix) and not name.endswith("^{}")]


async def is_intact(git: Git, store: Path) -> bool:
    """Whether a store's every object is there and is what its name says."""
    try:
        await git(f"--git-dir={store}", "fsck", "--no-dangling", "--no-progress", limit=LONGEST)
    except GitFailed as failure:
        if failure.kind in {"slow", "full"} or not failure.code:
            return True  # nothing is proved
        return failure.code == 1 and all(map(STYLE.match, failure.said.split("; ")))
    return True
