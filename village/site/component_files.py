"""The files of the components that are not content: layouts, static, assets, archetypes, as one union file system."""

from __future__ import annotations

from dataclasses import dataclass

from village.site import globs
from village.site.data_files import Signature, walk
from village.site.guard import Guard
from village.site.model import Layer, Site

COMPONENTS = ("layouts", "static", "assets", "archetypes")


@dataclass(frozen=True, slots=True)
class ComponentFile:
    """One file: where it lies, and its path within its component ("partials/head.html")."""

    location: str
    inside: str
    signature: Signature
    lang: str = ""
    theme: str = ""


def scan(layers: list[Layer], component: str, guard: Guard) -> list[ComponentFile]:
    """Every file of a component in the order of its layers: the first of a path is the one that counts."""
    found = []
    for layer in layers:
        if layer.component == component:
            found += files_of(layer, guard)
    return found


def files_of(layer: Layer, guard: Guard) -> list[ComponentFile]:
    """The files of one layer; a layer may be a single file."""
    if layer.folder.is_file():
        info = layer.folder.stat()
        return [
            ComponentFile(
                str(layer.folder),
                layer.target,
                (info.st_mtime_ns, info.st_size, info.st_ctime_ns),
                layer.lang,
                layer.theme,
            )
        ]
    return [
        ComponentFile(path, inside, (info.st_mtime_ns, info.st_size, info.st_ctime_ns), layer.lang, layer.theme)
        for path, inside, info in walk(str(layer.folder), guard, layer.target, hidden=layer.component == "static")
        if taken(layer, inside)
    ]


def taken(layer: Layer, inside: str) -> bool:
    """Whether the mount's globs take a file."""
    name = inside[len(layer.target) :].strip("/")
    if any(globs.matches(glob, name) for glob in layer.exclude):
        return False
    return not layer.include or any(globs.matches(glob, name) for glob in layer.include)


def union(site: Site, component: str, lang: str = "") -> dict[str, ComponentFile]:
    """Path within the component → the file that counts, for one language (files of no language are for all)."""
    found: dict[str, ComponentFile] = {}
    for file in site.harvest.components.get(component, ()):
        if not file.lang or file.lang == lang:
            found.setdefault(file.inside, file)
    return found
