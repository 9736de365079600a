"""kill -9 at any moment of a build leaves a whole release on show, and the next process builds what a clean build would."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from village.builder.options import BuildOptions
from village.builder.workshop import Workshop
from village.release.store import Store

BUILD = """
import sys
from pathlib import Path
from village.builder.options import BuildOptions
from village.builder.workshop import Workshop
from village.release.store import Store

store = Store(Path(sys.argv[2]))
shop = Workshop(Path(sys.argv[1]), store, BuildOptions(workers=2))
print("begin", flush=True)
report = shop.build()
store.activate(report.release.id)
print("done", flush=True)
"""


def site(folder, posts, word):
    (folder / "content/posts").mkdir(parents=True, exist_ok=True)
    (folder / "layouts").mkdir(exist_ok=True)
    (folder / "hugo.toml").write_text('baseURL = "https://example.org/"\ntitle = "Kill"\n')
    (folder / "layouts/all.html").write_text(
        "{{ page.title }}{{ page.content }}{% for p in page.pages %}{{ p.title }}{{ p.summary }}{% endfor %}"
    )
    for number in range(posts):
        text = f"---\ntitle: Post {number}\ndate: 2024-01-01\ntags: [a]\n---\n{word} *{number}*\n\n```python\nx = {number}\n```\n"
        (folder / f"content/posts/p{number}.md").write_text(text)


def whole(store):
    """The release on show: loaded, with every blob it names."""
    current = store.current()
    assert current is not None
    release = store.load(current.id)
    assert list(store.missing(release)) == []
    return release


def clean(folder, tmp_path):
    shop = Workshop(folder, Store(tmp_path / f"clean{time.monotonic_ns()}"), BuildOptions(keep_state=False, workers=1))
    try:
        return shop.build().release.id
    finally:
        shop.close()


def start(folder, store):
    return subprocess.Popen(
        [sys.executable, "-c", BUILD, str(folder), str(store)],
        stdout=subprocess.PIPE,
        start_new_session=True,
        text=True,
    )


@pytest.mark.parametrize("delay", [0.02, 0.1, 0.25, 0.5, 0.8])
def test_killed_builder(tmp_path: Path, delay: float):
    folder = tmp_path / "site"
    site(folder, 320, "first")
    with start(folder, tmp_path / "store") as process:
        assert process.communicate()[0].endswith("done\n")
    store = Store(tmp_path / "store")
    before = whole(store).id
    site(folder, 320, "second")
    with start(folder, tmp_path / "store") as process:
        assert process.stdout.readline() == "begin\n"
        time.sleep(delay)  # the moment of death; any will do
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    now = whole(store).id
    expected = clean(folder, tmp_path)
    assert now in (before, expected)
    with start(folder, tmp_path / "store") as process:
        assert process.communicate()[0].endswith("done\n")
    assert whole(store).id == expected


def test_damaged_state_is_begun_anew(tmp_path: Path):
    folder = tmp_path / "site"
    site(folder, 5, "first")
    store = Store(tmp_path / "store")
    shop = Workshop(folder, store, BuildOptions())
    expected = shop.build().release.id
    shop.close()
    (tmp_path / "store/cache/state.db").write_bytes(b"not a database at all" * 100)
    shop = Workshop(folder, store, BuildOptions())
    assert shop.build().release.id == expected
    shop.close()


def test_torn_pack_and_missing_blobs_are_made_again(tmp_path: Path):
    folder = tmp_path / "site"
    site(folder, 5, "first")
    store = Store(tmp_path / "store")
    shop = Workshop(folder, store, BuildOptions())
    shop.build()
    shop.close()
    for pack in (tmp_path / "store/cache").glob("*.pack"):
        pack.write_bytes(b"")
    (folder / "content/posts/p1.md").write_text("---\ntitle: Other\n---\nnew")
    shop = Workshop(folder, store, BuildOptions())
    report = shop.build()
    assert report.release.id == clean(folder, tmp_path)
    assert list(store.missing(report.release)) == []
    shop.close()
