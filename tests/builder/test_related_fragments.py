"""Related pages by their headings: a heading that changes is a change of the pages that show it."""

from village.builder.workshop import Workshop
from village.release.store import Store

CONFIG = """baseURL = "https://example.org/"
[related]
includeNewer = true
threshold = 0
[[related.indices]]
name = "headings"
type = "fragments"
weight = 80
"""


def test_a_heading_makes_relations_and_ends_them(bench, tmp_path):
    one = bench()
    one.write("hugo.toml", CONFIG)
    one.write("layouts/single.html", "{% for p in site.regular_pages.related(page) %}{{ p.title }} {% endfor %}")
    one.write("layouts/list.html", "")
    for name, heading in (("a", "Same"), ("b", "Same"), ("c", "Other")):
        one.write(f"content/p/{name}.md", f"---\ntitle: {name}\n---\n## {heading}\n")
    one.build()
    assert [one.text(f"/p/{name}/") for name in "abc"] == ["b ", "a ", ""]
    one.write("content/p/c.md", "---\ntitle: c\n---\n## Same\n")
    report = one.build("content/p/c.md")
    assert [one.text(f"/p/{name}/") for name in "abc"] == ["b c ", "a c ", "a b "]
    one.write("content/p/c.md", "---\ntitle: c\n---\n## Other\n")
    report = one.build("content/p/c.md")
    assert one.text("/p/a/") == "b "
    clean = Workshop(one.folder, Store(tmp_path / "clean"), one.options)
    assert clean.build().release.id == report.release.id
    clean.close()
