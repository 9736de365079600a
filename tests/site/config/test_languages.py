"""Several languages: by file name, by folder, with their own config, menus and tables."""

from __future__ import annotations

from pathlib import Path

from tests.site.sites import load, urls
from village.site import i18n
from village.site.order import queries

BY_NAME = {
    "hugo.toml": """
baseURL = "https://example.org/"
defaultContentLanguage = "ru"
disableLanguages = ["de"]
[params]
a = 1
[languages.en]
weight = 1
title = "English"
[[languages.en.menus.main]]
name = "p"
pageRef = "/p"
[languages.ru]
weight = 2
[languages.ru.params]
a = 2
[languages.de]
""",
    "content/p.md": "---\ntitle: П\naliases: [/old/]\n---\n",
    "content/p.en.md": "---\ntitle: P\naliases: [/old/, rel]\n---\n",
    "content/q.de.md": "x",
    "content/x.fr.md": "---\ntitle: no language\n---\n",
    "content/k1.md": "---\ntranslationKey: K\n---\n",
    "content/k2.en.md": "---\ntranslationKey: K\n---\n",
    "content/b/index.md": "x",
    "content/b/index.en.md": "x",
    "content/b/both.png": "x",
    "content/b/only.en.png": "x",
    "i18n/ru.toml": '[days]\none = "{{ .Count }} день"\nfew = "{{ .Count }} дня"\nmany = "{{ .Count }} дней"\n[only]\nother = "только"\n',
    "i18n/en.yaml": "days: {one: '{{ .Count }} day', other: '{{ .Count }} days'}\nwho: I am {{ .name }}\nold.key: v\n",
}


def test_by_file_name(tmp_path: Path) -> None:
    site = load(tmp_path, BY_NAME)
    assert list(site.languages) == ["en", "ru"]
    assert site.default_language == "ru"
    found = urls(site)
    assert (found["ru:/p"], found["en:/p"], found["ru:/x.fr"]) == ("/p/", "/en/p/", "/x.fr/")
    assert not any("q" in key.rsplit("/", 1)[-1] for key in found)
    assert queries.translations(site, "ru:/p") == ["en:/p"]
    assert queries.translations(site, "en:/k2") == ["ru:/k1"]
    assert site.languages["ru"].params == {"a": 2}
    assert site.languages["en"].params == {"a": 1}
    assert [entry.page for entry in site.menus["en"]["main"]] == ["en:/p"]
    assert site.menus["ru"] == {}
    assert site.pages["en:/p"].aliases == ["/en/old", "/en/rel"]
    targets = {lang: [r.target for r in site.pages[f"{lang}:/b"].resources] for lang in ("ru", "en")}
    assert targets == {"ru": ["/b/both.png", "/en/b/only.en.png"], "en": ["/b/both.png", "/en/b/only.en.png"]}


def test_tables_and_plurals(tmp_path: Path) -> None:
    site = load(tmp_path, BY_NAME)
    assert [i18n.translate(site, "ru", "days", n) for n in (1, 2, 5, 11, 21)] == [
        "1 день",
        "2 дня",
        "5 дней",
        "11 дней",
        "21 день",
    ]
    assert i18n.translate(site, "en", "days", {"count": 1}) == "1 day"
    assert i18n.translate(site, "en", "who", {"name": "Bob"}) == "I am Bob"
    assert i18n.translate(site, "en", "only") == "только"
    assert i18n.translate(site, "en", "nothing") is None


def test_by_folder_and_in_subfolders(tmp_path: Path) -> None:
    config = """
baseURL: https://example.org/
defaultContentLanguage: fr
defaultContentLanguageInSubdir: true
languages: {fr: {contentDir: content/fr}, nl: {contentDir: content/nl, permalinks: {posts: '/:title/'}}}
"""
    site = load(
        tmp_path,
        {
            "hugo.yaml": config,
            "content/fr/posts/a.md": "---\ntitle: A b\n---\n",
            "content/nl/posts/a.md": "---\ntitle: A b\n---\n",
        },
    )
    found = urls(site)
    assert (found["fr:/posts/a"], found["nl:/posts/a"], found["fr:/"]) == ("/fr/posts/a/", "/nl/a-b/", "/fr/")
    assert queries.translations(site, "fr:/posts/a") == ["nl:/posts/a"]
    assert site.pages["nl:/posts/a"].source.path == "posts/a.md"


def test_one_language_with_a_host_gives_every_language_a_tree(tmp_path: Path) -> None:
    config = (
        "baseURL: https://example.org/\nlanguages: {en: {weight: 1}, de: {weight: 2, baseURL: 'https://a.de/x/'}}\n"
    )
    site = load(tmp_path, {"hugo.yaml": config, "content/a.md": "a", "content/a.de.md": "a"})
    outputs = {page.lang: page.outputs[0] for page in site.pages.values() if page.path == "/a"}
    assert (outputs["en"].target, outputs["en"].url) == ("/en/a/index.html", "/a/")
    assert (outputs["de"].target, outputs["de"].url) == ("/de/a/index.html", "/a/")
    assert [one.base_url for one in site.languages.values()] == ["https://example.org/", "https://a.de/x/"]


def test_in_a_preview_hosts_lie_below_localhost(tmp_path: Path) -> None:
    config = "languages: {en: {weight: 1, baseURL: 'https://a.en/'}, de: {weight: 2, baseURL: 'https://a.de/'}}\n"
    site = load(tmp_path, {"hugo.yaml": config}, base_url="http://127.0.0.1:1313/", local=True)
    bases = [one.base_url for one in site.languages.values()]
    assert bases == ["http://127.0.0.1:1313/", "http://de.localhost:1313/"]
