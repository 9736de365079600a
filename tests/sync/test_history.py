"""The last commit of each file, as ``git log -1 -- file`` says it."""

from __future__ import annotations

import asyncio
import random
from datetime import datetime

from tests.sync.conftest import git
from village.sync.git import Checkout
from village.sync.history import History, parsed


async def update(checkout):
    await checkout.show(await checkout.fetch())


def test_each_file_has_its_last_commit(forge, tmp_path):
    async def story():
        forge.push({"a.md": "1", "пост ü.md": "1"}, GIT_AUTHOR_DATE="2020-01-02T03:04:05+0100")
        last = forge.push({"a.md": "2"}, GIT_AUTHOR_DATE="2021-01-01T00:00:00Z")
        checkout = Checkout(tmp_path / "checkout", forge.url)
        await update(checkout)
        assert checkout.shallow
        history = History(checkout)
        files = await history.update()
        assert not checkout.shallow
        assert files["a.md"]["hash"] == last
        assert last.startswith(files["a.md"]["abbreviated_hash"])
        info = files["пост ü.md"]
        assert info["author_date"] == datetime.fromisoformat("2020-01-02T03:04:05+01:00")
        assert (info["author_name"], info["author_email"], info["subject"]) == ("Ada", "ada@example.com", "change")
        newer = forge.push({"new.md": "1"})
        await update(checkout)
        files = await history.update()
        assert (files["new.md"]["hash"], files["a.md"]["hash"]) == (newer, last)

    asyncio.run(story())


def test_after_a_force_push_the_table_is_made_anew(forge, tmp_path):
    async def story():
        first = forge.push({"a.md": "1"})
        forge.push({"a.md": "2"})
        checkout = Checkout(tmp_path / "checkout", forge.url, history=True)
        await update(checkout)
        history = History(checkout)
        await history.update()
        forge.back_to(first)
        forge.push({"b.md": "1"}, force=True)
        await update(checkout)
        assert (await history.update())["a.md"]["hash"] == first

    asyncio.run(story())


def test_it_says_what_git_log_says_of_each_file(forge, tmp_path):
    async def story():
        chance = random.Random(2)
        checkout = Checkout(tmp_path / "checkout", forge.url, history=True)
        history = None
        for round_ in range(4):
            for number in range(5):
                names = [f"{chance.choice('abc')}/{chance.randrange(6)}.md" for _ in range(3)]
                date = f"2022-0{round_ + 1}-0{number + 1}T00:00:00Z"
                forge.push(dict.fromkeys(names, f"{round_}.{number}"), GIT_COMMITTER_DATE=date)
            if round_ == 2:  # a merge
                git(forge.work, "checkout", "-q", "-b", "side", "HEAD~3")
                (forge.work / "side.md").write_text("side")
                git(forge.work, "add", "-A")
                git(forge.work, "commit", "-q", "-m", "side", GIT_COMMITTER_DATE="2022-03-09T00:00:00Z")
                git(forge.work, "checkout", "-q", "main")
                git(forge.work, "merge", "-q", "-m", "merge", "side")
                forge.push({})
            await update(checkout)
            history = history or History(checkout)
            table = await history.update()
            for path in sorted(forge.work.rglob("*.md")):
                name = path.relative_to(forge.work).as_posix()
                assert table[name]["hash"] == git(forge.work, "log", "-1", "--format=%H", "--", name), name

    asyncio.run(story())


def test_commit_messages_hold_anything():
    assert parsed(b"") == {}
    assert parsed(b"\x1egarbage\x1fmore") == {}
    record = (
        b"\x1e"
        + b"\x1f".join([b"h", b"h", b"A\xff", b"e", b"2022-01-01T00:00:00Z", b"nonsense", b"s", b"b\nb"])
        + b"\x1f\n\na\0b\0"
    )
    table = parsed(record)
    assert set(table) == {"a", "b"}
    assert table["a"]["commit_date"] is None
