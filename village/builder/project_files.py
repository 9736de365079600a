"""Hugo's ``os.*``: whether a file of the site or its theme is there, what it says, what a folder holds.

A path counts from the site's folder; behind that lie the components of the themes ("static/logo.svg") and what is
below content/ ("posts/a/data.csv"), as in Hugo. What the watch over a site passes over (``fingerprint``) is not
there for a template either, nor is a symbolic link, nor anything on its far side.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from village.builder.fingerprint import SKIPPED
from village.errors import TemplateError
from village.render.lens import Lens, question
from village.site.component_files import taken
from village.site.guard import MOST_BYTES, read_bounded
from village.site.model import Site

Entry = tuple[str, bool, int]  # name, whether it is a folder, size


def read(lens: Lens, path: str) -> str:
    """The text of a file, "" where there is none. Raises TemplateError for a folder."""
    if not lens.ask("project_text", path):
        return ""
    found = locate(lens.site, path)
    data = read_bounded(found) if found else None
    return (data or b"").decode("utf-8", "replace")


def entry(lens: Lens, path: str) -> Entry | None:
    """A file or a folder by its path; None where there is none."""
    found: Entry | None = lens.ask("project_entry", path)
    return found


def folder(lens: Lens, path: str) -> tuple[Entry, ...]:
    """What a folder of the site itself holds, by name; nothing where there is none. Raises TemplateError for a file."""
    found: tuple[Entry, ...] = lens.ask("project_folder", path)
    return found


@question("project_text")
def answer_text(lens: Lens, path: str) -> str:
    """The digest of a file's content, "" where there is no file."""
    found = locate(lens.site, path)
    if not found:
        return ""
    if os.path.isdir(found):
        raise TemplateError(f"{path!r} is a folder", hint="os.read_dir lists what is in it")
    data = read_bounded(found)
    if data is None:
        raise TemplateError(f"{path!r} cannot be read", hint=f"a file of at most {MOST_BYTES >> 20} MB")
    return hashlib.sha256(data).hexdigest()


@question("project_entry")
def answer_entry(lens: Lens, path: str) -> Entry | None:
    found = locate(lens.site, path)
    return described(os.path.basename(path) or ".", os.stat(found)) if found else None


@question("project_folder")
def answer_folder(lens: Lens, path: str) -> tuple[Entry, ...]:
    found = inside(str(lens.site.folder), path)
    if not found:
        return ()
    if not os.path.isdir(found):
        raise TemplateError(f"{path!r} is no folder", hint="os.read_file reads a file")
    with os.scandir(found) as listing:
        shown = [item for item in listing if not item.is_symlink() and visible(item.name)]
        return tuple(sorted(described(item.name, item.stat(follow_symlinks=False)) for item in shown))


def described(name: str, facts: os.stat_result) -> Entry:
    """The size of a folder is the file system's own affair: 0."""
    is_folder = stat.S_ISDIR(facts.st_mode)
    return name, is_folder, 0 if is_folder else facts.st_size


def locate(site: Site, path: str) -> str:
    """Where a path lies on the disk; "" where there is none."""
    published = str(site.config.get("publishdir") or "public")
    if path == published or path.startswith(published + "/"):
        return ""
    return next(filter(None, (inside(root, below) for root, below in places(site, path))), "")


def places(site: Site, path: str) -> Iterator[tuple[str, str]]:
    """(folder, path below it) of every place that a path can mean, the site's own first."""
    yield str(site.folder), path
    component, _, rest = path.partition("/")
    for layer in site.layers:
        if layer.theme and layer.component == component:
            yield from within(str(layer.folder), layer.target, rest) if taken(layer, rest) else ()
    for layer in site.layers:
        if layer.component == "content":
            yield from within(str(layer.folder), layer.target, path) if taken(layer, path) else ()


def within(root: str, target: str, path: str) -> Iterator[tuple[str, str]]:
    """A path of a component as one of its layers has it."""
    if not target:
        yield root, path
    elif path.startswith(target + "/"):
        yield root, path[len(target) + 1 :]


def inside(root: str, path: str) -> str:
    """The file or folder of a root; "" where there is none, where a link is on the way, or what is passed over."""
    found = root
    for name in path.split("/") if path else ():
        found = os.path.join(found, name)
        if not visible(name) or not regular(found):
            return ""
    return found


def visible(name: str) -> bool:
    return name not in SKIPPED and name not in {".", ".."} and "\0" not in name


def regular(path: str) -> bool:
    """A file or a folder, and no link to one."""
    try:
        mode = Path(path).lstat().st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISREG(mode) or stat.S_ISDIR(mode)
