"""A site's repository on this machine: one store of objects, one stable tree of files for the builder.

Why one tree that moves, and no fresh work tree for each commit: the builder keeps its memory of the site
warm, keyed by path, and wants the exact set of files that changed. A tree that moves costs as much as the
change; a new one costs as much as the site. Nobody reads the tree but the builder, and the worker never moves
it while a build runs, so nobody sees it half-moved.

What lies where, and that it does: ``layout``. The store and the remote: ``objects``. The files: ``worktree``,
``submodules``. Here they work together: whatever of them is damaged is made anew from what is not, and in the end
from the remote; the release on show needs none of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import logging
import os
from dataclasses import dataclass
from pathlib import Path

from village.errors import AuthorError, GitFailed, OperatorError, VillageError
from village.sync import command, complaints, layout, ownership, tree
from village.sync.credentials import Credentials
from village.sync.objects import LATEST, Objects
from village.sync.source import remote_of
from village.sync.submodules import Submodules
from village.sync.worktree import Worktree

log = logging.getLogger("village.sync")


@dataclass(frozen=True, slots=True)
class Revision:
    """What the tree shows. ``changed``: paths below the tree that differ from the tree before; None = take
    all as changed.
    """

    commit: str
    changed: frozenset[Path] | None
    errors: tuple[AuthorError, ...] = ()  # what keeps the commit from being built: Git LFS pointers
    behind: VillageError | None = None  # why this may not be the newest: the remote could not be asked


class Checkout:
    """One repository, one branch. All methods raise GitFailed, and OperatorError or DiskFull for what lies on the
    disk; one runs at a time.
    """

    def __init__(
        self,
        folder: Path,
        source: str,
        *,
        branch: str = "",
        key: str = "",
        known_hosts: str = "",
        token: str = "",
        submodules: bool = False,
        history: bool = False,
        limit: float = 300.0,
    ) -> None:
        self.folder = folder.absolute()
        self.tree = self.folder / "tree"
        self.submodules = submodules
        remote = remote_of(source, token)
        self._objects = Objects(self.folder / "objects.git", remote, branch, history=history, limit=limit)
        self._worktree = Worktree(self.tree, self._objects)
        self._modules = Submodules(self._worktree, self._objects)
        self._credentials = Credentials(remote)
        self._key = key
        self._known_hosts = known_hosts
        self._limit = limit
        self._turn = asyncio.Lock()
        self._untold: frozenset[Path] | None = frozenset()  # changed, and not yet told by a Revision
        self._pointers: set[Path] | None = None  # Git LFS pointers in the tree; None = not looked yet

    @property
    def commit(self) -> str:
        """What the tree shows whole, "" for nothing."""
        return self._worktree.commit

    @property
    def published_branch(self) -> str:
        """The branch that is published, as far as it is known."""
        return self._objects.branch or self._objects.default_branch

    @property
    def shallow(self) -> bool:
        """True when the store holds less than the whole history."""
        return self._objects.shallow

    async def recover(self) -> str:
        """At start, without any network: the commit that the tree shows whole, or "" when there is none."""
        async with self._turn:
            await self._prepare()
            if self._worktree.finished:
                with contextlib.suppress(GitFailed):
                    self._worktree.commit = await self._objects.resolve("HEAD")
            return self.commit

    async def newest(self) -> Revision:
        """Fetch and show. When the remote cannot be asked: what is here already, with the failure in
        ``behind``.
        """
        if not self.commit:
            await self.recover()
        try:
            commit = await self.fetch()
        except VillageError as failure:
            try:
                known = self.commit or await self._objects.resolve(LATEST)
                return dataclasses.replace(await self.show(known), behind=failure)
            except VillageError:
                raise failure from None
        return await self.show(commit)

    async def remote_commit(self) -> str:
        """The newest commit of the branch at the remote (``git ls-remote``: one small answer, no objects)."""
        async with self._turn:
            await self._prepare()
            return await self._objects.ask()

    async def fetch(self) -> str:
        """Fetch the branch's newest commit into the store; the tree stays as it is."""
        async with self._turn:
            await self._prepare()
            return await self._objects.fetch()

    async def show(self, commit: str) -> Revision:
        """Move the tree to a fetched commit. What changed is told by the first call that does not fail after
        the move. Raises ContentError for a commit that no file system takes.
        """
        async with self._turn:
            await self._prepare()
            commit = await self._move(commit)
            await self._fill()
            await self._deepen()
            await asyncio.to_thread(self._look_for_pointers, self._untold)
            changed, self._untold = self._untold, frozenset()
            return Revision(commit, changed, tuple(map(tree.pointer_error, sorted(self._pointers or ()))))

    async def _prepare(self) -> None:
        """Folders and what is needed to use them. Nobody else is at work here once the folder is ours."""
        await asyncio.to_thread(layout.open_up, self.folder)
        lock = await ownership.own(self.folder)
        await asyncio.to_thread(layout.put_in_order, self.folder)
        self._objects.git = command.Git(
            self.folder,
            command.environment(
                self._objects.remote,
                self.folder,
                key=self._private_key(),
                known_hosts=self._known_hosts,
                configuration=self._credentials.configuration(),
            ),
            self._limit,
            redact=(self._objects.remote.password,),
            inherit=(lock, *self._credentials.descriptors),
        )

    def _private_key(self) -> str:
        if self._known_hosts and not os.access(self._known_hosts, os.R_OK):
            hint = "check VILLAGE_GIT_KNOWN_HOSTS and its mount"
            raise OperatorError(f"the known_hosts file {self._known_hosts} cannot be read", hint=hint)
        with layout.typed_errors(self.folder):
            return command.private_copy(self._key, self.folder) if self._key else ""

    async def _move(self, commit: str) -> str:
        """The commit that the tree shows in the end: another one, where the store had to be fetched anew for it."""
        try:
            self._tell(await self._worktree.move(commit, filled=self.submodules))
        except GitFailed as failure:
            if impossible := complaints.impossible_name(failure):
                raise impossible from failure
            if failure.kind == "full":
                await self._worktree.give_back()
            if failure.kind in {"slow", "full"} or await self._objects.intact():
                raise
            await self._objects.renew()
            commit = await self._objects.resolve(LATEST)
            self._tell(await self._worktree.move(commit, filled=self.submodules))
        return commit

    def _tell(self, changed: frozenset[Path] | None) -> None:
        self._untold = None if changed is None or self._untold is None else self._untold | changed

    async def _fill(self) -> None:
        if not self.submodules:
            self._modules.mention()
            return
        try:
            news = await self._modules.fill()
        except VillageError:
            self._tell(None)  # some of them may be there
            raise
        if news:
            self._tell(None)

    async def _deepen(self) -> None:
        """The whole history where the site's configuration asks for it: in a shallow one all files are as new
        as the push.
        """
        if self._objects.history or await asyncio.to_thread(tree.wants_history, self.tree):
            try:
                await self._objects.deepen()
            except GitFailed as failure:
                log.warning("the history is not complete yet: %s", failure)

    def _look_for_pointers(self, changed: frozenset[Path] | None) -> None:
        if changed is None or self._pointers is None:
            self._pointers, changed = set(), frozenset(tree.every_file(self.tree))
        self._pointers -= changed
        self._pointers |= {path for path in changed if tree.is_pointer(self.tree / path)}
