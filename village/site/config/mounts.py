"""The union file system: which folders make up content, data, layouts, static, assets, i18n and archetypes."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from village.errors import SiteConfigError
from village.site import tables
from village.site.config.themes import Theme
from village.site.guard import Guard
from village.site.model import Layer

COMPONENTS = ("content", "data", "layouts", "static", "assets", "i18n", "archetypes")
DIRECTORY_KEYS = {
    "content": "contentdir", "data": "datadir", "layouts": "layoutdir", "assets": "assetdir",
    "i18n": "i18ndir", "archetypes": "archetypedir",
}  # fmt: skip
TEMPLATES = "templates"  # village's other name for layouts/


def layers(
    folder: Path,
    config: Mapping[str, Any],
    languages: Mapping[str, Mapping[str, Any]],
    themes: list[Theme],
    guard: Guard,
) -> list[Layer]:
    """Every layer that exists, the project's before the themes', in order of precedence."""
    found = project_layers(folder, config, languages)
    for theme in themes:
        if theme.mounted:
            mounts = theme.mounts or declared(theme.config)
            found += mounted(theme.folder, mounts, theme.name) + defaults(
                theme.folder, theme.config, mounts, theme.name
            )
    there = [layer for layer in found if os.path.exists(layer.folder) and allowed(layer, guard)]
    guard.warnings += (twofold(outer, inner, guard) for outer, inner in nested(there))
    return there


def nested(layers: list[Layer]) -> Iterator[tuple[Layer, Layer]]:
    """A language's content folder within that of another one: (the outer, the inner)."""
    own = [layer for layer in layers if layer.component == "content" and layer.lang and not layer.theme]
    for outer in layers:
        if outer.component == "content" and not outer.theme and not outer.target and not outer.exclude:
            for inner in own:
                if inner.lang != outer.lang and outer.folder in inner.folder.parents:
                    yield outer, inner


def twofold(outer: Layer, inner: Layer, guard: Guard) -> SiteConfigError:
    """The warning for it: as in Hugo, what lies in the inner folder is a page of both languages."""
    here, whose = guard.shown(inner.folder), f"language {outer.lang!r}" if outer.lang else "the default language"
    words = f"{here} belongs to language {inner.lang!r}, and to {whose} as a part of {guard.shown(outer.folder)}"
    hint = f"give {whose} a contentDir of its own beside {here}, so that its lists do not show the pages of both"
    return SiteConfigError(words, file="config", hint=hint)


def allowed(layer: Layer, guard: Guard) -> bool:
    """Whether a layer lies where the site may read; a warning otherwise."""
    if guard.allows(layer.folder):
        return True
    guard.refuse_link(str(layer.folder))
    return False


def declared(config: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The mounts a configuration declares for itself."""
    return [tables.lower_keys(m) for m in tables.dotted(config, "module.mounts") or [] if isinstance(m, Mapping)]


def project_layers(folder: Path, config: Mapping[str, Any], languages: Mapping[str, Mapping[str, Any]]) -> list[Layer]:
    """The site's own folders; a language may have its own content folder and static folder."""
    mounts = declared(config)
    taken = {component_of(mount) for mount in mounts}
    found = mounted(folder, mounts, "")
    if "content" not in taken:
        found += content_layers(folder, config, languages)
    skip = {"content"}
    if any(table.get("baseurl") for table in languages.values()) and "static" not in taken:  # a tree for each host
        skip.add("static")
        for lang, table in languages.items():
            own_names = names("static", {**config, **table}, is_theme=False)
            found += [Layer("static", folder / name, lang) for name in own_names]
    else:
        for lang, table in languages.items():
            found += [Layer("static", folder / name, lang) for name in tables.strings(table.get("staticdir"))]
    return found + defaults(folder, config, mounts, "", skip=skip)


def content_layers(folder: Path, config: Mapping[str, Any], languages: Mapping[str, Mapping[str, Any]]) -> list[Layer]:
    """The content folders of the languages that have their own, and the common one, whose files without a language are
    the default language's: a language that names the common folder has none of its own."""
    common = str(config.get("contentdir") or "content").rstrip("/")
    places = {lang: str(table.get("contentdir") or common).rstrip("/") for lang, table in languages.items()}
    found = [Layer("content", folder / place, lang) for lang, place in places.items() if place != common]
    return [*found, Layer("content", folder / common)] if len(found) < len(places) or not places else found


def defaults(
    folder: Path,
    config: Mapping[str, Any],
    mounts: list[dict[str, Any]],
    theme: str,
    skip: frozenset[str] | set[str] = frozenset(),
) -> list[Layer]:
    """The folders of the components that no mount speaks of (a mount for a component removes its default)."""
    taken = {component_of(mount) for mount in mounts} | skip
    found = []
    for component in COMPONENTS:
        if component in taken:
            continue
        for name in names(component, config, bool(theme)):
            found.append(Layer(component, folder / name, theme=theme))
    return found


def names(component: str, config: Mapping[str, Any], is_theme: bool) -> list[str]:
    """The folder names of a component."""
    if component == "static":
        wanted = ["static"] if is_theme else tables.strings(config.get("staticdir")) or ["static"]
        numbered = [name for n in range(11) for name in tables.strings(config.get(f"staticdir{n}"))]
        return [*wanted, *([] if is_theme else numbered)][::-1]  # Hugo: the later folder wins
    if component == "layouts":
        return [str(config.get("layoutdir") or "layouts") if not is_theme else "layouts", TEMPLATES]
    return [component if is_theme else str(config.get(DIRECTORY_KEYS[component]) or component)]


def component_of(mount: Mapping[str, Any]) -> str:
    """The component a mount's target lies in."""
    return str(mount.get("target", "")).strip("/").split("/", 1)[0]


def mounted(folder: Path, mounts: list[dict[str, Any]], theme: str) -> list[Layer]:
    """The layers of explicit mounts, in their order."""
    found = []
    for mount in mounts:
        component, _, below = str(mount.get("target", "")).strip("/").partition("/")
        source = str(mount.get("source", ""))
        if component not in COMPONENTS or not source:
            continue
        lang = mount.get("lang") or tables.dotted(tables.lower_keys(mount.get("sites") or {}), "matrix.languages") or ""
        include, exclude = patterns(mount)
        for one in tables.strings(lang) or [""]:
            found.append(
                Layer(
                    component,
                    folder / source,
                    "" if "*" in one else one,
                    below,
                    theme,
                    include=include,
                    exclude=exclude,
                )
            )
    return found


def patterns(mount: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(globs to take, globs to leave): ``files`` with ``!`` before those to leave, or the older two keys."""
    files = tables.strings(mount.get("files"))
    include = [glob for glob in files if not glob.startswith("!")] + tables.strings(mount.get("includefiles"))
    exclude = [glob[1:].strip() for glob in files if glob.startswith("!")] + tables.strings(mount.get("excludefiles"))
    return tuple(include), tuple(exclude)
