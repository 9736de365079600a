"""A site's content as ``sync`` brings it: a git checkout or a watched folder, behind one method."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from village.errors import SettingsError
from village.settings.model import SiteSettings
from village.sync import source
from village.sync.folder import Folder
from village.sync.git import Checkout, Revision


class Repository:
    """A site published from a git remote."""

    def __init__(self, site: SiteSettings, data: Path) -> None:
        self.checkout = Checkout(
            data / "sites" / site.name / "checkout",
            site.source,
            branch=site.branch,
            key=site.git_key,
            known_hosts=site.git_known_hosts,
            token=site.git_token[0] if isinstance(site.git_token, tuple) else site.git_token,
            submodules=site.submodules,
        )
        self.tree = self.checkout.tree

    @property
    def branch(self) -> str:
        """The branch that is published, "" while it is not known."""
        return self.checkout.published_branch

    async def revision(self) -> Revision:
        """The newest commit, shown in the tree; what is here while the remote cannot be asked. Raises GitFailed."""
        return await self.checkout.newest()

    def start(self, on_change: Callable[[], None]) -> None:
        """A remote tells by hook and poll; there is nothing to watch."""

    async def close(self) -> None:
        """Nothing is held open."""


class Place:
    """A site published from a folder of this machine, watched."""

    branch = ""  # a folder has none

    def __init__(self, site: SiteSettings) -> None:
        self.tree = Path(site.source).expanduser().absolute()
        self._folder = Folder(self.tree, may_be_empty=False)

    async def revision(self) -> Revision:
        """What changed in the folder since the last call."""
        return await self._folder.fetch()

    def start(self, on_change: Callable[[], None]) -> None:
        """Watch; ``on_change`` is called when something was saved."""
        self._folder.on_change = on_change
        self._folder.start()

    async def close(self) -> None:
        await self._folder.close()


def source_of(site: SiteSettings, data: Path) -> Repository | Place:
    """What the operator's ``source`` means. Raises SettingsError."""
    if not site.source:
        raise SettingsError(
            "VILLAGE_SOURCE",
            "settings",
            f"the site {site.name!r} has no source",
            hint="set VILLAGE_SOURCE to a site folder or anything that `git clone` takes; `village demo` needs none",
        )
    try:
        return Repository(site, data) if source.is_git(site.source) else Place(site)
    except SettingsError:
        if is_away(site, data):
            return Place(site)
        raise


def is_away(site: SiteSettings, data: Path) -> bool:
    """Whether a folder that is not there was published from here before: its last release is shown until it is back."""
    path = Path(site.source).expanduser()
    return path.is_absolute() and not path.exists() and (data / "sites" / site.name / "current").exists()
