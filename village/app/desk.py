"""The verbs that answer an author and end: build, new, check, explain. Nothing here loads the server."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from village import bundled
from village.app import plain_words
from village.builder import export, garbage
from village.builder.options import BuildOptions
from village.builder.workshop import Workshop
from village.errors import AuthorError, BrokenLink, BuildFailed, OperatorError, Untidy
from village.release.store import Store

NO_PAGE = re.compile(r"the link '([^']*)' leads to no page")
# Folders of a site that no build may be written into.
SOURCES = ("archetypes", "assets", "config", "content", "data", "i18n", "layouts", "static", "themes", ".git")


@dataclass(frozen=True, slots=True)
class BuildRequest:
    """The options of ``village build``."""

    out: Path | None = None
    base_url: str = ""
    drafts: bool = False
    future: bool = False
    environment: str = "production"
    python: bool = False
    workers: int = 0
    minify: bool = False
    segments: tuple[str, ...] = ()
    stats: bool = False


def site_folder(folder: Path) -> Path:
    """``folder`` itself, absolute. Raises OperatorError where no site lies, with the way to the nearest one above."""
    if not folder.is_dir():
        raise OperatorError(f"{folder} is no folder", hint="`village new site DIR` makes a site")
    place = folder.resolve()
    if holds_site(place):
        return place
    above = next((parent for parent in place.parents if configured(parent)), None)
    hint = f"the site begins above: cd {above}" if above else "`village new site DIR` makes a site"
    raise OperatorError(f"{place} is no site: it has no hugo.toml and no content folder", hint=hint)


def holds_site(folder: Path) -> bool:
    """Whether a folder has what makes a site: a configuration, or content that needs none."""
    return configured(folder) or any((folder / name).is_dir() for name in ("content", "config"))


def configured(folder: Path) -> bool:
    """Whether a folder has a site's configuration."""
    from village.site.config import files as config_files  # noqa: PLC0415 - loads the parsers

    return bool(config_files.root_files(folder))


@contextmanager
def cache(folder: Path, purpose: str, environment: str) -> Iterator[Store]:
    """A store in the user's cache folder, so that the next build of the same site makes only what changed."""
    key = hashlib.sha256(f"{folder}\0{purpose}\0{environment}".encode()).hexdigest()[:16]
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "village" / key
    temporary = None
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError:  # a home that cannot be written costs the memory, not the build
        root = temporary = Path(tempfile.mkdtemp(prefix="village-"))
    try:
        yield Store(root)
    finally:
        if temporary:
            shutil.rmtree(temporary, ignore_errors=True)


@contextmanager
def workshop(folder: Path, options: BuildOptions, purpose: str) -> Iterator[tuple[Workshop, Store]]:
    """A workshop over the site's cache."""
    with cache(folder, purpose, options.environment) as store:
        shop = Workshop(folder, store, options)
        try:
            yield shop, store
        finally:
            shop.close()


def build(folder: Path, request: BuildRequest) -> int:
    """Build and export; prints what happened in three lines."""
    folder = site_folder(folder)
    relative = request.base_url == "."
    options = BuildOptions(
        drafts=request.drafts or None,
        future=request.future or None,
        environment=request.environment,
        base_url="" if relative else request.base_url,
        python=request.python,
        workers=request.workers,
        minify=request.minify,
        segments=request.segments,
    )
    out = (request.out or folder / "public").resolve()
    if out == folder or out in folder.parents or any(out.is_relative_to(folder / name) for name in SOURCES):
        raise OperatorError(f"{out} would be overwritten", hint="choose another folder with --out")
    started = time.perf_counter()
    with workshop(folder, options, f"build {request.base_url}") as (shop, store), garbage.left_alone():
        report = shop.build()
        written = export.export(
            store,
            report.release,
            out,
            relative=relative,
            base_url=shop.base_url() if relative else "",
            workers=request.workers,
        )
        store.activate(report.release.id)
        store.prune(keep=1)
    click.echo(plain_words.built(report, time.perf_counter() - started, str(out), written))
    if request.stats:
        click.echo(plain_words.stages(report))
    return 0


def check(folder: Path, *, drafts: bool, future: bool) -> int:
    """All findings, one a line; 1 when there is one that a visitor would meet."""
    folder = site_folder(folder)
    with workshop(folder, BuildOptions(drafts=drafts or None, future=future or None), "check") as (shop, _):
        try:
            findings = [*shop.build().warnings, *shop.check()]
        except BuildFailed as failed:
            findings = list(failed.errors)
    unique = list({finding.describe(): finding for finding in without_echo(findings)}.values())
    for finding in unique:
        click.echo(finding.describe())
    click.echo(plain_words.checked(unique))
    return 0 if all(isinstance(finding, Untidy) for finding in unique) else 1


def without_echo(findings: list[AuthorError]) -> list[AuthorError]:
    """The findings without the link that the build had told of already: one mistake, one message."""
    told = {
        (place, found[1])
        for each in findings
        if (found := NO_PAGE.match(each.message))
        for place in (each.where, *each.also)
    }
    return [
        each
        for each in findings
        if not (isinstance(each, BrokenLink) and (f"{each.file}:{each.line}", each.message.split("'")[1]) in told)
    ]


def explain(folder: Path, url: str) -> int:
    """Why a URL looks as it does."""
    folder = site_folder(folder)
    with workshop(folder, BuildOptions(drafts=True, future=True), "explain") as (shop, _):
        shop.build()
        explanation = shop.explain(url)
    click.echo(str(explanation))
    return 0 if explanation.known else 1


def new_site(folder: Path) -> str:
    """Make a site; returns what to do next."""
    from village.site import scaffold  # noqa: PLC0415

    made = scaffold.new_site(folder)
    files = "\n".join(f"  {path}" for path in made)
    enter = "" if folder.resolve() == Path.cwd() else f"  cd {folder}\n"
    return f"{files}\n\nNext:\n{enter}  village serve --drafts\n  village new posts/hello.md"


def new_content(folder: Path, path: str, kind: str = "") -> str:
    """Make a content file, or a bundle, from its archetype; returns the paths of what was written."""
    from village.site import scaffold  # noqa: PLC0415
    from village.site.model import LoadOptions  # noqa: PLC0415

    place = site_folder(folder)
    made = scaffold.new_content(place, path, LoadOptions(theme_folders=(bundled.folder("themes"),)), kind=kind)
    note = "a draft: `village serve --drafts` shows it" if any(map(is_draft, made)) else ""
    return "\n".join([*(str(each.relative_to(place)) for each in made), *([note] if note else [])])


def is_draft(path: Path) -> bool:
    """Whether a new file's front matter says so."""
    return re.search(rb"^[\s\"]*draft\W+true", path.read_bytes()[:4096], re.MULTILINE | re.IGNORECASE) is not None
