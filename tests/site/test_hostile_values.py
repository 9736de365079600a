"""Whatever types an author or an attacker gives to settings and fields: a site, or typed errors; never anything else."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.site.sites import NOW, write
from village.errors import BuildFailed
from village.site import loader, pages
from village.site.config import keys
from village.site.model import LoadOptions
from village.site.reload import keeping

VALUES = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=8),
        st.sampled_from(["/", "..", "a/../../b", "*", "[", "{a", "**", "2020-01-01", "en", ":year", "html", "x" * 300, "\x00", "home"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["a", "en", "page", "name", "target", "src", "weight", "path", "pattern", "main", "html"]), inner, max_size=3),
    ),
    max_leaves=6,
)  # fmt: skip
FIELDS = [
    *pages.READERS,
    *pages.DATE_KEYS,
    "outputs",
    "resources",
    "cascade",
    "tags",
    "tags_weight",
    "params",
    "markup",
    "draft",
]
SETTINGS = [key for key in keys.DEFAULTS if key != "enablegitinfo"]


def attempt(folder: Path, config: Any, matter: Any) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    text = json.dumps(matter) + "\nbody\n"
    files = {
        "hugo.json": json.dumps(config),
        "content/posts/_index.md": text,
        "content/posts/a/index.md": text,
        "content/posts/a/b.txt": "x",
    }
    try:
        site = loader.load(write(folder, files), LoadOptions(now=NOW))
    except BuildFailed as failed:
        failed.describe()
        return
    assert all(
        output.url.startswith("/") and ".." not in output.target.split("/")
        for p in site.pages.values()
        for output in p.outputs
    )
    assert keeping.unpack(list(keeping.pack(site))).pages.keys() == site.pages.keys()


QUIET = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@QUIET
@given(st.dictionaries(st.sampled_from(FIELDS), VALUES, min_size=1, max_size=3))
def test_front_matter(tmp_path: Path, matter: Any) -> None:
    attempt(tmp_path / "site", {"taxonomies": {"tag": "tags"}}, matter)


@QUIET
@given(st.dictionaries(st.sampled_from(SETTINGS), VALUES, min_size=1, max_size=3))
def test_settings(tmp_path: Path, config: Any) -> None:
    attempt(tmp_path / "site", config, {"title": "x", "tags": ["y"], "date": "2020-01-01"})
