"""A folder becomes a release, and after a change the next one: the whole builder behind one object."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from village import bundled
from village.builder import changes, checks, explain, plan, site_rules, statics
from village.builder.asset_cache import AssetCache
from village.builder.claims import Claims, clash
from village.builder.desk import Desk
from village.builder.explain import Explanation
from village.builder.incremental import Attempt, Memory
from village.builder.nodes import ALIAS, CONTENT, OUTPUT, PAGE, Key, Made
from village.builder.options import BuildOptions, BuildReport
from village.builder.shelf import Shelf
from village.builder.state import State
from village.builder.union import Digests, UnionFile, scan
from village.errors import AuthorError, BuildFailed, UrlTaken
from village.release.manifest import Entry, Manifest
from village.release.store import Store
from village.render.lens import Lens
from village.render.limits import Watch
from village.render.questions import Numbers
from village.render.views_page import FIELD_NAMES, PageView
from village.site import loader
from village.site.model import LoadOptions, Output, Page, Site, page_id


class Workshop:
    """The builder of one site. Synchronous; called from one thread at a time.

    ``build`` raises BuildFailed with all author errors, and can be called again: the last good build stays the ground of the next.
    """

    def __init__(self, folder: Path, store: Store, options: BuildOptions | None = None) -> None:
        self.folder = Path(os.path.abspath(folder))
        self.store = store
        self.options = options or BuildOptions()
        self.state = State((self.options.cache or store.root / "cache") / "state.db" if self.options.keep_state else None)
        self.numbers = Numbers(list(FIELD_NAMES))
        self.memory = Memory()
        self.claims = Claims()
        self.digests = Digests()
        self.watch = Watch(self.options.page_seconds)
        self.shelf = Shelf(str(self.folder))
        cache = AssetCache((self.options.cache or store.root / "cache") / "assets")
        self.desk = Desk(self.shelf, self.watch, self.options.page_bytes, cache)
        self.lens: Lens | None = None
        self.release: Manifest | None = None
        self.statics: dict[str, UnionFile] = {}
        self.stocked: Made | None = None
        self.pending: set[Path] | None = set()
        self.put_bytes = 0
        self.fields: set[int] = set()
        self.difference = changes.Difference(everything=True)

    def close(self) -> None:
        """Let go of the files."""
        self.state.close()

    # -- building

    def build(self, changed: set[Path] | None = None, commit: str = "") -> BuildReport:
        """Make the release of the folder as it is now; ``changed``: the files that can differ, None = look at all.

        Nothing is put on show: the caller does (``store.activate(report.release.id, commit)``). Raises BuildFailed, WorldError.
        """
        del commit
        self.pending = None if changed is None or self.pending is None else self.pending | changed
        with self.watch.building():
            try:
                report = self.attempt(self.pending)
            except BaseException:
                self.state.rollback()
                raise
        self.pending = set()
        return report

    def attempt(self, changed: set[Path] | None) -> BuildReport:
        started = time.perf_counter()
        seconds: dict[str, float] = {}
        old = self.lens
        site = self.read(changed)
        seconds["read"] = time.perf_counter() - started
        self.desk.moment_of_build = self.options.now()
        self.desk.warnings, self.desk.warned = [], set()
        warnings = [*site.warnings, *self.stock(site)]
        lens = Lens(site, self.numbers, self.desk, PageView)
        if old is not None:
            lens.grounds = dict(old.grounds)
        self.desk.sit(lens)
        attempt = Attempt(self.desk, self.memory, self.state.bodies, self.put, breathe)
        mark = time.perf_counter()
        self.mark_dirty(attempt, old, lens)
        seconds["compare"] = time.perf_counter() - mark
        attempt.make_contents(lambda codes: self.spread(attempt, codes))
        self.reask(attempt)
        attempt.make_outputs(lambda key, pagers: self.pagers(attempt, key, pagers))
        seconds |= attempt.seconds
        if attempt.errors:
            raise BuildFailed(self.described(attempt))
        mark = time.perf_counter()
        report = self.commit(attempt, site, lens, [*warnings, *self.desk.warnings])
        seconds["write"] = time.perf_counter() - mark
        report.seconds = seconds
        return report

    def read(self, changed: set[Path] | None) -> Site:
        """The site as it is now. Raises BuildFailed."""
        now = self.options.now()
        if self.lens is not None:
            site, _ = loader.reload(self.lens.site, changed, now)
        else:
            site = loader.load(self.folder, self.load_options())
        add_not_found(site)
        return site

    def load_options(self) -> LoadOptions:
        return LoadOptions(
            environment=self.options.environment,
            base_url=self.options.base_url,
            drafts=self.options.drafts,
            future=self.options.future,
            expired=self.options.expired,
            variables={name: value for name, value in os.environ.items() if name.startswith("HUGO")},
            now=self.options.now(),
            root=self.options.root,
            theme_folders=(bundled.folder("themes"),),
        )

    def stock(self, site: Site) -> list[AuthorError]:
        """Templates and static files as they are now."""
        self.shelf.formats = {name: form.media_type.full_suffix.lstrip(".") for name, form in statics.formats(site).items()}
        fallback = statics.default_theme()
        warnings = self.shelf.stock(site.layers, fallback)
        self.desk.bench.files = scan([*site.layers, *fallback] if self.shelf.fallen_back else site.layers, "assets")
        return warnings

    def mark_dirty(self, attempt: Attempt, old: Lens | None, new: Lens) -> None:
        """Which nodes must be made again."""
        register, memory = self.memory.register, self.memory
        wanted = {key: register.number(key) for key in plan.outputs(new.site, self.known_pagers)}
        for key, number in wanted.items():
            del key
            if number not in memory.traces.codes:
                attempt.dirty_outputs[number] = None
        planned = set(wanted.values())
        attempt.removed = {n for n in memory.made if register.keys[n].kind != CONTENT and n not in planned}
        difference = changes.compare(old.site, new.site) if old is not None else changes.Difference(everything=True)
        self.difference = difference
        self.fields = set()
        if difference.everything:
            attempt.dirty_contents = dict.fromkeys(new.site.pages)
            attempt.dirty_outputs = dict.fromkeys(planned)
            return
        assert old is not None
        attempt.dirty_contents = dict.fromkeys(difference.added)
        attempt.removed |= {number for i in difference.removed if (number := register.numbers.get(Key(CONTENT, i))) is not None}
        for identity in difference.removed:
            attempt.dirty_contents.pop(identity, None)
        carry_answers(old, new, difference)
        self.spread(attempt, changes.page_codes(difference, old, new, memory.traces))
        self.reask(attempt, difference.kinds | self.template_kinds())

    def known_pagers(self, key: Key) -> int:
        number = self.memory.register.numbers.get(key)
        made = self.memory.made.get(number) if number is not None else None
        return made.pagers if made else 1

    def template_kinds(self) -> frozenset[str]:
        """Questions about templates are asked again when any file under layouts differs."""
        return changes.TEMPLATES | {"asset", "assets"}

    def spread(self, attempt: Attempt, codes: Iterable[int]) -> None:
        """Mark everybody who asked one of these questions."""
        register, traces = self.memory.register, self.memory.traces
        for code in codes:
            if code >= 0:
                self.fields.add(code & changes.FIELD_MASK)
            for number in traces.dependents(code):
                key = register.keys[number]
                if number in attempt.removed:
                    continue
                if key.kind == CONTENT:
                    if key.name not in attempt.contents and key.name in attempt.lens.site.pages:
                        attempt.dirty_contents[key.name] = None
                elif number not in attempt.made:
                    attempt.dirty_outputs[number] = None

    def reask(self, attempt: Attempt, kinds: set[str] | frozenset[str] = frozenset()) -> None:
        """Ask again the questions that the changes so far can have touched, until nothing new differs."""
        if self.difference.everything:
            return
        lens = attempt.lens
        asked: set[int] = set()
        touched = set(kinds)
        while True:
            ready = [code for code in self.memory.traces.live_questions() if code not in asked and self.may_differ(lens, code, touched)]
            if not ready:
                return
            asked.update(ready)
            for code in ready:
                lens.memo.pop(code, None)
            changed = attempt.changed_answers(ready)
            touched |= {str(lens.numbers.asked(code)[0]) for code in changed}
            self.spread(attempt, changed)

    def may_differ(self, lens: Lens, code: int, kinds: set[str]) -> bool:
        if lens.numbers.asked(code)[0] in kinds:
            return True
        grounds = lens.grounds.get(code)
        if grounds is None:
            return code not in lens.memo and lens.numbers.asked(code)[0] in GROUNDED
        return not grounds.kinds.isdisjoint(kinds) or not grounds.fields.isdisjoint(self.fields)

    def pagers(self, attempt: Attempt, key: Key, count: int) -> None:
        """A list was cut into so many outputs: further ones are made, superfluous ones go."""
        register = self.memory.register
        for number in range(2, count + 1):
            node = register.number(Key(OUTPUT, key.name, key.format, number))
            attempt.removed.discard(node)
            if node not in attempt.made and node not in self.memory.traces.codes:
                attempt.dirty_outputs[node] = None
        for number in range(count + 1, self.known_pagers(key) + 1):
            attempt.removed.add(register.number(Key(OUTPUT, key.name, key.format, number)))

    def explain(self, url: str) -> Explanation:
        """Why a URL looks as it does; ``url`` may be a whole one or a path."""
        return explain.explain(self, url)

    def check(self) -> list[AuthorError]:
        """What a visitor would stumble over in the last good build: broken links and anchors, missing alt texts, heavy images."""
        assert self.release is not None
        return checks.check(self.release, self.store, self.lens, self.state.bodies, self.numbers)

    # -- keeping

    def put(self, data: bytes) -> str:
        """Keep a blob."""
        self.put_bytes += len(data)
        return self.store.put(data)

    def commit(self, attempt: Attempt, site: Site, lens: Lens, warnings: list[AuthorError]) -> BuildReport:
        """The attempt succeeded: its release is written and it becomes the ground of the next build."""
        attempt.record_answers()
        register, memory = self.memory.register, self.memory
        claims = self.claims
        touched: set[str] = set()
        undo: list[tuple[str, Made | None, Made | None]] = []

        def claim(owner: str, old: Made | None, new: Made | None) -> None:
            undo.append((owner, old, new))
            touched.update(claims.replace(owner, old, new))

        for number, made in attempt.made.items():
            claim(str(register.keys[number]), memory.made.get(number), made)
        for number in attempt.removed:
            claim(str(register.keys[number]), memory.made.get(number), None)
        for identity in attempt.contents:
            number = register.number(Key(CONTENT, identity))
            if number not in attempt.made and number in memory.made:
                claim(str(register.keys[number]), memory.made[number], None)
        stocked = statics.stock(site, lens, self.digests, self.store)
        claim("static", self.stocked, stocked)
        errors, more = self.collisions(touched, site)
        if errors:
            for owner, old, new in reversed(undo):
                claims.replace(owner, new, old)
            raise BuildFailed(errors)
        rules, unclear = site_rules.rules(site, scan(site.layers, "static"))
        release = self.write(touched, rules)
        removed = sorted(path for path in touched if claims.winner(path) is None)
        remade = sorted({path for number in attempt.made for path, rank, _ in attempt.made[number].entries if rank < ALIAS})
        self.keep(attempt, stocked)
        self.lens, self.release = lens, release
        self.state.commit()
        return BuildReport(
            release=release,
            remade=remade,
            kept=len(memory.made) - len(attempt.made),
            removed=removed,
            skipped=list(site.skipped),
            next_moment=min((s.until for s in site.skipped if s.until is not None), default=None),
            warnings=[*warnings, *more, *unclear],
            contents=sorted(attempt.contents),
        )

    def write(self, touched: set[str], rules: Any) -> Manifest:
        if self.release is None or len(touched) > 2000:
            return self.store.write(self.claims.entries(), rules, self.release)
        changed: dict[str, Entry | None] = {path: self.claims.winner(path) for path in touched}
        same = {path for path, entry in changed.items() if self.release.entries.get(path) == entry}
        return self.store.patch(self.release, {path: changed[path] for path in changed if path not in same}, rules)

    def keep(self, attempt: Attempt, stocked: Made) -> None:
        memory = self.memory
        memory.contents.update(attempt.contents)
        for number, trace in attempt.traces.items():
            memory.traces.put(number, trace)
        for identity in attempt.contents:
            number = memory.register.number(Key(CONTENT, identity))
            if number not in attempt.made:
                memory.made.pop(number, None)
        memory.made.update(attempt.made)
        memory.answers.update(attempt.answers)
        for number in attempt.removed:
            memory.traces.drop(number)
            memory.made.pop(number, None)
            key = memory.register.keys[number]
            if key.kind == CONTENT:
                memory.contents.pop(key.name, None)
                self.state.bodies.drop(self.numbers.page(key.name))
        self.stocked = stocked

    def collisions(self, touched: set[str], site: Site) -> tuple[list[AuthorError], list[AuthorError]]:
        """(errors, warnings): two pages with one URL; a static file or an alias that a page hides."""
        errors: list[AuthorError] = []
        warnings: list[AuthorError] = []
        for path, held in self.claims.contested(touched):
            if held[0][2] == held[1][2] and held[1][0] != PAGE:
                continue
            one, other = (self.owner(claim[1], path, site) for claim in held[:2])
            if clash(held) and one[1] and other[1]:
                hint = "give one of them another slug or url"
                errors.append(UrlTaken(f"{one[0]} and {other[0]} both want {path}", file=one[0], line=1, hint=hint))
            elif held[1][0] != ALIAS or clash(held):
                warnings.append(UrlTaken(f"{path} is made by {one[0]} and by {other[0]}; the first is shown", file=one[0]))
        return errors, warnings

    def owner(self, owner: str, path: str, site: Site) -> tuple[str, bool]:
        """(file as authors know it, whether it is a file of content)."""
        for key_kind in ("output ", "content "):
            if owner.startswith(key_kind):
                identity = owner.removeprefix(key_kind).split(" ")[0]
                page = site.pages.get(identity)
                if page and page.source:
                    return f"content/{page.source.path}", True
                return f"the {page.kind} {page.path}" if page else owner, False
        return (f"static{path}", False) if owner == "static" else (owner, False)

    def described(self, attempt: Attempt) -> list[AuthorError]:
        """The errors in order of place, each saying how many pages it struck."""
        found = []
        for key in sorted(attempt.errors):
            error = attempt.errors[key]
            if attempt.counts[key] > 1:
                error.message += f" (and on {attempt.counts[key] - 1} more)"
                error.args = (error.message,)
            found.append(error)
        return found


GROUNDED = frozenset({"query", "count", "any", "neighbour", "groups", "fragment"})


def carry_answers(old: Lens, new: Lens, difference: changes.Difference) -> None:
    """What nothing touched need not be computed again: the tables derived from the site, when only bodies changed."""
    if difference.bodies_only:
        new.memo = dict(old.memo)
        new.derived = {key: value for key, value in old.derived.items() if key[0] == "markdown" or key in ("media", "formats")}
        new.site.index.update({k: v for k, v in old.site.index.items() if k not in new.site.index})


def add_not_found(site: Site) -> None:
    """A page of kind 404 for each language: rendered when there is a template for it."""
    if "404" in {str(kind).lower() for kind in site.config.get("disablekinds") or ()}:
        return
    for lang, language in site.languages.items():
        target = f"{language.prefix}/404.html"
        page = Page(lang=lang, path="/404", kind="404", type="page", title="404 Page not found", outputs=[Output("html", target, target)])
        page.build.list = "never"
        page.params = {"draft": False, "iscjklanguage": False}
        if page_id(lang, "/404") not in site.pages:
            site.pages[page.id] = page


def breathe() -> None:
    """Let the thread that serves have its turn."""
    time.sleep(0)


