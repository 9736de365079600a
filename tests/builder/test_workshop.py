"""Builds, what they say, and how they fail."""

import os
from datetime import UTC, datetime

import pytest

from village.builder import marking
from village.errors import BuildFailed, ContentError, DiskFull, Untidy
from village.release.store import Store

PAGE = "---\ntitle: {}\ndate: 2024-01-0{}\n---\n{}\n"


def blog(bench, **options):
    one = bench(**options)
    one.write("layouts/single.html", "<h1>{{ page.title }}</h1>{{ page.content }}")
    one.write("layouts/list.html", "{% for p in page.pages %}{{ p.title }}|{{ p.summary }}{% endfor %}")
    for number in (1, 2, 3):
        one.write(f"content/posts/p{number}.md", PAGE.format(f"P{number}", number, f"Body {number}"))
    return one


def test_only_what_shows_an_edit_is_made_again(bench):
    one = blog(bench)
    first = one.build()
    assert "/posts/p1/" in first.remade
    one.write("static/own.css", "a")
    assert one.build().remade == ["/own.css"]
    one.write("content/posts/p1.md", PAGE.format("P1", 1, "word " * 80 + "\n\nlater"))
    one.build("content/posts/p1.md")
    one.write("content/posts/p1.md", PAGE.format("P1", 1, "word " * 80 + "\n\nmuch later"))
    report = one.build("content/posts/p1.md")
    assert report.remade == ["/posts/p1/"]
    assert report.contents == ["en:/posts/p1"]
    assert one.build().remade == []


def test_a_restart_with_nothing_changed_makes_nothing(bench):
    one = blog(bench)
    before = one.build().release.id
    one.restart()
    report = one.build()
    assert report.release.id == before
    assert report.remade == []
    assert report.contents == []


def test_a_restart_after_an_edit_makes_only_what_shows_it(bench):
    one = blog(bench)
    one.write("content/posts/p1.md", PAGE.format("P1", 1, "word " * 80 + "\n\nlater"))
    one.build()
    one.restart()
    one.write("content/posts/p1.md", PAGE.format("P1", 1, "word " * 80 + "\n\nmuch later"))
    assert one.build().remade == ["/posts/p1/"]


def test_all_errors_at_once_and_the_last_release_stays(bench):
    one = blog(bench)
    good = one.build().release.id
    one.write("layouts/single.html", "<h1>\n{{ page.titel }}</h1>")
    one.write("content/posts/p2.md", PAGE.format("P2", 2, "line\n\n{{< nowhere >}}"))
    with pytest.raises(BuildFailed) as caught:
        one.build()
    words = caught.value.describe()
    assert "layouts/single.html:2" in words
    assert "did you mean 'title'" in words
    assert "content/posts/p2.md:7" in words
    one.write("layouts/single.html", "<h1>{{ page.title }}</h1>{{ page.content }}")
    one.write("content/posts/p2.md", PAGE.format("P2", 2, "Body 2"))
    assert one.build().release.id == good


def test_who_included_whom(bench):
    one = blog(bench)
    one.write("layouts/single.html", '{% include "part.html" %}')
    one.write("layouts/_partials/part.html", "\n\n{{ page.nope }}")
    with pytest.raises(BuildFailed) as caught:
        one.build()
    (error,) = caught.value.errors
    assert error.where == "layouts/_partials/part.html:3"
    assert error.chain[0] == "layouts/single.html:1"
    assert "(and on 2 more pages)" in error.message


def test_two_files_for_one_url(bench):
    one = blog(bench)
    one.write("content/posts/other.md", "---\ntitle: x\nslug: p1\n---\n")
    with pytest.raises(BuildFailed) as caught:
        one.build()
    assert "posts/other.md" in caught.value.describe()
    assert "posts/p1.md" in caught.value.describe()


