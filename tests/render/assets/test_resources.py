"""Assets: chains of steps, names with hashes, nothing written before a link is used, nothing made twice."""

from __future__ import annotations

import base64
import hashlib
import io

import pytest
from PIL import Image

from village.errors import AuthorError
from village.render.assets import resources
from village.render.assets.resources import Asset, Assets
from village.render.images.filters import Filters


class Bench:
    """A workbench over a dictionary."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files
        self.written: dict[str, tuple[bytes, bool]] = {}
        self.kept: dict[str, bytes] = {}
        self.made = 0

    def read(self, path):
        return self.files.get(path)

    def names(self):
        return sorted(self.files)

    def link(self, target):
        return "/sub" + target, "https://example.org/sub" + target

    def publish(self, target, content, *, immutable):
        self.written[target] = (content, immutable)

    def cached(self, key, make):
        if key not in self.kept:
            self.made += 1
            self.kept[key] = make()
        return self.kept[key]

    def execute(self, source, name, context):
        return source.replace("{{ colour }}", context["colour"])

    def imaging(self):
        return {"quality": 80}


def png(width: int = 40, height: int = 20) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(written, "PNG")
    return written.getvalue()


@pytest.fixture
def bench():
    return Bench(
        {
            "css/main.css": b"a { b : c }",
            "css/main.scss": b'@import "part"; a { b: $c }',
            "css/_part.scss": b"$c: {{ colour }};".replace(b"{{ colour }}", b"red"),
            "js/a.js": b"let a = 1",
            "js/b.js": b"(function () {})()",
            "img/photo.png": png(),
            "img/deep/other.png": png(),
        }
    )


def test_nothing_is_written_until_a_link_is_used(bench):
    style = Assets(bench).get("css/main.css").minify().fingerprint()
    assert not bench.written
    hashed = hashlib.sha256(b"a{b:c}")
    assert style.data["integrity"] == "sha256-" + base64.b64encode(hashed.digest()).decode()
    assert style.rel_permalink == f"/sub/css/main.min.{hashed.hexdigest()}.css"
    assert bench.written == {f"/css/main.min.{hashed.hexdigest()}.css": (b"a{b:c}", True)}


def test_a_missing_asset_is_false_and_passes_through_every_filter(bench):
    missing = Assets(bench).get("css/nope.css")
    assert not missing
    for step in resources.FILTERS.values():
        assert not step(missing)


@pytest.mark.parametrize(("algorithm", "digits"), [("md5", 32), ("sha256", 64), ("sha384", 96), ("sha512", 128)])
def test_algorithms(bench, algorithm, digits):
    style = Assets(bench).get("css/main.css").fingerprint(algorithm)
    assert len(style.rel_permalink.split(".")[1]) == digits
    assert style.data["integrity"].startswith("" if algorithm == "md5" else f"{algorithm}-")
    with pytest.raises(AuthorError):
        Assets(bench).get("css/main.css").fingerprint("crc32")


def test_scss_reads_its_imports_from_the_assets_and_is_compiled_once(bench):
    for _ in range(2):
        style = Assets(bench).get("css/main.scss").to_css({"output_style": "compressed"})
        assert style.content == "a{b:red}\n"
    assert bench.made == 1
    assert style.rel_permalink == "/sub/css/main.css"
    assert str(style.media_type) == "text/css"
    bench.files["css/_part.scss"] = b"$c: blue;"
    assert "blue" in Assets(bench).get("css/main.scss").to_css().content


def test_concat_keeps_scripts_apart(bench):
    found = Assets(bench)
    script = found.concat("js/all.js", found.match("js/*.js")).minify()
    assert script.content == "let a=1;(function(){})()"
    assert script.rel_permalink == "/sub/js/all.min.js"


def test_globs_and_types(bench):
    found = Assets(bench)
    assert [asset.name for asset in found.match("img/*.PNG")] == ["/img/photo.png"]
    assert len(found.match("**.png")) == 2
    assert len(found.by_type("image")) == 2
    assert not found.get_match("*.gif")


def test_templates_and_strings(bench):
    found = Assets(bench)
    text = found.from_string("robots/x.css", "a{color:{{ colour }}}")
    made = found.execute_as_template("css/x.css", {"colour": "red"}, text)
    assert made.content == "a{color:red}"
    assert found.copy("y.css", made).rel_permalink == "/sub/y.css"


def test_images_are_made_once_and_named_by_what_was_done(bench):
    photo = Assets(bench).get("img/photo.png")
    assert (photo.width, photo.height) == (40, 20)
    small = photo.resize("20x webp q50")
    assert bench.made == 0
    assert (small.width, small.height, str(small.media_type)) == (20, 10, "image/webp")
    assert small.rel_permalink.startswith("/sub/img/photo_hu_")
    assert small.rel_permalink.endswith(".webp")
    assert photo.resize("20x webp q50").rel_permalink == small.rel_permalink
    assert photo.resize("20x webp q51").rel_permalink != small.rel_permalink
    grey = small.filter([Filters().grayscale])
    assert grey.rel_permalink.count("_hu_") == 1
    assert bench.made == 3


def test_what_is_no_image_says_so(bench):
    with pytest.raises(AuthorError, match="no image"):
        Assets(bench).get("css/main.css").resize("10x")


def test_nothing_is_fetched(bench):
    with pytest.raises(AuthorError, match="fetches nothing"):
        Assets(bench).get_remote("https://example.org/x.css")


def test_a_path_cannot_leave_the_assets(bench):
    bench.files["secret"] = b"x"
    seen = []
    bench.read = seen.append
    Assets(bench).get("/../../etc/passwd")
    assert seen == ["../../etc/passwd"]  # whoever reads refuses it; nothing here opens files


def test_page_resources_are_assets_with_their_own_target(bench):
    photo = Asset(bench, "photo.png", resources.source(png()), "/posts/hello/photo.png")
    assert photo.fill("10x10").rel_permalink.startswith("/sub/posts/hello/photo_hu_")
