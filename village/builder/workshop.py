"""A folder becomes a release, and after a change the next one: the whole builder behind one object."""

from __future__ import annotations

import logging
import os
import time
from datetime import datetime
from pathlib import Path

from village import bundled
from village.builder import (
    checks,
    cold,
    explain,
    fingerprint,
    rehearsal,
    site_python,
    site_rules,
    statics,
    waking,
    workers,
)
from village.builder.adapters import Adapters
from village.builder.asset_cache import AssetCache
from village.builder.desk import Desk
from village.builder.explain import Explanation
from village.builder.incremental import Attempt, Memory
from village.builder.ledger import Ledger
from village.builder.options import BuildOptions, BuildReport
from village.builder.shelf import Shelf
from village.builder.site_python import SitePython
from village.builder.spreading import Spreading
from village.builder.state import State
from village.builder.union import Digests, scan
from village.errors import AuthorError, BuildFailed, FrontMatterError, TemplateError
from village.release.manifest import Manifest
from village.release.store import Store
from village.render.lens import Lens
from village.render.questions import Numbers
from village.render.templates.watch import Watch
from village.render.views.page import FIELD_NAMES, PageView
from village.render.views.values import tick
from village.site import cascade, loader, model, pages
from village.site.config import outputs
from village.site.content import harvest
from village.site.model import Layer, LoadOptions, Output, Page, Site, page_id

log = logging.getLogger("village.builder")


