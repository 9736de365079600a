"""Content in a language that village does not render: told with file and hint, shown as text, never as HTML."""

import pytest


@pytest.mark.parametrize(
    ("name", "text", "language"),
    [
        ("a.rst", "---\ntitle: A\n---\nHead\n====\n\n<script>x</script>\n", "reStructuredText"),
        ("a.org", "#+title: A\n* Head\n<script>x</script>\n", "Org"),
        ("a.adoc", "---\ntitle: A\n---\n== Head <script>x</script>\n", "AsciiDoc"),
        ("a.pandoc", "---\ntitle: A\n---\n<script>x</script>\n", "Pandoc"),
        ("a.md", "---\ntitle: A\nmarkup: rst\n---\n<script>x</script>\n", "reStructuredText"),
    ],
)
def test_it_is_shown_as_it_was_written(bench, name, text, language):
    one = bench()
    one.write("layouts/all.html", "{{ page.title }}: {{ page.content }}")
    one.write(f"content/{name}", text)
    warnings = [warning for warning in one.build().warnings if warning.file == f"content/{name}"]
    assert len(warnings) == 1
    assert language in warnings[0].message
    assert "pandoc" in warnings[0].hint
    assert one.text("/a/").startswith("A: <pre>")
    assert "&lt;script&gt;" in one.text("/a/")
    assert "<script>" not in one.text("/a/")


def test_html_is_what_it_is(bench):
    one = bench()
    one.write("layouts/all.html", "{{ page.content }}|{{ page.table_of_contents }}")
    one.write("content/a.html", "---\ntitle: A\n---\n<p>raw *x*</p>\n")
    assert one.build().warnings == []
    assert one.text("/a/") == "<p>raw *x*</p>\n|"
