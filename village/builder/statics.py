"""Files that are published as they are: static/, resources of bundles. Each is copied into the store once, in
pieces.
"""

from __future__ import annotations

import functools
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from village import bundled
from village.builder.nodes import BUNDLED, STATIC, Made
from village.builder.recipes import policy_of
from village.builder.union import Digests, UnionFile, scan
from village.errors import ContentError
from village.files import explain
from village.release.manifest import Entry
from village.release.store import Store
from village.render.addresses import key_of
from village.render.assets.media_types import media_type
from village.site import i18n
from village.site.config import outputs
from village.site.guard import Guard
from village.site.model import Layer, Site

RULES = {"_redirects", "_headers"}


def formats(site: Site) -> dict[str, outputs.OutputFormat]:
    """Output formats of a site by name."""
    return outputs.formats(
        site.config.get("outputformats") or {}, outputs.media_types(site.config.get("mediatypes") or {})
    )


def default_theme() -> list[Layer]:
    """The layers of the bundled default theme."""
    folder = bundled.folder("themes") / "village"
    return [
        Layer(component, folder / component, theme="village") for component in ("layouts", "assets", "static", "i18n")
    ]


@functools.lru_cache(maxsize=1)
def default_words() -> dict[str, dict[str, Any]]:
    """The default theme's translation tables."""
    return i18n.load(default_theme(), Guard.of(bundled.folder("themes"), None), {})[0]


def with_words(tables: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """A site's tables laid over the default theme's, which shows the site where its own theme cannot."""
    spare = default_words()
    return {lang: {**spare.get(lang, {}), **tables.get(lang, {})} for lang in {**spare, **tables}}


def files(site: Site, layers: list[Layer]) -> dict[str, UnionFile]:
    """Static files by their path in the release; a language with a host of its own has its own copy of all."""
    if not any(language.tree for language in site.languages.values()):
        return scan(layers, "static")
    found: dict[str, UnionFile] = {}
    for lang, language in site.languages.items():
        own = scan([layer for layer in layers if layer.lang in ("", lang)], "static")
        found |= {name if name in RULES else f"{language.tree[1:]}/{name}": file for name, file in own.items()}
    return found


def speakable(static: dict[str, UnionFile]) -> dict[str, UnionFile]:
    """Those files whose names can stand in a URL; of the others ``site.guard`` has warned."""
    odd = {name for name in static if not name.isascii() and not is_text(name)}
    return {name: file for name, file in static.items() if name not in odd} if odd else static


def is_text(name: str) -> bool:
    """Whether a name came from bytes that are UTF-8."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def stock(site: Site, static: Mapping[str, UnionFile], digests: Digests, store: Store) -> Made:
    """Entries of all static files and bundle resources; new bytes go into the store."""
    entries: dict[str, tuple[str, int, Entry]] = {}
    for name, file in static.items():
        if name not in RULES:
            path = key_of("/" + name)
            entries[path] = (path, STATIC, publish(file, "/" + name, digests, store))
    for page in site.pages.values():
        if page.resources and page.build.publish_resources and not page.owner:
            for resource in page.resources:
                if not resource.page and resource.target:
                    facts = os.stat(resource.location)
                    file = UnionFile(resource.name, resource.location, facts.st_mtime_ns, facts.st_size)
                    path = key_of(resource.target)
                    entries[path] = (path, BUNDLED, publish(file, resource.target, digests, store))
    return Made(tuple(entries[path] for path in sorted(entries)))


def publish(file: UnionFile, target: str, digests: Digests, store: Store) -> Entry:
    """The entry of a file, its bytes in the store."""
    try:
        blob = digests.of(file)
        keep(store, blob, file)
    except OSError as error:
        raise ContentError(f"cannot be read: {error.strerror}", file=file.location) from error
    kind = media_type(target)
    return Entry(blob=blob, length=file.size, media_type=kind, policy=policy_of(target, kind))


def keep(store: Store, blob: str, file: UnionFile) -> None:
    """Copy a file into the store unless it is there; in the kernel where it can, so that a film costs no memory."""
    path = store.blob_path(blob)
    if path.exists() and path.stat().st_size == file.size:
        return
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file.location, temporary)
        os.replace(temporary, path)
    except OSError as error:
        Path(temporary).unlink(missing_ok=True)
        raise explain(error, path) from error
