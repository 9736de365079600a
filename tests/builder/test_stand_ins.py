"""A repository whose theme is Go templates, or is not here at all: content that calls its shortcodes is shown."""

import pytest

from village.errors import BuildFailed

PAGE = "---\ntitle: Post\ndate: 2024-05-06\n---\n{}\n"


def shown(bench, body, **files):
    one = bench()
    one.write("content/posts/one.md", PAGE.format(body))
    for path, text in files.items():
        one.write(path.replace("__", "/") + ".html", text)
    one.build()
    return one, one.text("/posts/one/")


def test_inner_content_of_a_go_shortcode_is_markdown_where_its_template_says_so(bench):
    body = "{{< note >}}\nbe **careful**\n{{< /note >}}\n\n{{< bare >}}*raw*{{< /bare >}}"
    go = {
        "layouts__shortcodes__note": '<div class="{{ .Get 0 }}">{{ .Inner | .Page.RenderString }}</div>',
        "layouts__shortcodes__bare": "{{ with .Inner }}{{ . }}{{ end }}",
    }
    one, text = shown(bench, body, **go)
    assert "be <strong>careful</strong>" in text
    assert "*raw*" in text
    (warning,) = [
        each for each in one.report.warnings if "Go's language" in each.message and "shortcodes" in each.message
    ]
    assert warning.message.endswith(": bare, note")
    assert (warning.file, warning.line) == ("content/posts/one.md", 5)
    assert "layouts/_shortcodes/note.html" in warning.hint


def test_our_own_stands_in_for_a_built_in_one_that_a_go_theme_overrides(bench):
    body = '{{< figure src="/a.png" caption="C" >}}'
    _, text = shown(bench, body, layouts__shortcodes__figure='<img src="{{ .Get "src" }}">')
    assert '<figure><img src="/a.png"' in text


def test_a_go_override_hides_no_part_of_a_jinja_theme(bench):
    one = bench()
    one.write("hugo.toml", 'title = "Site"\ntheme = "mine"\n')
    one.write("themes/mine/layouts/single.html", "<h1>{{ page.title }}</h1>{% include '_partials/foot.html' %}")
    one.write("themes/mine/layouts/_partials/foot.html", "theme's foot")
    one.write("layouts/single.html", '{{ define "main" }}{{ .Title }}{{ end }}')
    one.write("layouts/_partials/foot.html", "{{ .Site.Title }}")
    one.write("content/posts/one.md", PAGE.format("Text"))
    one.build()
    assert one.text("/posts/one/") == "<h1>Post</h1>theme's foot"
    told = [each for each in one.report.warnings if "Go's template language" in each.message]
    assert [(each.file, each.hint) for each in told] == [
        ("layouts/_partials/foot.html", "village renders Jinja2 templates: those of the theme stand in")
    ]
    one.write("layouts/single.html", "<h2>{{ page.title }}</h2>")  # translated: it goes before the theme's again
    one.build("layouts/single.html")
    assert one.text("/posts/one/") == "<h2>Post</h2>"


def test_shortcodes_of_a_theme_that_is_not_here_are_shown_too(bench):
    one = bench()
    one.write("hugo.toml", 'title = "Site"\ntheme = "gone"\n')
    one.write("Makefile", "themes/gone:\n\tgit clone https://forge/gone themes/gone\n")
    body = '{{< box "x" >}}\n*inner* {{< icon "y" >}}\n{{< /box >}}\n\n{{% tip %}}_tip_{{% /tip %}} {{< raw >}}<i>{{< /raw >}}'
    one.write("content/posts/one.md", PAGE.format(body))
    one.build()
    text = one.text("/posts/one/")
    assert "<em>inner</em>" in text
    assert "<em>tip</em>" in text
    assert any(each.message.endswith("not here: box, icon, raw, tip") for each in one.report.warnings)


def test_one_that_nobody_knows_is_an_error_where_no_theme_is_missing(bench):
    with pytest.raises(BuildFailed):
        shown(bench, "{{< nobody >}}")


def test_what_is_the_same_everywhere_is_told_once(bench):
    one = bench()
    one.write("layouts/shortcodes/note.html", "{{ .Get 0 }}")
    for number in range(9):
        one.write(f"content/posts/{number}.md", PAGE.format("{{< note >}} {{< note >}}"))
    one.build()
    (warning,) = [each for each in one.report.warnings if "note" in each.message]
    assert "note (9 times)" in warning.message


def test_a_file_that_is_not_utf_8_is_shown_with_a_warning(bench):
    one = bench()
    one.write("content/posts/one.md", b"---\ntitle: Caf\xe9\n---\nbody\n\ncaf\xe9 au lait\n")
    one.build()
    assert "caf\ufffd au lait" in one.text("/posts/one/")
    warning = next(each for each in one.report.warnings if "not UTF-8" in each.message)
    assert (warning.file, warning.line) == ("content/posts/one.md", 6)


def test_the_replacement_character_itself_is_no_mistake(bench):
    one = bench()
    one.write("content/posts/one.md", PAGE.format("an invalid one is shown as `\ufffd`"))
    one.build()
    assert not [each for each in one.report.warnings if "not UTF-8" in each.message]
