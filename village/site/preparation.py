"""All that is known about a site before its content is read: config, themes, languages, layers, and the tables
beside it.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Mapping
from pathlib import Path

from village import goregexp
from village.errors import SiteConfigError
from village.site import data_files, i18n, tables
from village.site.config import files, languages, loading, mistakes, mounts, rules
from village.site.content import files as content_files
from village.site.content import git_history
from village.site.content.harvest import Harvest
from village.site.guard import Guard
from village.site.model import Language, Layer, LoadOptions


def prepare(folder: Path, options: LoadOptions, guard: Guard) -> Harvest:
    """An empty harvest with everything that decides how content is read. Raises SiteConfigError."""
    found = loading.load(folder, options, guard)
    try:
        return of_config(folder, options, guard, found)
    except SiteConfigError as error:
        raise mistakes.located(error, found.files, guard) from error


def of_config(folder: Path, options: LoadOptions, guard: Guard, found: loading.Config) -> Harvest:
    """The empty harvest of a configuration that was read. Raises SiteConfigError."""
    known = languages.read(found.table)
    if options.local:
        languages.make_local(known, found.table["baseurl"], languages.default_language(found.table))
    own = {lang: (found.table.get("languages") or {}).get(lang) or {} for lang in known}
    layers = [*mounts.layers(folder, found.table, own, found.themes, guard), *made(options, known)]
    compiled = {
        lang: rules.compile_rules(language, options.environment, options.drafts, options.future, options.expired)
        for lang, language in known.items()
    }
    names = content_files.Names(
        languages=frozenset(known),
        disabled=frozenset(languages.disabled(found.table)),
        default=languages.default_language(found.table),
        ignore=ignore_patterns(tables.strings(found.table.get("ignorefiles")), guard),
    )
    fresh = Harvest(
        config=found, guard=guard, languages=known, layers=layers, rules=compiled, names=names, options=options
    )
    fresh.config_files = config_signatures(found, folder, options)
    return fresh


def made(options: LoadOptions, known: Mapping[str, Language]) -> list[Layer]:
    """The layers of the pages that content adapters made; below all others, so that a file of the author's own wins."""
    if options.generated is None:
        return []
    folders = {lang: options.generated / lang for lang in known}
    return [Layer("content", folder, lang) for lang, folder in folders.items() if folder.is_dir()]


def read_history(harvest: Harvest) -> None:
    """Ask git about every file where the config wants to know."""
    if any(rules.git for rules in harvest.rules.values()):
        harvest.git_head = git_history.head(harvest.guard.folder)
        harvest.git = git_history.commits(harvest.guard.folder, harvest.guard)


def config_places(found: loading.Config, folder: Path) -> list[str]:
    """Every place where a configuration file may be, now or later."""
    folders = [str(folder), *(str(theme.folder) for theme in found.themes)]
    return [os.path.join(place, name) for place in folders for name in (*files.ROOT_NAMES, files.OWN_NAME)]


def config_signatures(found: loading.Config, folder: Path, options: LoadOptions) -> dict[str, tuple[int, int, int]]:
    """The state of every configuration file there is."""
    paths = [*found.files, *config_places(found, folder)]
    for place in (folder, *(theme.folder for theme in found.themes)):
        for part in ("_default", options.environment):
            paths += [str(path) for path in (place / "config" / part).rglob("*")]
    signatures = {}
    for path in paths:
        with contextlib.suppress(OSError):
            info = os.stat(path)
            if stat.S_ISREG(info.st_mode):
                signatures[path] = (info.st_mtime_ns, info.st_size, info.st_ctime_ns)
    return signatures


def is_config(path: str, found: loading.Config, folder: Path) -> bool:
    """Whether a path is, or may hold, configuration."""
    if path in found.files or path in config_places(found, folder):
        return True
    places = (folder, *(theme.folder for theme in found.themes))
    return any(path == str(place / "config") or path.startswith(str(place / "config") + os.sep) for place in places)


def ignore_patterns(patterns: list[str], guard: Guard) -> tuple[str, ...]:
    """The config's ``ignoreFiles``; a pattern that is none is a warning."""
    compiled = []
    for pattern in patterns:
        try:
            goregexp.compiled(pattern)
            compiled.append(pattern)
        except goregexp.BadExpression as error:
            guard.warnings.append(SiteConfigError(f'ignoreFiles: "{pattern}" is not a pattern: {error}', file="config"))
    return tuple(compiled)


def read_data(harvest: Harvest) -> None:
    """Read the data files of every layer; errors are collected."""
    harvest.data_files.clear()
    harvest.data, errors = data_files.load(harvest.layers, harvest.guard, harvest.data_files)
    harvest.errors += errors


def read_translations(harvest: Harvest) -> None:
    """Read the translation tables of every layer; errors are collected."""
    harvest.i18n_files.clear()
    harvest.i18n, errors = i18n.load(harvest.layers, harvest.guard, harvest.i18n_files)
    harvest.errors += errors
