"""One site's life in the production server: the last release at once, then fetch, build, publish for ever."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import time
from collections.abc import Callable
from concurrent.futures import Executor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from village.app import plain_words
from village.builder import garbage
from village.builder.options import BuildOptions, BuildReport
from village.builder.workshop import Workshop
from village.errors import ReleaseBroken, VillageError
from village.metrics import Metrics
from village.release.manifest import Manifest
from village.release.store import Provenance, Store
from village.server.hosts import ascii_name
from village.settings.model import Settings, SiteSettings
from village.sync.git import Revision
from village.sync.latest import Latest
from village.sync.siblings import Siblings
from village.sync.source import shown

log = logging.getLogger("village.publisher")
KEPT_RELEASES = 5
SIGNS = ("hugo.*", "config.*", "config", "village.*", "content")  # of a site, at the top of its folder


class Source(Protocol):
    """Where content comes from: a git checkout or a plain folder (``app.sources``)."""

    tree: Path

    @property
    def branch(self) -> str:
        """The branch that is published; "" where there is none, or none known yet."""

    async def revision(self) -> Revision:
        """Bring the newest content into ``tree``."""

    def start(self, on_change: Callable[[], None]) -> None:
        """Begin to watch, where that is possible; ``on_change`` is called when there is something new."""

    async def close(self) -> None:
        """Stop watching."""


class House(Protocol):
    """What a publisher needs of the process around it."""

    siblings: Siblings
    garbage: garbage.Garbage

    def show(self, name: str, release: Manifest) -> None:
        """Put a release on the street."""


class Publisher:
    """The steps of ``sync.latest`` for one site. Building happens in ``builder``, one thread for all sites."""

    def __init__(
        self,
        site: SiteSettings,
        settings: Settings,
        source: Source,
        *,
        metrics: Metrics,
        builder: Executor,
        house: House,
    ) -> None:
        self.site = site
        self.source = source
        self.store = Store(settings.data / "sites" / site.name)
        self.latest = Latest(site.name, self, poll=site.poll or math.inf, showing=lambda: self.release is not None)
        self.release: Manifest | None = None
        self.provenance: Provenance | None = None
        self.report: BuildReport | None = None
        self._settings = settings
        self._metrics = metrics
        self._builder = builder
        self._house = house
        self._workshop: Workshop | None = None

    def show_last(self) -> bool:
        """Put the last release on show before any network is touched; a damaged one is passed over for an older one."""
        pointed = self.store.current()
        candidates = [pointed] if pointed else []
        candidates += [Provenance(identity, "", moment) for identity, moment in self.store.history()]
        for provenance in candidates:
            try:
                release = self.store.load(provenance.id)
                self._refuse_holes(release)
            except ReleaseBroken as error:
                log.error("%s: %s", self.site.name, error)  # noqa: TRY400 - the sentence says it all
                continue
            self._put_on_show(release, provenance)
            return True
        return False

    def _refuse_holes(self, release: Manifest) -> None:
        """A power cut can leave a manifest without its newest blobs; looking at each costs one stat."""
        missing = next(self.store.missing(release), None)
        if missing:
            raise ReleaseBroken(f"release {release.id[:12]}… lacks blob {missing[:12]}…")

    # the steps of sync.latest

    async def fetch(self) -> Revision:
        """The newest content, in the source's tree."""
        return await self.source.revision()

    async def build(self, changed: frozenset[Path] | None, commit: str) -> BuildReport:
        """Make a release in the builder thread. Raises BuildFailed."""
        started = time.perf_counter()
        loop = asyncio.get_running_loop()
        try:
            report = await loop.run_in_executor(self._builder, self._make, changed, commit)
            loop.run_in_executor(self._builder, self._look)  # so that the first push after a start is as quick as any
        except VillageError:
            self._metrics.builds.labels(self.site.name, "failed").inc()
            raise
        self._metrics.builds.labels(self.site.name, "ok").inc()
        self._metrics.build_seconds.labels(self.site.name).observe(time.perf_counter() - started)
        self._metrics.remade.labels(self.site.name).inc(len(report.remade))
        return report

    def _make(self, changed: frozenset[Path] | None, commit: str) -> BuildReport:
        if self._workshop is None:
            self._doubt_the_tree()
            self._workshop = Workshop(self.source.tree, self.store, self._options())
        absolute = None if changed is None else {self.source.tree / path for path in changed}
        with garbage.left_alone():
            return self._workshop.build(absolute, commit)

    def _look(self) -> None:
        """Load what the next build stands on."""
        if self._workshop is not None:
            with contextlib.suppress(VillageError), garbage.left_alone():  # an error is said by the build that meets it
                self._workshop.be_ready()

    def _doubt_the_tree(self) -> None:
        """A site may be almost nothing, so this is no error; but most often it is the wrong folder or branch."""
        if not any(next(self.source.tree.glob(pattern), None) for pattern in SIGNS):
            words = "no hugo.toml and no content folder: is it the right branch, and does the site lie at its top?"
            log.warning("%s: the source does not look like a site: %s", self.site.name, words)

    def _options(self) -> BuildOptions:
        site, limits = self.site, self._settings.limits
        canonical = f"https://{site.domains[0]}/" if site.domains and self._settings.tls.mode != "off" else ""
        plain = f"http://{site.domains[0]}/" if site.domains else ""
        return BuildOptions(
            drafts=site.drafts or None,
            future=site.future or None,
            environment=site.environment,
            base_url=site.base_url or canonical or plain,
            python=site.python,
            page_seconds=limits.page_seconds,
            page_bytes=limits.page_bytes,
        )

    async def publish(self, built: BuildReport, commit: str) -> None:
        """Switch to the release, together with the other replicas where there are some."""
        release = built.release
        log.info("%s: %s", self.site.name, plain_words.remade(built, commit))
        for host in strangers(release, self.site.domains):
            log.warning(
                "%s: a language wants the host %s, which is none of the site's domains: nobody sees it",
                self.site.name,
                host,
            )
        for line in (*plain_words.skipped(built.skipped), *(warning.describe() for warning in built.warnings)):
            log.info("%s: %s", self.site.name, line)
        await self._house.siblings.together(self.site.name, release.id, commit)
        provenance = await asyncio.to_thread(self.store.activate, release.id, commit)
        self._put_on_show(release, provenance)
        self.report = built
        await self._house.siblings.shown(self.site.name, release.id, commit)
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._builder, self.store.prune, KEPT_RELEASES)
        await loop.run_in_executor(self._builder, self._house.garbage.collect, len(built.remade), len(release.entries))

    async def failed(self, error: Exception, commit: str) -> None:
        """The old release stays and ``latest`` has logged why; the others need not wait for us."""
        shown = self.provenance or Provenance("")
        await self._house.siblings.shown(self.site.name, shown.id, shown.commit, failing=True)

    def _put_on_show(self, release: Manifest, provenance: Provenance) -> None:
        self._house.show(self.site.name, release)
        self.release, self.provenance = release, provenance
        self._metrics.outputs.labels(self.site.name).set(len(release.entries))
        self._metrics.published.labels(self.site.name).set(provenance.published)

    async def close(self) -> None:
        """Stop building; what is on show stays on disk."""
        await self.latest.close()
        if self._workshop is not None:
            await asyncio.get_running_loop().run_in_executor(self._builder, self._workshop.close)

    def status(self) -> dict[str, Any]:
        """One site of the status page."""
        told = self.latest.status()
        return {
            "name": self.site.name,
            "colour": self._colour(),
            "domains": list(self.site.domains),
            "source": shown(self.site.source),
            "release": self._release_status(),
            "state": told["state"],
            "seen": told["seen"],
            "next_moment": told["next_moment"],
            "problems": [told["error"]] if told["error"] else [],
            "warnings": [warning.describe() for warning in self.report.warnings] if self.report else [],
            "skipped": plain_words.skipped(self.report.skipped) if self.report else [],
        }

    def _colour(self) -> str:
        """Of the status page, from the error's class; amber while nothing is on show yet."""
        error = self.latest.error
        if error is not None:
            return error.consequence.colour if isinstance(error, VillageError) else "red"
        return "green" if self.release else "amber"

    def _release_status(self) -> dict[str, Any] | None:
        if self.release is None or self.provenance is None:
            return None
        return {
            "id": self.release.id,
            "commit": self.provenance.commit,
            "outputs": len(self.release.entries),
            "published": datetime.fromtimestamp(self.provenance.published, UTC).isoformat(timespec="seconds"),
            "age": plain_words.since(self.provenance.published),
        }


def strangers(release: Manifest, domains: tuple[str, ...]) -> list[str]:
    """The hosts of languages that the operator did not give the site, where he gave any."""
    known = {ascii_name(domain) for domain in domains}
    return [host.name for host in release.rules.hosts if known and ascii_name(host.name) not in known]
