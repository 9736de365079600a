"""Data files: ``data/authors/jane.toml`` is ``site.data.authors.jane``; a theme's lie under the project's."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from village.errors import AuthorError, ContentError
from village.site import tables
from village.site.content.files import ignored
from village.site.formats import decoding
from village.site.guard import Guard
from village.site.model import Layer

Signature = tuple[int, int, int]


def walk(
    root: str, guard: Guard, below: str = "", *, hidden: bool = False
) -> Iterator[tuple[str, str, os.stat_result]]:
    """(absolute path, path below ``root``, stat) of every file, by name; links are refused."""
    try:
        with os.scandir(root) as listing:
            items = sorted(listing, key=lambda item: item.name)
    except (NotADirectoryError, FileNotFoundError):
        return
    for item in items:
        if ignored(item.name) and not (hidden and published(item.name)):
            continue
        if not guard.speakable(item.path):
            continue
        inside = f"{below}/{item.name}" if below else item.name
        if item.is_symlink():
            guard.refuse_link(item.path)
        elif item.is_dir(follow_symlinks=False):
            yield from walk(item.path, guard, inside, hidden=hidden)
        elif item.is_file(follow_symlinks=False):
            yield item.path, inside, item.stat(follow_symlinks=False)


def published(name: str) -> bool:
    """Dot files of static/ are published (.well-known, .nojekyll), a repository's own files are not."""
    return name[0] == "." and name not in {
        ".git",
        ".gitignore",
        ".gitkeep",
        ".gitattributes",
        ".DS_Store",
        ".hg",
        ".svn",
    }


def load(layers: list[Layer], guard: Guard, files: dict[str, Signature]) -> tuple[dict[str, Any], list[AuthorError]]:
    """(the data of every layer merged, the errors). Earlier layers win, key by key of each file."""
    data: dict[str, Any] = {}
    errors: list[AuthorError] = []
    for layer in reversed([layer for layer in layers if layer.component == "data"]):
        for path, inside, info in walk(str(layer.folder), guard, layer.target):
            files[path] = (info.st_mtime_ns, info.st_size, info.st_ctime_ns)
            stem, extension = os.path.splitext(inside)
            language = decoding.EXTENSIONS.get(extension.lower())
            if language is None:
                continue
            try:
                add(data, stem.split("/"), read(path, language, guard))
            except ContentError as error:
                errors.append(error)
    return data, errors


def add(data: dict[str, Any], place: list[str], value: Any) -> None:
    """Put a file's value where its path says. Tables of one place are merged by their own keys only, as in Hugo."""
    present = tables.dotted(data, "\0".join(place), mark="\0")
    tables.set_dotted(
        data, place, {**present, **value} if isinstance(present, dict) and isinstance(value, dict) else value
    )


def read(path: str, language: str, guard: Guard) -> Any:
    """The value of one data file. Raises ContentError with its place."""
    text = guard.read_text(Path(path))
    if text is None:
        raise ContentError("cannot be read", file=guard.shown(path), hint="save it as UTF-8, below 64 MB")
    try:
        return decoding.decode(text, language)
    except decoding.Malformed as error:
        raise ContentError(
            f"is not {language.upper()}: {error.message}",
            file=guard.shown(path),
            line=error.line,
            column=error.column,
            excerpt=decoding.excerpt(text, error.line, error.column),
            hint=decoding.hint(language, error.message),
        ) from error
