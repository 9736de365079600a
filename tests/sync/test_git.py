"""The checkout against real repositories: whatever happens to them, the tree shows one commit whole, or an error says why not."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sync.conftest import Forge, git
from village.errors import GitFailed, OperatorError
from village.sync import ownership
from village.sync.git import Checkout, Revision


def files(tree: Path) -> dict[str, str]:
    return {
        path.relative_to(tree).as_posix(): path.read_text()
        for path in sorted(tree.rglob("*"))
        if path.is_file() and path.name != ".git"
    }


def names(revision) -> set[str] | None:
    return None if revision.changed is None else {path.as_posix() for path in revision.changed}


def alive(process: int) -> bool:
    """False for one that ended, reaped or not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


async def update(checkout):
    return await checkout.show(await checkout.fetch())


def test_the_tree_follows_the_branch_and_says_what_changed(forge, tmp_path):
    async def story():
        first = forge.push({"content/a.md": "a", "content/b.md": "b", "config.toml": "x"})
        checkout = Checkout(tmp_path / "checkout", forge.url)
        assert await checkout.recover() == ""
        revision = await update(checkout)
        assert (revision.commit, revision.changed) == (first, None)
        assert files(checkout.tree) == {"content/a.md": "a", "content/b.md": "b", "config.toml": "x"}
        assert checkout.published_branch == "main"

        second = forge.push({"content/a.md": "a2", "content/b.md": None, "content/new/пост ü.md": "c"})
        assert await checkout.remote_commit() == second
        revision = await update(checkout)
        assert revision.commit == second
        assert names(revision) == {"content/a.md", "content/b.md", "content/new/пост ü.md"}
        assert files(checkout.tree) == {"content/a.md": "a2", "content/new/пост ü.md": "c", "config.toml": "x"}
        assert names(await update(checkout)) == set()

    asyncio.run(story())


def test_a_force_push_is_a_push(forge, tmp_path):
    async def story():
        first = forge.push({"a": "1"})
        forge.push({"a": "2", "gone": "x"})
        checkout = Checkout(tmp_path / "checkout", forge.url, branch="main")
        await update(checkout)
        forge.back_to(first)
        forged = forge.push({"b": "3"}, force=True)
        revision = await update(checkout)
        assert revision.commit == forged
        assert names(revision) == {"a", "gone", "b"}
        assert files(checkout.tree) == {"a": "1", "b": "3"}

    asyncio.run(story())


def test_only_the_asked_branch_counts_and_the_default_may_be_renamed(forge, tmp_path):
    async def story():
        forge.push({"a": "main"})
        other = forge.push({"a": "other"}, branch="other")
        checkout = Checkout(tmp_path / "one", forge.url, branch="other")
        assert (await update(checkout)).commit == other
        default = Checkout(tmp_path / "two", forge.url)
        await update(default)
        assert files(default.tree) == {"a": "main"}
        git(forge.bare, "symbolic-ref", "HEAD", "refs/heads/other")
        await default.remote_commit()
        assert default.published_branch == "other"
        assert (await update(default)).commit == other

    asyncio.run(story())


def test_what_is_missing_is_said_in_words_and_the_tree_stays(forge, tmp_path):
    async def story():
        empty = Checkout(tmp_path / "empty", forge.url)
        for ask in (empty.fetch, empty.remote_commit):
            with pytest.raises(GitFailed, match="no commit"):
                await ask()
        first = forge.push({"a": "1"})
        assert (await update(empty)).commit == first
        checkout = Checkout(tmp_path / "branch", forge.url, branch="nosuch")
        for ask in (checkout.fetch, checkout.remote_commit):
            with pytest.raises(GitFailed, match="'nosuch' is not in the repository") as caught:
                await ask()
            assert "VILLAGE_BRANCH" in caught.value.hint
        forge.bare.rename(tmp_path / "moved")
        with pytest.raises(GitFailed, match="not there") as caught:
            await empty.fetch()
        assert caught.value.retry
        assert files(empty.tree) == {"a": "1"}
        (tmp_path / "moved").rename(forge.bare)
        second = forge.push({"a": "2"})
        assert names(await update(empty)) == {"a"}
        assert empty.commit == second

    asyncio.run(story())


