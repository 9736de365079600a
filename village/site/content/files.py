"""Finding content: every file of the content layers, with its language and its logical path
(hugolib/pages_capture.go).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field

from village import goregexp
from village.errors import ContentError
from village.site import globs
from village.site.addresses import urls
from village.site.guard import Guard
from village.site.model import Layer

MARKUP = {
    "md": "markdown", "markdown": "markdown", "mdown": "markdown", "html": "html", "htm": "html", "org": "org",
    "adoc": "asciidocext", "asciidoc": "asciidocext", "ad": "asciidocext", "pandoc": "pandoc", "pdc": "pandoc",
    "rst": "rst",
}  # fmt: skip


ADAPTERS = (".gotmpl", ".j2", ".jinja", ".jinja2")


@dataclass(slots=True)
class Entry:
    """One file of the content layers. ``folder`` is its directory as written ("" or "posts/2024"), ``name`` its
    file name.
    """

    location: str
    folder: str
    name: str
    base: str  # without language and extension: "hello", "index", "_index"
    extension: str
    lang: str
    mtime_ns: int
    size: int
    ctime_ns: int

    @property
    def path(self) -> str:
        """As Hugo's File.Path."""
        return f"{self.folder}/{self.name}" if self.folder else self.name

    @property
    def is_content(self) -> bool:
        return self.extension in MARKUP

    @property
    def names_language(self) -> bool:
        return len(self.name) > len(self.base) + 1 + len(self.extension)

    @property
    def key(self) -> str:
        """What makes a file replace another of the layers below: its path without the language."""
        return urls.normalize(f"{self.folder}/{self.base}.{self.extension}")


@dataclass(frozen=True, slots=True)
class Adapter:
    """A ``_content.j2``: the folder that its pages lie in, and the language it is for."""

    folder: str
    lang: str


@dataclass(slots=True)
class Names:
    """How file names are read: the languages there are, those switched off, the one of files that name none."""

    languages: frozenset[str] = frozenset()
    disabled: frozenset[str] = frozenset()
    default: str = "en"
    ignore: tuple[str, ...] = ()  # Go's expressions, held against whole paths
    adapters: dict[str, Adapter] = field(default_factory=dict)  # by location; those that the last scan met

    def split(self, name: str, layer_language: str) -> tuple[str, str, str]:
        """(base, extension, language) of a file name: ``about.ru.md`` → about, md, ru.

        The language may stand before other identifiers (``about.ru.draft.md``); of content they fall away with it.
        """
        stem, dot, extension = name.rpartition(".")
        if not dot or not stem:
            return name, "", layer_language or self.default
        extension = extension.lower()
        head, dot, rest = stem.rpartition(".")
        tail = ""
        while dot and head:
            code = rest.lower()
            if code in self.languages or code in self.disabled:
                return head if extension in MARKUP else head + tail, extension, code
            tail = f".{rest}{tail}"
            head, dot, rest = head.rpartition(".")
        return stem, extension, layer_language or self.default


def ignored(name: str) -> bool:
    """Editors' and systems' leftovers: ``.DS_Store``, ``post.md~``, ``#post.md#``."""
    return name[0] == "." or name[-1] == "~" or (name[0] == "#" == name[-1] and len(name) > 1)


def scan(layers: list[Layer], names: Names, guard: Guard) -> list[Entry]:
    """Every file of the content layers, the first layer winning where two hold the same file in one language."""
    found: dict[tuple[str, str], Entry] = {}
    names.adapters = {}
    for layer in layers:
        if layer.component != "content":
            continue
        base = sys.intern(layer.target)
        found_here = (
            walk(str(layer.folder), base, layer, names, guard) if layer.folder.is_dir() else single(layer, names)
        )
        for entry in found_here:
            if entry.lang not in names.disabled and (not layer.lang or layer.lang not in names.disabled):
                key = entry.key, entry.lang
                first = found.setdefault(key, entry)
                if first is not entry and first.location.startswith(f"{layer.folder}{os.sep}"):
                    if replaces(entry, first):
                        first, entry = entry, first  # noqa: PLW2901 - they change places
                        found[key] = first
                    guard.warnings.append(twice(first, entry, guard))
    return list(found.values())


