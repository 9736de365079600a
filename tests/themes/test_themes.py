"""The bundled themes show any Hugo content: valid HTML, nothing fetched from elsewhere, no link that leads nowhere."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import html5lib
import pytest
from jinja2.defaults import DEFAULT_FILTERS

from village import bundled, cli
from village.render.assets import resources as assets
from village.render.functions.catalogue import FREE_FILTERS, Functions
from village.render.templates.sandbox import OPEN
from village.render.views.page import PageView
from village.render.views.site import SiteView
from village.settings import names

sys.path.insert(0, str(Path(__file__).parent))
import sites

THEMES = ["village", "plain"]
SITES = {
    "blog": sites.BLOG,
    "languages": sites.LANGUAGES,
    "bare": sites.BARE,
    "manual": bundled.folder("content-example"),
}
XHTML = "{http://www.w3.org/1999/xhtml}"
LOADED = {"script": "src", "img": "src", "iframe": "src", "source": "src"}


@pytest.fixture(
    params=[(site, theme) for site in SITES for theme in THEMES if site != "manual" or theme == "village"], ids="-".join
)
def pages(request, build):
    site, theme = request.param
    return build(SITES[site], theme if not isinstance(SITES[site], Path) else "")


def documents(pages):
    return {
        path: data.decode()
        for path, data in pages.items()
        if data[:15].lower() == b"<!doctype html>" and b'http-equiv="refresh"' not in data
    }


def parsed(text):
    return html5lib.parse(text)


def elements(tree, name):
    return tree.iter(XHTML + name)


def test_every_page_is_valid_html(pages):
    for path, text in documents(pages).items():
        parser = html5lib.HTMLParser()
        parser.parse(text)
        assert not parser.errors, (
            path,
            [(place, text.split("\n")[place[0] - 1][:200], what) for place, what, _ in parser.errors[:3]],
        )


def test_ids_are_unique_and_pages_have_one_main_a_title_and_a_language(pages):
    for path, text in documents(pages).items():
        tree = parsed(text)
        ids = [each.get("id") for each in tree.iter() if each.get("id")]
        assert len(ids) == len(set(ids)), path
        assert len(list(elements(tree, "main"))) == 1
        assert next(elements(tree, "title")).text.strip()
        assert tree.get("lang")
        assert len(list(elements(tree, "h1"))) <= 2, path


def test_nothing_is_loaded_from_elsewhere(pages):
    for path, text in documents(pages).items():
        tree = parsed(text)
        for name, attribute in LOADED.items():
            for each in elements(tree, name):
                host = urlsplit(each.get(attribute) or "").netloc
                assert host in ("", "img.example.org", "d2one.ru"), (path, each.attrib)  # the author's own pictures
        for each in elements(tree, "link"):
            if each.get("rel") in ("stylesheet", "icon", "preload"):
                assert not urlsplit(each.get("href")).netloc


def test_no_link_leads_nowhere(pages):
    base = "https://example.org/sub/" if "/posts/bundle/" in pages else "https://example.org/"
    prefix = urlsplit(base).path.rstrip("/")
    for path, text in documents(pages).items():
        for each in parsed(text).iter():
            address = each.get("href") or each.get("src") or ""
            target = urlsplit(urljoin(base.rstrip("/") + path, address))
            if not address or target.netloc != "example.org" or target.scheme not in ("http", "https"):
                continue
            found = unquote(target.path).removeprefix(prefix) or "/"
            assert found in pages, (path, address)


def test_images_have_an_alternative_and_buttons_a_name(pages):
    for path, text in documents(pages).items():
        tree = parsed(text)
        assert all(each.get("alt") is not None for each in elements(tree, "img")), path
        for each in elements(tree, "button"):
            assert each.get("aria-label") or "".join(each.itertext()).strip()


def test_structured_data_is_json_and_cannot_be_broken_out_of(pages):
    for text in documents(pages).values():
        for script in elements(parsed(text), "script"):
            if script.get("type") == "application/ld+json":
                assert json.loads(script.text)["@context"] == "https://schema.org"
        assert "<script>alert" not in text


@pytest.mark.parametrize("theme", THEMES)
def test_the_first_heading_of_every_page_is_one_of_the_first_rank(build, theme):
    for files in (sites.BLOG, sites.LANGUAGES):
        for path, text in documents(build(files, theme)).items():
            first = re.search(r"<h[1-6][ >]", text)
            assert "<h1></h1>" not in text
            if path in {"/empty/", "/posts/untitled/"}:  # nothing to head them with
                continue
            assert first, path
            assert first[0][:3] == "<h1", path


@pytest.mark.parametrize("theme", THEMES)
def test_paths_of_settings_lie_below_the_site_wherever_that_is(build, theme):
    config = 'baseURL = "https://you.github.io/blog/"\n[params]\nimage = "/share.png"\nlogo = "/logo.svg"\nfavicon = "icon.png"\n'
    files = {"hugo.toml": config, "content/a.md": "---\ntitle: A\nimage: /own.png\n---\nx\n"}
    text = documents(build(files, theme))["/a/"] + documents(build(files, theme))["/"]
    assert not re.findall(r'(?:href|src|content)="(?:https://you.github.io)?/(?!blog/)[^"]*"', text)
    if theme == "village":
        assert "https://you.github.io/blog/own.png" in text
        assert "https://you.github.io/blog/share.png" in text


def test_both_themes_count_visitors_alike():
    one, other = (bundled.folder("themes") / theme / "layouts/_partials/analytics.html" for theme in THEMES)
    assert one.read_text() == other.read_text()


@pytest.mark.parametrize("theme", THEMES)
def test_alerts_speak_the_language_of_the_page(build, theme):
    files = {"hugo.toml": 'locale = "de"\ndefaultContentLanguage = "de"\n', "content/a.md": "> [!WARNING]\n> x\n"}
    assert "Warnung" in documents(build(files, theme))["/a/"]


@pytest.mark.parametrize("theme", THEMES)
def test_titles_stand_escaped_where_they_are_shown(build, theme):
    page = build(sites.BLOG, theme)["/posts/html/"].decode()
    assert "Tags &lt;script&gt;alert(1)&lt;/script&gt; &amp;" in page
    assert "/tags/c++--rust/" in page


def test_pictures_are_found_under_the_names_people_use(build):
    pages = build(sites.BLOG, "village")
    assert b'<img src="/sub/posts/bundle/photo.png" alt="A &#34;photo&#34;"' in pages["/posts/bundle/"]
    assert b'<img src="/sub/posts/featured/featured-image.jpg"' in pages["/posts/featured/"]
    assert b'<img src="https://img.example.org/x.png"' in pages["/posts/html/"]
    assert b'property="og:image" content="https://img.example.org/x.png"' in pages["/posts/html/"]


def test_the_reader_is_spoken_to_in_the_language_of_the_page(build):
    pages = build(sites.LANGUAGES, "village")
    assert "5 января" not in pages["/ru/posts/hello/"].decode()
    assert "2 января 2024" in pages["/ru/posts/hello/"].decode()
    assert "минут" in pages["/ru/posts/hello/"].decode()
    assert "2024年1月3日" in pages["/zh-cn/posts/hello/"].decode()
    assert 'dir="rtl"' in pages["/ar/posts/hello/"].decode()
    assert 'hreflang="ar"' in pages["/posts/hello/"].decode()


def test_lists_are_paged_and_the_archive_groups_by_year(build):
    pages = build(sites.BLOG, "village")
    assert "/page/2/" in pages
    assert re.search(rb"<h2>2024</h2>", pages["/archives/"])


@pytest.mark.parametrize("theme", THEMES)
def test_a_menu_entry_with_children_leads_to_its_own_page_too(build, theme):
    menu = """
