"""Hugo's image filters (``images.grayscale``, ``images.gaussian_blur(5)``): each call gives a step for
``images.process``.

A step knows its ``key``, so that what it made can be cached by name. Pillow is loaded by the first image that is
changed: every build has filters on offer, few use one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from village.errors import TemplateError

if TYPE_CHECKING:
    from PIL import Image


@dataclass(frozen=True, slots=True)
class FilterStep:
    """A filter with its arguments; calling it changes an image."""

    key: str
    change: Callable[[Image.Image], Image.Image]

    def __call__(self, image: Image.Image) -> Image.Image:
        return self.change(image)


def number(value: float, low: float, high: float, name: str) -> float:
    if not low <= float(value) <= high:
        raise TemplateError(
            f"images.{name}: {value} is not between {low:g} and {high:g}", hint="see Hugo's images functions"
        )
    return float(value)


def on_colours(image: Image.Image, change: Callable[[Image.Image], Image.Image]) -> Image.Image:
    """A change to the colours that leaves the transparency alone."""
    if image.mode != "RGBA":
        return change(image)
    alpha = image.getchannel("A")
    changed = change(image.convert("RGB")).convert("RGB")
    changed.putalpha(alpha)
    return changed


def operation(name: str) -> Callable[[Image.Image], Image.Image]:
    """A function of Pillow's ``ImageOps`` on the colours of an image."""

    def change(image: Image.Image) -> Image.Image:
        from PIL import ImageOps  # noqa: PLC0415

        return on_colours(image, getattr(ImageOps, name))

    return change


class Filters:
    """The ``images`` object of templates."""

    @property
    def auto_orient(self) -> FilterStep:
        """Images are always turned upright; kept because templates written for Hugo ask for it."""
        return FilterStep("orient", lambda image: image)

    @property
    def grayscale(self) -> FilterStep:
        return FilterStep("grey", operation("grayscale"))

    @property
    def invert(self) -> FilterStep:
        return FilterStep("invert", operation("invert"))

    def brightness(self, percentage: float) -> FilterStep:
        """-100 to 100."""
        return self._enhance("brightness", "Brightness", percentage, -100, 100)

    def contrast(self, percentage: float) -> FilterStep:
        """-100 to 100."""
        return self._enhance("contrast", "Contrast", percentage, -100, 100)

    def saturation(self, percentage: float) -> FilterStep:
        """-100 to 500."""
        return self._enhance("saturation", "Color", percentage, -100, 500)

    def gamma(self, gamma: float) -> FilterStep:
        exponent = 1 / number(gamma, 0.01, 100, "gamma")
        table = [round(255 * (level / 255) ** exponent) for level in range(256)]

        def change(image: Image.Image) -> Image.Image:
            return on_colours(image, lambda colours: colours.point(table * len(colours.getbands())))

        return FilterStep(f"gamma{gamma:g}", change)

    def gaussian_blur(self, sigma: float) -> FilterStep:
        radius = number(sigma, 0, 200, "gaussian_blur")

        def change(image: Image.Image) -> Image.Image:
            from PIL import ImageFilter  # noqa: PLC0415

            return image.filter(ImageFilter.GaussianBlur(radius))

        return FilterStep(f"blur{radius:g}", change)

    def unsharp_mask(self, sigma: float, amount: float, threshold: float) -> FilterStep:
        radius, percent = number(sigma, 0, 200, "unsharp_mask"), round(number(amount, 0, 10, "unsharp_mask") * 100)

        def change(image: Image.Image) -> Image.Image:
            from PIL import ImageFilter  # noqa: PLC0415

            return image.filter(ImageFilter.UnsharpMask(radius, percent, round(threshold * 255)))

        return FilterStep(f"sharp{sigma:g}-{amount:g}-{threshold:g}", change)

    def pixelate(self, size: int) -> FilterStep:
        edge = int(number(size, 1, 1000, "pixelate"))

        def change(image: Image.Image) -> Image.Image:
            from PIL import Image  # noqa: PLC0415

            small = image.resize((max(1, image.width // edge), max(1, image.height // edge)), Image.Resampling.BOX)
            return small.resize(image.size, Image.Resampling.NEAREST)

        return FilterStep(f"pixel{edge}", change)

    def opacity(self, share: float) -> FilterStep:
        """0 to 1."""
        factor = number(share, 0, 1, "opacity")

        def change(image: Image.Image) -> Image.Image:
            faded = image.convert("RGBA")
            faded.putalpha(faded.getchannel("A").point([round(level * factor) for level in range(256)]))
            return faded

        return FilterStep(f"opacity{factor:g}", change)

    def sepia(self, percentage: float) -> FilterStep:
        """0 to 100."""
        share = number(percentage, 0, 100, "sepia") / 100

        def change(colours: Image.Image) -> Image.Image:
            from PIL import Image, ImageOps  # noqa: PLC0415

            brown = ImageOps.colorize(ImageOps.grayscale(colours), "#1e1405", "#fff0d2")
            return Image.blend(colours.convert("RGB"), brown, share)

        return FilterStep(f"sepia{share:g}", lambda image: on_colours(image, change))

    def _enhance(self, name: str, kind: str, percentage: float, low: float, high: float) -> FilterStep:
        factor = 1 + number(percentage, low, high, name) / 100

        def change(image: Image.Image) -> Image.Image:
            from PIL import ImageEnhance  # noqa: PLC0415

            return on_colours(image, lambda colours: getattr(ImageEnhance, kind)(colours).enhance(factor))

        return FilterStep(f"{name}{percentage:g}", change)
