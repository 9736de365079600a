"""Related pages, asked of a whole build; the lists were asked of the Hugo 0.168 binary."""

from __future__ import annotations

from pathlib import Path

import pytest

from village.builder.options import BuildOptions
from village.builder.workshop import Workshop
from village.release.store import Store

LAYOUT = "{% for other in site.regular_pages.related(page) %}{{ other.title }}{% endfor %}"
POSTS = {
    "a": "tags: [x, y, z]\nkeywords: [k1, k2]\ndate: 2020-01-01", "b": "tags: [x, y]\ndate: 2020-02-01",
    "c": "tags: [x]\nkeywords: [k1]\ndate: 2020-03-01", "d": "tags: [Y]\ndate: 2020-01-15",
    "e": "keywords: [k2, K1]\ndate: 2021-01-01", "f": "date: 2020-01-01\ncategories: [q]",
    "g": "tags: [z]\ncategories: [q]\ndate: 2019-01-01", "h": "tags: [z, y, x]\ndate: 2018-01-01\nkeywords: [k1, k2]",
}  # fmt: skip
LOW = """related:
  threshold: 20
  toLower: true
  indices: [{name: tags, weight: 100}, {name: categories, weight: 50}, {name: date, weight: 10, pattern: '200601'}]
"""
CARDINALITY = """related:
  includeNewer: true
  threshold: 20
  toLower: true
  indices: [{name: tags, weight: 100, cardinalityThreshold: 60}, {name: keywords, weight: 50}]
"""


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ("", {"a": "hg", "b": "ah", "c": "ahb", "d": "", "e": "ah", "f": "", "g": "h", "h": ""}),
        (LOW, {"a": "hg", "b": "ahd", "c": "bah", "d": "ah", "e": "", "f": "g", "g": "h", "h": ""}),
        (CARDINALITY, {"a": "hegc", "b": "", "c": "eah", "d": "", "e": "ahc", "f": "", "g": "ah", "h": "aegc"}),
    ],
)
def test_related(tmp_path: Path, config: str, expected: dict[str, str]) -> None:
    files = {"hugo.yaml": config, "layouts/page.html": LAYOUT}
    files |= {f"content/{name}.md": f"---\ntitle: {name}\n{fields}\n---\n" for name, fields in POSTS.items()}
    for name, text in files.items():
        (tmp_path / "site" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "site" / name).write_text(text)
    store = Store(tmp_path / "store")
    workshop = Workshop(tmp_path / "site", store, BuildOptions(workers=1))
    try:
        entries = workshop.build().release.entries
    finally:
        workshop.close()
    assert {name: store.get(entries[f"/{name}/"].blob).decode() for name in POSTS} == expected
