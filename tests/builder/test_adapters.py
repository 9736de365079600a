"""Content adapters: pages from data, made again only where they differ; mistakes with their file and line."""

import json

import pytest

from village.errors import BuildFailed

ADAPTER = "{% for book in site.data.books %}\n{{ add_page(path=book.path, title=book.title, content=book.text) }}\n{% endfor %}\n"
CONFIG = 'baseURL = "https://example.org/"\ntitle = "Site"\n'


def library(bench, *books, adapter=ADAPTER):
    one = bench()
    one.write(
        "layouts/all.html", "{{ page.title }}|{{ page.content }}|{% for p in page.pages %}{{ p.title }} {% endfor %}"
    )
    one.write("content/books/_content.j2", adapter)
    shelve(one, *books)
    return one


def shelve(one, *books):
    one.write(
        "data/books.json", json.dumps([dict(zip(("path", "title", "text"), book, strict=True)) for book in books])
    )


def test_only_pages_that_differ_are_made_again(bench):
    one = library(bench, ("a", "A", "one"), ("b", "B", "two"))
    one.build()
    assert one.text("/books/a/") == "A|<p>one</p>\n|"
    shelve(one, ("a", "A", "one"), ("b", "B", "three"))
    assert one.build("data/books.json").remade == ["/books/b/", "/books/index.xml", "/index.xml"]
    assert one.text("/books/b/") == "B|<p>three</p>\n|"
    shelve(one, ("a", "A", "one"))
    assert "/books/b/" in one.build("data/books.json").removed
    one.restart()
    shelve(one, ("a", "A", "one"), ("c", "C", "new"))
    one.build()
    assert one.text("/books/c/") == "C|<p>new</p>\n|"
    assert one.text("/books/") == "Books||A C "


def test_an_adapter_that_goes_takes_its_pages_along(bench):
    one = library(bench, ("a", "A", "one"))
    one.write("content/books/own.md", "---\ntitle: Own\n---\n")
    one.build()
    (one.folder / "content/books/_content.j2").unlink()
    one.build("content/books/_content.j2")
    assert one.entry("/books/a/") is None
    assert one.text("/books/") == "Books||Own "


def test_a_file_of_the_authors_own_wins(bench):
    one = library(bench, ("a", "A", "one"))
    one.write("content/books/a.md", "---\ntitle: Mine\n---\n")
    one.build()
    assert one.text("/books/a/").startswith("Mine")


def test_a_page_whose_place_was_taken_in_the_same_change_stands_in_nobodys_way(bench):
    one = library(bench, ("a", "A", "one"), ("b", "B", "two"))
    one.build()
    shelve(one, ("a", "A", "one"))
    one.write("content/books/other.md", "---\ntitle: Other\nurl: /books/b/\n---\n")
    one.build()
    assert one.text("/books/b/").startswith("Other")


def test_a_page_with_files_of_its_own_is_a_bundle(bench):
    adapter = '{{ add_page({"path": "x", "title": "X"}) }}{{ add_resource(path="x/a.txt", content={"value": "A"}, title="T") }}'
    one = library(bench, adapter=adapter)
    one.write("layouts/all.html", "{% for r in page.resources %}{{ r.title }} {{ r.rel_permalink }}{% endfor %}")
    one.build()
    assert one.text("/books/x/") == "T /books/x/a.txt"
    assert one.text("/books/x/a.txt") == "A"


def test_data_in_assets_and_every_language(bench):
    one = library(
        bench,
        adapter='{{ enable_all_languages() }}{% set rows = resources.get("rows.csv").data %}{% for row in rows %}'
        "{{ add_page(path=row[0], title=row[1] ~ site.language.lang ~ site.params.mark) }}{% endfor %}"
        '{{ "no" if resources.get("nothing.json") }}',
    )
    one.write("hugo.toml", CONFIG + '[params]\nmark = "!"\n[languages.en]\n[languages.ru]\n')
    one.write("assets/rows.csv", "a,One\nb,Two\n")
    one.build()
    assert one.text("/books/a/").startswith("Oneen!")
    assert one.text("/ru/books/b/").startswith("Tworu!")


@pytest.mark.parametrize(
    ("adapter", "line", "words"),
    [
        ("\n{{ add_page(path='../x') }}", 2, "is not a path"),
        ("{{ add_page(path='/etc/../../passwd') }}", 1, "is not a path"),
        ("{{ add_page(title='x') }}", 1, "is not a path"),
        ("\n\n{{ add_page(path='a') }}{{ add_page(path='A') }}", 3, "added twice"),
        ("{{ add_page(path='a', kind='pag') }}", 1, "kind"),
        ("{{ add_page(path='a', content={'mediaType': 'text/x', 'value': ''}) }}", 1, "not understood"),
        ("{{ add_resource(path='a.txt') }}", 1, "no content"),
        ("{{ add_page('a') }}", 1, "take a table"),
        ("\n{{ site.data.books[0].upper( }}", 2, ""),
        ("{{ nothing_known }}", 1, "nothing_known"),
        ("{{ resources.get('bad.json').data }}", 1, "bad.json"),
        ("{% for i in range(10) %}{{ add_page.__globals__ }}{% endfor %}", 1, ""),
    ],
)
def test_mistakes_have_a_file_and_a_line(bench, adapter, line, words):
    one = library(bench, adapter=adapter)
    one.write("assets/bad.json", "{")
    with pytest.raises(BuildFailed) as caught:
        one.build()
    found = [(error.file, error.line) for error in caught.value.errors]
    assert found == [("content/books/_content.j2", line)]
    assert words in caught.value.errors[0].message


def test_the_last_pages_stay_until_the_adapter_is_mended(bench):
    one = library(bench, ("a", "A", "one"))
    good = one.build().release.id
    one.write("content/books/_content.j2", "{{ broken }}")
    with pytest.raises(BuildFailed):
        one.build("content/books/_content.j2")
    one.write("content/books/_content.j2", ADAPTER)
    assert one.build("content/books/_content.j2").release.id == good


def test_one_in_gos_language_is_told_with_the_way_out(bench):
    one = library(bench, ("a", "A", "one"))
    one.write("content/films/_content.gotmpl", "{{ .AddPage (dict) }}")
    warnings = [(warning.file, warning.hint) for warning in one.build().warnings]
    assert any(file == "content/films/_content.gotmpl" and "_content.j2" in hint for file, hint in warnings)


def test_an_adapter_without_end_is_ended(bench):
    endless = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
    one = bench(page_seconds=0.5)
    one.write("content/books/_content.j2", endless)
    with pytest.raises(BuildFailed) as failed:
        one.build()
    assert "content/books/_content.j2:1: took longer than 0.5 seconds" in failed.value.describe()
