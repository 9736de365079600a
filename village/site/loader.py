"""A folder becomes a Site: ``load`` reads everything, ``reload`` only what differs."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from pathlib import Path

from village.errors import AuthorError, BuildFailed, SiteConfigError
from village.site import assemble, config, content_files, data_files, harvest, i18n, languages, mounts, rules, tables
from village.site.guard import Guard
from village.site.model import Changes, LoadOptions, Site


def load(folder: Path, options: LoadOptions | None = None) -> Site:
    """Read a whole site. Raises BuildFailed with all author errors of it."""
    options = options or LoadOptions()
    now = options.now or datetime.now(UTC)
    return assemble.assemble(read(folder, options), options, now)


def read(folder: Path, options: LoadOptions) -> harvest.Harvest:
    """Read every file that makes up a site. Raises BuildFailed for a config that does not parse."""
    place = Path(os.path.abspath(folder))
    guard = Guard.of(place, options.root, options.theme_folders)
    try:
        result = prepare(place, options, guard)
    except SiteConfigError as error:
        raise BuildFailed([error]) from error
    first = next(iter(result.languages.values()))
    names = content_files.Names(
        languages=frozenset(result.languages),
        disabled=frozenset(languages.disabled(result.config.table)),
        default=languages.default_language(result.config.table),
        ignore=ignore_patterns(tables.strings(first.config.get("ignorefiles")), guard),
    )
    harvest.gather(result, content_files.scan(result.layers, names, guard))
    errors: list[AuthorError] = []
    result.data, errors = data_files.load(result.layers, guard, result.files)
    result.errors += errors
    result.i18n, errors = i18n.load(result.layers, guard, result.files)
    result.errors += errors
    return result


def prepare(folder: Path, options: LoadOptions, guard: Guard) -> harvest.Harvest:
    """Config, themes, languages and layers: all that is known before content is read. Raises SiteConfigError."""
    found = config.load(folder, options, guard)
    known = languages.read(found.table)
    tables_of = {lang: (found.table.get("languages") or {}).get(lang) or {} for lang in known}
    layers = mounts.layers(folder, found.table, tables_of, found.themes, guard)
    compiled = {
        lang: rules.compile_rules(language, options.environment, options.drafts, options.future, options.expired)
        for lang, language in known.items()
    }
    return harvest.Harvest(config=found, guard=guard, languages=known, layers=layers, rules=compiled)


def ignore_patterns(patterns: list[str], guard: Guard) -> tuple[re.Pattern[str], ...]:
    """The config's ``ignoreFiles``; a pattern that is none is a warning."""
    compiled = []
    for pattern in patterns:
        try:
            compiled.append(re.compile(pattern))
        except re.error as error:
            guard.warnings.append(SiteConfigError(f'ignoreFiles: "{pattern}" is not a pattern: {error}', file="config"))
    return tuple(compiled)


def reload(site: Site, changed: set[Path] | None = None) -> tuple[Site, Changes]:
    """The site as it is now, and what differs from before."""
    fresh = load(site.folder, site.options)
    return fresh, Changes(everything=True, structure=True)
