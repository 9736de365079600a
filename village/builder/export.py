"""A release as plain files for any host: pages, assets, and the HTML stubs that stand for redirects."""

from __future__ import annotations

import json
import marshal
import os
import stat
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from village.builder import forks, site_rules
from village.builder.relocation import relocated
from village.errors import OperatorError
from village.files import write_whole
from village.release.manifest import Entry, Manifest, Rules
from village.release.store import Store
from village.render.addresses import file_of


def export(
    store: Store, release: Manifest, out: Path, *, relative: bool = False, base_url: str = "", workers: int = 0
) -> int:
    """Write the files of a release into ``out``; returns how many were written. Files of the last export that
    the release lacks are removed.

    ``relative``: links inside the site become relative, so that the folder works wherever it is put, even
    without a server. ``base_url``: absolute links that start with it are the site's own. ``workers``: processes
    that write, 0 = as many as there are CPUs. Raises OperatorError, DiskFull, ReleaseBroken.
    """
    listing = store.root / "exported.json"
    before = known_files(listing, out)
    files: dict[str, list[Any]] = {}
    todo: list[tuple[str, str, Entry]] = []
    for path, entry in sorted(release.entries.items()):
        blob = entry.blob or entry.stub
        if blob:
            name = file_of(path).lstrip("/")
            key = f"{blob} {release.id} {base_url}" if relative else blob
            files[name] = [key, *stamp(out, name)]
            if before.get(name) != files[name]:  # not written by the last export, or touched since
                todo.append((name, path, entry))

    def write(name: str, path: str, entry: Entry) -> bool:
        data = store.get(entry.blob or entry.stub)
        return put(out, name, relocated(data, path, entry, release.entries, base_url) if relative else data)

    written = share(todo, write, workers)
    for name, _, _ in todo:
        files[name][1:] = stamp(out, name)
    for name, text in rule_files(release.rules):
        files[name] = ["", 0, 0]
        written += put(out, name, text.encode())
    for name in before.keys() - files.keys():
        remove(out, name)
    write_whole(listing, json.dumps({"out": str(out), "files": files}).encode())
    return written


def share(todo: list[tuple[str, str, Entry]], write: Callable[[str, str, Entry], bool], workers: int) -> int:
    """Write all, in several processes where there are many; how many were not there as they should be."""
    done: dict[int, bool] = {}
    processes = forks.count(len(todo), workers)
    if processes > 1:
        tickets = forks.Tickets(len(todo))

        def work() -> None:
            for at, _ in tickets.draw():
                done[at] = write(*todo[at])

        try:
            forks.run(processes, work, partial(marshal.dump, done), lambda file: done.update(marshal.load(file)))  # noqa: S302 - our own child's
        finally:
            tickets.close()
    for at, task in enumerate(todo):
        if at not in done:  # by a child that did not come to its end: what stood in its way is said here
            done[at] = write(*task)
    return sum(done.values())


def stamp(out: Path, name: str) -> tuple[int, int]:
    """(mtime_ns, size) of a written file; zeros where there is none."""
    try:
        facts = os.stat(f"{out}/{name}")
    except (OSError, ValueError):  # ValueError: a name that no file can have; put says so
        return 0, 0
    return facts.st_mtime_ns, facts.st_size


def known_files(listing: Path, out: Path) -> dict[str, list[Any]]:
    """What the last export into this folder wrote: name → [what, mtime_ns, size]."""
    try:
        record = json.loads(listing.read_bytes())
        return dict(record["files"]) if record["out"] == str(out) else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def put(out: Path, name: str, data: bytes) -> bool:
    """Write one file unless it is there as it should be. Nothing is ever written outside ``out``."""
    path = out / name
    if ".." in path.parts[len(out.parts) :]:
        raise OperatorError(f"{name} would be written outside {out}")
    if "\0" in name:
        raise OperatorError(f"{name!r} cannot be the name of a file")
    try:
        facts = os.stat(path)
    except OSError:
        facts = None
    if facts is not None and stat.S_ISDIR(facts.st_mode):
        raise OperatorError(
            f"{path} is a folder, and the release has a file of that name", hint="empty the folder and export again"
        )
    if facts is not None and facts.st_size == len(data) and path.read_bytes() == data:
        return False
    write_whole(path, data)
    return True


def remove(out: Path, name: str) -> None:
    """Remove a file and the folders it leaves empty."""
    path = out / name
    path.unlink(missing_ok=True)
    folder = path.parent
    while folder != out and out in folder.parents:
        try:
            os.rmdir(folder)
        except OSError:
            return
        folder = folder.parent


def rule_files(rules: Rules) -> list[tuple[str, str]]:
    """``_redirects`` and ``_headers`` for hosts that know them; expressions have no form there."""
    found = []
    rows = [site_rules.redirect_line(rule) for rule in rules.redirects if not site_rules.is_expression(rule.source)]
    if rows:
        found.append(("_redirects", "\n".join(rows) + "\n"))
    rows = [
        f"{h.source}\n" + "".join(f"  {name}: {value}\n" if value else f"  ! {name}\n" for name, value in h.headers)
        for h in rules.headers
        if not site_rules.is_expression(h.source)
    ]
    if rows:
        found.append(("_headers", "".join(rows)))
    return found
