"""``[[name]]`` on a real site: by base name, path and title; what is not found stays as it was written."""

from village.builder.options import BuildOptions
from village.builder.workshop import Workshop
from village.release.store import Store


def write(folder, path, text):
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_text(text, "utf-8")


def test_wiki_links_lead_to_pages(tmp_path):
    site = tmp_path / "site"
    write(site, "hugo.toml", 'baseURL = "https://example.org/"\n')
    write(site, "layouts/all.html", "{{ page.content }}")
    write(site, "content/notes/apple-pie.md", "---\ntitle: How to bake\n---\n")
    write(
        site,
        "content/a.md",
        "---\ntitle: A\n---\n[[apple-pie]] [[How to bake|label]] [[notes/apple-pie#oven]] [[no such page]]\n",
    )
    store = Store(tmp_path / "store")
    entries = Workshop(site, store, BuildOptions(workers=1)).build().release.entries
    assert store.get(entries["/a/"].blob).decode().strip() == (
        '<p><a href="/notes/apple-pie/">apple-pie</a> <a href="/notes/apple-pie/">label</a> '
        '<a href="/notes/apple-pie/#oven">notes/apple-pie#oven</a> [[no such page]]</p>'
    )
