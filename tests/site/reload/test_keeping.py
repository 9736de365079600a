"""A site packed and unpacked is the same site, and can be reloaded."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.site.reload.test_reloading import OPTIONS, START, picture
from tests.site.sites import NOW, write
from village.site import loader
from village.site.reload import keeping


def test_round_trip(tmp_path: Path) -> None:
    site = loader.load(write(tmp_path, START), OPTIONS)
    again = keeping.unpack(list(keeping.pack(site)))
    assert picture(again) == picture(site)
    assert again.pages["en:/posts/a"] is again.harvest.pages["en:/posts/a"]
    post = tmp_path / "content/posts/a.md"
    post.write_text(post.read_text() + "more")
    newer, changes = loader.reload(again, None, NOW)
    assert changes.body == {"en:/posts/a"}
    assert picture(newer) == picture(loader.load(tmp_path, OPTIONS))


def test_nothing_is_no_site() -> None:
    with pytest.raises(ValueError, match="no pieces"):
        keeping.unpack([])
