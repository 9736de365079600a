import asyncio
import gzip

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from tests.server.conftest import release
from village.release.store import Store
from village.server.compression import Compressor, compress
from village.server.sites import Site


@given(st.binary(max_size=2000))
def test_round_trips_and_is_the_same_every_time(data):
    for coding, decode in (("br", brotli.decompress), ("gzip", gzip.decompress)):
        assert decode(compress(data, coding)) == data
        assert compress(data, coding) == compress(data, coding)
    assert zstandard.ZstdDecompressor().decompress(compress(data, "zstd"), max_output_size=len(data) + 1) == data


@pytest.mark.parametrize("restart", [False, True])
def test_forms_are_made_behind_the_scenes_and_found_after_a_restart(tmp_path, restart):
    store = Store(tmp_path)
    site = Site("one", (), store, release(store))

    async def run():
        changed = asyncio.Event()
        compressor = Compressor(changed.set)
        compressor.start(asyncio.get_running_loop())
        compressor.enqueue(site)
        await asyncio.wait_for(changed.wait(), 30)
        compressor.stop()

    asyncio.run(run())
    page, picture, tiny = (site.release.entries[path] for path in ("/posts/hello/", "/picture.png", "/tiny.txt"))
    fresh = Site("one", (), store, site.release) if restart else site
    assert set(fresh.codings(page)) == {"br", "gzip", "zstd"}
    assert not fresh.codings(picture)
    assert not fresh.codings(tiny)
    for coding, suffix in (("br", "br"), ("gzip", "gz"), ("zstd", "zst")):
        assert len(store.get(page.blob, suffix)) == fresh.codings(page)[coding] < page.length


def test_a_lost_blob_does_not_end_the_thread(tmp_path):
    store = Store(tmp_path)
    broken = Site("one", (), store, release(store))
    for entry in broken.release.entries.values():
        if entry.blob:
            store.blob_path(entry.blob).unlink(missing_ok=True)
    other = Store(tmp_path / "other")
    whole = Site("two", (), other, release(other))

    async def run():
        changed = asyncio.Event()
        compressor = Compressor(changed.set)
        compressor.start(asyncio.get_running_loop())
        compressor.enqueue(broken)
        compressor.enqueue(whole)
        await asyncio.wait_for(changed.wait(), 30)
        compressor.stop()

    asyncio.run(run())
    assert whole.codings(whole.release.entries["/"])
