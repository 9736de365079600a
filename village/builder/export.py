"""A release as plain files for any host: pages, assets, and the HTML stubs that stand for redirects."""

from __future__ import annotations

import json
import os
import posixpath
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from village.builder import site_rules
from village.errors import OperatorError
from village.files import write_whole
from village.release.manifest import Entry, Manifest, Rules
from village.release.store import Store
from village.render.addresses import file_of

ADDRESS = re.compile(
    r"""(\s(?:href|src|action|poster|data|formaction)\s*=\s*)(["']?)(/[^"'\s>]*|https?://[^"'\s>]*)""", re.IGNORECASE
)
SOURCES = re.compile(r"""(\s(?:srcset|imagesrcset)\s*=\s*)(["'])([^"']*)""", re.IGNORECASE)
STYLE_URL = re.compile(r"""(url\(\s*["']?)(/[^"')\s]*)""", re.IGNORECASE)


def export(store: Store, release: Manifest, out: Path, *, relative: bool = False, base_url: str = "") -> int:
    """Write the files of a release into ``out``; returns how many were written. Files of the last export that
    the release lacks are removed.

    ``relative``: links inside the site become relative, so that the folder works wherever it is put, even
    without a server.
    ``base_url``: absolute links that start with it are the site's own. Raises OperatorError, DiskFull, ReleaseBroken.
    """
    listing = store.root / "exported.json"
    before = known_files(listing, out)
    files: dict[str, list[Any]] = {}
    written = 0
    for path, entry in sorted(release.entries.items()):
        blob = entry.blob or entry.stub
        if not blob:
            continue
        name = file_of(path).lstrip("/")
        key = f"{blob} {release.id} {base_url}" if relative else blob
        files[name] = known = [key, *stamp(out, name)]
        if before.get(name) == known:
            continue  # written by the last export and not touched since
        data = store.get(blob)
        if relative:
            data = relocated(data, path, entry, release.entries, base_url)
        written += put(out, name, data)
        files[name] = [key, *stamp(out, name)]
    for name, text in rule_files(release.rules):
        files[name] = ["", 0, 0]
        written += put(out, name, text.encode())
    for name in before.keys() - files.keys():
        remove(out, name)
    write_whole(listing, json.dumps({"out": str(out), "files": files}).encode())
    return written


def stamp(out: Path, name: str) -> tuple[int, int]:
    """(mtime_ns, size) of a written file; zeros where there is none."""
    try:
        facts = os.stat(f"{out}/{name}")
    except OSError:
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
    if ".." in Path(name).parts:
        raise OperatorError(f"{name} would be written outside {out}")
    try:
        if path.stat().st_size == len(data) and path.read_bytes() == data:
            return False
    except OSError:
        pass
    if path.is_dir():
        raise OperatorError(
            f"{path} is a folder, and the release has a file of that name", hint="empty the folder and export again"
        )
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
    """``_redirects`` and ``_headers`` for hosts that know them."""
    found = []
    if rules.redirects:
        rows = [site_rules.redirect_line(rule) for rule in rules.redirects]
        found.append(("_redirects", "\n".join(rows) + "\n"))
    if rules.headers:
        rows = [
            f"{h.source}\n" + "".join(f"  {name}: {value}\n" if value else f"  ! {name}\n" for name, value in h.headers)
            for h in rules.headers
        ]
        found.append(("_headers", "".join(rows)))
    return found


# -- relative links ----------------------------------------------------------------------------------------------------


def relocated(data: bytes, path: str, entry: Entry, entries: Mapping[str, Entry], base_url: str) -> bytes:
    """A page or style sheet with the links into the site made relative to where it lies."""
    media = entry.media_type or "text/html"
    if media not in ("text/html", "text/css", "application/xhtml+xml"):
        return data
    text = data.decode("utf-8", "replace")

    def link(address: str) -> str:
        return relative_link(path, address, entries, base_url)

    if media != "text/css":
        text = ADDRESS.sub(lambda m: m[1] + m[2] + link(m[3]), text)
        text = SOURCES.sub(lambda m: m[1] + m[2] + ", ".join(candidate(part, link) for part in m[3].split(",")), text)
        if entry.stub:
            text = re.sub(r"(content=\"0; url=)([^\"]*)", lambda m: m[1] + link(m[2]), text)
    return STYLE_URL.sub(lambda m: m[1] + link(m[2]), text).encode()


def candidate(part: str, link: object) -> str:
    """One "address 2x" of a srcset."""
    address, space, size = part.strip().partition(" ")
    return link(address) + space + size if callable(link) else part


def relative_link(here: str, address: str, entries: Mapping[str, Entry], base_url: str) -> str:
    """``address`` as seen from ``here``; unchanged when it leads out of the site."""
    own = address
    if "://" in address:
        if not base_url or not address.startswith(base_url.rstrip("/") + "/"):
            return address
        own = urlsplit(address).path + address[len(urlsplit(address)._replace(query="", fragment="").geturl()) :]
    if own.startswith("//"):
        return address
    path, mark, rest = split(own)
    target = inside(unquote(path), entries)
    if target is None:
        return address
    folder = posixpath.dirname(file_of(here))
    away = posixpath.relpath(file_of(target), folder or "/")
    return quoted(away) + mark + rest


def split(address: str) -> tuple[str, str, str]:
    for mark in ("?", "#"):
        path, found, rest = address.partition(mark)
        if found:
            return path, found, rest
    return address, "", ""


def quoted(path: str) -> str:
    from village.site.addresses.urls import escape  # noqa: PLC0415

    return escape(path)


def inside(path: str, entries: Mapping[str, Entry]) -> str | None:
    """The release's path that a link means: as written, with a slash, or without the folder of the base URL
    in front.
    """
    while True:
        for known in (path, path + "/"):
            if known in entries:
                return known
        if path.endswith("/index.html") and path[: -len("index.html")] in entries:
            return path[: -len("index.html")]
        cut = path.find("/", 1)
        if cut < 0:
            return None
        path = path[cut:]
