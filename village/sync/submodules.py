"""The submodules of the commit shown: from where .gitmodules says, exactly as their commits say.

They are asked for (VILLAGE_SUBMODULES), most often a theme. In order, they cost no network and no rebuild.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import os
import re
from collections.abc import Iterator
from pathlib import Path

from village.errors import GitFailed
from village.sync import layout, tree
from village.sync.command import Git
from village.sync.objects import HUSH, LONGEST, ODD, Objects, is_intact
from village.sync.worktree import CLEAN, STATUS, Worktree

log = logging.getLogger("village.sync")

NO_SUCH_DEPTH = re.compile(r"did not contain|not our ref|unadvertised object|shallow capabilities", re.IGNORECASE)


class Submodules:
    """Beside a worktree. Raises GitFailed."""

    def __init__(self, worktree: Worktree, objects: Objects) -> None:
        self._worktree = worktree
        self._objects = objects
        self._depth = ["--depth=1"]
        self._odd = 0  # failures, all in all
        self._mentioned = False  # that there are some which nobody asked for

    @property
    def there(self) -> bool:
        """Whether the commit shown has any."""
        return os.path.isfile(self._worktree.folder / ".gitmodules")

    def mention(self) -> None:
        """Once: a theme that is a submodule is an empty folder here, and its absence says little by itself."""
        if self.there and not self._mentioned:
            log.warning("the repository has git submodules, which are not fetched: set VILLAGE_SUBMODULES=true")
        self._mentioned = self.there

    async def fill(self) -> bool:
        """Bring them to the commits that are asked for; False when they are there already."""
        if not self.there or await self._in_order():
            return False
        try:
            await self._update()
        except GitFailed as failure:
            if not await self._at_fault(failure):
                raise
            await self._update()
        for path in await self._paths():
            git = self._inside(path)
            await git(*CLEAN, limit=LONGEST)
            listed = await git("ls-files", "-s", "-z", limit=LONGEST)
            links = {name for name, mode in tree.modes(listed).items() if mode == tree.LINK}
            await asyncio.to_thread(tree.remove_links, path, links, told=links)
        return True

    async def _submodule(self, *arguments: str, hush: float = math.inf) -> bytes:
        """``git submodule`` insists on standing in the work tree."""
        here = ["-C", str(self._worktree.folder), f"--git-dir={self._objects.folder}"]
        here += [f"--work-tree={self._worktree.folder}"]
        here += ["-c", f"remote.origin.url={self._objects.remote.url}"]  # what relative URLs are relative to
        return await self._objects.git(*here, "submodule", *arguments, limit=LONGEST, hush=hush)

    async def _update(self) -> None:
        options = ["--progress", "--init", "--recursive", "--force"]
        depth = [] if self._objects.history else self._depth
        await self._submodule("--quiet", "sync", "--recursive")
        await self._submodule("update", *options, *depth, hush=5 * HUSH)

    async def _paths(self) -> list[Path]:
        """The folders of those that are there, submodules' submodules included."""
        listed = await self._submodule("--quiet", "foreach", "--recursive", 'printf "%s\\0" "$displaypath"')
        return [self._worktree.folder / os.fsdecode(name) for name in listed.split(b"\0") if name]

    def _inside(self, path: Path) -> Git:
        return self._objects.git.within(path)

    async def _in_order(self) -> bool:
        try:
            wanted = await self._submodule("status", "--recursive")
            if any(not line.startswith(b" ") for line in wanted.splitlines()):
                return False
            for path in await self._paths():
                status = tree.status(await self._inside(path)(*STATUS, limit=LONGEST))
                if status.strays or not status.sure:
                    return False
        except GitFailed:
            return False
        return True

    async def _at_fault(self, failure: GitFailed) -> bool:
        """Whether a submodule's store is, and not the network: that one is removed, to be fetched anew."""
        if failure.kind in {"slow", "full"}:
            return False
        found = any(self._leads_nowhere(path) for path in self._worktree.submodules)
        self._odd += 1
        doubted = self._must_be_whole(failure) or (not failure.hint and self._odd % ODD == 0)
        for store in list(stores(self._objects.folder / "modules")):
            if doubted or not await is_intact(self._objects.git, store):
                found = True
                await asyncio.to_thread(self._forget, store)
        if found:
            await asyncio.to_thread(self._forget_folders)
        return found

    def _leads_nowhere(self, path: Path) -> bool:
        """Of a submodule's folder: its .git names a store that is not there."""
        folder = self._worktree.folder / path
        with contextlib.suppress(OSError):
            named = (folder / ".git").read_bytes().removeprefix(b"gitdir: ").rstrip(b"\n")
            return not os.path.isfile(os.path.join(os.fsencode(folder), named, b"HEAD"))
        return os.path.lexists(folder / ".git")

    def _must_be_whole(self, failure: GitFailed) -> bool:
        """Some remotes give no commit that is no branch's newest, and the "dumb" HTTP transport knows no depth."""
        if self._depth and NO_SUCH_DEPTH.search(failure.said):
            self._depth = []
            return True
        return False

    def _forget(self, store: Path) -> None:
        with layout.typed_errors(store):
            layout.remove(store)

    def _forget_folders(self) -> None:
        """What lies in them leads to a store that is no more."""
        for path in self._worktree.submodules:
            with layout.typed_errors(self._worktree.folder / path), contextlib.suppress(FileNotFoundError):
                layout.clear(self._worktree.folder / path)


def stores(modules: Path) -> Iterator[Path]:
    """The stores below ``modules``, each after those of its own submodules; also what is left of one."""
    for folder in sorted(modules.iterdir()) if modules.is_dir() else ():
        if any(os.path.exists(folder / part) for part in ("HEAD", "config", "objects", "refs")):
            yield from stores(folder / "modules")
            yield folder
        elif folder.is_dir() and not folder.is_symlink():
            yield from stores(folder)
        else:
            yield folder
