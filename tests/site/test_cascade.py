"""What is handed down, to whom, and what stays the page's own."""

from __future__ import annotations

from pathlib import Path

from tests.site.sites import load

FILES = {
    "hugo.yaml": """
cascade:
- {params: {site: 1, both: site}, weight: 9}
- {target: {kind: term}, description: of terms}
- {target: {path: '/posts/**'}, type: blog}
- {target: {environment: staging}, params: {staged: true}}
""",
    "content/posts/_index.md": "---\ncascade:\n- {params: {both: section, deep: {a: 1}}}\n- {target: {path: /posts/a}, slug: other}\n---\n",
    "content/posts/a.md": "---\ntags: [t]\nparams: {both: own}\n---\n",
    "content/posts/n/_index.md": "---\ncascade: {params: {deep: {b: 2}}}\n---\n",
    "content/posts/n/b.md": "---\nweight: 3\n---\n",
    "content/z.md": "---\n_target: 1\n---\n",
}


def test_nearer_wins_and_own_values_stay(tmp_path: Path) -> None:
    site = load(tmp_path, FILES)
    a, b, z = (site.pages[f"en:/{path}"] for path in ("posts/a", "posts/n/b", "z"))
    assert (a.params["both"], a.params["site"], a.type, a.slug, a.weight) == ("own", 1, "blog", "other", 9)
    assert a.outputs[0].url == "/posts/other/"
    assert (b.params["both"], b.params["deep"], b.weight, b.slug) == ("section", {"b": 2}, 3, "")
    assert (z.params["both"], z.type, z.params.get("staged")) == ("site", "page", None)
    assert site.pages["en:/tags/t"].description == "of terms"
    assert site.pages["en:/"].params["site"] == 1


def test_targets_may_name_an_environment(tmp_path: Path) -> None:
    assert load(tmp_path, FILES, environment="staging").pages["en:/z"].params["staged"] is True
