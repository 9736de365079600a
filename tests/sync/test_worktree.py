"""The tree is exactly the commit: what Hugo would find in a fresh clone, whatever was done to it in between."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.sync.conftest import git
from village.errors import ContentError
from village.sync.git import Checkout


def files(tree: Path) -> set[str]:
    return {path.relative_to(tree).as_posix() for path in tree.rglob("*") if not path.is_dir() and path.name != ".git"}


def told(revision) -> set[str] | None:
    return None if revision.changed is None else {path.as_posix() for path in revision.changed}


def stray(tree):
    (tree / "content" / "stray.md").write_text("x")
    (tree / "public").mkdir()
    (tree / "public" / "ignored.html").write_text("x")


def edited(tree):
    (tree / "content" / "a.md").write_text("edited")


def lost(tree):
    (tree / "content" / "a.md").unlink()


def executable(tree):
    (tree / "content" / "a.md").chmod(0o777)


def staged(tree):
    (tree / "mine").write_text("x")
    git(tree, "add", "mine")


def committed(tree):
    staged(tree)
    git(tree, "commit", "-q", "-m", "by hand")


def repository(tree):
    git(tree, "init", "-q", "theme")
    (tree / "theme" / "theme.toml").write_text("x")


def removed(tree):
    shutil.rmtree(tree)


@pytest.mark.parametrize(
    ("harm", "changed"),
    [
        (stray, {"content/stray.md", "public/ignored.html"}),
        (edited, {"content/a.md"}),
        (lost, {"content/a.md"}),
        (executable, {"content/a.md"}),
        (staged, {"mine"}),
        (committed, None),
        (repository, None),
        (removed, None),
    ],
)
def test_what_somebody_did_to_the_tree_is_undone_and_told(forge, tmp_path, harm, changed):
    async def story():
        commit = forge.push({"content/a.md": "a", ".gitignore": "public\n"})
        checkout = Checkout(tmp_path / "checkout", forge.url)
        await checkout.newest()
        harm(checkout.tree)
        revision = await checkout.newest()
        assert (revision.commit, told(revision)) == (commit, changed)
        assert files(checkout.tree) == {"content/a.md", ".gitignore"}
        assert (checkout.tree / "content" / "a.md").read_text() == "a"
        assert told(await checkout.newest()) == set()
        harm(checkout.tree)
        forge.push({"b": "b"})
        revision = await checkout.newest()
        assert told(revision) == (None if changed is None else changed | {"b"})
        assert files(checkout.tree) == {"content/a.md", ".gitignore", "b"}

    asyncio.run(story())


def test_a_tree_that_git_itself_converts_is_as_it_should_be(forge, tmp_path):
    async def story():
        forge.push({"a.md": b"a\r\nb\r\n"})
        forge.push({".gitattributes": "* text=auto\n*.txt text eol=crlf\n", "b.txt": "a\nb\n"})
        checkout = Checkout(tmp_path / "checkout", forge.url)
        await checkout.newest()
        assert (checkout.tree / "b.txt").read_bytes() == b"a\r\nb\r\n"
        os.utime(checkout.tree / "b.txt")
        assert told(await checkout.newest()) == set()

    asyncio.run(story())


def test_the_caches_of_a_sites_own_python_are_left_alone(forge, tmp_path):
    async def story():
        forge.push({"python/site.py": "x = 1"})
        checkout = Checkout(tmp_path / "checkout", forge.url)
        await checkout.newest()
        (checkout.tree / "python" / "__pycache__").mkdir()
        (checkout.tree / "python" / "__pycache__" / "site.pyc").write_text("x")
        assert told(await checkout.newest()) == set()

    asyncio.run(story())


def test_a_folder_becomes_a_link_and_a_file_and_a_folder_again(forge, tmp_path):
    def put(kind):
        path = forge.work / "d"
        if path.is_symlink() or path.is_file():
            path.unlink()
        elif path.is_dir():
            shutil.rmtree(path)
        if kind == "folder":
            (path / "sub").mkdir(parents=True)
            (path / "sub" / "a.md").write_text("a")
        elif kind == "link":
            path.symlink_to("content")
        elif kind == "file":
            path.write_text("x")
        forge.push({})

    async def story():
        forge.push({"content/x.md": "x"})
        checkout = Checkout(tmp_path / "checkout", forge.url)
        there = {"folder": {"d/sub/a.md"}, "file": {"d"}}
        for kind in ("folder", "link", "folder", "file", "link", "file", "folder", "nothing", "link", "nothing"):
            put(kind)
            await checkout.newest()
            assert files(checkout.tree) == {"content/x.md"} | there.get(kind, set())

    asyncio.run(story())


@pytest.mark.parametrize("name", ["x" * 300, ".git", "..", "git~1", "content/" + "ü" * 130])
def test_a_name_that_no_checkout_can_have_is_the_authors_error(forge, tmp_path, name):
    async def story():
        good = forge.push({"content/a.md": "a"})
        checkout = Checkout(tmp_path / "checkout", forge.url)
        await checkout.newest()
        blob = git(forge.work, "hash-object", "-w", "content/a.md")
        made = subprocess.run(
            ["git", "mktree", "-z"],
            cwd=forge.work,
            input=f"100644 blob {blob}\t{name.rpartition('/')[2]}\0".encode(),
            capture_output=True,
            check=True,
        ).stdout.decode()
        commit = git(forge.work, "commit-tree", "-m", "x", "-p", good, made.strip())
        git(forge.work, "push", "-q", "origin", f"{commit}:refs/heads/main")
        for _ in range(2):
            with pytest.raises(ContentError) as caught:
                await checkout.newest()
            assert caught.value.file
            assert "rename it" in caught.value.hint
        forge.push({"content/a.md": "b"}, force=True)
        await checkout.newest()
        assert files(checkout.tree) == {"content/a.md"}

    asyncio.run(story())


@pytest.mark.parametrize(
    "name", ["a\nb.md", '"q\\.md', os.fsdecode(b"\xff\xfe.md"), "aux.md", "a:b?.md", " x .md", "-rf", "y" * 255]
)
def test_odd_names_are_names(forge, tmp_path, name):
    async def story():
        forge.push({"content/a.md": "a"})
        checkout = Checkout(tmp_path / "checkout", forge.url)
        await checkout.newest()
        (forge.work / name).write_text("x")
        forge.push({})
        assert (await checkout.newest()).changed == {Path(name)}
        (checkout.tree / name).write_text("edited")
        assert (await checkout.newest()).changed == {Path(name)}
        assert (checkout.tree / name).read_text() == "x"

    asyncio.run(story())
