"""Build a site of files with a bundled theme; give the pages back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from village.builder.options import BuildOptions
from village.builder.workshop import Workshop
from village.release.store import Store

Build = Callable[..., dict[str, bytes]]


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    known: dict[str, dict[str, bytes]] = {}

    def made(files: dict[str, str] | Path, theme: str = "") -> dict[str, bytes]:
        key = f"{theme}{files if isinstance(files, Path) else sorted(files.items())}"
        if key not in known:
            known[key] = render(files, theme, tmp_path_factory.mktemp("site"))
        return known[key]

    return made


def render(files: dict[str, str] | Path, theme: str, folder: Path) -> dict[str, bytes]:
    source = folder / "source"
    if isinstance(files, Path):
        source = files
    else:
        for name, text in files.items():
            path = source / name
            path.parent.mkdir(parents=True, exist_ok=True)
            line = f'theme = "{theme}"\n' if theme and name == "hugo.toml" else ""
            line = f"theme: {theme}\n" if theme and name == "hugo.yaml" else line
            path.write_text(line + text, "utf-8")
    store = Store(folder / "store")
    workshop = Workshop(source, store, BuildOptions(keep_state=False, workers=1))
    try:
        release = workshop.build().release
        return {path: store.get(entry.blob) for path, entry in release.entries.items() if entry.blob}
    finally:
        workshop.close()