def test_what_is_here_is_shown_while_the_remote_is_away_also_after_a_restart(forge, tmp_path):
    async def story():
        first = forge.push({"a": "1"})
        checkout = Checkout(tmp_path / "checkout", forge.url)
        forge.bare.rename(tmp_path / "away")
        with pytest.raises(GitFailed):
            await checkout.newest()
        (tmp_path / "away").rename(forge.bare)
        assert await checkout.newest() == Revision(first, None)
        forge.bare.rename(tmp_path / "away")
        for again in (checkout, Checkout(tmp_path / "checkout", forge.url)):
            revision = await again.newest()
            assert (revision.commit, revision.changed) == (first, frozenset())
            assert "not there" in str(revision.behind)
        (tmp_path / "away").rename(forge.bare)
        second = forge.push({"a": "2"})
        assert await checkout.newest() == Revision(second, frozenset({Path("a")}))

    asyncio.run(story())


def test_a_restart_goes_on_where_it_was(forge, tmp_path):
    async def story():
        forge.push({"a": "1", "b": "1"})
        await update(Checkout(tmp_path / "checkout", forge.url))
        second = forge.push({"a": "2"})
        again = Checkout(tmp_path / "checkout", forge.url)
        assert await again.recover()
        revision = await update(again)
        assert (revision.commit, names(revision)) == (second, {"a"})

    asyncio.run(story())


def test_a_checkout_killed_half_way_heals(forge, tmp_path):
    async def story():
        forge.push({"a": "1", "b": "1"})
        folder = tmp_path / "checkout"
        await update(Checkout(folder, forge.url))
        second = forge.push({"a": "2", "b": "2", "c": "2"})
        # as a kill -9 leaves it: locks, a marker, a tree between two commits with an index that knows nothing of it
        (folder / "unfinished").write_text(second)
        (folder / "tree" / "a").write_text("2")
        (folder / "tree" / "torn").write_text("half of a fi")
        for lock in ("index.lock", "shallow.lock", "HEAD.lock", "refs/village/latest.lock"):
            (folder / "objects.git" / lock).write_text("")
        again = Checkout(folder, forge.url)
        assert await again.recover() == ""
        revision = await update(again)
        assert (revision.commit, revision.changed) == (second, None)
        assert files(again.tree) == {"a": "2", "b": "2", "c": "2"}
        assert await Checkout(folder, forge.url).recover() == second

    asyncio.run(story())


@pytest.mark.parametrize("victim", ["HEAD", "config", "objects", "index", "refs", "packs"])
def test_a_damaged_store_is_fetched_anew(forge, tmp_path, victim):
    async def story():
        forge.push({"a": "1", "b": "1"})
        folder = tmp_path / "checkout"
        await update(Checkout(folder, forge.url))
        second = forge.push({"a": "2"})
        store = folder / "objects.git"
        if victim == "packs":
            for path in (*store.glob("objects/??/*"), *store.glob("objects/pack/*")):
                path.chmod(0o600)
                path.write_bytes(b"")
        elif (store / victim).is_dir():
            (store / victim).rename(tmp_path / "away")
        else:
            (store / victim).write_bytes(b"\0garbage")
        again = Checkout(folder, forge.url)
        await again.recover()
        for _ in range(2):
            revision = await update(again)
        assert revision.commit == second
        assert files(again.tree) == {"a": "2", "b": "1"}

    asyncio.run(story())


def test_links_hooks_and_the_machines_configuration_have_no_power(forge, tmp_path, monkeypatch):
    async def story():
        (tmp_path / "secret").write_text("secret")
        (forge.work / "content").mkdir()
        os.symlink(tmp_path / "secret", forge.work / "content" / "link.md")
        forge.push({".gitattributes": "*.md filter=evil\n", "content/a.md": "a"})
        config = tmp_path / "gitconfig"
        config.write_text(f'[filter "evil"]\n\tsmudge = "touch {tmp_path}/pwned"\n[core]\n\thooksPath = {tmp_path}\n')
        hook = tmp_path / "post-checkout"
        hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/pwned\n")
        hook.chmod(0o755)
        monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
        monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
        monkeypatch.setenv("GIT_SSH_COMMAND", f"touch {tmp_path}/pwned")
        checkout = Checkout(tmp_path / "checkout", forge.url)
        await update(checkout)
        assert not os.path.lexists(checkout.tree / "content" / "link.md")
        assert (checkout.tree / "content" / "a.md").read_text() == "a"
        assert not (tmp_path / "pwned").exists()

    asyncio.run(story())