@pytest.mark.parametrize(
    "source",
    [
        "{% for i in range(10**9) %}x{% endfor %}",
        "{% for i in range(99999) %}{% for j in range(99999) %}{% set k = i * j %}{% endfor %}{% endfor %}",
        "{% set ns = namespace(t='xxxxxxxxxxxxxxxx') %}{% for i in range(60) %}{% set ns.t = ns.t ~ ns.t %}{% endfor %}",
        "{{ 'x' * 10**9 }}",
        "{{ 9 ** (9 ** 9) }}",
        "{{ 'x'.ljust(10**9) }}",
        "{{ '%1000000000d' % 1 }}",
        "{{ page.__class__.__mro__ }}",
        "{{ page.lens.services }}",
        "{{ ''.__class__ }}",
        "{{ site.home.page }}",
        "{% include 'single.html' %}",
        "{% for i in range(99999) %}{{ 'x' * 1000 }}{% endfor %}",
    ],
)
def test_a_template_cannot_take_the_server(bench, source):
    one = blog(bench, page_seconds=0.5)
    one.write("layouts/single.html", source)
    with pytest.raises(BuildFailed):
        one.build()
    one.write("layouts/single.html", "fine")
    one.build()


def test_go_templates_fall_back_to_the_bundled_theme(bench):
    one = bench()
    one.write("layouts/_default/single.html", '{{ define "main" }}<h1>{{ .Title }}</h1>{{ end }}')
    one.write("layouts/shortcodes/note.html", "<b>{{ .Inner }}</b>")
    one.write("content/posts/a.md", PAGE.format("A", 1, "{{< note >}}inner{{< /note >}}"))
    report = one.build()
    assert sum("Go's template language are" in warning.message for warning in report.warnings) == 1
    assert "inner" in one.text("/posts/a/")


def test_aliases_redirects_headers_and_static_files(bench):
    one = blog(bench)
    one.write("content/posts/p1.md", "---\ntitle: P1\naliases: [/old, /p.html]\n---\n")
    one.write("static/css/a.css", "body{}")
    one.write("static/_redirects", "/a/* /b/:splat 302\n/gone 410\n")
    one.write("static/_headers", "/x/*\n  X-Test: yes\n  Bad\x01: no\n")
    report = one.build()
    assert (one.entry("/old/").status, one.entry("/old/").location) == (301, "/posts/p1/")
    assert one.entry("/p.html").status == 301
    assert one.entry("/css/a.css").policy == "asset"
    assert [(rule.source, rule.status) for rule in report.release.rules.redirects] == [("/a/*", 302), ("/gone", 410)]
    assert report.release.rules.headers[0].headers == (("X-Test", "yes"),)
    assert one.entry("/_redirects") is None


def test_the_sites_own_python_only_when_allowed(bench):
    one = blog(bench, python=True)
    one.write("village/filters.py", "def shout(text):\n    return str(text).upper()\n")
    one.write("village/shortcodes.py", "def hello(context):\n    return 'Hello ' + context.get(0)\n")
    one.write("layouts/single.html", "{{ page.title|shout }}{{ page.content }}")
    one.write("content/posts/p1.md", PAGE.format("abc", 1, '{{< hello "you" >}}'))
    one.build()
    assert "ABC" in one.text("/posts/p1/")
    assert "Hello you" in one.text("/posts/p1/")
    one.write("village/filters.py", "def shout(text):\n    return str(text) + '!'\n")
    one.build()
    assert "abc!" in one.text("/posts/p1/")


def test_explain_names_source_template_and_questions(bench):
    one = blog(bench)
    one.build()
    words = str(one.workshop.explain("https://example.org/posts/p1"))
    assert "content/posts/p1.md" in words
    assert "layouts/single.html" in words
    rows = {line.split()[0]: line for line in words.splitlines() if line.startswith("    ")}
    assert "title" in rows["en:/posts/p1"]
    assert "single.html" in rows["templates"]
    missed = one.workshop.explain("/posts/p11/")
    assert "404" in str(missed)
    assert "/posts/p1/" in str(missed)
    assert not missed.known


def test_check_finds_broken_links_anchors_and_mute_images(bench):
    one = blog(bench)
    one.write("content/posts/p1.md", PAGE.format("P1", 1, "[a](/nowhere/) [b](/posts/p2/#none) [c](/posts/p2/)"))
    one.write("layouts/list.html", '<img src="/x.png">')
    one.build()
    words = [finding.describe() for finding in one.workshop.check()]
    assert any("content/posts/p1.md:5" in row and "'/nowhere/' leads nowhere" in row for row in words)
    assert any("#none" in row for row in words)
    assert any("no alternative text" in row for row in words)
    assert not any("'/posts/p2/' leads" in row for row in words)


