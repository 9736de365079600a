"""``village serve``: the site at http://127.0.0.1:1313; saving a file shows in the open browser."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import sys
import webbrowser
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import uvloop

from village.app import desk, error_page, plain_words
from village.builder.options import BuildOptions, BuildReport
from village.builder.workshop import Workshop
from village.errors import HookRefused, VillageError
from village.metrics import Metrics
from village.release.manifest import Manifest
from village.release.store import Store
from village.server.control import Reply
from village.server.street import Street
from village.settings.model import LimitSettings, Settings, SiteSettings, TlsSettings
from village.sync.folder import Folder
from village.sync.git import Revision
from village.sync.latest import Latest

log = logging.getLogger("village.preview")
NAME = "preview"
VISITORS = 100  # connections: room for a few browsers within the file limit of any desktop


@dataclass(frozen=True, slots=True)
class PreviewOptions:
    """The options of ``village serve``."""

    host: str = "127.0.0.1"
    port: int = 1313
    drafts: bool = False
    future: bool = False
    open_browser: bool = False
    environment: str = "development"
    python: bool = False


class Silent:
    """``server.control.Control`` of a preview: no challenges, no hooks, always there."""

    def challenge(self, host: str, token: str) -> str | None:
        return None

    async def hook(self, site: str, headers: Mapping[str, str], body: bytes, remote: str) -> Reply:
        raise HookRefused(404, "preview", "a preview takes no hooks: it watches the folder")

    async def sibling(self, headers: Mapping[str, str], body: bytes) -> Reply:
        return Reply(404)

    def live(self) -> bool:
        return True

    def ready(self) -> tuple[bool, dict[str, Any]]:
        return True, {}

    def status(self) -> dict[str, Any]:
        return {"preview": True}


class Preview:
    """The steps of ``sync.latest`` for a preview: the folder is watched, what is built is shown, and so are errors."""

    def __init__(self, folder: Path, store: Store, options: PreviewOptions) -> None:
        self.source = Folder(folder)
        self.store = store
        self.options = options
        self.builder = ThreadPoolExecutor(1, thread_name_prefix="builder")
        self.latest = Latest(NAME, self, poll=float("inf"), telling=False)
        self.workshop: Workshop | None = None
        self.shown: Manifest | None = None
        self.noted: list[str] = []
        address = f"{options.host}:{options.port}"
        self.settings = Settings(
            sites=(SiteSettings(name=NAME, source=str(folder)),), http=(address,), https=(), access_log="off",
            tls=TlsSettings(mode="off"), drain=0.2, limits=LimitSettings(connections=VISITORS),
        )  # fmt: skip
        self.street = Street(self.settings, Metrics(), Silent(), {NAME: store}, preview=True)

    @property
    def url(self) -> str:
        scheme, host, port = self.street.bound[0]
        return f"{scheme}://{host}:{port}"

    async def fetch(self) -> Revision:
        """What was saved since the last look."""
        return await self.source.fetch()

    async def build(self, changed: frozenset[Path] | None, commit: str) -> BuildReport:
        """Build in the builder thread; an error becomes the page that every open tab shows."""
        loop = asyncio.get_running_loop()
        report = await loop.run_in_executor(self.builder, self._make, changed)
        loop.run_in_executor(self.builder, self._look)  # so that the first save after a start is as quick as any
        return report

    def _make(self, changed: frozenset[Path] | None) -> BuildReport:
        if self.workshop is None:
            options = BuildOptions(
                drafts=self.options.drafts or None,
                future=self.options.future or None,
                environment=self.options.environment,
                base_url=f"{self.url}/",
                local=True,
                python=self.options.python,
            )
            self.workshop = Workshop(self.source.tree, self.store, options)
        return self.workshop.build(None if changed is None else {self.source.tree / path for path in changed})

    def _look(self) -> None:
        """Load what the next build stands on."""
        if self.workshop is not None:
            with contextlib.suppress(VillageError):  # said by the build that meets it
                self.workshop.be_ready()

    async def publish(self, built: BuildReport, commit: str) -> None:
        """Show the release and tell the open tabs: a stylesheet is swapped, anything else reloads."""
        healed = self.street.failure is not None
        self.street.heal()
        self.street.show(NAME, built.release)
        changed = differing(self.shown, built.release)
        self.shown = built.release
        await asyncio.to_thread(self.store.activate, built.release.id)
        if changed or healed:
            self.street.announce(*news(changed, healed=healed))
        click.echo(plain_words.previewed(built, healed=healed))
        notes = [*plain_words.skipped(built.skipped), *(warning.describe() for warning in built.warnings)]
        if notes != self.noted:  # once, not at every save
            self.noted = notes
            click.echo("\n".join(notes) or "nothing left to mend")

    async def failed(self, error: Exception, commit: str) -> None:
        """The error in the browser and in the terminal."""
        if not isinstance(error, VillageError):
            hint = "the terminal shows where; please report it"
            error = VillageError(f"village itself failed: {type(error).__name__}: {error}", hint=hint)
        click.echo(error.describe(), err=True)
        self.street.fail(error_page.page(error))
        self.street.announce("reload", "/")

    async def run(self) -> None:
        """Until SIGTERM or Ctrl-C."""
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await self.street.start()
        self.source.on_change = self.latest.want
        self.source.start()
        self.latest.start()
        await self.latest.idle()
        click.echo(f"village previews {self.source.tree} at {self.url}/  (Ctrl-C ends)")
        if self.options.open_browser:
            await asyncio.to_thread(webbrowser.open, self.url)
        await stop.wait()
        await self.latest.close()
        await self.source.close()
        await self.street.close()
        if self.workshop:
            await asyncio.get_running_loop().run_in_executor(self.builder, self.workshop.close)
        self.builder.shutdown()


def differing(last: Manifest | None, new: Manifest) -> list[str]:
    """The URL paths whose answer is another one now."""
    before = last.entries if last else {}
    # Entries of the release before are mostly the same objects: the loop that serves has no time to compare them all.
    changed = [path for path, entry in new.entries.items() if (old := before.get(path)) is not entry and old != entry]
    return sorted([*changed, *(path for path in before if path not in new.entries)])


def news(changed: Iterable[str], *, healed: bool) -> tuple[str, str]:
    """(event, data) for the open tabs."""
    paths = list(changed)
    if paths and not healed and all(path.endswith(".css") for path in paths):
        return "css", "\n".join(paths)
    return "reload", "\n".join(paths[:20])


def serve(folder: Path, options: PreviewOptions) -> None:
    """Preview ``folder`` until Ctrl-C."""
    folder = desk.site_folder(folder)
    sys.setswitchinterval(0.0005)
    build = BuildOptions(environment=options.environment)
    with desk.cache(folder, f"preview {options.drafts} {options.future}", build.environment) as store:
        asyncio.Runner(loop_factory=uvloop.new_event_loop).run(Preview(folder, store, options).run())
