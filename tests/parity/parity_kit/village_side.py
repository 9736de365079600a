"""village builds the site in this process; its release is read back by URL."""

from __future__ import annotations

from pathlib import Path

from parity_kit.output import Output, Redirect
from village.builder.options import BuildOptions
from village.builder.workshop import Workshop
from village.release.store import Store


def build(site: Path, store_folder: Path) -> dict[str, Output]:
    """Every output of the release by URL path. Raises BuildFailed with all that the author must mend."""
    store = Store(store_folder)
    report = Workshop(site, store, BuildOptions()).build()
    return {
        url: Redirect(entry.location) if entry.location else store.get(entry.blob)
        for url, entry in report.release.entries.items()
    }