def test_check_finds_images_without_a_word_and_images_nobody_shows(bench):
    one = blog(bench)
    one.write("content/posts/p1.md", PAGE.format("P1", 1, "![](/img/a.png) ![A roof](/img/b.png)"))
    for name in ("img/a.png", "img/b.png", "img/lost.png", "favicon.png"):
        one.write(f"static/{name}", name)
    one.build()
    found = {(finding.message, finding.file, type(finding)) for finding in one.workshop.check()}
    assert ("the image '/img/a.png' has no alternative text", "content/posts/p1.md", ContentError) in found
    assert ("no page shows this image", "img/lost.png", Untidy) in found
    assert not any("b.png" in message for message, _, _ in found)
    assert sum(kind is Untidy for _, _, kind in found) == 1


def test_errors_of_content_and_templates_are_told_together(bench):
    one = blog(bench)
    one.write("content/posts/p1.md", "---\ntitle: [\n---\n")
    one.write("layouts/single.html", "{% if %}")
    with pytest.raises(BuildFailed) as caught:
        one.build()
    words = caught.value.describe()
    assert "posts/p1.md" in words
    assert "layouts/single.html:1" in words


def test_the_clock_makes_again_only_who_looks_at_it(bench):
    moments = [datetime(2026, 1, 1, tzinfo=UTC)]
    one = blog(bench, now=lambda: moments[-1])
    one.write("layouts/list.html", "{{ now().year }}")
    report = one.build()
    assert report.next_moment == datetime(2027, 1, 1, tzinfo=UTC)
    moments.append(datetime(2026, 12, 31, tzinfo=UTC))
    assert one.build().remade == []
    moments.append(datetime(2027, 1, 2, tzinfo=UTC))
    assert "/posts/" in one.build().remade
    assert one.text("/posts/") == "2027"
    one.restart()
    assert one.build().remade == []
    one.restart()
    moments.append(datetime(2028, 1, 2, tzinfo=UTC))
    one.build()
    assert one.text("/posts/") == "2028"


def test_a_future_page_appears_at_its_moment(bench):
    moments = [datetime(2026, 1, 1, tzinfo=UTC)]
    one = blog(bench, now=lambda: moments[-1])
    one.write("content/posts/later.md", "---\ntitle: Later\ndate: 2026-01-02T00:00:00Z\n---\n")
    report = one.build()
    assert one.entry("/posts/later/") is None
    assert report.next_moment == datetime(2026, 1, 2, tzinfo=UTC)
    assert [(skipped.path, skipped.reason) for skipped in report.skipped] == [("posts/later.md", "future")]
    moments.append(datetime(2026, 1, 2, 0, 0, 1, tzinfo=UTC))
    one.build()
    assert one.entry("/posts/later/").status == 200


@pytest.mark.parametrize(
    "shortcode",
    [
        "{{< youtube >}}",
        '{{< highlight go "linenos=[[[" >}}x{{< /highlight >}}',
        '{{< figure src="://[" >}}',
        "{{< param >}}",
    ],
)
def test_hostile_content_is_an_error_of_its_page_or_none(bench, shortcode):
    one = blog(bench)
    one.write("content/posts/p1.md", PAGE.format("P1", 1, shortcode))
    errors = failures(one)
    assert all(error.file == "content/posts/p1.md" for error in errors)


def failures(one):
    try:
        one.build()
    except BuildFailed as failed:
        return failed.errors
    return ()


def test_a_page_that_breaks_village_itself_does_not_break_the_build(bench, monkeypatch):

    def broken(*_):
        raise RuntimeError("a bug")

    one = blog(bench)
    monkeypatch.setattr(marking, "body", broken)
    with pytest.raises(BuildFailed) as caught:
        one.build()
    assert len(caught.value.errors) >= 3
    assert "a bug" in caught.value.errors[0].message


def test_an_alias_at_the_address_of_a_page_is_told(bench):
    one = blog(bench)
    one.write("content/posts/p3.md", PAGE.format("P3", 3, "x").replace("---\n", "---\naliases: [/posts/p1/]\n", 1))
    (warning,) = [each for each in one.build().warnings if "alias" in each.message]
    assert warning.file == "content/posts/p3.md"
    assert "content/posts/p1.md" in warning.message


def test_a_mistake_in_a_shortcode_names_the_line_that_calls_it(bench):
    one = blog(bench)
    one.write("layouts/_shortcodes/own.html", "{{ nope }}")
    one.write("content/posts/p1.md", PAGE.format("P1", 1, "first\n\n{{< own >}}"))
    with pytest.raises(BuildFailed) as caught:
        one.build()
    (error,) = caught.value.errors
    assert error.chain[0].startswith("content/posts/p1.md:")
    assert len(error.chain) == 1


