"""Themes and modules: which there are, where they lie, in which order they stand over one another
(modules/collect.go).
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from village.errors import SiteConfigError
from village.site import tables
from village.site.config import files as config_files
from village.site.guard import Guard

DEEPEST = 20


class ThemeMissing(SiteConfigError):
    """A theme that lies elsewhere; what it would have brought (shortcodes above all) is not here."""


@dataclass(slots=True)
class Theme:
    """One theme: its name as imported, its folder, its own configuration, the mounts its importer gave it."""

    name: str
    folder: Path
    config: dict[str, Any] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    mounts: list[dict[str, Any]] = field(default_factory=list)
    mounted: bool = True  # noMounts: only its configuration counts
    configured: bool = True  # ignoreConfig: only its files count


def collect(
    folder: Path, config: Mapping[str, Any], environment: str, guard: Guard, theme_folders: tuple[Path, ...]
) -> list[Theme]:
    """Every theme in the order of precedence: left to right, each followed by those it imports itself."""
    shelves = shelves_of(folder, config, theme_folders)
    return list(descend(config, shelves, environment, guard, seen=set(), depth=0))


def shelves_of(folder: Path, config: Mapping[str, Any], theme_folders: tuple[Path, ...]) -> tuple[Path, ...]:
    """Where themes lie: the site's own, vendored modules, those that ship with village."""
    return (folder / str(config.get("themesdir") or "themes"), folder / "_vendor", *theme_folders)


def descend(
    config: Mapping[str, Any], shelves: tuple[Path, ...], environment: str, guard: Guard, *, seen: set[str], depth: int
) -> Iterator[Theme]:
    """The themes that ``config`` names, each followed by its own."""
    for entry in imports(config):
        name = str(entry.get("path", "")).strip("/")
        if not name or name.lower() in seen or tables.truth(entry.get("disable", False)) or depth > DEEPEST:
            continue
        seen.add(name.lower())
        place = find(name, shelves, guard)
        if place is None:
            if not elsewhere(name, shelves, guard):
                raise unknown(name, shelves)
            guard.warnings.append(missing(name))
            continue
        theme = read(name, place, entry, environment, guard)
        yield theme
        if not tables.truth(entry.get("ignoreimports", False)):
            yield from descend(theme.config, shelves, environment, guard, seen=seen, depth=depth + 1)


def imports(config: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What a configuration imports: ``module.imports``, then ``theme``."""
    entries = [tables.lower_keys(e) for e in tables.dotted(config, "module.imports") or [] if isinstance(e, Mapping)]
    return [*({"path": name} for name in tables.strings(config.get("theme"))), *entries]


def find(name: str, shelves: tuple[Path, ...], guard: Guard) -> Path | None:
    """The folder of a theme: under its whole path, or (a Go module put there by hand) under its last name."""
    for candidate in dict.fromkeys((name, name.rsplit("/", 1)[-1])):
        for shelf in shelves:
            place = shelf / candidate
            if os.path.isdir(place) and any(place.iterdir()):
                if guard.allows(place):
                    return place
                guard.refuse_link(str(place))
    return None


def elsewhere(name: str, shelves: tuple[Path, ...], guard: Guard) -> bool:
    """Whether a theme that is not here is known to lie elsewhere: a Go module, a git submodule that was not fetched,
    or one that a step of the site's own automation puts there.

    Such a site is whole for Hugo; village shows it in its own theme and says so. Any other name is a mistake.
    """
    themes = shelves[0]
    if "." in name.split("/", 1)[0] or os.path.isdir(themes / name):
        return True
    declared = text_of(guard.folder / ".gitmodules", guard)
    return f"{themes.name}/{name}" in declared or (not os.path.isdir(themes) and fetched(name, guard))


# Where a repository says how it is built.
AUTOMATION = (
    "Makefile", "Dockerfile", "netlify.toml", "package.json", "go.mod", ".gitlab-ci.yml", ".travis.yml", "build.sh",
    ".github/workflows/*", "*.nix", "vercel.json", "docker-compose.yml", "README.md",
)  # fmt: skip


def fetched(name: str, guard: Guard) -> bool:
    """Whether a file that says how the site is built names the theme."""
    word = re.compile(rf"\b{re.escape(name)}\b")
    places = [place for pattern in AUTOMATION for place in sorted(guard.folder.glob(pattern))]
    return any(word.search(text_of(place, guard)) for place in places)


def text_of(place: Path, guard: Guard) -> str:
    """A small text file of the site; "" where there is none."""
    return (guard.read_text(place) or "") if place.is_file() else ""


def absent(config: Mapping[str, Any], found: list[Theme]) -> list[str]:
    """The themes that a configuration names and that were not found."""
    here = {theme.name.lower() for theme in found}
    names = [str(entry.get("path", "")).strip("/") for entry in imports(config)]
    return [name for name in names if name and name.lower() not in here]


def unknown(name: str, shelves: tuple[Path, ...]) -> SiteConfigError:
    """A theme that nobody has heard of, with the nearest one that is there."""
    near, there = nearest(name, shelves)
    hint = f'did you mean "{near}"?' if near else f"themes that are here: {', '.join(there)}"
    return SiteConfigError(f'the theme "{name}" is not here', file="config", hint=hint)


def nearest(name: str, shelves: tuple[Path, ...]) -> tuple[str, list[str]]:
    """The theme whose name is like this one ("" when none is), and all that are here."""
    there = sorted(
        {place.name for shelf in shelves if os.path.isdir(shelf) for place in shelf.iterdir() if place.is_dir()}
    )
    near = difflib.get_close_matches(name, there, n=1, cutoff=0.5)
    return (near[0] if near else ""), there


def missing(name: str) -> ThemeMissing:
    remote = "." in name.split("/", 1)[0]
    return ThemeMissing(
        f'the theme "{name}" is not here',
        file="config",
        hint="run `hugo mod vendor` and commit _vendor/"
        if remote
        else "is it a git submodule that was not fetched? "
        "put it into themes/, or remove `theme` to use the bundled one",
    )


def read(name: str, place: Path, entry: Mapping[str, Any], environment: str, guard: Guard) -> Theme:
    """A theme with its own configuration."""
    config: dict[str, Any] = {}
    files: list[str] = []
    ignored = tables.truth(entry.get("ignoreconfig", False))
    if not ignored:
        config, files = config_files.read_all(place, (), environment, guard)
    mounts = [tables.lower_keys(m) for m in entry.get("mounts") or [] if isinstance(m, Mapping)]
    return Theme(name, place, config, files, mounts, not tables.truth(entry.get("nomounts", False)), not ignored)
