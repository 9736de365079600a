"""Hugo's image options ("600x400 webp q80 Center") as data. Pure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from village.errors import TemplateError

ACTIONS = ("resize", "fit", "fill", "crop", "process")
FORMATS = {"jpg": "jpeg", "jpeg": "jpeg", "png": "png", "webp": "webp", "avif": "avif", "gif": "gif", "tif": "tiff"}
FORMATS |= {"tiff": "tiff", "bmp": "bmp"}
MEDIA_TYPES = {
    "jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp", "avif": "image/avif", "gif": "image/gif",
    "tiff": "image/tiff", "bmp": "image/bmp",
}  # fmt: skip
SUFFIXES = {"jpeg": ".jpg", "tiff": ".tif"}
ANCHORS = {
    "center": (0.5, 0.5), "topleft": (0, 0), "top": (0.5, 0), "topright": (1, 0), "left": (0, 0.5), "right": (1, 0.5),
    "bottomleft": (0, 1), "bottom": (0.5, 1), "bottomright": (1, 1),
}  # fmt: skip
FILTERS = {
    "nearestneighbor": "NEAREST", "box": "BOX", "linear": "BILINEAR", "bilinear": "BILINEAR", "hermite": "HAMMING",
    "catmullrom": "BICUBIC", "mitchellnetravali": "BICUBIC", "bspline": "BICUBIC", "gaussian": "BILINEAR",
    "lanczos": "LANCZOS", "bartlett": "BILINEAR", "hann": "HAMMING", "hamming": "HAMMING", "blackman": "LANCZOS",
    "welch": "LANCZOS", "cosine": "LANCZOS",
}  # fmt: skip
HINTS = ("photo", "picture", "drawing", "icon", "text")
LARGEST_SIDE = 16383  # WebP's
DIMENSIONS = re.compile(r"(\d*)x(\d*)\Z")
COLOUR = re.compile(r"#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})\Z")


@dataclass(frozen=True, slots=True)
class ImageSpec:
    """What to make of an image. ``width`` or ``height`` 0: in proportion. ``format`` "": the source's own."""

    action: str = "resize"
    width: int = 0
    height: int = 0
    format: str = ""
    quality: int = 75
    anchor: str = "smart"
    filter: str = "box"
    rotate: int = 0
    background: str = "#ffffff"
    hint: str = "photo"
    lossless: bool = False

    def key(self) -> str:
        """The spec as a part of a file name and of a cache key."""
        size = f"{self.width}x{self.height}"
        how = "" if self.action in ("resize", "fit") else f"_{self.anchor}"
        turn = f"_r{self.rotate}" if self.rotate else ""
        rest = f"_{self.filter}_{self.background.lstrip('#')}_{self.hint}{'_lossless' if self.lossless else ''}"
        return f"{self.action}_{size}_q{self.quality}{how}{turn}{rest}"


def defaults(config: Mapping[str, Any]) -> ImageSpec:
    """The site's ``imaging`` table. Raises TemplateError for a value that cannot be."""
    words = [str(config.get(name, "")) for name in ("anchor", "resamplefilter", "bgcolor", "hint")]
    quality = config.get("quality", 75)
    return read(ImageSpec(), " ".join([*words, f"q{quality}"]))


def parse(action: str, options: str, base: ImageSpec | None = None) -> ImageSpec:
    """Hugo's option text for an action. Raises TemplateError naming the word that is not understood."""
    spec = read(replace(base or ImageSpec(), action=action), options)
    if action == "process":
        named = next((word for word in options.lower().split() if word in ACTIONS), "")
        spec = replace(spec, action=named or "process")
    check(spec, options)
    return spec


def read(spec: ImageSpec, options: str) -> ImageSpec:
    for word in options.lower().split():
        spec = replace(spec, **meaning(word, options))
    return spec


def meaning(word: str, options: str) -> dict[str, Any]:
    """One word as fields of ImageSpec."""
    table: tuple[tuple[str, Any], ...] = (
        ("format", FORMATS), ("anchor", (*ANCHORS, "smart")), ("filter", FILTERS), ("hint", HINTS),
    )  # fmt: skip
    for name, known in table:
        if word in known:
            return {name: FORMATS[word] if name == "format" else word}
    if word in ACTIONS:
        return {}
    if word in ("lossless", "lossy"):
        return {"lossless": word == "lossless"}
    if (size := DIMENSIONS.match(word)) and word != "x":
        return {"width": int(size[1] or 0), "height": int(size[2] or 0)}
    if word[0] in "qr" and word[1:].isdigit():
        return {"quality" if word[0] == "q" else "rotate": int(word[1:])}
    if COLOUR.match(word):
        return {"background": word}
    near = difflib.get_close_matches(word, [*FORMATS, *ANCHORS, *FILTERS, *HINTS, "smart", "lossless"], n=1)
    hint = f"did you mean {near[0]}?" if near else 'options look like "600x400 webp q80 center"'
    raise TemplateError(f"image option {word!r} in {options!r} is not understood", hint=hint)


def check(spec: ImageSpec, options: str) -> None:
    """The rules between the fields."""
    if spec.action == "resize" and not (spec.width or spec.height):
        raise TemplateError(f"resize needs a width or a height, got {options!r}", hint='"600x" or "x400"')
    if spec.action in ("fit", "fill", "crop") and not (spec.width and spec.height):
        raise TemplateError(f"{spec.action} needs a width and a height, got {options!r}", hint='"600x400"')
    if max(spec.width, spec.height) > LARGEST_SIDE:
        raise TemplateError(
            f"an image side of more than {LARGEST_SIDE} pixels: {options!r}", hint="ask for fewer pixels"
        )
    if not 1 <= spec.quality <= 100:
        raise TemplateError(f"quality {spec.quality} is not between 1 and 100", hint="q75 is the default")


def suffix(format_name: str) -> str:
    """``.jpg`` for "jpeg"."""
    return SUFFIXES.get(format_name, f".{format_name}")
