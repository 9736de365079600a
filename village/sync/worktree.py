"""The files of one commit in a folder: exactly those, as Hugo would find them in a fresh clone.

What somebody else changed there (a stray file, a file edited or lost, another commit checked out by hand) is found by
git's own comparison at each turn, undone, and told as changed, for a build in between may have seen it.

Should village be killed between two commits, ``unfinished`` says so, and the next turn writes the whole tree again.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from pathlib import Path

from village.errors import GitFailed
from village.files import write_whole
from village.sync import layout, tree
from village.sync.objects import LONGEST, Objects

STATUS = (
    *("status", "--porcelain=v2", "--branch", "-z", "--untracked-files=all", "--ignored=traditional"),
    *("--no-renames", "--ignore-submodules=all"),
)
CLEAN = ("clean", "-ffdxq", "-e", tree.PYTHONS_CACHE)


class Worktree:
    """``commit``: what the folder shows whole; "" = nothing that could be relied on. Raises GitFailed, ContentError."""

    def __init__(self, folder: Path, objects: Objects) -> None:
        self.folder = folder
        self.commit = ""
        self._objects = objects
        self._marker = folder.with_name("unfinished")
        self._leads = f"gitdir: ../{objects.folder.name}\n".encode()
        self._special: dict[Path, str] | None = None  # links and submodules of the commit; None = not looked yet
        self._told: set[Path] = set()  # links that were mentioned

    @property
    def finished(self) -> bool:
        """False between two commits."""
        return not os.path.exists(self._marker) and os.path.isdir(self.folder)

    @property
    def submodules(self) -> set[Path]:
        """Where the commit shown has submodules."""
        return {path for path, mode in (self._special or {}).items() if mode == tree.SUBMODULE}

    async def here(self, *arguments: str, limit: float = 0) -> bytes:
        """git in this folder."""
        return await self._objects.here(f"--work-tree={self.folder}", *arguments, limit=limit)

    async def move(self, commit: str, *, filled: bool) -> frozenset[Path] | None:
        """Make the folder that commit; the paths that were not like it, or None = take all as changed.

        ``filled``: what lies in the submodules' folders belongs there.
        """
        strays = await self._strays(filled=filled)
        if strays == frozenset() and commit == self.commit:
            return strays
        news = None if strays is None else await self._difference(self.commit, commit)
        if news is not None and self._becomes_another(news):
            news = None
        special = await self._special_of(commit, news)  # which a store that lacks it cannot say: then nothing is lost
        write_whole(self._marker, commit.encode())
        if news is None:
            await asyncio.to_thread(self._begin_anew)
        await self.here("read-tree", "--reset", "-u", commit, limit=LONGEST)
        if strays:
            await self.here(*CLEAN, limit=LONGEST)
        write_whole(self.folder / ".git", self._leads)
        self._special = special
        await self._put_special_right(filled=filled)
        await self._objects.here("update-ref", "--no-deref", "HEAD", commit)
        with layout.typed_errors(self._marker):
            layout.remove(self._marker)
        self.commit = commit
        return None if news is None or strays is None else strays | news.keys()

    async def _strays(self, *, filled: bool) -> frozenset[Path] | None:
        """Paths that are not as in the commit shown; None when that cannot be said."""
        if not self.commit or not self.finished:
            return None
        try:
            if self._special is None:
                self._special = await self._special_of(self.commit, None)
            status = tree.status(await self._asked())
        except GitFailed:
            return None
        if status.commit != self.commit or not status.sure or not self._leads_to_the_store():
            return None
        if not filled and not all(tree.is_empty(self.folder / path) for path in self.submodules):
            return None
        return status.strays

    async def _asked(self) -> bytes:
        """git's comparison; it writes down what it learnt on the way, where there is room for that."""
        try:
            return await self.here(*STATUS, limit=LONGEST)
        except GitFailed as failure:
            if failure.kind != "full":
                raise
            return await self.here("--no-optional-locks", *STATUS, limit=LONGEST)

    def _leads_to_the_store(self) -> bool:
        path = self.folder / ".git"
        with contextlib.suppress(OSError):
            return not path.is_symlink() and path.read_bytes() == self._leads
        return False

    def _begin_anew(self) -> None:
        """Without a commit to start from, trust nothing that lies in the folder."""
        with layout.typed_errors(self.folder):
            layout.remove(self._objects.folder / "index")
            self.folder.mkdir(exist_ok=True)
            layout.clear(self.folder)

    async def give_back(self) -> None:
        """A tree that did not fit is of no use, and others live on this disk."""
        if not self.finished:
            await asyncio.to_thread(self._begin_anew)

    async def _difference(self, old: str, new: str) -> dict[Path, str] | None:
        """Paths that differ with their new modes; None when one of the commits is not in the store."""
        try:
            return tree.changes(
                await self._objects.here("diff-tree", "-r", "-z", "--raw", "--no-renames", old, new, limit=LONGEST)
            )
        except GitFailed:
            return None

    def _becomes_another(self, news: dict[Path, str]) -> bool:
        """Whether a submodule comes or goes: git leaves what lies in its folder, and does not say what that is."""
        before = self.submodules
        return any((mode == tree.SUBMODULE) != (path in before) for path, mode in news.items())

    async def _special_of(self, commit: str, news: dict[Path, str] | None) -> dict[Path, str]:
        if news is None or self._special is None:
            return tree.special(tree.modes(await self._objects.here("ls-tree", "-r", "-z", commit, limit=LONGEST)))
        return {path: mode for path, mode in self._special.items() if path not in news} | tree.special(news)

    async def _put_special_right(self, *, filled: bool) -> None:
        """Git writes links as the files that they are not, and leaves a submodule's folder as it was."""
        links = {path for path, mode in (self._special or {}).items() if mode == tree.LINK}
        told, self._told = self._told, links
        with layout.typed_errors(self.folder):
            await asyncio.to_thread(tree.remove_links, self.folder, links, told=told)
            for path in () if filled else self.submodules:
                await asyncio.to_thread(layout.clear, self.folder / path)
