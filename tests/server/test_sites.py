import pytest

from tests.server.conftest import html, release
from village.release.manifest import Entry
from village.release.store import Store
from village.server import sites
from village.server.sites import Site


@pytest.fixture
def site(tmp_path):
    store = Store(tmp_path)
    return Site("one", (), store, release(store))


def test_assets_of_earlier_releases_stay_for_a_while(site, monkeypatch):
    entries = {path: entry for path, entry in site.release.entries.items() if path not in {"/style.css", "/ugly.html"}}
    after = site.successor(site.store.write(entries, site.release.rules), None)
    assert after.find("/style.css").entry == site.release.entries["/style.css"]
    assert after.find("/ugly.html") is None, "a page that was taken down is down"
    again = after.successor(after.release, None)
    assert again.find("/style.css") is not None
    monkeypatch.setattr(sites, "REMEMBERED_SECONDS", 0.0)
    assert again.find("/style.css") is None


def test_a_changed_asset_is_the_new_one(site):
    entry = Entry(site.store.put(b"new"), 3, "text/css", policy="asset")
    after = site.successor(site.store.patch(site.release, {"/style.css": entry}, site.release.rules), None)
    assert after.find("/style.css").entry == entry


def test_only_so_many_releases_are_remembered(site):
    for number in range(10):
        entry = Entry(site.store.put(html(str(number))), 9, "text/css", policy="immutable")
        site = site.successor(site.store.write({f"/{number}.css": entry}, site.release.rules), None)
    assert len(site.left) <= sites.REMEMBERED
    assert site.find("/8.css") is not None
    assert site.find("/1.css") is None


def test_known_forms_do_not_grow_for_ever(site):
    site.variants.update({str(number): {} for number in range(5000)})
    assert not site.successor(site.release, None).variants


def test_file_is_the_store_s_own_path(site):
    for suffix in ("", "br"):
        assert site.file("abcdef", suffix) == str(site.store.blob_path("abcdef", suffix))


def test_index_html_as_an_entry_of_its_own(tmp_path):
    store = Store(tmp_path)
    entry = Entry(store.put(b"x"), 1, "text/html")
    found = Site("one", (), store, store.write({"/docs/index.html": entry}, release(store).rules))
    assert found.find("/docs/").entry == entry
    assert found.find("/docs").moved == "/docs/"
