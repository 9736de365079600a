"""Assets as templates see them: ``resources.get("css/main.css") | minify | fingerprint``. Nothing is written until
a link is used.

A resource is a promise: its bytes are made when someone reads them, by a chain of named steps over the source's
bytes. What a step
made is kept by ``Workbench.cached`` under the hash of what went in, so an unchanged style sheet is compiled once,
ever.
"""

from __future__ import annotations

import hashlib
import json
import posixpath
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from village.errors import TemplateError
from village.render.assets import transforms
from village.render.assets.workbench import Promise, Workbench, media_type, source
from village.render.images import spec as image_spec
from village.render.views.resources import MediaType
from village.render.views.values import MISSING, MapView, ignore
from village.site import globs

if TYPE_CHECKING:
    from village.render.images.processing import ImageFacts

NAME_DIGITS = 16


class Asset:
    """One file, or what was made of it."""

    __slots__ = ("_bench", "_data", "_facts", "_immutable", "_media", "_name", "_promise", "_target")

    def __init__(  # noqa: PLR0917 - one constructor, called by derive
        self,
        bench: Workbench,
        name: str,
        promise: Promise,
        target: str = "",
        media: str = "",
        data: Mapping[str, Any] | None = None,
    ) -> None:
        self._bench = bench
        self._name = name
        self._promise = promise
        self._target = target or "/" + name.lstrip("/")
        self._media = media or media_type(name)
        self._data = dict(data or {})
        self._facts: ImageFacts | None = None
        self._immutable = bool(data)

    def __repr__(self) -> str:
        return f"asset {self._name}"

    def derive(self, step: str, make: Callable[[], bytes], target: str, media: str = "", **data: Any) -> Asset:
        """The asset after one more step; ``step`` names it with all its options."""
        key = hashlib.sha256(f"{self._promise.key}\0{step}".encode()).hexdigest()
        promise = Promise(key, lambda: self._bench.cached(key, make))
        return Asset(self._bench, self._name, promise, target, media or self._media, {**self._data, **data})

    # -- what a template reads ---------------------------------------------------------------------------------------

    name = property(lambda self: "/" + self._name.lstrip("/"))
    title = name
    media_type = property(lambda self: MediaType(self._media, posixpath.splitext(self._target)[1].lstrip(".")))
    resource_type = property(lambda self: self._media.partition("/")[0])
    params = property(lambda _: MapView({}, ignore))
    data = property(lambda self: dict(self._data))

    @property
    def content(self) -> Any:
        """The text; HTML and SVG are marked as such."""
        text = self._promise.bytes().decode("utf-8", "replace")
        return Markup(text) if self._media in ("text/html", "image/svg+xml") else text  # noqa: S704 - a file of the theme

    @property
    def safe_content(self) -> Markup:
        """The text to be written into a page as it is: an inline style or script."""
        return Markup(self._promise.bytes().decode("utf-8", "replace"))  # noqa: S704 - a file of the theme

    @property
    def rel_permalink(self) -> str:
        return self.published()[0]

    @property
    def permalink(self) -> str:
        return self.published()[1]

    def publish(self) -> str:
        """Written out though no link is shown."""
        self.published()
        return ""

    def published(self) -> tuple[str, str]:
        self._bench.publish(self._target, self._promise.bytes(), immutable=self._immutable)
        return self._bench.link(self._target)

    def read(self) -> bytes:
        return self._promise.bytes()

    def __html__(self) -> str:
        return str(Markup.escape(self.rel_permalink))

    # -- text --------------------------------------------------------------------------------------------------------

    def minify(self) -> Asset:
        stem, suffix = posixpath.splitext(self._target)
        return self.derive("minify", lambda: transforms.minify(self.read(), self._media), f"{stem}.min{suffix}")

    def fingerprint(self, algorithm: str = "sha256") -> Asset:
        """The hash in the name, and ``data.integrity`` for the link."""
        found, integrity = transforms.digest(self.read(), algorithm)
        stem, suffix = posixpath.splitext(self._target)
        promise = Promise(self._promise.key, self._promise.bytes)
        data = {**self._data, "integrity": integrity, "Integrity": integrity}
        return Asset(self._bench, self._name, promise, f"{stem}.{found}{suffix}", self._media, data)

    def to_css(self, options: Mapping[str, Any] | str | None = None) -> Asset:
        """SCSS or Sass compiled; ``options``: target_path, output_style (expanded, compressed). CSS comes back as
        it is."""
        if self._media not in ("text/x-scss", "text/x-sass"):
            return self
        chosen = (
            {"target_path": options} if isinstance(options, str) else {k: str(v) for k, v in (options or {}).items()}
        )
        files = self.importable()
        target = chosen.get("target_path") or chosen.get("targetPath") or posixpath.splitext(self._target)[0] + ".css"
        step = "scss" + json.dumps(
            [sorted((name, digest_of(text)) for name, text in files.items()), chosen], sort_keys=True
        )
        name = self._name.lstrip("/")
        return self.derive(
            step,
            lambda: transforms.compile_scss(name, files, chosen).encode(),
            "/" + target.lstrip("/"),
            "text/css",
        )

    def importable(self) -> dict[str, str]:
        """Every style sheet an import may name, by path."""
        files = {
            path: (self._bench.read(path) or b"").decode("utf-8", "replace")
            for path in self._bench.names()
            if path.endswith((".scss", ".sass", ".css"))
        }
        return {**files, self._name.lstrip("/"): self.read().decode("utf-8", "replace")}

    def execute_as_template(self, target: str, context: Any) -> Asset:
        """The text rendered as a template with ``context`` as its values."""
        text = self._bench.execute(self.read().decode("utf-8", "replace"), self._name, context)
        return Asset(
            self._bench, self._name, source(text.encode()), "/" + target.lstrip("/"), media_type(target) or self._media
        )

    def copy_to(self, target: str) -> Asset:
        return Asset(self._bench, self._name, self._promise, "/" + target.lstrip("/"), self._media, self._data)

    # -- images ------------------------------------------------------------------------------------------------------

    def facts(self) -> ImageFacts:
        if self._facts is None:
            from village.render.images import processing  # noqa: PLC0415 - loads Pillow, and a site may have no images

            self._facts = processing.facts(self.read(), self._name)
        return self._facts

    width = property(lambda self: self.facts().width)
    height = property(lambda self: self.facts().height)

    def resize(self, options: str) -> Asset:
        return self.processed("resize", options)

    def fit(self, options: str) -> Asset:
        return self.processed("fit", options)

    def fill(self, options: str) -> Asset:
        return self.processed("fill", options)

    def crop(self, options: str) -> Asset:
        return self.processed("crop", options)

    def process(self, options: str) -> Asset:
        return self.processed("process", options)

    def filter(self, *filters: Any) -> Asset:
        """Filters of the ``processing`` object, one after another; a list counts as its items."""
        flat = [step for each in filters for step in (each if isinstance(each, (list, tuple)) else [each])]
        return self.processed("process", "", flat)

    def processed(self, action: str, options: str, steps: Sequence[Any] = ()) -> Asset:
        if self._media not in image_spec.MEDIA_TYPES.values():
            raise TemplateError(
                f"{self._name} is no image that can be processed ({self._media})",
                hint="JPEG, PNG, WebP, AVIF, GIF, TIFF, BMP",
            )
        spec = image_spec.parse(action, options, image_spec.defaults(self._bench.imaging()))
        step = spec.key() + spec.format + "".join(f"_{each.key}" for each in steps)
        form = spec.format or {kind: name for name, kind in image_spec.MEDIA_TYPES.items()}[self._media]
        stem = posixpath.splitext(self._target)[0].partition("_hu_")[0]
        short = hashlib.sha256(f"{self._promise.key}\0{step}".encode()).hexdigest()[:NAME_DIGITS]
        return self.derive(
            step,
            lambda: self.changed(spec, steps),
            f"{stem}_hu_{short}{image_spec.suffix(form)}",
            image_spec.MEDIA_TYPES[form],
            made=True,
        )

    def changed(self, spec: image_spec.ImageSpec, steps: Sequence[Any]) -> bytes:
        from village.render.images import processing  # noqa: PLC0415

        return processing.process(self.read(), spec, steps, self._name)[0]