[[menus.main]]
name = "Docs"
identifier = "docs"
url = "https://docs.example/"
[[menus.main]]
name = "Nowhere"
identifier = "nowhere"
[[menus.main]]
name = "Child"
parent = "docs"
url = "https://child.example/"
[[menus.main]]
name = "Grown"
parent = "nowhere"
url = "https://grown.example/"
"""
    home = build({"hugo.toml": f'title = "M"\n{menu}', "content/a.md": "A"}, theme)["/"].decode()
    assert [name for name in ("docs", "child", "grown") if f'href="https://{name}.example/"' in home] == [
        "docs",
        "child",
        "grown",
    ]
    assert 'href=""' not in home


def test_analytics_is_one_line_and_off_by_default(build):
    assert b"plausible" not in build(sites.BLOG, "village")["/"]
    files = {**sites.BARE, "hugo.toml": 'title = "x"\nparams.analytics.plausible = "example.org"\n'}
    assert b'data-domain="example.org"' in build(files, "village")["/"]


def test_the_search_index_is_offered_where_there_is_one(build):
    pages = build(sites.BLOG, "village")
    assert b'data-index="/sub/search.json"' in pages["/"]
    found = json.loads(pages["/search.json"])
    assert {"t", "u", "s"} <= set(found[0])
    assert b"search-open" not in build(sites.BARE, "village")["/"]


def test_a_theme_in_go_is_shown_by_the_default_theme(build):
    pages = build(sites.GO_THEME)
    assert b'class="entry"' in pages["/"]
    assert b"inner" in pages["/post/a/"]


def test_a_theme_in_go_leaves_the_default_theme_whole(build):
    """Its files without Go actions would pass for templates, and its words are the site's."""
    footer = {"themes/gopher/layouts/partials/colophon.html": "<p>gopher</p>"}
    page = build({**sites.GO_THEME, **footer})["/post/a/"]
    assert b"gopher" not in page
    assert b"<footer" in page


