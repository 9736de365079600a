"""Segments: a part of the site, made and unmade."""

CONFIG = """baseURL = "https://example.org/"
title = "Site"
[segments.posts]
[[segments.posts.includes]]
kind = "page"
[[segments.posts.excludes]]
path = "/posts/b"
"""


def small_site(bench, config=CONFIG, **options):
    one = bench(**options)
    one.write("hugo.toml", config)
    one.write(
        "layouts/all.html", "{{ page.title }} {% for p in site.regular_pages %}{{ p.rel_permalink }} {% endfor %}"
    )
    for name in "ab":
        one.write(f"content/posts/{name}.md", f"---\ntitle: {name}\n---\n")
    return one


def test_only_a_segment_is_rendered_and_lists_are_whole(bench):
    one = small_site(bench, segments=("posts",))
    assert set(one.build().release.entries) == {"/posts/a/"}
    assert one.text("/posts/a/") == "a /posts/a/ /posts/b/ "


def test_what_the_config_chooses_can_change(bench):
    one = small_site(bench)
    whole = one.build().release.id
    one.write("hugo.toml", 'renderSegments = ["posts"]\n' + CONFIG)
    assert set(one.build().release.entries) == {"/posts/a/"}
    one.write("hugo.toml", CONFIG)
    assert one.build().release.id == whole


def test_a_segment_nobody_defined_is_the_whole_site(bench):
    assert "/posts/b/" in small_site(bench, segments=("nothing",)).build().release.entries
