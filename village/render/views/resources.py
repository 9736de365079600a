"""Files beside pages: bundle resources, the source file, output formats."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from typing import Any

from village.render.views.base_url import absolute, relative, within_tree
from village.render.views.values import MISSING, MapView, ignore
from village.site import globs
from village.site.config import outputs
from village.site.model import Resource


class OutputFormat:
    """One format of a page with its address."""

    __slots__ = ("format", "is_main", "name", "permalink", "rel_permalink")

    def __init__(
        self, name: str, rel_permalink: str, permalink: str, description: outputs.OutputFormat, is_main: bool
    ) -> None:
        self.name = name
        self.rel_permalink = rel_permalink
        self.permalink = permalink
        self.format = description
        self.is_main = is_main

    @property
    def rel(self) -> str:
        return self.format.rel if self.is_main or self.format.rel != "canonical" else "alternate"

    @property
    def media_type(self) -> MediaType:
        return MediaType(self.format.media_type.type, self.format.media_type.full_suffix.lstrip("."))


class MediaType:
    """A media type that prints as itself."""

    __slots__ = ("suffix", "type")

    def __init__(self, name: str, suffix: str = "") -> None:
        self.type = name
        self.suffix = suffix

    main_type = property(lambda self: self.type.partition("/")[0])
    sub_type = property(lambda self: self.type.partition("/")[2].partition("+")[0])

    @property
    def suffixes(self) -> list[str]:
        """The endings of its files, the preferred one first."""
        known = outputs.MEDIA.get(self.type)
        return list(known.suffixes) if known else [self.suffix] if self.suffix else []

    @property
    def first_suffix(self) -> dict[str, str]:
        first = next(iter(self.suffixes), "")
        return {"suffix": first, "full_suffix": f".{first}" if first else ""}

    def __str__(self) -> str:
        return self.type

    def __eq__(self, other: object) -> bool:
        return str(self) == str(other)

    def __hash__(self) -> int:
        return hash(self.type)


class FileFacts:
    """The source file of a page: Hugo's .File."""

    __slots__ = ("_absolute", "bundled", "lang", "path")

    def __init__(self, path: str, bundled: bool, lang: str, absolute: str) -> None:
        self.path = path
        self.bundled = bundled
        self.lang = lang
        self._absolute = absolute

    dir = property(lambda self: posixpath.dirname(self.path) + "/")
    logical_name = property(lambda self: posixpath.basename(self.path))
    base_file_name = property(lambda self: posixpath.splitext(self.logical_name)[0])
    ext = property(lambda self: posixpath.splitext(self.path)[1].lstrip("."))
    filename = property(lambda self: self._absolute)

    @property
    def translation_base_name(self) -> str:
        base = str(self.base_file_name)
        head, found, _ = f"{base}.".rpartition(f".{self.lang}.")  # with it goes what stands behind a language
        return head if found else base

    is_content_adapter = property(lambda self: self.logical_name.startswith("_content."))

    @property
    def content_base_name(self) -> str:
        """The bundle's folder for index files, else the base name."""
        if self.bundled and self.logical_name.startswith(("index.", "_index.")):
            return posixpath.basename(posixpath.dirname(self.path))
        return self.translation_base_name

    @property
    def unique_id(self) -> str:
        """MD5 of the path, as Hugo; an identifier, not a secret."""
        import hashlib  # noqa: PLC0415

        return hashlib.md5(self.path.encode(), usedforsecurity=False).hexdigest()


class PageResource:
    """A file of a bundle."""

    __slots__ = ("resource", "view")

    def __init__(self, view: Any, resource: Resource) -> None:
        self.view = view
        self.resource = resource

    name = property(lambda self: self.resource.name)
    media_type = property(lambda self: MediaType(self.resource.media_type))
    params = property(lambda self: MapView(self.resource.params, ignore))

    @property
    def page(self) -> Any:
        """The page a content file in the bundle makes, else None."""
        return self.view.lens.view(self.resource.page) if self.resource.page else None

    @property
    def title(self) -> str:
        return self.page.title if self.page else self.resource.title

    @property
    def resource_type(self) -> str:
        return "page" if self.resource.page else self.resource.media_type.partition("/")[0]

    type = resource_type

    @property
    def rel_permalink(self) -> str:
        self.publish()
        return relative(self.view.lens, self.view.page.lang, self.path) if self.resource.target else ""

    @property
    def path(self) -> str:
        """Where it lies below the root of its host."""
        return within_tree(self.view.lens, self.view.page.lang, self.resource.target)

    def publish(self) -> None:
        """With publishResources off, a file is written only when a template asks for its address (Hugo)."""
        if self.resource.target and not self.view.page.build.publish_resources:
            self.view.lens.services.publish(self.path, self.read(), self.resource.media_type, "asset")

    @property
    def permalink(self) -> str:
        self.publish()
        return absolute(self.view.lens, self.view.page.lang, self.path) if self.resource.target else ""

    @property
    def content(self) -> Any:
        """The text of the file (a page's rendered content)."""
        if self.page:
            return self.page.content
        return self.resource.file.read_text("utf-8", "replace")

    def read(self) -> bytes:
        """The file's bytes, for the image functions."""
        return self.resource.file.read_bytes()

    def __getattr__(self, name: str) -> Any:
        """Image methods (width, resize…) come from the asset pipeline."""
        if name not in IMAGE_NAMES:
            raise AttributeError(name)
        return getattr(self.view.lens.services.asset_of(self), name)


IMAGE_NAMES = frozenset(
    {
        "width",
        "height",
        "resize",
        "fit",
        "fill",
        "crop",
        "process",
        "filter",
        "fingerprint",
        "minify",
        "data",
        "safe_content",
    }
)


class Resources:
    """A page's resources: iterate, ``get``, ``get_match``, ``match``, ``by_type``."""

    __slots__ = ("items", "view")

    def __init__(self, view: Any, items: Iterable[PageResource]) -> None:
        self.view = view
        self.items = list(items)

    def __iter__(self) -> Iterator[PageResource]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index: Any) -> Any:
        return self.items[index]

    def get(self, name: str) -> Any:
        """The resource of exactly that name (case does not matter), else MISSING."""
        wanted = name.lstrip("/").lower()
        for item in self.items:
            if item.name.lower() == wanted:
                return item
        stem, dot, suffix = wanted.rpartition(".")  # "pic.png" is "pic.ru.png" where the page is Russian
        translated = f"{stem}.{self.view.page.lang}{dot}{suffix}"
        return next((item for item in self.items if item.name.lower() == translated), MISSING)

    def match(self, pattern: str) -> list[PageResource]:
        """Resources whose name matches a glob ("images/*.jpg", "**.png")."""
        return [item for item in self.items if globs.matches(pattern.lstrip("/"), item.name)]

    def get_match(self, pattern: str) -> Any:
        return next(iter(self.match(pattern)), MISSING)

    def by_type(self, kind: str) -> list[PageResource]:
        return [item for item in self.items if item.resource_type == kind]
