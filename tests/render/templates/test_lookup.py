"""Template lookup in Hugo's order."""

import pytest

from village.render.templates import lookup
from village.render.templates.lookup import Wanted


def chosen(names, kind, path="/", page_type="", **more):
    known = lookup.catalogue(names)
    return lookup.choose(known, Wanted(kind, folders=lookup.folders_of(path, kind, page_type), **more))


@pytest.mark.parametrize(
    ("names", "kind", "path", "page_type", "more", "expected"),
    [
        (["single.html", "page.html", "all.html"], "page", "/posts/a", "posts", {}, "page.html"),
        (["_default/single.html", "posts/single.html"], "page", "/posts/a", "posts", {}, "posts/single.html"),
        (["single.html", "wide.html"], "page", "/a", "page", {"layout": "wide"}, "wide.html"),
        (["single.html", "posts/all.html"], "page", "/posts/a", "posts", {}, "posts/all.html"),
        (
            ["single.html", "posts/wide.html", "wide.html"],
            "page",
            "/posts/a",
            "posts",
            {"layout": "wide"},
            "posts/wide.html",
        ),
        (["index.html", "_default/list.html"], "home", "/", "", {}, "index.html"),
        (["_default/list.html"], "home", "/", "", {}, "_default/list.html"),
        (["list.html", "section.html"], "section", "/posts", "posts", {}, "section.html"),
        (["list.html", "section/posts.html"], "section", "/posts", "posts", {}, "section/posts.html"),
        (["list.html", "_default/terms.html"], "taxonomy", "/tags", "tags", {}, "_default/terms.html"),
        (["list.html", "term.html"], "term", "/tags/go", "tags", {}, "term.html"),
        (["list.html", "home.rss.xml"], "home", "/", "", {"format": "rss", "suffix": "xml"}, "home.rss.xml"),
        (["list.html", "rss.xml"], "section", "/posts", "posts", {"format": "rss", "suffix": "xml"}, "rss.xml"),
        (["list.html", "list.xml"], "section", "/posts", "posts", {"format": "rss", "suffix": "xml"}, "list.xml"),
        (["list.xml"], "section", "/posts", "posts", {"format": "more", "suffix": "xml", "bare": False}, ""),
        (["list.html"], "section", "/posts", "posts", {"format": "amp"}, "list.html"),
        (["sitemap.xml"], "sitemap", "/", "", {"format": "sitemap", "suffix": "xml", "bare": False}, "sitemap.xml"),
        (["single.html", "single.ru.html"], "page", "/a", "page", {"lang": "ru"}, "single.ru.html"),
        (["single.html", "single.ru.html"], "page", "/a", "page", {"lang": "en"}, "single.html"),
        (["baseof.html", "posts/baseof.html"], "page", "/posts/a", "posts", {"base": True}, "posts/baseof.html"),
        (["404.html", "single.html", "all.html"], "404", "/404", "page", {}, "404.html"),
        (["single.html.j2"], "page", "/a", "page", {}, "single.html.j2"),
        (["about/single.html", "docs/deep/page.html"], "page", "/docs/deep/x", "docs", {}, "docs/deep/page.html"),
    ],
)
def test_chosen_template(names, kind, path, page_type, more, expected):
    assert chosen(names, kind, path, page_type, **more) == expected
    assert chosen(list(reversed(names)), kind, path, page_type, **more) == expected


def test_partials_shortcodes_and_hooks_stand_apart():
    known = lookup.catalogue(
        ["partials/a.html", "_partials/b/c.html", "shortcodes/x.html", "_shortcodes/y/z.html", "_markup/render-link.html",
         "_default/_markup/render-codeblock-go.html"]
    )  # fmt: skip
    assert lookup.choose_named(known, "partials/a.html") == "partials/a.html"
    assert lookup.choose_named(known, "a.html") == "partials/a.html"
    assert lookup.choose_named(known, "b/c") == "_partials/b/c.html"
    assert known.shortcodes == {"x": "shortcodes/x.html", "y/z": "_shortcodes/y/z.html"}
    assert lookup.choose_hook(known, "link", "", ("",)) == "_markup/render-link.html"
    assert lookup.choose_hook(known, "codeblock", "go", ("",)) == "_default/_markup/render-codeblock-go.html"
    assert lookup.choose_hook(known, "codeblock", "py", ("",)) == ""


@pytest.mark.parametrize(
    "source",
    ["{{ .Title }}", '{{ define "main" }}x{{ end }}', '{{- partial "a.html" . -}}', "{{ range .Pages }}", "{{ if .X }}", "{{ $x := 1 }}", "{{/* c */}}",
     "{{ with site.Params.a }}", '{{ block "x" . }}', '{{ template "_internal/x" . }}'],
)  # fmt: skip
def test_go_templates_are_told(source):
    assert lookup.is_go(source)


@pytest.mark.parametrize(
    "source", ["{{ page.title }}", "{% for p in pages %}{{ p.title|upper }}{% endfor %}", "plain", "{{ index }}", "{{ now().year }}", "{{ partial('a') }}",
               "{{ end_date }}", "{{ i18n('x') }}", "{{ with_name }}", "{# .x #}"],
)  # fmt: skip
def test_jinja_templates_are_told(source):
    assert not lookup.is_go(source)
