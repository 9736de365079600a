"""Images: resize, fit, fill, crop, filters, conversion. Pure functions over bytes, by Pillow.

Whatever comes in is hostile: pixels are counted before any is decoded, and a file Pillow cannot read is the
author's error.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageFilter, ImageOps, UnidentifiedImageError

from village.errors import ContentError, TemplateError
from village.render.images.spec import ANCHORS, FILTERS, MEDIA_TYPES, ImageSpec

MOST_PIXELS = 64_000_000  # of all frames together; 64 megapixels decode to 256 MB
Image.MAX_IMAGE_PIXELS = None  # the limit above is checked before decoding; Pillow's warns where it should refuse
MOVING = ("gif", "webp")
OPAQUE = ("jpeg", "bmp")


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """Size as the reader sees it (EXIF orientation applied), format ("jpeg"), number of frames."""

    width: int
    height: int
    format: str
    frames: int = 1


Step = Callable[[Image.Image], Image.Image]


def facts(content: bytes, name: str = "") -> ImageFacts:
    """Read from the header alone. Raises ContentError when it is no image or has too many pixels."""
    with opened(content, name) as image:
        width, height = image.size
        if image.getexif().get(0x0112, 1) in (5, 6, 7, 8):  # EXIF 2.3 Orientation: turned by a quarter
            width, height = height, width
        return ImageFacts(width, height, format_of(image), getattr(image, "n_frames", 1))


def process(content: bytes, spec: ImageSpec, steps: Sequence[Step] = (), name: str = "") -> tuple[bytes, ImageFacts]:
    """The image made anew: turned upright, changed as ``spec`` says, then by each of ``steps``; encoded.

    Raises ContentError.
    """
    with opened(content, name) as image:
        source = format_of(image)
        target = spec.format or (source if source in MEDIA_TYPES else "png")
        frames, durations = upright(image, target, name)
    try:
        frames = [transformed(frame, spec, steps) for frame in frames]
        written = encode(frames, durations, target, spec)
    except (OSError, ValueError, KeyError) as error:
        raise ContentError(f"cannot make {target} from image {name}: {error}", file=name) from error
    return written, ImageFacts(frames[0].width, frames[0].height, target, len(frames))


def opened(content: bytes, name: str) -> Image.Image:
    """The image, not yet decoded; its pixels counted."""
    try:
        image = Image.open(io.BytesIO(content))
        pixels = image.width * image.height * getattr(image, "n_frames", 1)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        reason = "its format is not known" if isinstance(error, UnidentifiedImageError) else str(error)
        message = f"cannot read image {name}: {reason}"
        raise ContentError(message, file=name, hint="is it a whole image file?") from error
    if pixels > MOST_PIXELS:
        hint = f"at most {MOST_PIXELS // 1_000_000} megapixels; make it smaller before you commit it"
        raise ContentError(f"image {name} has {pixels // 1_000_000} megapixels", file=name, hint=hint)
    return image


def format_of(image: Image.Image) -> str:
    """Pillow's name in lower case; MPO, which phones write, is a JPEG with company."""
    found = (image.format or "").lower()
    return "jpeg" if found == "mpo" else found


def upright(image: Image.Image, target: str, name: str) -> tuple[list[Image.Image], list[int]]:
    """Decoded frames, turned as EXIF says, and how long each is shown; one frame where the target cannot move."""
    frames: list[Image.Image] = []
    durations: list[int] = []
    moving = target in MOVING and format_of(image) in MOVING
    try:
        for index in range(getattr(image, "n_frames", 1) if moving else 1):
            image.seek(index)
            frames.append(in_colour(ImageOps.exif_transpose(image)))
            durations.append(int(image.info.get("duration", 100)))
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise ContentError(f"cannot read image {name}: {error}", file=name, hint="is it a whole image file?") from error
    return frames, durations


def in_colour(image: Image.Image) -> Image.Image:
    """RGB, RGBA or grey: what can be resampled. A palette would be resampled by its numbers."""
    if image.mode in ("RGB", "RGBA", "L"):
        return image.copy()
    see_through = image.mode in ("LA", "PA", "La") or "transparency" in image.info
    return image.convert("RGBA" if see_through else "RGB")


def transformed(image: Image.Image, spec: ImageSpec, steps: Sequence[Step]) -> Image.Image:
    if spec.rotate:
        image = image.rotate(spec.rotate, expand=True, fillcolor=spec.background if image.mode == "RGB" else None)
    image = SIZERS[spec.action](image, spec)
    for step in steps:
        image = step(image)
    return image


# -- sizes -------------------------------------------------------------------------------------------------------------


def resize(image: Image.Image, spec: ImageSpec) -> Image.Image:
    """To the given size; one side alone keeps the proportions."""
    width = spec.width or max(1, round(image.width * spec.height / image.height))
    height = spec.height or max(1, round(image.height * spec.width / image.width))
    return scaled(image, width, height, spec)