def test_a_link_that_becomes_a_file_is_a_file_and_the_other_way(forge, tmp_path, caplog):
    async def story():
        link = forge.work / "content" / "b.md"
        forge.push({"content/a.md": "a"})
        checkout = Checkout(tmp_path / "checkout", forge.url)
        await update(checkout)
        os.symlink("a.md", link)
        forge.push({"content/c.md": "c"})
        assert names(await update(checkout)) == {"content/b.md", "content/c.md"}
        assert files(checkout.tree).keys() == {"content/a.md", "content/c.md"}
        assert "content/b.md" in caplog.text
        link.unlink()
        forge.push({"content/b.md": "b"})
        assert names(await update(checkout)) == {"content/b.md"}
        assert files(checkout.tree)["content/b.md"] == "b"
        link.unlink()
        os.symlink("a.md", link)
        forge.push({})
        await update(checkout)
        assert "content/b.md" not in files(checkout.tree)
        forge.push({"content/a.md": "a2"})
        await update(checkout)
        assert files(checkout.tree) == {"content/a.md": "a2", "content/c.md": "c"}

    asyncio.run(story())


@pytest.mark.parametrize(
    "source", ["ext::sh -c touch% {0}/pwned", "-oProxyCommand=touch {0}/pwned", "--upload-pack=touch {0}/pwned"]
)
def test_sources_that_would_run_programs_do_not(tmp_path, source):
    async def story():
        checkout = Checkout(tmp_path / "checkout", source.format(tmp_path))
        with pytest.raises(GitFailed):
            await checkout.fetch()
        assert not (tmp_path / "pwned").exists()

    asyncio.run(story())


def test_lfs_pointers_are_refused_until_they_are_gone(forge, tmp_path):
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "4d" * 32 + "\nsize 12345\n"

    async def story():
        forge.push({"static/photo.jpg": pointer, "content/a.md": "a"})
        checkout = Checkout(tmp_path / "checkout", forge.url)
        revision = await update(checkout)
        assert [error.file for error in revision.errors] == ["static/photo.jpg"]
        assert "LFS" in revision.errors[0].describe()
        again = Checkout(tmp_path / "checkout", forge.url)
        await again.recover()
        assert (await update(again)).errors
        forge.push({"content/a.md": "b"})
        assert (await update(again)).errors
        forge.push({"static/photo.jpg": "a real photo"})
        assert (await update(again)).errors == ()

    asyncio.run(story())


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("hugo.toml", "title = 'x'\nenableGitInfo = true\n"),
        ("config/_default/hugo.yaml", "enableGitInfo: true"),
        ("config.json", '{"title": "x", "enableGitInfo": true}'),
    ],
)
def test_the_whole_history_is_there_when_the_site_asks_for_it(forge, tmp_path, name, text):
    async def story():
        for number in range(3):
            forge.push({"content/a.md": str(number)}, GIT_AUTHOR_DATE=f"202{number}-01-01T00:00:00Z")
        checkout = Checkout(tmp_path / "checkout", forge.url)
        await update(checkout)
        assert checkout.shallow
        forge.push({name: text})
        await update(checkout)
        assert not checkout.shallow
        assert git(checkout.tree, "log", "-1", "--format=%as", "--", "content/a.md") == "2022-01-01"
        assert git(checkout.tree, "status", "--porcelain") == ""
        forge.push({"content/a.md": "4"})
        await update(checkout)
        assert git(checkout.tree, "rev-list", "--count", "HEAD") == "5"

    asyncio.run(story())


def test_a_change_is_told_even_when_the_submodules_fail_on_the_way(tmp_path):
    async def story():
        theme, site = Forge(tmp_path / "forge", "theme"), Forge(tmp_path / "forge", "site")
        theme.push({"theme.toml": "one"})
        site.push({"a": "1", "b": "1"})
        checkout = Checkout(tmp_path / "checkout", site.url, submodules=True)
        await update(checkout)
        git(site.work, "-c", "protocol.file.allow=always", "submodule", "add", "-q", "../theme.git", "theme")
        site.push({"a": "2"})
        theme.bare.rename(tmp_path / "away")
        with pytest.raises(GitFailed):
            await update(checkout)
        (tmp_path / "away").rename(theme.bare)
        assert (await update(checkout)).changed is None
        assert (checkout.tree / "theme/theme.toml").read_text() == "one"
        site.push({"b": "2"})

    asyncio.run(story())


