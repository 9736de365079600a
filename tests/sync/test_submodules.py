"""Submodules: exactly their commits, whatever happens to their stores, and no network or rebuild without need."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

from tests.sync.conftest import Forge, git
from village.errors import GitFailed
from village.sync.git import Checkout


class Pair:
    """A site with a theme as its submodule."""

    def __init__(self, folder: Path) -> None:
        self.theme, self.site = Forge(folder / "forge", "theme"), Forge(folder / "forge", "site")
        self.theme.push({"theme.toml": "one", "layouts/a.html": "a"})
        self.site.push({"a": "1"})
        git(self.site.work, "-c", "protocol.file.allow=always", "submodule", "add", "-q", "../theme.git", "themes/t")
        self.site.push({"a": "2"})

    def renew_theme(self, text: str) -> None:
        self.theme.push({"theme.toml": text})
        git(self.site.work / "themes/t", "pull", "-q")
        self.site.push({})


@pytest.fixture
def pair(tmp_path):
    return Pair(tmp_path)


def theme_files(checkout):
    folder = checkout.tree / "themes" / "t"
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() and path.name != ".git"}


THEME = {"theme.toml", "layouts/a.html"}


def test_in_order_they_need_neither_network_nor_rebuild(pair, tmp_path):
    async def story():
        checkout = Checkout(tmp_path / "checkout", pair.site.url, submodules=True)
        assert (await checkout.newest()).changed is None
        pair.theme.bare.rename(tmp_path / "away")
        assert (await checkout.newest()).changed == frozenset()
        again = Checkout(tmp_path / "checkout", pair.site.url, submodules=True)
        pair.site.push({"a": "3"})
        assert (await again.newest()).changed == {Path("a")}
        assert theme_files(again) == THEME

    asyncio.run(story())


def test_strays_edits_and_links_in_a_submodule_are_undone(pair, tmp_path):
    async def story():
        (pair.theme.work / "link").symlink_to("/etc/passwd")
        pair.renew_theme("one")
        checkout = Checkout(tmp_path / "checkout", pair.site.url, submodules=True)
        await checkout.newest()
        folder = checkout.tree / "themes" / "t"
        (folder / "stray.html").write_text("x")
        assert (await checkout.newest()).changed is None
        assert theme_files(checkout) == THEME
        (folder / "theme.toml").write_text("edited")
        assert (await checkout.newest()).changed is None
        assert (folder / "theme.toml").read_text() == "one"
        assert (await checkout.newest()).changed == frozenset()

    asyncio.run(story())


def test_switched_off_or_removed_they_are_gone(pair, tmp_path):
    async def story():
        await Checkout(tmp_path / "checkout", pair.site.url, submodules=True).newest()
        off = Checkout(tmp_path / "checkout", pair.site.url)
        assert (await off.newest()).changed is None
        assert theme_files(off) == set()
        assert (await off.newest()).changed == frozenset()
        checkout = Checkout(tmp_path / "checkout", pair.site.url, submodules=True)
        await checkout.newest()
        assert theme_files(checkout) == THEME
        git(pair.site.work, "rm", "-q", "-f", "themes/t")
        pair.site.push({"themes/t/own.html": "x"})
        assert (await checkout.newest()).changed is None
        assert theme_files(checkout) == {"own.html"}
        assert not (checkout.tree / "themes" / "t" / ".git").exists()

    asyncio.run(story())


@pytest.mark.parametrize("harm", ["HEAD", "config", "objects", "refs", "packs", "lock", "gone", "file", "main store"])
def test_a_damaged_store_of_a_submodule_is_fetched_anew(pair, tmp_path, harm):
    async def story():
        checkout = Checkout(tmp_path / "checkout", pair.site.url, submodules=True)
        await checkout.newest()
        pair.renew_theme(harm)
        store = checkout.folder / "objects.git" / "modules" / "themes" / "t"
        if harm == "packs":
            for path in (*store.glob("objects/??/*"), *store.glob("objects/pack/*")):
                path.chmod(0o600)
                path.write_bytes(b"garbage")
        elif harm == "lock":
            (store / "index.lock").touch()
        elif harm == "main store":
            (checkout.folder / "objects.git" / "config").write_text("[")
        elif harm in {"gone", "file"}:
            shutil.rmtree(store)
            if harm == "file":
                store.write_text("x")
        elif (store / harm).is_dir():
            shutil.rmtree(store / harm)
        else:
            (store / harm).write_bytes(b"\0garbage")
        await checkout.newest()
        assert (checkout.tree / "themes" / "t" / "theme.toml").read_text() == harm
        assert theme_files(checkout) == THEME

    asyncio.run(story())


def test_a_commit_that_is_no_branchs_newest_is_fetched_all_the_same(pair, tmp_path):
    async def story():
        for number in range(3):
            pair.theme.push({"theme.toml": str(number)})
        git(pair.theme.bare, "config", "uploadpack.allowAnySHA1InWant", "false")
        checkout = Checkout(tmp_path / "checkout", pair.site.url, submodules=True)
        await checkout.newest()
        assert (checkout.tree / "themes" / "t" / "theme.toml").read_text() == "one"

    asyncio.run(story())


@pytest.mark.parametrize(
    ("url", "more", "words"),
    [
        ("ext::sh -c touch% {0}/pwned", "", "no place"),
        ("--upload-pack=touch {0}/pwned", "", "no place"),
        ("../theme.git", "update = !touch {0}/pwned", "no place"),
        ("/nosuch/x.git", "", "not there"),
    ],
)
def test_hostile_submodules_run_nothing_and_the_next_push_mends_it(forge, tmp_path, url, more, words):
    async def story():
        first = forge.push({"a": "1"})
        checkout = Checkout(tmp_path / "checkout", forge.url, submodules=True)
        await checkout.newest()
        git(forge.work, "update-index", "--add", "--cacheinfo", f"160000,{first},themes/t")
        modules = f'[submodule "t"]\n\tpath = themes/t\n\turl = {url}\n\t{more}\n'.format(tmp_path)
        (forge.work / ".gitmodules").write_text(modules)
        git(forge.work, "add", ".gitmodules")
        git(forge.work, "commit", "-q", "-m", "x")
        git(forge.work, "push", "-q", "origin", "HEAD:main")
        with pytest.raises(GitFailed, match=f"a submodule: .*{words}") as caught:
            await checkout.newest()
        assert caught.value.whose == "author"
        assert not (tmp_path / "pwned").exists()
        git(forge.work, "rm", "-q", "-f", "--cached", "themes/t", ".gitmodules")
        (forge.work / ".gitmodules").unlink()
        commit = forge.push({"a": "2"})
        assert (await checkout.newest()).commit == commit

    asyncio.run(story())


def test_a_commit_that_nobody_has_is_the_authors_move(pair, tmp_path):
    async def story():
        checkout = Checkout(tmp_path / "checkout", pair.site.url, submodules=True)
        await checkout.newest()
        git(pair.site.work, "update-index", "--cacheinfo", f"160000,{'1' * 40},themes/t")
        git(pair.site.work, "commit", "-q", "-m", "x")
        git(pair.site.work, "push", "-q", "origin", "HEAD:main")
        for _ in range(2):
            with pytest.raises(GitFailed, match="does not have the commit") as caught:
                await checkout.newest()
            assert caught.value.whose == "author"
        pair.renew_theme("two")
        await checkout.newest()
        assert (checkout.tree / "themes" / "t" / "theme.toml").read_text() == "two"

    asyncio.run(story())
