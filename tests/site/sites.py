"""Sites written for a test: a mapping of paths to texts becomes a folder."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from village.site import loader
from village.site.model import LoadOptions, Site

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def write(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def load(folder: Path, files: Mapping[str, str | bytes], **options: Any) -> Site:
    return loader.load(write(folder, files), LoadOptions(**{"now": NOW, **options}))


def urls(site: Site) -> dict[str, str]:
    return {key: page.outputs[0].url for key, page in site.pages.items() if page.outputs}
