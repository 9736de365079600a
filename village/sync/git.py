"""A site's repository on this machine: one store of objects, one stable tree of files for the builder.

    <folder>/objects.git    refs/village/latest = what was fetched, HEAD = what the tree shows
    <folder>/tree           the files of one commit; its .git is a file that leads to the store, for ``git log``
    <folder>/unfinished     there while the tree is between two commits
    <folder>/lock           see village.sync.ownership

Why one tree that moves, and no fresh work tree for each commit: the builder keeps its memory of the site
warm, keyed by path, and wants the exact set of files that changed. A tree that moves costs as much as the
change; a new one costs as much as the site. Nobody reads the tree but the builder, and the worker never moves
it while a build runs, so nobody sees it half-moved. Should village be killed between two commits,
``unfinished`` says so, and the next start writes the whole tree again.

Fetches are forced (a force push is a push) and shallow, unless ``history`` is wanted. A repository that is
damaged is set aside and fetched anew; the tree and the release on show do not need it.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import logging
import shutil
from dataclasses import dataclass
from pathlib import Path

from village.errors import AuthorError, GitFailed
from village.files import explain, write_whole
from village.sync import command, ownership, tree
from village.sync.source import Remote, remote_of

log = logging.getLogger("village.sync")

LATEST = "refs/village/latest"
FETCHES_BETWEEN_TIDYING = 200
LONGEST_CLONE = 3600.0  # seconds: the first fetch of a large repository over a thin line
FETCHES_BETWEEN_NAMES = 20  # a default branch is renamed once in a repository's life


@dataclass(frozen=True, slots=True)
class Revision:
    """What the tree shows. ``changed``: paths below the tree that differ from the tree before; None = take
    all as changed.
    """

    commit: str
    changed: frozenset[Path] | None
    errors: tuple[AuthorError, ...] = ()  # what keeps the commit from being built: Git LFS pointers
    behind: GitFailed | None = None  # why this may not be the newest: the remote could not be asked


class Checkout:
    """One repository, one branch. All methods raise GitFailed; one runs at a time."""

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
        self.objects = self.folder / "objects.git"
        self.remote: Remote = remote_of(source, token)
        self.branch = branch  # as set by the operator; empty = the remote's default
        self.default_branch = ""  # learnt from the remote
        self.submodules = submodules
        self.history = history
        self.commit = ""  # of the tree
        self._key = key
        self._known_hosts = known_hosts
        self._limit = limit
        self._marker = self.folder / "unfinished"
        self._turn = asyncio.Lock()
        self._fetches = 0
        self._variables: dict[str, str] = {}
        self._lock = -1
        self._untold: frozenset[Path] | None = frozenset()  # changed, and not yet told by a Revision
        self._mentioned = False  # that there are submodules which nobody asked for
        self._links: set[Path] | None = None  # symbolic links of the commit; None = not looked yet
        self._pointers: set[Path] | None = None  # Git LFS pointers in the tree; None = not looked yet

    @property
    def published_branch(self) -> str:
        """The branch that is published, as far as it is known."""
        return self.branch or self.default_branch

    async def recover(self) -> str:
        """At start, without any network: the commit that the tree shows whole, or "" when there is none."""
        async with self._turn:
            await self._prepare()
            if not self._marker.exists() and self.tree.is_dir():
                with contextlib.suppress(GitFailed):
                    self.commit = await self._resolve("HEAD")
            return self.commit

    async def newest(self) -> Revision:
        """Fetch and show. When the remote cannot be asked: what is here already, with the failure in
        ``behind``.
        """
        if not self.commit:
            await self.recover()
        try:
            commit = await self.fetch()
        except GitFailed as failure:
            if not self.commit:
                raise
            return dataclasses.replace(await self.show(self.commit), behind=failure)
        return await self.show(commit)

    async def remote_commit(self) -> str:
        """The newest commit of the branch at the remote (``git ls-remote``: one small answer, no objects)."""
        async with self._turn:
            await self._prepare()
            commit = await self._ask()
        if not commit:
            raise await self._nothing_there()
        return commit

    async def fetch(self) -> str:
        """Fetch the branch's newest commit into the store; the tree stays as it is. Mends a damaged store by
        fetching anew.
        """
        async with self._turn:
            await self._prepare()
            try:
                return await self._fetch()
            except GitFailed as failure:
                if not await self._damaged(failure):
                    raise
            await asyncio.to_thread(self._set_aside)
            return await self._fetch()

    async def show(self, commit: str) -> Revision:
        """Move the tree to a fetched commit. What changed is told by the first call that does not fail after
        the move.
        """
        async with self._turn:
            await self._prepare()
            if self._marker.exists():
                self.commit = ""
            await self._move(commit)
            if self.submodules and await self._fill_submodules():
                self._untold = None
            self._mention_submodules()
            await self._deepen()
            await asyncio.to_thread(self._look_for_pointers, self._untold)
            changed, self._untold = self._untold, frozenset()
            return Revision(commit, changed, tuple(map(tree.pointer_error, sorted(self._pointers or ()))))

    @property
    def shallow(self) -> bool:
        """True when the store holds less than the whole history."""
        return (self.objects / "shallow").exists()

    @property
    def _here(self) -> tuple[str, str]:
        return f"--git-dir={self.objects}", f"--work-tree={self.tree}"

    async def _git(self, *arguments: str, limit: float = 0) -> bytes:
        secrets = (self.remote.password,)
        return await command.run(
            list(arguments),
            self._variables,
            folder=self.folder,
            limit=limit or self._limit,
            redact=secrets,
            inherit=(self._lock,),
        )

    async def _prepare(self) -> None:
        """Folders, environment, and no locks of a killed git: only one git runs here, and it is not running
        now.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            key = command.private_copy(self._key, self.folder) if self._key else ""
        except OSError as error:
            raise explain(error, self.folder) from error
        self._lock = await ownership.own(self.folder)
        self._variables = command.environment(self.remote, self.folder, key=key, known_hosts=self._known_hosts)
        for lock in (*self.objects.glob("*.lock"), *self.objects.glob("refs/**/*.lock")):
            lock.unlink(missing_ok=True)

    async def _fetch(self) -> str:
        if not (self.objects / "HEAD").is_file():
            await self._git("init", "--quiet", "--bare", "--", str(self.objects))
            await self._git(*self._here, "config", "core.bare", "false")  # it has a tree, whose .git leads here
        wanted = f"refs/heads/{self.branch}" if self.branch else "HEAD"
        depth = ["--unshallow"] if self.history and self.shallow else [] if self.history else ["--depth=1"]
        options = ["--quiet", "--force", "--no-tags", "--no-write-fetch-head", "--update-head-ok", *depth]
        try:
            limit = self._limit if self.commit else max(self._limit, LONGEST_CLONE)
            await self._git(*self._here, "fetch", *options, "--", self.remote.url, f"+{wanted}:{LATEST}", limit=limit)
        except GitFailed as failure:
            if self.history or "shallow capabilities" not in str(failure):  # the "dumb" HTTP transport knows no depth
                raise
            self.history = True
            return await self._fetch()
        await self._tidy()
        return await self._resolve(LATEST)

    async def _deepen(self) -> None:
        """The whole history where the site's configuration asks for it: in a shallow one all files are as new
        as the push.
        """
        self.history = self.history or await asyncio.to_thread(tree.wants_history, self.tree)
        if self.history and self.shallow:
            try:
                await self._fetch()
            except GitFailed as failure:
                log.warning("the history is not complete yet: %s", failure)

    async def _resolve(self, name: str) -> str:
        output = await self._git(*self._here, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        return output.decode().strip()

    async def _move(self, commit: str) -> None:
        """Write what differs; without a commit to start from, trust nothing that lies in the tree."""
        if commit == self.commit:
            return
        changed = await self._difference(self.commit, commit) if self.commit else None
        write_whole(self._marker, commit.encode())
        self.tree.mkdir(exist_ok=True)
        if changed is None:
            (self.objects / "index").unlink(missing_ok=True)
        await self._git(*self._here, "read-tree", "--reset", "-u", commit)
        if changed is None:
            await self._git(*self._here, "clean", "-ffdxq")
            write_whole(self.tree / ".git", f"gitdir: ../{self.objects.name}\n".encode())
        await self._remove_links(commit, changed)
        await self._git(*self._here, "update-ref", "--no-deref", "HEAD", commit)
        self._marker.unlink()
        self.commit = commit
        self._untold = None if changed is None or self._untold is None else self._untold | changed.keys()

    async def _remove_links(self, commit: str, changed: dict[Path, str] | None) -> None:
        """Git writes all of them again at each move, as the files that they are not."""
        before = set(self._links or ())
        if changed is None or self._links is None:
            self._links = tree.links(tree.modes(await self._git(*self._here, "ls-tree", "-r", "-z", commit)))
        else:
            self._links = self._links - changed.keys() | tree.links(changed)
        tree.remove_links(self.tree, self._links, told=before)

    async def _difference(self, old: str, new: str) -> dict[Path, str] | None:
        """Paths that differ with their new modes; None when one of the commits is not in the store."""
        try:
            return tree.changes(
                await self._git(*self._here, "diff-tree", "-r", "-z", "--raw", "--no-renames", old, new)
            )
        except GitFailed:
            return None

    async def _damaged(self, failure: GitFailed) -> bool:
        """Whether our store is at fault, not the remote: the remote answers, and yet we cannot fetch."""
        if not self.objects.exists() or "no space left" in str(failure):
            return False
        try:
            commit = await self._ask()
        except GitFailed:
            return False
        if not commit:
            raise await self._nothing_there() from failure
        return True

    def _set_aside(self) -> None:
        """Forget the store; the next ``show`` writes the whole tree."""
        write_whole(self._marker, b"the store was damaged")
        self.commit = ""
        shutil.rmtree(self.objects, ignore_errors=True)

    async def _tidy(self) -> None:
        """Every shallow fetch leaves the commit before behind; now and then they are swept out."""
        if not self.branch and self._fetches % FETCHES_BETWEEN_NAMES == 0:
            with contextlib.suppress(GitFailed):
                await self._ask()
        self._fetches += 1
        if self._fetches % FETCHES_BETWEEN_TIDYING == 0:
            with contextlib.suppress(GitFailed):
                await self._git(*self._here, "gc", "--quiet", "--prune=now")

    async def _ask(self) -> str:
        """The branch's commit at the remote, or ""; learns the name of the default branch on the way."""
        wanted = f"refs/heads/{self.branch}" if self.branch else "HEAD"
        answer = await self._git("ls-remote", "--symref", "--", self.remote.url, wanted)
        commit = ""
        for line in answer.decode("utf-8", "replace").splitlines():
            value, _, name = line.partition("\t")
            if name == wanted and value.startswith("ref: refs/heads/"):
                self.default_branch = value.removeprefix("ref: refs/heads/")
            elif name == wanted:
                commit = value
        return commit

    async def _nothing_there(self) -> GitFailed:
        """The remote answered, and has not what we publish; what it has instead."""
        prefix, there = "refs/heads/", []
        with contextlib.suppress(GitFailed):
            answer = await self._git("ls-remote", "--heads", "--", self.remote.url)
            names = [line.partition("\t")[2] for line in answer.decode("utf-8", "replace").splitlines()]
            there = [name.removeprefix(prefix) for name in names if name.startswith(prefix)]
        return command.nothing_there(self.branch, there)

    def _look_for_pointers(self, changed: frozenset[Path] | None) -> None:
        if changed is None or self._pointers is None:
            self._pointers, changed = set(), frozenset(tree.every_file(self.tree))
        self._pointers -= changed
        self._pointers |= {path for path in changed if tree.is_pointer(self.tree / path)}

    def _mention_submodules(self) -> None:
        """Once: a theme that is a submodule is an empty folder here, and its absence says little by itself."""
        there = not self.submodules and (self.tree / ".gitmodules").is_file()
        if there and not self._mentioned:
            log.warning("the repository has git submodules, which are not fetched: set VILLAGE_SUBMODULES=true")
        self._mentioned = there

    async def _fill_submodules(self) -> bool:
        """Submodules of the commit, from where .gitmodules says; True when there are any."""
        if not (self.tree / ".gitmodules").is_file():
            return False
        options = ["--quiet", "--init", "--recursive", "--force", *([] if self.history else ["--depth=1"])]
        configuration = ["-c", f"remote.origin.url={self.remote.url}"]  # what relative URLs are relative to
        # `git submodule` insists on standing in the work tree
        here = ["-C", str(self.tree), *self._here, *configuration]
        await self._git(*here, "submodule", "--quiet", "sync", "--recursive")
        await self._git(*here, "submodule", "update", *options)
        return True