def digest_of(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


class Assets:
    """The ``resources`` object of templates."""

    __slots__ = ("_bench",)

    def __init__(self, bench: Workbench) -> None:
        self._bench = bench

    def get(self, path: Any) -> Any:
        """The asset at a path; nothing (false in a condition) when there is none."""
        name = posixpath.normpath(str(path).lstrip("/"))
        content = self._bench.read(name)
        return Asset(self._bench, name, source(content)) if content is not None else MISSING

    def match(self, pattern: str) -> list[Asset]:
        """Assets whose path matches a glob, case aside."""
        wanted = str(pattern).lstrip("/").lower()
        return [self.get(name) for name in self._bench.names() if globs.matches(wanted, name.lower())]

    def get_match(self, pattern: str) -> Any:
        return next(iter(self.match(pattern)), MISSING)

    def by_type(self, kind: str) -> list[Asset]:
        return [self.get(name) for name in self._bench.names() if media_type(name).partition("/")[0] == kind]

    def from_string(self, target: str, text: Any) -> Asset:
        return Asset(self._bench, str(target).lstrip("/"), source(str(text).encode()))

    def concat(self, target: str, assets: Iterable[Asset]) -> Asset:
        """One file after another; scripts are kept apart by a line and a semicolon."""
        found = list(assets)
        media = media_type(target)
        glue = b"\n;\n" if media == "text/javascript" else b""  # Hugo's: a style sheet ends with its last line
        return Asset(self._bench, target.lstrip("/"), source(glue.join(asset.read() for asset in found)), media=media)

    def copy(self, target: str, asset: Asset) -> Asset:
        return asset.copy_to(target)

    def minify(self, asset: Any) -> Any:
        return minify(asset)

    def fingerprint(self, asset: Any, algorithm: str = "sha256") -> Any:
        return fingerprint(asset, algorithm)

    def to_css(self, asset: Any, options: Mapping[str, Any] | str | None = None) -> Any:
        return to_css(asset, options)

    def execute_as_template(self, target: str, context: Any, asset: Asset) -> Asset:
        return asset.execute_as_template(target, context)

    def get_remote(self, url: Any, options: Any = None) -> Any:
        """Refused: a build must come out the same without a network and on every replica."""
        del options
        raise TemplateError(
            f"resources.get_remote {url!r}: village fetches nothing while building", hint="commit the file to assets/"
        )


def minify(asset: Any) -> Any:
    return asset.minify() if isinstance(asset, Asset) else asset


def fingerprint(asset: Any, algorithm: str = "sha256") -> Any:
    return asset.fingerprint(algorithm) if isinstance(asset, Asset) else asset


def to_css(asset: Any, options: Mapping[str, Any] | str | None = None) -> Any:
    return asset.to_css(options) if isinstance(asset, Asset) else asset


# Steps as template filters: ``asset | to_css | minify | fingerprint("sha512")``. What is no asset passes through.
FILTERS: dict[str, Callable[..., Any]] = {
    "minify": minify, "fingerprint": fingerprint, "to_css": to_css, "scss": to_css, "sass": to_css,
}  # fmt: skip
