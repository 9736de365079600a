"""Files of the site as templates ask for them: what is in reach, what is not, and who is made again."""

import pytest

from village.builder.workshop import Workshop
from village.errors import BuildFailed
from village.release.store import Store


def ask(bench, expression, **options):
    """What a template says to an expression."""
    one = bench(**options)
    one.write("content/a.md", "---\ntitle: A\n---\n")
    one.write("layouts/single.html", "{{ " + expression + " }}")
    return one


def test_who_read_a_file_is_made_again_and_nobody_else(bench, tmp_path):
    one = bench()
    one.write("layouts/list.html", "")
    one.write("layouts/single.html", "{{ page.title }}")
    one.write("layouts/about.html", '{{ os.read_file("README.md") }}|{{ os.read_dir("docs") | length }}')
    one.write("layouts/maybe.html", '{{ "logo" if os.file_exists("static/logo.svg") else "none" }}')
    one.write("README.md", "one")
    one.write("docs/a.txt", "")
    for name, layout in (("a", "about"), ("b", "maybe"), ("c", "")):
        one.write(f"content/{name}.md", f"---\ntitle: {name}\nlayout: {layout}\n---\n")
    one.build()
    assert [one.text("/a/"), one.text("/b/")] == ["one|1", "none"]
    one.write("README.md", "two!")
    report = one.build("README.md")
    assert (report.remade, one.text("/a/")) == (["/a/"], "two!|1")
    one.write("docs/b.txt", "")
    assert one.build("docs/b.txt").remade == ["/a/"]
    one.write("static/logo.svg", "<svg/>")
    report = one.build("static/logo.svg")
    assert (one.text("/a/"), one.text("/b/")) == ("two!|2", "logo")
    clean = Workshop(one.folder, Store(tmp_path / "clean"), one.options)
    assert clean.build().release.id == report.release.id
    clean.close()


@pytest.mark.parametrize(
    "path", ["../outside.txt", "/etc/passwd", "link.txt", "door/outside.txt", ".git/config", "public/x.txt", "a\0b"]
)
def test_what_is_out_of_reach_is_not_there(bench, path):
    one = ask(bench, 'os.file_exists(page.params.p) ~ os.read_file(page.params.p) ~ (os.stat(page.params.p) or "")')
    (one.folder.parent / "outside.txt").write_text("secret")
    (one.folder / "link.txt").symlink_to(one.folder.parent / "outside.txt")
    (one.folder / "door").symlink_to(one.folder.parent)
    one.write(".git/config", "secret")
    one.write("public/x.txt", "secret")
    one.write("content/a.md", "+++\np = " + repr(path).replace("'", '"').replace("\\x00", "\\u0000") + "\n+++\n")
    one.build()
    assert one.text("/a/") == "False"


def test_a_list_of_a_folder_shows_no_links_and_no_repository(bench):
    one = ask(bench, 'os.read_dir("/") | map(attribute="name") | join(" ")')
    (one.folder / "link.txt").symlink_to("/etc/passwd")
    one.write(".git/config", "")
    one.build()
    assert one.text("/a/") == "content hugo.toml layouts"


def test_a_theme_lends_its_files(bench):
    one = ask(bench, 'os.read_file("static/logo.svg") | safe')
    one.write("hugo.toml", 'baseURL = "https://example.org/"\ntheme = "t"\n')
    one.write("themes/t/static/logo.svg", "<svg>theirs</svg>")
    one.build()
    assert one.text("/a/") == "<svg>theirs</svg>"
    one.write("static/logo.svg", "<svg>ours</svg>")
    one.build("static/logo.svg")
    assert one.text("/a/") == "<svg>ours</svg>"


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ('os.read_file("content")', "is a folder"),
        ('os.read_dir("hugo.toml")', "is no folder"),
        ('getenv("HOME")', "'HOME' is not shown to templates"),
        ('getenv("AWS_SECRET_HUGO_KEY")', "is not shown"),
    ],
)
def test_mistakes_are_told(bench, expression, words):
    one = ask(bench, expression)
    with pytest.raises(BuildFailed) as failed:
        one.build()
    assert words in str(failed.value.errors[0])


def test_the_environment_as_far_as_hugo_shows_it(bench, monkeypatch):
    monkeypatch.setenv("HUGO_WHO", "me")
    monkeypatch.setenv("CI", "true")
    one = ask(bench, 'getenv("HUGO_WHO") ~ os.getenv("CI") ~ os.getenv("HUGO_NOBODY")')
    one.build()
    assert one.text("/a/") == "metrue"
