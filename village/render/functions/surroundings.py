"""Hugo's ``os.*``: files of the site and its theme, and the environment as far as Hugo's security policy shows it."""

from __future__ import annotations

import posixpath
import re
from typing import Any, Protocol

from village.errors import TemplateError
from village.render.functions.text import text
from village.render.lens import Lens
from village.render.templates.limits import check_length, weighed

READABLE = re.compile(r"HUGO_|CI\Z")  # security.funcs.getenv as Hugo has it; a repository cannot widen it for itself


class Files(Protocol):
    """The desk, as far as files are concerned."""

    lens: Lens

    def project_text(self, path: str) -> str: ...

    def project_entry(self, path: str) -> tuple[str, bool, int] | None: ...

    def project_folder(self, path: str) -> tuple[tuple[str, bool, int], ...]: ...


class FileInfo:
    """A file or a folder. It has no time: a checkout writes a new one, and the same commit must give the same site."""

    __slots__ = ("is_dir", "name", "size")

    def __init__(self, name: str, is_dir: bool, size: int) -> None:
        self.name = name
        self.is_dir = is_dir
        self.size = size


class Surroundings:
    """The functions, bound to a desk."""

    def __init__(self, files: Files) -> None:
        self.files = files

    def file_exists(self, path: Any) -> bool:
        """Whether there is a file or a folder of that path."""
        return self.files.project_entry(clean(path)) is not None

    def read_file(self, path: Any) -> str:
        """A file's text, "" where there is none. Raises TemplateError for a folder."""
        found = self.files.project_text(clean(path))
        check_length(len(found), found)
        return found

    def read_dir(self, path: Any) -> list[FileInfo]:
        """What a folder holds, by name."""
        found: list[FileInfo] = weighed([FileInfo(*entry) for entry in self.files.project_folder(clean(path))])
        return found

    def stat(self, path: Any) -> FileInfo | None:
        found = self.files.project_entry(clean(path))
        return FileInfo(*found) if found else None

    def getenv(self, name: Any) -> str:
        """A variable of the environment, "" where it is not set. Raises TemplateError for one that is not shown."""
        if not READABLE.match(text(name)):
            hint = "templates see CI and what begins with HUGO_; what a site needs to know belongs into its config"
            raise TemplateError(f"the variable {text(name)!r} is not shown to templates", hint=hint)
        return str(self.files.lens.ask("variable", text(name)))


def clean(path: Any) -> str:
    """A path below the site's folder: nothing leads out of it."""
    return posixpath.normpath("/" + text(path)).lstrip("/")
