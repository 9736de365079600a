"""A watched folder: every change is handed over, none is lost, whichever way the system tells of it."""

from __future__ import annotations

import asyncio
import random
import shutil
from pathlib import Path

import pytest

from village.errors import OperatorError
from village.sync import inotify
from village.sync.folder import Folder


async def until(condition, seconds: float = 10.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


class Watch:
    """A folder under watch whose first revision was taken."""

    def __init__(self, tree: Path, *, polling: bool) -> None:
        self.calls = 0
        self.seen: set[str] = set()
        self.folder = Folder(tree, self.changed, polling=polling)

    def changed(self) -> None:
        self.calls += 1

    async def __aenter__(self):
        self.folder.start()
        assert (await self.folder.fetch()).changed is None
        return self

    async def __aexit__(self, *_):
        await self.folder.close()

    async def take(self) -> set[str]:
        revision = await self.folder.fetch()
        assert revision.changed is not None
        self.seen |= {path.as_posix() for path in revision.changed}
        return self.seen

    async def sees(self, *names: str) -> None:
        async with asyncio.timeout(10):
            while not set(names) <= await self.take():
                await asyncio.sleep(0.02)


@pytest.fixture(params=["inotify", "notified", "polling"])
def polling(request, monkeypatch):
    """Each way of being told; "notified" is that of systems without inotify."""
    if request.param == "notified":
        monkeypatch.setattr(inotify, "possible", lambda: False)
    return request.param == "polling"


def test_what_is_saved_renamed_and_deleted_is_told(tmp_path, polling):
    async def story():
        (tmp_path / "content").mkdir()
        (tmp_path / "content" / "old.md").write_text("old")
        (tmp_path / "content" / "gone.md").write_text("gone")
        async with Watch(tmp_path, polling=polling) as watch:
            (tmp_path / "content" / "new.md").write_text("new")
            (tmp_path / "content" / "old.md").rename(tmp_path / "content" / "renamed.md")
            (tmp_path / "content" / "gone.md").unlink()
            (tmp_path / "deep" / "er").mkdir(parents=True)
            (tmp_path / "deep" / "er" / "x.md").write_text("x")
            await watch.sees("content/new.md", "content/old.md", "content/renamed.md", "content/gone.md")
            await watch.sees("deep/er/x.md")
            await until(lambda: watch.calls >= 1)

    asyncio.run(story())


def test_a_burst_is_few_calls_and_every_file_is_in_it(tmp_path):
    async def story():
        async with Watch(tmp_path, polling=False) as watch:
            names = [f"{number}.md" for number in range(300)]
            for name in names:
                (tmp_path / name).write_text(name)
            await watch.sees(*names)
            assert 1 <= watch.calls <= 20

    asyncio.run(story())


def test_no_change_is_lost_while_sets_are_taken(tmp_path):
    async def story():
        chance = random.Random(1)
        async with Watch(tmp_path, polling=False) as watch:
            wanted = set()
            for number in range(100):
                name = f"{chance.randrange(30)}/{number}.md"
                (tmp_path / name).parent.mkdir(exist_ok=True)
                (tmp_path / name).write_text("x")
                wanted.add(name)
                await asyncio.sleep(chance.choice([0, 0.001, 0.02]))
                await watch.take()
            await watch.sees(*wanted)

    asyncio.run(story())


def test_a_folder_that_moves_takes_its_files_with_it(tmp_path, polling):
    async def story():
        tree = tmp_path / "site"
        (tree / "posts" / "deep").mkdir(parents=True)
        (tree / "posts" / "deep" / "a.md").write_text("a")
        (tmp_path / "elsewhere").mkdir()
        (tmp_path / "elsewhere" / "b.md").write_text("b")
        async with Watch(tree, polling=polling) as watch:
            (tmp_path / "elsewhere").rename(tree / "arrived")
            await watch.sees("arrived/b.md")
            (tree / "posts").rename(tmp_path / "away")
            async with asyncio.timeout(10):
                while (revision := await watch.folder.fetch()).changed is not None:
                    if Path("posts/deep/a.md") in revision.changed:
                        break
                    await asyncio.sleep(0.02)

    asyncio.run(story())


def test_a_folder_that_vanishes_and_comes_back_is_watched_again(tmp_path):
    async def story():
        tree = tmp_path / "site"
        tree.mkdir()
        async with Watch(tree, polling=False) as watch:
            shutil.rmtree(tree)
            await asyncio.sleep(1)
            tree.mkdir()
            (tree / "a.md").write_text("a")
            async with asyncio.timeout(10):
                while (await watch.folder.fetch()).changed is not None:
                    await asyncio.sleep(0.02)
            assert not watch.folder.polling
            async with asyncio.timeout(10):
                while Path("b.md") not in ((await watch.folder.fetch()).changed or ()):
                    (tree / "b.md").write_text("b")
                    await asyncio.sleep(0.2)

    asyncio.run(story())


def test_a_link_that_is_turned_to_another_folder_is_everything_changed(tmp_path):
    async def story():
        for name in ("one", "two"):
            (tmp_path / name).mkdir()
            (tmp_path / name / "a.md").write_text(name)
        (tmp_path / "current").symlink_to("one")
        async with Watch(tmp_path / "current", polling=False) as watch:
            (tmp_path / "next").symlink_to("two")
            (tmp_path / "next").rename(tmp_path / "current")
            async with asyncio.timeout(10):
                while (await watch.folder.fetch()).changed is not None:
                    await asyncio.sleep(0.02)
            await until(lambda: watch.calls)
            (tmp_path / "two" / "b.md").write_text("b")
            await watch.sees("b.md")

    asyncio.run(story())


def test_a_folder_without_a_watch_takes_all_as_changed_once(tmp_path):
    async def story():
        folder = Folder(tmp_path)
        assert (await folder.fetch()).changed is None
        assert (await folder.fetch()).changed == frozenset()
        await folder.close()

    asyncio.run(story())


@pytest.mark.parametrize("name", ["public", "node_modules", ".venv"])
def test_only_what_lies_below_the_folder_can_be_noise(tmp_path, polling, name):
    async def story():
        tree = tmp_path / name / "site"
        tree.mkdir(parents=True)
        async with Watch(tree, polling=polling) as watch:
            (tree / "a.md").write_text("a")
            await watch.sees("a.md")

    asyncio.run(story())


def test_files_that_appear_whole_are_told(tmp_path, polling):
    async def story():
        tree = tmp_path / "site"
        tree.mkdir()
        (tmp_path / "outside.md").write_text("x")
        async with Watch(tree, polling=polling) as watch:
            (tree / "hard.md").hardlink_to(tmp_path / "outside.md")
            (tree / "soft.md").symlink_to(tmp_path / "outside.md")
            (tmp_path / "outside.md").rename(tree / "moved.md")
            await watch.sees("hard.md", "soft.md", "moved.md")

    asyncio.run(story())


def test_a_folder_that_comes_back_under_its_name_is_watched(tmp_path, polling):
    async def story():
        for name in ("posts", "other"):
            (tmp_path / name).mkdir()
        async with Watch(tmp_path, polling=polling) as watch:
            (tmp_path / "posts").rename(tmp_path / "old")
            (tmp_path / "other").rename(tmp_path / "posts")
            told = set()
            async with asyncio.timeout(10):
                while not {Path("posts/a.md"), Path("old/b.md")} <= told:
                    (tmp_path / "posts" / "a.md").write_text("a")
                    (tmp_path / "old" / "b.md").write_text("b")
                    await asyncio.sleep(0.1)
                    told |= (await watch.folder.fetch()).changed or set()

    asyncio.run(story())


@pytest.mark.skipif(not inotify.possible(), reason="inotify is Linux's")
def test_more_than_the_kernel_keeps_is_everything_changed(tmp_path):
    async def story():
        most = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
        if most > 20_000:
            pytest.skip("the kernel keeps more here than a test wants to write")
        async with Watch(tmp_path, polling=False) as watch:
            for _ in range(most // 2 + 1):
                (tmp_path / "a").touch()
                (tmp_path / "b").touch()
            (tmp_path / "new").mkdir()
            await until(lambda: watch.calls)
            assert (await watch.folder.fetch()).changed is None
            (tmp_path / "new" / "a.md").write_text("a")
            await watch.sees("new/a.md")

    asyncio.run(story())


def test_while_there_is_no_folder_nothing_is_taken_for_an_empty_site(tmp_path, polling):
    async def story():
        tree, away = tmp_path / "site", tmp_path / "away"
        tree.mkdir()
        (tree / "a.md").write_text("a")
        async with Watch(tree, polling=polling) as watch:
            watch.folder.may_be_empty = False
            calls = watch.calls
            tree.rename(away)
            await until(lambda: watch.calls > calls)
            for harm, words in ((lambda: None, "is not there"), (tree.touch, "is a file"), (tree.mkdir, "is empty")):
                if tree.is_file():
                    tree.unlink()
                harm()
                with pytest.raises(OperatorError, match=words):
                    await watch.folder.fetch()
            tree.rmdir()
            away.rename(tree)
            async with asyncio.timeout(10):
                while (changed := (await watch.folder.fetch()).changed) is not None and Path("a.md") not in changed:
                    await asyncio.sleep(0.02)

    asyncio.run(story())


def test_a_folder_that_comes_later_is_watched_then(tmp_path, polling):
    async def story():
        watch = Watch(tmp_path / "site", polling=polling)
        watch.folder.start()
        with pytest.raises(OperatorError, match="is not there"):
            await watch.folder.fetch()
        (tmp_path / "site").mkdir()
        async with asyncio.timeout(10):
            assert (await watch.folder.fetch()).changed is None
        (tmp_path / "site" / "a.md").write_text("a")
        await watch.sees("a.md")
        await watch.folder.close()

    asyncio.run(story())