def test_without_a_theme_the_reader_is_spoken_to_as_well(build):
    assert "минут" in build(sites.LANGUAGES)["/ru/posts/hello/"].decode()


def test_every_setting_stands_in_the_manual(build):
    page = build(bundled.folder("content-example"))["/docs/operate/settings/"].decode()
    assert not [name for name in names.ENVIRONMENT if name not in page and name != "VILLAGE_TLS_MODE"]


def test_every_verb_and_option_stands_in_the_manual():
    text = (bundled.folder("content-example") / "content/docs/commands.md").read_text()
    for name, command in cli.main.commands.items():
        if command.hidden:
            continue
        assert re.search(rf"village {name}\b", text), name
        for option in command.params:
            assert option.param_type_name == "argument" or option.opts[0] in text, (name, option.opts)
        for inner in getattr(command, "commands", ()):
            assert f"{name} {inner}" in text


def test_what_the_manual_calls_a_field_is_one():
    text = (bundled.folder("content-example") / "content/docs/themes.md").read_text()
    for kind, view in (("page", PageView), ("site", SiteView)):
        table = text.partition(f"| of `{kind}` |")[2].partition("{.wide}")[0]
        named = {word.split(".")[0] for word in re.findall(r"`([a-z_]+)[`.(]", table)}
        assert len(named) > 10
        assert named <= OPEN[view], named - OPEN[view]


def test_what_the_manual_calls_a_function_is_one(build):
    text = (bundled.folder("content-example") / "content/docs/themes.md").read_text()
    table = text.partition("| functions and filters |")[2].partition("{.wide}")[0]
    named = set(re.findall(r"`([a-z_]+)[`(]", table)) - {"resize", "fit", "fill", "crop", "filter"}
    known = FREE_FILTERS.keys() | DEFAULT_FILTERS.keys() | assets.FILTERS.keys() | set(dir(Functions))
    assert named <= known, named - known


def test_the_article_it_began_with_comes_out_as_it_was_written(build):
    page = build(bundled.folder("content-example"))["/posts/docker-in-the-village/"].decode()
    assert "<h1>Docker в деревне</h1>" in page
    assert 'datetime="2017-08-25T04:03:46-06:00"' in page
    assert '<article class="post" lang="ru">' in page
    assert "<li>статичные файлы с текстами</li>" in page
    assert "RUN go get -v github.com/spf13/hugo" in page
    assert 'src="https://d2one.ru/images/docker-in-the-village/traefic-backend.png"' in page


@pytest.mark.parametrize("theme", THEMES)
def test_colours_have_the_contrast_of_wcag_aa(theme):
    """WCAG 2.2, 1.4.3: 4.5 to 1 for text, in light and in dark."""
    css = (bundled.folder("themes") / theme / "assets/css" / f"{theme}.css").read_text("utf-8")
    schemes = re.findall(r":root \{(.*?)\}", css, re.DOTALL)[:2]
    assert len(schemes) == 2
    for scheme in schemes:
        colours = dict(re.findall(r"--([\w-]+): #([0-9a-f]{3,6});", scheme))
        grounds = [colours[name] for name in ("paper", "raised") if name in colours]
        for name, colour in colours.items():
            if name not in ("paper", "raised", "line", "accent-soft"):
                assert all(contrast(colour, ground) >= 4.5 for ground in grounds), name


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    digits = "".join(char * 2 for char in colour) if len(colour) == 3 else colour
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