def test_submodules_are_fetched_when_asked_for(tmp_path, caplog):
    async def story():
        theme, site = Forge(tmp_path / "forge", "theme"), Forge(tmp_path / "forge", "site")
        theme.push({"theme.toml": "one"})
        git(site.work, "-c", "protocol.file.allow=always", "submodule", "add", "-q", "../theme.git", "themes/t")
        site.push({"config.toml": "x"})
        plain = Checkout(tmp_path / "plain", site.url)
        await update(plain)
        assert not (plain.tree / "themes/t/theme.toml").exists()
        await update(plain)
        assert caplog.text.count("VILLAGE_SUBMODULES=true") == 1
        checkout = Checkout(tmp_path / "checkout", site.url, submodules=True)
        await update(checkout)
        assert (checkout.tree / "themes/t/theme.toml").read_text() == "one"
        theme.push({"theme.toml": "two"})
        git(site.work / "themes/t", "pull", "-q")
        site.push({"config.toml": "y"})
        revision = await update(checkout)
        assert revision.changed is None
        assert (checkout.tree / "themes/t/theme.toml").read_text() == "two"

    asyncio.run(story())


def test_a_git_that_hangs_is_ended_with_its_children(tmp_path, monkeypatch):
    async def story():
        program = tmp_path / "bin" / "git"
        program.parent.mkdir()
        program.write_text(f"#!/bin/sh\nsleep 1000 &\necho $! > {tmp_path}/child\nwait\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
        checkout = Checkout(tmp_path / "checkout", "https://example.invalid/site.git", limit=0.5)
        with pytest.raises(GitFailed, match="longer than"):
            await checkout.remote_commit()
        child = int((tmp_path / "child").read_text())
        assert not alive(child)

    asyncio.run(story())


VILLAGE = """
import asyncio, sys
from pathlib import Path
from village.sync import ownership
from village.sync.git import Checkout, Revision

asyncio.run(Checkout(Path(sys.argv[1]), "https://example.invalid/site.git").remote_commit())
"""


def test_a_git_left_behind_by_a_killed_village_is_waited_for(forge, tmp_path):
    async def story():
        commit = forge.push({"a": "1"})
        program = tmp_path / "bin" / "git"
        program.parent.mkdir()
        program.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/child\nexec sleep 1000\n")
        program.chmod(0o755)
        environment = {"PATH": f"{program.parent}:{os.environ['PATH']}", "PYTHONPATH": os.getcwd()}
        killed = subprocess.Popen([sys.executable, "-c", VILLAGE, str(tmp_path / "checkout")], env=environment)
        async with asyncio.timeout(20):
            while not (tmp_path / "child").exists() or not (tmp_path / "child").read_text():
                await asyncio.sleep(0.02)
        killed.kill()
        killed.wait()
        git_left_behind = int((tmp_path / "child").read_text())
        waiting = asyncio.create_task(update(Checkout(tmp_path / "checkout", forge.url)))
        done, _ = await asyncio.wait([waiting], timeout=0.3)
        assert not done
        with pytest.raises(GitFailed, match="another village"):
            await ownership.own((tmp_path / "checkout").absolute(), patience=0.1)
        os.kill(git_left_behind, signal.SIGKILL)
        assert (await waiting).commit == commit

    asyncio.run(story())


def test_a_key_that_cannot_be_read_is_the_operators_move(tmp_path):
    checkout = Checkout(tmp_path / "checkout", "git@example.invalid:site.git", key=str(tmp_path / "nosuch"))
    with pytest.raises(OperatorError, match="SSH key"):
        asyncio.run(checkout.fetch())


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to give the repository to somebody else")
def test_a_repository_of_another_user_is_read(forge, tmp_path):
    """A forge's folder mounted into a container belongs to the host's user; upload-pack refuses it by default."""
    forge.push({"content/a.md": "a"})
    subprocess.run(["chown", "-R", "12345", forge.url.removeprefix("file://")], check=True)
    checkout = Checkout(tmp_path / "checkout", forge.url)
    asyncio.run(update(checkout))
    assert files(checkout.tree) == {"content/a.md": "a"}