class Workshop:
    """The builder of one site. Synchronous; called from one thread at a time.

    ``build`` raises BuildFailed with all author errors, and can be called again: the last good build stays
    the ground of the next.
    """

    def __init__(self, folder: Path, store: Store, options: BuildOptions | None = None) -> None:
        self.folder = Path(os.path.abspath(folder))
        self.store = store
        self.options = options or BuildOptions()
        cache = self.options.cache or store.root / "cache"
        self.state = State(cache if self.options.keep_state else None)
        self.watch = Watch(self.options.page_seconds)
        self.shelf = Shelf(str(self.folder))
        self.desk = Desk(self.shelf, self.watch, self.options.page_bytes, AssetCache(cache / "assets"))
        self.adapters = Adapters(cache.resolve() / "adapters", self.watch)
        self.digests = Digests()
        self.begin_anew()
        self.python = SitePython()
        self.stamp = fingerprint.stamp(self.folder, self.options)
        self.asleep = self.state.fact("stamp") == self.stamp
        self.pending: set[Path] | None = set()

    def begin_anew(self) -> None:
        """As if nothing had ever been built."""
        self.numbers = Numbers(list(FIELD_NAMES))
        self.memory = Memory()
        self.ledger = Ledger(self.store)
        self.lens: Lens | None = None

    def close(self) -> None:
        """Let go of the files."""
        self.state.close()

    @property
    def release(self) -> Manifest | None:
        return self.ledger.release

    # -- building

    def build(self, changed: set[Path] | None = None, commit: str = "") -> BuildReport:
        """Make the release of the folder as it is now; ``changed``: the files that can differ, None = look at all.

        Nothing is put on show: the caller does (``store.activate(report.release.id, commit)``). Raises
        BuildFailed, WorldError.
        """
        del commit
        started = time.perf_counter()
        self.pending = None if changed is None or self.pending is None else self.pending | changed
        if self.asleep or (self.lens is None and cold.wanted(self)):
            report = waking.wake(self, started)
            if report is not None:
                self.pending = set()
                return report
        try:
            report = self.attempt(self.pending)
        except BaseException:
            self.state.rollback()
            self.desk.pieces.clear()
            raise
        self.pending = set()
        return report

    def attempt(self, changed: set[Path] | None) -> BuildReport:
        """One try. Nothing is kept unless all of it succeeds."""
        started = time.perf_counter()
        old = self.lens
        moment = time.time_ns()
        try:
            site = self.read(changed)
        except BuildFailed as failed:
            raise BuildFailed([*failed.errors, *self.template_errors()]) from failed
        read = time.perf_counter() - started
        self.desk.moment_of_build = self.options.now()
        self.desk.forget_warnings()
        lens = Lens(site, self.numbers, self.desk, PageView)
        self.desk.sit(lens)
        attempt = Attempt(self.desk, self.memory, self.state.bodies, self.store.put)
        attempt.seconds["read"] = read
        mark = time.perf_counter()
        spreading = Spreading(attempt, self.memory, old)
        if self.load_python():
            spreading.difference.everything = True
        quiet = changed is not None and spreading.is_bodies_of(changed)
        warnings = [*site.warnings, *([] if quiet else self.stock(site))]
        spreading.mark()
        self.desk.forget_pieces(spreading.difference)
        attempt.seconds["compare"] = time.perf_counter() - mark
        self.make(attempt, spreading)
        if attempt.errors:
            raise BuildFailed(attempt.described())
        return self.keep(
            attempt, spreading, [*warnings, *self.desk.complaints.told()], quiet, fingerprint.Moment(moment, changed)
        )

    def make(self, attempt: Attempt, spreading: Spreading) -> None:
        """Bodies, then outputs; many of them in several processes."""
        with self.watch.building():
            mark = time.perf_counter()
            workers.contents(self, attempt)
            attempt.seconds["contents"] = time.perf_counter() - mark
            attempt.make_contents(spreading.spread)
            spreading.reask()
            mark = time.perf_counter()
            workers.outputs(self, attempt)
            attempt.seconds["outputs"] = time.perf_counter() - mark
            for number, made in list(attempt.made.items()):
                key = self.memory.register.keys[number]
                if key.number == 1 and key.format:
                    spreading.pagers(key, made.pagers)
            attempt.make_outputs(spreading.pagers)

    def read(self, changed: set[Path] | None) -> Site:
        """The site as it is now. Raises BuildFailed."""
        try:
            site = self.load(changed)
        except BuildFailed:
            if not self.adapters.forget():
                raise
            site = self.load(None)  # what an adapter made of old data may be what stood in the way
        if changed is None or self.lens is None or not all(str(path) in site.harvest.content for path in changed):
            with self.watch.building():
                moved = self.adapters.refresh(site)
            if moved:
                site, _ = loader.reload(site, moved, self.options.now())
        add_not_found(site)
        return site

    def load(self, changed: set[Path] | None) -> Site:
        """The site from its files, those that adapters made last time among them. Raises BuildFailed."""
        if self.lens is not None:
            return loader.reload(self.lens.site, changed, self.options.now())[0]
        return loader.load(self.folder, self.load_options())

    def template_errors(self) -> list[AuthorError]:
        """What is wrong with the templates, said together with what is wrong with the content."""
        layers = self.lens.site.layers if self.lens else [Layer("layouts", self.folder / "layouts")]
        self.shelf.stock(layers, statics.default_theme())
        found: list[AuthorError] = []
        for name in self.shelf.files:
            try:
                self.desk.templates.check(name)
            except TemplateError as error:
                found.append(error)
        return found

    def load_python(self) -> bool:
        """The site's own Python, where the operator allows it; True when it is not what it was. Raises BuildFailed."""
        if not self.options.python or site_python.digest(self.folder) == self.python.digest:
            return False
        try:
            self.python = site_python.load(self.folder)
        except TemplateError as error:
            self.python = SitePython()
            raise BuildFailed([error]) from error
        self.desk.adopt(self.python)
        return True

    def load_options(self) -> LoadOptions:
        return LoadOptions(
            environment=self.options.environment,
            base_url=self.options.base_url,
            local=self.options.local,
            minify=self.options.minify,
            segments=self.options.segments,
            drafts=self.options.drafts,
            future=self.options.future,
            expired=self.options.expired,
            variables={name: value for name, value in os.environ.items() if name.startswith("HUGO") or name == "CI"},
            now=self.options.now(),
            root=self.options.root,
            generated=self.adapters.folder,
            theme_folders=(bundled.folder("themes"),),
        )

    def stock(self, site: Site) -> list[AuthorError]:
        """Templates, assets and static files as they are now."""
        self.shelf.formats = statics.formats(site)
        self.shelf.meanings = outputs.meanings(self.shelf.formats.values())
        fallback = statics.default_theme()
        warnings = self.shelf.stock(site.layers, fallback)
        layers = site.layers
        if self.shelf.fallen_back:
            layers = [*site.layers, *fallback]
            site.i18n = statics.with_words(site.i18n)
        self.desk.bench.files = scan(layers, "assets")
        self.static_layers = layers
        return warnings

    def keep(
        self,
        attempt: Attempt,
        spreading: Spreading,
        warnings: list[AuthorError],
        quiet: bool,
        moment: fingerprint.Moment,
    ) -> BuildReport:
        """The attempt succeeded: its release is written and it becomes the ground of the next build. Raises
        BuildFailed.
        """
        mark = time.perf_counter()
        lens = attempt.lens
        attempt.record_answers()
        if quiet and self.release is not None:
            stocked, rules, unclear = self.ledger.stocked, self.release.rules, list[AuthorError]()
        else:
            static = statics.speakable(statics.files(lens.site, self.static_layers))
            stocked = statics.stock(lens.site, static, self.digests, self.store)
            rules, unclear = site_rules.rules(lens.site, static)
        entered = self.ledger.enter(attempt, self.memory, stocked, rules, lens.site)
        attempt.keep(lens.numbers, self.state.bodies)
        self.lens = lens
        report = BuildReport(
            release=entered.release,
            remade=entered.remade,
            kept=len(self.memory.made) - len(attempt.made),
            removed=entered.removed,
            skipped=list(lens.site.skipped),
            next_moment=min(filter(None, (lens.site.next_moment, self.next_tick())), default=None),
            warnings=[*warnings, *entered.warnings, *unclear],
            contents=sorted(attempt.contents),
        )
        try:
            waking.remember(self, attempt, report, moment, quiet=quiet)
        except Exception as error:  # noqa: BLE001 - a full disk, say: the release is whole, the next start has more to do
            log.warning("what was learnt is not kept for the next start: %s", type(error).__name__)
            self.state.forget()
        attempt.seconds["write"] = time.perf_counter() - mark
        report.seconds = attempt.seconds
        return report

    def next_tick(self) -> datetime | None:
        """When a template that compares with the clock, or shows the year or the day, would come out otherwise."""
        now = self.desk.moment_of_build
        asked = (self.numbers.asked(code) for code in self.memory.answers)
        return min(filter(None, (tick(now, *question[1:]) for question in asked if question[0] == "now")), default=None)

    # -- asking

    def explain(self, url: str) -> Explanation:
        """Why a URL looks as it does; ``url`` may be a whole one or a path."""
        self.look()
        return explain.explain(self, url)

    def base_url(self) -> str:
        """The URL that the site's absolute links begin with."""
        self.look()
        return self.lens.site.base_url if self.lens else ""

    def check(self) -> list[AuthorError]:
        """What a visitor would stumble over in the last good build: broken links and anchors, missing alt
        texts, heavy images.
        """
        self.look()
        assert self.release is not None
        assert self.lens is not None
        return checks.check(self.release, self.store, self.lens, self.state.bodies, self.numbers)

    def look(self) -> None:
        """Have the last build in memory, loading it before anybody waits for the next one. Raises BuildFailed."""
        if self.asleep and self.lens is None:
            waking.rouse(self)

    def be_ready(self) -> None:
        """Have at hand what the next build needs, so that the first after a start is as quick as any. Raises
        BuildFailed.
        """
        asleep = self.asleep
        self.look()
        if asleep and self.lens is not None:
            rehearsal.rehearse(self)


def add_not_found(site: Site) -> None:
    """A page of kind 404 for each language: rendered when there is a template for it."""
    if "404" in {str(kind).lower() for kind in site.config.get("disablekinds") or ()}:
        return
    for lang, language in site.languages.items():
        link = f"{language.prefix}/404.html"
        page = Page(
            lang=lang,
            path="/404",
            kind="404",
            type="page",
            title="404 Page not found",
            outputs=[Output("html", language.tree + link, link)],
        )
        rules = site.harvest.rules[lang]
        try:
            handed = cascade.apply({}, harvest.cascades_for(site.harvest, page), page, rules.environment)
            pages.fill(page, handed, rules, "", None)
        except FrontMatterError as error:
            raise BuildFailed([error]) from error
        page.build = model.BuildOptions("never")
        if page_id(lang, "/404") not in site.pages:
            site.pages[page.id] = page