def replaces(entry: Entry, other: Entry) -> bool:
    """Whether a file stands for its page though another one was met before: ``about.ru.md`` goes before ``about.md``
    where Russian is the language of files that name none, of two suffixes the last by name (Hugo)."""
    if entry.folder != other.folder:
        return False
    named = entry.names_language, other.names_language
    return named[0] if named[0] != named[1] else urls.normalize(entry.name) > urls.normalize(other.name)


def twice(first: Entry, other: Entry, guard: Guard) -> ContentError:
    """The warning for ``Hello.md`` beside ``hello.md``, or ``a.en.md`` beside ``a.md``: one page cannot be both."""
    message = f"is not used: {guard.shown(first.location)} is the same page"
    hint = "rename one of them, or remove it"
    return ContentError(message, file=guard.shown(other.location), hint=hint)


def single(layer: Layer, names: Names) -> Iterator[Entry]:
    """The one file of a mount whose source is a file: ``README.md`` as ``content/readme.md``."""
    folder, _, name = layer.target.rpartition("/")
    if name:
        base, extension, lang = names.split(name, layer.lang)
        info = os.stat(layer.folder)
        yield Entry(
            str(layer.folder), folder, name, base, extension, lang, info.st_mtime_ns, info.st_size, info.st_ctime_ns
        )


def walk(root: str, below: str, layer: Layer, names: Names, guard: Guard) -> Iterator[Entry]:
    """The files under one folder, depth first, in the order of their names."""
    try:
        with os.scandir(root) as listing:
            items = sorted(listing, key=lambda item: item.name)
    except NotADirectoryError:
        return
    for item in items:
        name = item.name
        if ignored(name) or left_out(item.path, names) or not guard.speakable(item.path):
            continue
        if item.is_symlink():
            guard.refuse_link(item.path)
        elif item.is_dir(follow_symlinks=False):
            yield from walk(item.path, sys.intern(f"{below}/{name}" if below else name), layer, names, guard)
        elif name.startswith("_content.") and name.endswith(ADAPTERS):
            adapter(item.path, below, name, layer, names, guard)
        elif item.is_file(follow_symlinks=False) and wanted(below, name, layer):
            base, extension, lang = names.split(name, layer.lang)
            info = item.stat(follow_symlinks=False)
            yield Entry(
                item.path,
                below,
                name,
                base,
                sys.intern(extension),
                sys.intern(lang),
                info.st_mtime_ns,
                info.st_size,
                info.st_ctime_ns,
            )


def adapter(  # noqa: PLR0917 - the parts of one file
    path: str, below: str, name: str, layer: Layer, names: Names, guard: Guard
) -> None:
    """Note a content adapter, or say that it is in a language which village does not run."""
    if name.endswith(".gotmpl"):
        hint = (
            "write it in Jinja2 as _content.j2: add_page and add_resource take what Hugo's AddPage and AddResource take"
        )
        guard.warnings.append(
            ContentError("a content adapter in Go's template language is not run", file=guard.shown(path), hint=hint)
        )
        return
    _, _, lang = names.split(name.rpartition(".")[0] + ".md", layer.lang)
    names.adapters[path] = Adapter(below, lang)


def left_out(path: str, names: Names) -> bool:
    """Whether the config's ignoreFiles leave a file out, or a folder with all that is in it."""
    return bool(names.ignore) and any(goregexp.found(pattern, path) for pattern in names.ignore)


def wanted(below: str, name: str, layer: Layer) -> bool:
    """Whether the mount's globs do not leave a file out."""
    if not layer.include and not layer.exclude:
        return True
    inside = f"{below}/{name}"[len(layer.target) :].strip("/") if layer.target else f"{below}/{name}".strip("/")
    if any(globs.matches(glob, inside) for glob in layer.exclude):
        return False
    return not layer.include or any(globs.matches(glob, inside) for glob in layer.include)
