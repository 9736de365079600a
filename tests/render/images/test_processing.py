"""Images come out in the size, format and orientation asked for, and nothing that comes in can hurt."""

from __future__ import annotations

import contextlib
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from village.errors import AuthorError
from village.render.images import processing
from village.render.images import spec as image_spec
from village.render.images.filters import Filters


def picture(width: int = 40, height: int = 20, kind: str = "PNG", mode: str = "RGB", **options) -> bytes:
    written = io.BytesIO()
    image = Image.new(mode, (width, height), options.pop("colour", "red"))
    image.save(written, kind, **options)
    return written.getvalue()


def made(content: bytes, action: str, options: str, steps=()) -> Image.Image:
    written, facts = processing.process(content, image_spec.parse(action, options), steps)
    image = Image.open(io.BytesIO(written))
    assert (facts.width, facts.height) == image.size
    assert processing.facts(written).format == facts.format
    return image


@pytest.mark.parametrize(
    ("action", "options", "size"),
    [
        ("resize", "20x", (20, 10)), ("resize", "x40", (80, 40)), ("resize", "7x9", (7, 9)), ("fit", "20x20", (20, 10)),
        ("fit", "100x100", (40, 20)), ("fill", "10x10", (10, 10)), ("fill", "80x80 topleft", (80, 80)),
        ("crop", "10x10 center", (10, 10)), ("crop", "100x10", (40, 10)), ("process", "webp", (40, 20)),
        ("process", "resize 10x", (10, 5)), ("resize", "20x r90", (20, 40)),
    ],
)  # fmt: skip
def test_sizes(action, options, size):
    assert made(picture(), action, options).size == size


@pytest.mark.parametrize("name", ["jpeg", "png", "webp", "avif", "gif", "tiff", "bmp"])
def test_every_format_is_written_and_read_again(name):
    image = made(picture(mode="RGBA", colour=(255, 0, 0, 128)), "resize", f"10x {name}")
    assert image.format.lower() == name


def test_the_source_format_is_kept():
    assert made(picture(kind="JPEG"), "resize", "10x").format == "JPEG"


def test_transparency_is_laid_on_the_background():
    image = made(picture(mode="RGBA", colour=(0, 0, 0, 0)), "resize", "10x bmp #00ff00")
    assert image.convert("RGB").getpixel((1, 1)) == (0, 255, 0)


def test_orientation_of_a_phone_is_applied_and_its_metadata_dropped():
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "at home"
    content = picture(kind="JPEG", exif=exif)
    assert (processing.facts(content).width, processing.facts(content).height) == (20, 40)
    image = made(content, "resize", "10x")
    assert image.size == (10, 20)
    assert not dict(image.getexif())


def test_smart_crop_goes_where_something_is():
    image = Image.new("RGB", (300, 100), "white")
    for x in range(220, 280, 4):
        image.paste("black", (x, 20, x + 2, 80))
    written = io.BytesIO()
    image.save(written, "PNG")
    cropped = made(written.getvalue(), "crop", "100x100 smart png").convert("L")
    assert cropped.getextrema()[0] < 50
    even = made(picture(300, 100), "crop", "100x100 smart png")
    assert even.size == (100, 100)


def test_moving_pictures_keep_moving():
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "green", "blue")]
    written = io.BytesIO()
    frames[0].save(written, "GIF", save_all=True, append_images=frames[1:], duration=50)
    assert made(written.getvalue(), "resize", "10x").n_frames == 3
    assert made(written.getvalue(), "resize", "10x webp").n_frames == 3
    assert getattr(made(written.getvalue(), "resize", "10x png"), "n_frames", 1) == 1


def test_a_bomb_is_refused_before_it_is_decoded():
    bomb = io.BytesIO()
    Image.new("1", (30000, 30000)).save(bomb, "PNG")
    with pytest.raises(AuthorError, match="900 megapixels"):
        processing.facts(bomb.getvalue(), "bomb.png")
    with pytest.raises(AuthorError, match="too large"):
        processing.process(picture(), image_spec.parse("resize", "16000x16000"))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of Pillow, about formats that only chance finds
@given(st.binary(max_size=200))
def test_what_is_no_image_is_an_author_error(content):
    with pytest.raises(AuthorError):
        processing.process(content, image_spec.parse("resize", "10x"))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "AVIF"])
def test_a_torn_file_is_an_author_error_or_an_image(kind):
    content = picture(64, 64, kind)
    for length in range(0, len(content), max(1, len(content) // 40)):
        with contextlib.suppress(AuthorError):  # any other exception fails this test
            processing.process(content[:length], image_spec.parse("resize", "10x"), name="torn")


@pytest.mark.parametrize(
    "options", ["", "600y400", "q75", "10x q101", "10x nope", "99999x", "10x webpp", "10x #12", "10x q"]
)
def test_options_that_cannot_be(options):
    with pytest.raises(AuthorError):
        image_spec.parse("resize", options)


def test_the_nearest_option_is_offered():
    with pytest.raises(AuthorError) as error:
        image_spec.parse("resize", "10x lanczso")
    assert error.value.hint == "did you mean lanczos?"


def test_defaults_of_the_site():
    spec = image_spec.defaults({"quality": 60, "anchor": "Top", "resampleFilter".lower(): "Lanczos", "bgcolor": "#000"})
    assert (spec.quality, spec.anchor, spec.filter, spec.background) == (60, "top", "lanczos", "#000")
    assert image_spec.parse("fill", "10x10 q80", spec).key() != image_spec.parse("fill", "10x10", spec).key()


@given(
    st.sampled_from(["resize", "fit", "fill", "crop"]),
    st.integers(1, 60),
    st.integers(1, 60),
    st.integers(1, 60),
    st.integers(1, 60),
)
@settings(max_examples=60)
def test_fill_is_exact_fit_is_inside_crop_never_scales(action, width, height, across, down):
    size = made(picture(across, down), action, f"{width}x{height}").size
    if action in ("resize", "fill"):
        assert size == (width, height)
    elif action == "fit":
        assert size[0] <= width
        assert size[1] <= height
    else:
        assert size == (min(width, across), min(height, down))


def test_filters():
    filters = Filters()
    steps = [
        filters.grayscale, filters.invert, filters.brightness(10), filters.contrast(-10), filters.saturation(50),
        filters.gamma(1.5), filters.gaussian_blur(2), filters.pixelate(3), filters.opacity(0.5), filters.sepia(80),
        filters.unsharp_mask(2, 1, 0), filters.auto_orient,
    ]  # fmt: skip
    assert len({step.key for step in steps}) == len(steps)
    for mode in ("RGB", "RGBA"):
        for step in steps:
            assert made(picture(mode=mode), "resize", "10x png", [step]).size == (10, 5)
    grey = made(picture(), "resize", "10x png", [filters.grayscale]).convert("RGB").getpixel((0, 0))
    assert grey[0] == grey[1] == grey[2]
    with pytest.raises(AuthorError):
        filters.opacity(2)


def test_what_is_no_image_is_said_without_the_inner_life_of_python():
    with pytest.raises(AuthorError) as caught:
        processing.process(b"no image", image_spec.parse("resize", "10x"), name="a.png")
    assert caught.value.message == "cannot read image a.png: its format is not known"