def fit(image: Image.Image, spec: ImageSpec) -> Image.Image:
    """Into a box, never enlarged."""
    ratio = min(spec.width / image.width, spec.height / image.height)
    if ratio >= 1:
        return image
    return scaled(image, max(1, round(image.width * ratio)), max(1, round(image.height * ratio)), spec)


def fill(image: Image.Image, spec: ImageSpec) -> Image.Image:
    """To exactly the box, what hangs over is cut off."""
    ratio = max(spec.width / image.width, spec.height / image.height)
    width = max(spec.width, round(image.width * ratio))
    height = max(spec.height, round(image.height * ratio))
    return crop(scaled(image, width, height, spec), spec)


def crop(image: Image.Image, spec: ImageSpec) -> Image.Image:
    """A piece of that size at the anchor, without scaling."""
    width, height = min(spec.width, image.width), min(spec.height, image.height)
    if (width, height) == image.size:
        return image
    left, top = corner(image, width, height, spec.anchor)
    return image.crop((left, top, left + width, top + height))


def keep(image: Image.Image, spec: ImageSpec) -> Image.Image:
    """``process`` with no size: only the format, quality or rotation change."""
    return resize(image, spec) if spec.width or spec.height else image


SIZERS = {"resize": resize, "fit": fit, "fill": fill, "crop": crop, "process": keep}


def scaled(image: Image.Image, width: int, height: int, spec: ImageSpec) -> Image.Image:
    if width * height > MOST_PIXELS:
        raise TemplateError(f"an image of {width}x{height} pixels is too large", hint="ask for fewer pixels")
    if (width, height) == image.size:
        return image
    return image.resize((width, height), Image.Resampling[FILTERS[spec.filter]])


def corner(image: Image.Image, width: int, height: int, anchor: str) -> tuple[int, int]:
    """Left and top of the piece."""
    if anchor == "smart":
        return busiest(image, width, height)
    across, down = ANCHORS[anchor]
    return round((image.width - width) * across), round((image.height - height) * down)


def busiest(image: Image.Image, width: int, height: int) -> tuple[int, int]:
    """Where the most edges are: a window slid over the columns' and over the rows' edge density. Even images: the
    centre."""
    grey = image.convert("L")
    grey.thumbnail((256, 256))
    edges = grey.filter(ImageFilter.FIND_EDGES)
    columns = profile(edges.resize((edges.width, 1), Image.Resampling.BOX))
    rows = profile(edges.resize((1, edges.height), Image.Resampling.BOX))
    return (slide(columns, image.width, width), slide(rows, image.height, height))


def profile(line: Image.Image) -> list[int]:
    return list(line.tobytes())


def slide(densities: list[int], whole: int, part: int) -> int:
    """The offset, in pixels of the image, of the window of ``part`` with the highest sum; the most central of
    equals."""
    window = max(1, round(len(densities) * part / whole))
    places = range(len(densities) - window + 1)
    middle = (len(densities) - window) / 2
    best = max(places, key=lambda at: (sum(densities[at : at + window]), -abs(at - middle)))
    if best in (round(middle), int(middle)):
        return (whole - part) // 2
    return min(whole - part, round(best * whole / len(densities)))


# -- files -------------------------------------------------------------------------------------------------------------


def encode(frames: list[Image.Image], durations: list[int], target: str, spec: ImageSpec) -> bytes:
    """The frames as a file; without the source's metadata, which may hold a place or a name."""
    if target in OPAQUE:
        frames = [flattened(frame, spec.background) for frame in frames]
    if target == "gif":
        frames = [frame if frame.mode == "L" else frame.convert("RGBA") for frame in frames]
    options: dict[str, Any] = options_of(target, spec)
    if len(frames) > 1:
        options |= {"save_all": True, "append_images": frames[1:], "duration": durations, "loop": 0}
    written = io.BytesIO()
    for frame in frames:
        frame.info = {}
    frames[0].save(written, format=target.upper(), **options)
    return written.getvalue()


def options_of(target: str, spec: ImageSpec) -> dict[str, Any]:
    if target == "jpeg":
        return {"quality": spec.quality, "optimize": True, "progressive": True}
    if target == "webp":
        return {"quality": spec.quality, "lossless": spec.lossless, "method": 4}
    if target == "avif":
        return {"quality": 100 if spec.lossless else spec.quality, "speed": 6}
    return {"optimize": True} if target == "png" else {}


def flattened(image: Image.Image, background: str) -> Image.Image:
    """No transparency: laid on the background."""
    if image.mode != "RGBA":
        return image if image.mode in ("RGB", "L") else image.convert("RGB")
    ground = Image.new("RGB", image.size, background)
    ground.paste(image, mask=image.getchannel("A"))
    return ground
