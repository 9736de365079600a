"""A small site, a workshop over it, and what came of a build."""

import time
from datetime import UTC, datetime

import pytest

from village.builder import fingerprint
from village.builder.options import BuildOptions
from village.builder.workshop import Workshop
from village.release.store import Store

NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Bench:
    """A folder to write into, and builds of it."""

    def __init__(self, folder, **options):
        self.folder = folder / "site"
        self.folder.mkdir()
        self.store = Store(folder / "store")
        self.options = BuildOptions(**{"now": lambda: NOW, **options})
        self.workshop = None
        self.write("hugo.toml", 'baseURL = "https://example.org/"\ntitle = "Site"\n')

    def write(self, path, text):
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text if isinstance(text, bytes) else text.encode())
        return target

    def age(self, path):
        """Wait until a file is old enough that its time stamp says all about it."""
        written = (self.folder / path).stat().st_ctime_ns
        while time.time_ns() <= written + 2 * fingerprint.GRANULARITY:
            time.sleep(0.001)

    def build(self, *changed):
        if self.workshop is None:
            self.workshop = Workshop(self.folder, self.store, self.options)
        self.report = self.workshop.build({self.folder / path for path in changed} or None)
        return self.report

    def restart(self):
        self.workshop.close()
        self.workshop = None

    def text(self, path):
        return self.store.get(self.report.release.entries[path].blob).decode()

    def entry(self, path):
        return self.report.release.entries.get(path)


@pytest.fixture
def bench(tmp_path):
    made = []

    def make(**options):
        made.append(Bench(tmp_path, **options))
        return made[-1]

    yield make
    for one in made:
        if one.workshop:
            one.workshop.close()
