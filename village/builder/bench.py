"""The asset pipeline's workbench: what ``render.assets.resources`` needs of the site and the build."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from village.builder.asset_cache import AssetCache
from village.builder.union import Digests, UnionFile
from village.render.assets.media_types import media_type
from village.render.lens import Lens, question
from village.render.views.base_url import absolute, relative


class Bench:
    """Assets of all layers; what is read is asked through the lens, what is published belongs to the node
    being made.
    """

    def __init__(self, desk: Any, cache: AssetCache) -> None:
        self.desk = desk
        self.cache = cache
        self.files: dict[str, UnionFile] = {}
        self.digests = Digests()

    def read(self, path: str) -> bytes | None:
        name = path.lstrip("/")
        known = self.desk.lens.ask("asset", name)
        return self.files[name].read() if known else None

    def names(self) -> Sequence[str]:
        return list(self.desk.lens.ask("assets"))

    def link(self, target: str) -> tuple[str, str]:
        lang = self.desk.page.page.lang
        assert self.desk.lens.ask("base_url", lang)
        return relative(self.desk.lens, lang, target), absolute(self.desk.lens, lang, target)

    def publish(self, target: str, content: bytes, *, immutable: bool) -> None:
        self.desk.publish(target, content, media_type(target), "immutable" if immutable else "asset")

    def cached(self, key: str, make: Callable[[], bytes]) -> bytes:
        return self.cache(key, make)

    def execute(self, source: str, name: str, context: Any) -> str:
        """Hugo's resources.ExecuteAsTemplate."""
        digest = hashlib.sha256(source.encode()).hexdigest()
        return str(
            self.desk.templates.render_source(
                source, f"{name} {digest[:8]}", self.desk.context(self.desk.page, context=context)
            )
        )

    def imaging(self) -> Mapping[str, Any]:
        return self.desk.lens.ask("config", self.desk.page.page.lang, "imaging") or {}


@question("asset")
def answer_asset(lens: Lens, name: str) -> str:
    """The digest of an asset, "" when there is none."""
    bench = lens.services.bench  # type: ignore[attr-defined]
    file = bench.files.get(name)
    return bench.digests.of(file) if file else ""


@question("assets")
def answer_assets(lens: Lens) -> tuple[str, ...]:
    return tuple(sorted(lens.services.bench.files))  # type: ignore[attr-defined]
