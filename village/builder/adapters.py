"""Content adapters: ``content/books/_content.j2`` makes pages from data (Hugo's ``_content.gotmpl``, in Jinja2).

What an adapter makes is laid out as files of content in the cache and read like any other: a page that comes out as
before keeps its file, so that a change of the data makes only what differs. Files of the author's own win.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from village.builder import generated
from village.builder.generated import Shelf
from village.builder.union import UnionFile, scan
from village.errors import AuthorError, BuildFailed, TemplateError
from village.files import write_whole
from village.render.functions import catalogue
from village.render.templates.engine import Templates
from village.render.templates.sandbox import allow_any
from village.render.templates.watch import Watch
from village.render.views.values import MISSING, MapView, ignore
from village.site import globs
from village.site.content.files import Adapter
from village.site.model import Site


class Adapters:
    """The adapters of one site; ``folder`` is where the pages they make lie, one folder for each language."""

    def __init__(self, folder: Path, watch: Watch) -> None:
        self.folder = folder
        self.templates = Templates(self.read, nothing)
        self.templates.lens = Unasked()  # type: ignore[assignment] # they run before there is anything to ask
        self.templates.watch = watch
        self.templates.filters.update(catalogue.FREE_FILTERS)
        self.templates.globals.update({name: each for name, each in catalogue.FREE_GLOBALS.items() if each})
        self.texts: dict[str, tuple[str, str, str]] = {}

    def read(self, name: str) -> tuple[str, str, str]:
        return self.texts[name]

    def forget(self) -> bool:
        """Take away all pages ever made; whether there were any."""
        return bool(lay(self.folder, {}))

    def refresh(self, site: Site) -> set[Path]:
        """Run every adapter of the site; the files that came, went or changed. Raises BuildFailed."""
        files: dict[str, bytes] = {}
        errors: list[AuthorError] = []
        assets = scan(site.layers, "assets") if site.harvest.names.adapters else {}
        for location, adapter in sorted(site.harvest.names.adapters.items()):
            try:
                files |= self.run(site, location, adapter, assets)
            except AuthorError as error:
                errors.append(error)
        if errors:
            raise BuildFailed(errors)
        return lay(self.folder, files)

    def run(self, site: Site, location: str, adapter: Adapter, assets: Mapping[str, UnionFile]) -> dict[str, bytes]:
        """What one adapter makes, by path below the folder; in each language it asks for. Raises AuthorError."""
        shown = site.harvest.guard.shown(location)
        text = site.harvest.guard.read_text(Path(location))
        if text is None:
            raise TemplateError("cannot be read", file=shown, hint="it must be UTF-8")
        self.texts[location] = (text, shown, hashlib.sha256(text.encode()).hexdigest())
        files: dict[str, bytes] = {}
        waiting = [adapter.lang]
        done: list[str] = []
        while waiting:
            lang = waiting.pop()
            done.append(lang)
            if lang not in site.languages:
                continue
            maker = Maker(site, Shelf(lang, adapter.folder, shown), assets)
            self.templates.render(location, maker.names())
            files |= maker.shelf.files()
            if maker.everywhere:
                waiting += [other for other in site.languages if other not in (*done, *waiting)]
        return files


def nothing(_name: str, _near: str) -> str:
    """Adapters include no other template."""
    return ""


class Unasked:
    """Stands for the lens where nothing is noted."""

    def ask(self, *_asked: Any) -> None:
        return None


class Maker:
    """One run of an adapter in one language: what its template can call."""

    def __init__(self, site: Site, shelf: Shelf, assets: Mapping[str, UnionFile]) -> None:
        self.site = site
        self.shelf = shelf
        self.assets = assets
        self.everywhere = False

    def names(self) -> dict[str, Any]:
        """The names of the template."""
        return {
            "site": MapView(facts(self.site, self.shelf.lang), ignore),
            "resources": Files(self.assets),
            "add_page": self.add_page,
            "add_resource": self.add_resource,
            "enable_all_languages": self.enable_all_languages,
        }

    def add_page(self, table: Any = None, **more: Any) -> str:
        """A page, from a table or named values: path, title, kind, content, dates, params and any front matter."""
        self.shelf.page(self.table(table, more))
        return ""

    def add_resource(self, table: Any = None, **more: Any) -> str:
        """A file of a page's bundle: path below the adapter's folder, content, and title, name or params."""
        self.shelf.resource(self.table(table, more))
        return ""

    def enable_all_languages(self) -> str:
        """Run once for each language of the site."""
        self.everywhere = True
        return ""

    @staticmethod
    def table(table: Any, more: Mapping[str, Any]) -> dict[str, Any]:
        given = generated.bare(table) if table is not None else {}
        if not isinstance(given, dict):
            raise TemplateError("add_page and add_resource take a table", hint='add_page({"path": "a", "title": "A"})')
        return {**given, **generated.bare(dict(more))}


def facts(site: Site, lang: str) -> dict[str, Any]:
    """What an adapter knows of the site: it runs before there are pages."""
    language = site.languages[lang]
    return {
        "title": language.title or site.title,
        "params": language.config.get("params") or {},
        "data": site.data,
        "base_url": language.base_url or site.base_url,
        "environment": site.environment,
        "language": {"lang": lang, "name": lang, "locale": language.locale, "label": language.name},
        "languages": list(site.languages),
        "config": language.config,
    }


class Files:
    """The files of assets/, for an adapter: ``resources.get("books.json")``."""

    def __init__(self, files: Mapping[str, UnionFile]) -> None:
        self._files = files

    def get(self, path: Any) -> Any:
        """The file at a path; nothing (false in a condition) when there is none."""
        name = os.path.normpath(str(path).lstrip("/"))
        return File(self._files[name]) if name in self._files else MISSING

    def match(self, pattern: Any) -> list[File]:
        """The files whose path matches a glob."""
        wanted = str(pattern).lstrip("/")
        return [File(file) for name, file in sorted(self._files.items()) if globs.matches(wanted, name)]

    def get_match(self, pattern: Any) -> Any:
        return next(iter(self.match(pattern)), MISSING)


class File:
    """One file of assets/: its text, or what its text means as data."""

    def __init__(self, file: UnionFile) -> None:
        self._file = file

    name = property(lambda self: "/" + self._file.name)

    @property
    def content(self) -> str:
        return self._file.read().decode("utf-8", "replace")

    @property
    def data(self) -> Any:
        """JSON, YAML, TOML, CSV or XML, by the file's name. Raises TemplateError."""
        return generated.parsed(self._file)


for shown in (Files, File):
    allow_any(shown)


def lay(folder: Path, files: Mapping[str, bytes]) -> set[Path]:
    """Have exactly these files below ``folder``; the paths that differ. What is as it should be is not touched."""
    changed: set[Path] = set()
    for name, data in files.items():
        path = folder / name
        if not path.is_file() or path.read_bytes() != data:
            write_whole(path, data)
            changed.add(path)
    for root, _, names in os.walk(folder, topdown=False):
        for name in names:
            path = Path(root, name)
            if os.path.relpath(path, folder).replace(os.sep, "/") not in files:
                path.unlink()
                changed.add(path)
        if root != str(folder) and not os.listdir(root):
            os.rmdir(root)
    return changed