def test_a_link_that_leads_nowhere_offers_the_file_that_is_meant(bench):
    one = blog(bench)
    one.write("content/posts/p1.md", PAGE.format("P1", 1, "[a](p22.md) and [b](quite-another.md)"))
    said = {each.message: each.hint for each in one.build().warnings}
    assert said["the link 'p22.md' leads to no page"] == 'did you mean "/posts/p2.md"?'
    assert said["the link 'quite-another.md' leads to no page"] == ""


def test_a_picture_beside_a_page_that_is_no_folder_gets_its_own_hint(bench):
    one = blog(bench)
    one.write("content/posts/p1.md", PAGE.format("P1", 1, "![Map](map.png)"))
    one.write("content/posts/map.png", "png")
    one.build()
    (found,) = [each for each in one.workshop.check() if "leads nowhere" in each.message]
    assert "p1/index.md" in found.hint
    assert "/posts/map.png" in found.hint


def test_a_list_that_no_file_names_gives_way_at_its_address(bench):
    one = blog(bench)
    one.write("content/posts/p1.md", PAGE.format("P1", 1, "x").replace("title:", 'tags: ["q", "q?"]\ntitle:'))
    one.write("content/about/tags.md", PAGE.format("My tags", 2, "mine").replace("title:", "url: /tags/\ntitle:"))
    one.write("layouts/list.html", "{{ page.title }}: {% for p in page.pages %}{{ p.title }}{% endfor %}")
    said = [warning.message for warning in one.build().warnings if "is made by" in warning.message]
    assert one.text("/tags/").startswith("<h1>My tags")
    assert one.text("/tags/q/") == "Q: P1"
    assert any("/tags/ is made by content/about/tags.md and by the taxonomy /tags" in words for words in said)
    assert any("/tags/q/ is made by the term" in words for words in said)


def test_an_asset_that_a_shared_fragment_looks_for_is_found_once_it_is_there(bench):
    one = bench()
    one.write("assets/other.css", "")
    one.write("layouts/all.html", '{% include "_partials/outer.html" %}')
    one.write("layouts/_partials/outer.html", '{{ site.title }} {% include "_partials/style.html" %}')
    one.write("layouts/_partials/style.html", '{% set own = resources.get("own.css") %}{{ own.content if own }}')
    one.write("content/a.md", "A")
    one.build()
    for style in ("b{}", "c{}"):
        one.write("assets/own.css", style)
        one.build("assets/own.css")
        assert one.text("/a/") == f"Site {style}"
    (one.folder / "assets/own.css").unlink()
    one.build("assets/own.css")
    assert one.text("/a/") == "Site "


def test_one_mistake_in_a_setting_is_told_once(bench):
    one = bench()
    one.write("hugo.toml", '[permalinks]\nposts = "/:yaer/"\n[languages.en]\n[languages.de]\n')
    one.write("content/posts/a.md", "A")
    one.write("content/posts/b.de.md", "B")
    with pytest.raises(BuildFailed) as caught:
        one.build()
    assert [(error.file, error.line) for error in caught.value.errors] == [("hugo.toml", 2)]
    assert caught.value.message == "1 error in this build"


def test_a_release_that_could_not_be_written_leaves_no_claims(bench, monkeypatch):
    one = blog(bench)
    one.build()
    for number in (4, 5):
        one.write(f"content/posts/p{number}.md", PAGE.format(f"P{number}", number, "new"))
        one.write(f"static/{number}.css", "a")
        with monkeypatch.context() as full, pytest.raises(DiskFull):
            full.setattr(Store, "patch", fail)
            one.build()
    assert {"/posts/p4/", "/posts/p5/", "/4.css"} <= set(one.build().remade)


def fail(*_):
    raise DiskFull("no space left")


def test_a_static_file_whose_name_is_no_text_is_left_out_with_a_warning(bench):
    one = blog(bench)
    one.write(os.fsdecode(b"static/old/caf\xe9.txt"), "x")
    one.write("static/new/café.txt", "x")
    report = one.build()
    assert "/new/café.txt" in report.release.entries
    (warning,) = [each for each in report.warnings if "UTF-8" in each.message]
    assert warning.file == "static/old/caf?.txt"
