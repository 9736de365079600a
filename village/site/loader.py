"""A folder becomes a Site: everything is read once, here."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from village.errors import BuildFailed, FrontMatterError, SiteConfigError
from village.site import component_files, preparation
from village.site.content import files, harvest
from village.site.guard import Guard
from village.site.model import Changes, LoadOptions, Site
from village.site.order import assemble
from village.site.reload import reloading


def load(folder: Path, options: LoadOptions | None = None) -> Site:
    """Read a whole site. Raises BuildFailed with all author errors of it."""
    options = options or LoadOptions()
    return assemble.assemble(read(folder, options), options, options.now or datetime.now(UTC))


def read(folder: Path, options: LoadOptions) -> harvest.Harvest:
    """Read every file that makes up a site. Raises BuildFailed for a config that does not parse."""
    place = Path(os.path.abspath(folder))
    made = (options.generated,) if options.generated else ()
    guard = Guard.of(place, options.root, (*options.theme_folders, *made))
    try:
        result = preparation.prepare(place, options, guard)
    except (SiteConfigError, FrontMatterError) as error:
        raise BuildFailed([error]) from error
    preparation.read_history(result)
    kept = len(guard.warnings)
    entries = files.scan(result.layers, result.names, guard)
    result.link_warnings = guard.warnings[kept:]
    harvest.gather(result, entries)
    preparation.read_data(result)
    preparation.read_translations(result)
    for component in component_files.COMPONENTS:
        result.components[component] = component_files.scan(result.layers, component, guard)
    return result


def reload(site: Site, changed: set[Path] | None = None, now: datetime | None = None) -> tuple[Site, Changes]:
    """The site as it is now, and what differs from before: always what ``load`` would give, reading only what
    differs.

    ``changed`` are the files or folders that may differ; None looks at every file. The old site stays valid.
    Raises BuildFailed; what failed is looked at again by the next reload of the same site.
    """
    moment = now or site.options.now or datetime.now(UTC)
    paths = None if changed is None else {os.path.abspath(path) for path in changed} | site.harvest.pending
    try:
        again = reloading.refresh(site.harvest, paths)
        if again is None:
            again = reloading.Refreshed(read(site.folder, site.options), everything=True)
        return reloading.settle(site, again, moment)
    except BuildFailed:
        site.harvest.pending |= {str(site.folder)} if paths is None else paths
        raise
