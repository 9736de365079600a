"""Related pages; the lists were asked of the Hugo 0.168 binary."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.site.sites import load
from village.site import related

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
    site = load(
        tmp_path, {"hugo.yaml": config, **{f"content/{n}.md": f"---\ntitle: {n}\n{t}\n---\n" for n, t in POSTS.items()}}
    )
    found = {name: "".join(key[-1] for key in related.related(site, f"en:/{name}")) for name in POSTS}
    assert found == expected
