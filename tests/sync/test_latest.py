"""The worker, in simulated time: nothing is lost, nothing runs twice at once, failures wait as the table says."""

from __future__ import annotations

import asyncio
import math
import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sync.simulation import simulate
from village.errors import BuildFailed, ContentError, DiskFull, GitFailed, OperatorError
from village.sync.git import Revision
from village.sync.latest import RETRIES, Latest


@dataclass
class Built:
    view: dict[Path, int]
    next_moment: datetime | None = None


class Site:
    """A repository as a list of commits, and steps that hand over only what they are told changed."""

    def __init__(self, loop, *, build_seconds: float = 0.0) -> None:
        self.loop = loop
        self.build_seconds = build_seconds
        self.commits: list[dict[Path, int]] = [{Path("a"): 0}]
        self.tree: int | None = None
        self.view: dict[Path, int] = {}  # what the builder remembers
        self.on_show: dict[Path, int] = {}
        self.troubles: list[Exception | None] = []  # one for each fetch, from the front
        self.build_troubles: list[Exception | None] = []
        self.publish_troubles: list[Exception | None] = []
        self.moments: list[datetime] = []
        self.fetched: list[float] = []
        self.published: list[tuple[float, str]] = []
        self.told: list[str] = []
        self.building = 0

    def push(self, **files: int) -> str:
        self.commits.append(self.commits[-1] | {Path(name): value for name, value in files.items()})
        return str(len(self.commits) - 1)

    async def fetch(self) -> Revision:
        self.fetched.append(self.loop.time())
        await asyncio.sleep(0)
        try:
            trouble(self.troubles)
        except GitFailed as failure:
            if self.tree is None:
                raise
            return Revision(str(self.tree), frozenset(), behind=failure)
        head, old = len(self.commits) - 1, self.tree
        self.tree = head
        if old is None:
            return Revision(str(head), None)
        new, before = self.commits[head], self.commits[old]
        return Revision(str(head), frozenset(p for p in new.keys() | before.keys() if new.get(p) != before.get(p)))

    async def build(self, changed, commit) -> Built:
        assert not self.building
        self.building += 1
        now = self.commits[int(commit)]
        await asyncio.sleep(self.build_seconds)
        self.building -= 1
        trouble(self.build_troubles)
        self.view = dict(now) if changed is None else self.view | {path: now[path] for path in changed}
        future = [moment for moment in self.moments if moment > self.loop.wall()]
        return Built(dict(self.view), min(future, default=None))

    async def publish(self, built, commit) -> None:
        trouble(self.publish_troubles)
        self.on_show = built.view
        self.published.append((self.loop.time(), commit))

    async def failed(self, error, commit) -> None:
        self.told.append(str(error))


def trouble(queue) -> None:
    if queue and (error := queue.pop(0)):
        raise error


def story(function):
    """Run ``function(loop, site, latest)`` with a worker that was started and is idle."""

    def test():
        async def whole(loop):
            site = Site(loop)
            latest = Latest("site", site, poll=300, now=loop.wall)
            latest.start()
            await latest.idle()
            await function(loop, site, latest)
            await latest.close()

        simulate(whole)

    test.__name__ = function.__name__
    return test


author_error = BuildFailed([ContentError("broken", file="content/a.md", line=3)])


@story
async def test_a_push_is_built_at_once(loop, site, latest):
    assert site.published == [(0.0, "0")]
    latest.want(site.push(a=1))
    await latest.idle()
    assert site.published == [(0.0, "0"), (0.0, "1")]
    assert repr(latest) == "<Latest site: waiting, commit 1>"


@story
async def test_a_hundred_pushes_during_a_build_are_one_more_build(loop, site, latest):
    site.build_seconds = 2.0
    for number in range(100):
        latest.want(site.push(a=number))
        await asyncio.sleep(0.01)
    assert "building" in repr(latest)
    await latest.idle()
    assert [commit for _, commit in site.published] == ["0", "1", "100"]
    assert site.on_show == site.commits[-1]


@story
async def test_a_ring_without_news_builds_nothing(loop, site, latest):
    latest.want("0")
    await latest.idle()
    latest.want()
    await latest.idle()
    assert latest.builds == 1


@story
async def test_a_push_nobody_told_of_is_found_by_the_poll(loop, site, latest):
    site.push(a=1)
    await asyncio.sleep(299)
    assert len(site.published) == 1
    await asyncio.sleep(2)
    assert site.published[-1] == (300.0, "1")


@story
async def test_the_world_is_asked_again_as_the_table_says(loop, site, latest):
    start = loop.time()
    site.push(a=1)
    site.troubles = [GitFailed("gone")] * 10
    latest.want()
    await asyncio.sleep(sum(RETRIES) * 1.2 + 1200)
    waits = [after - before for before, after in zip(site.fetched[1:], site.fetched[2:], strict=False)]
    assert site.fetched[1] == start
    for waited, written in zip(waits, (*RETRIES, RETRIES[-1], RETRIES[-1]), strict=False):
        assert 0.8 * written <= waited <= 1.2 * written
    assert site.on_show == site.commits[-1]
    assert latest.error is None
    assert site.told == ["gone"], "told once, not ten times"


@story
async def test_a_push_does_not_wait_for_the_next_retry(loop, site, latest):
    site.troubles = [GitFailed("gone")] * 6
    latest.want()
    await asyncio.sleep(100)
    latest.want(site.push(a=1))
    now = loop.time()
    await latest.idle()
    assert site.published[-1] == (now, "1")


@story
async def test_an_authors_error_stays_until_the_next_push_and_its_changes_are_kept(loop, site, latest):
    site.build_troubles = [author_error]
    latest.want(site.push(a=1, b=1))
    await latest.idle()
    assert latest.failing
    assert "content/a.md:3: broken" in latest.status()["error"]
    builds = latest.builds
    await asyncio.sleep(3000)
    assert latest.builds == builds, "the same content is not tried again by itself"
    assert site.told == [str(author_error)]
    latest.want(site.push(c=1))
    await latest.idle()
    assert site.on_show == {Path("a"): 1, Path("b"): 1, Path("c"): 1}
    assert not latest.failing


@story
async def test_another_error_in_place_of_the_first_is_told_too(loop, site, latest):
    for words in ("one", "two"):
        site.build_troubles = [BuildFailed([ContentError(words, file="content/a.md")])]
        latest.want(site.push(a=1))
        await latest.idle()
        assert words in latest.status()["error"]
    assert len(site.told) == 2


@story
async def test_somebody_who_asks_again_gets_another_try(loop, site, latest):
    site.build_troubles = [author_error]
    latest.want(site.push(a=1))
    await latest.idle()
    latest.want()
    await latest.idle()
    assert site.on_show == site.commits[-1]


@story
async def test_errors_of_a_revision_keep_it_from_being_built(loop, site, latest):
    fetch = site.fetch

    async def with_pointers():
        revision = await fetch()
        return Revision(revision.commit, revision.changed, author_error.errors)

    site.fetch = with_pointers
    latest.want(site.push(a=1))
    await latest.idle()
    assert (latest.builds, latest.failing) == (1, True)
    site.fetch = fetch
    latest.want(site.push(b=1))
    await latest.idle()
    assert site.on_show == {Path("a"): 1, Path("b"): 1}


@story
async def test_a_full_disk_at_publishing_is_tried_again(loop, site, latest):
    site.publish_troubles = [DiskFull("full"), DiskFull("full")]
    latest.want(site.push(a=1))
    await asyncio.sleep(10)
    assert site.on_show == site.commits[-1]


@story
async def test_the_operators_and_our_own_errors_do_not_end_the_worker(loop, site, latest):
    site.build_troubles = [OperatorError("no permission"), ZeroDivisionError()]
    for number in (1, 2, 3):
        latest.want(site.push(a=number))
        await latest.idle()
    assert site.on_show == site.commits[-1]
    assert len(site.told) == 2


@story
async def test_what_the_operator_mends_needs_no_push(loop, site, latest):
    latest.poll = math.inf
    site.troubles = [OperatorError("the volume is not there")] * 3
    latest.want(site.push(a=1))
    await asyncio.sleep(60)
    assert site.on_show == site.commits[-1]


@story
async def test_a_hook_that_is_faster_than_the_forges_mirror_is_looked_at_again(loop, site, latest):
    latest.want("1")
    await latest.idle()
    site.push(a=1)
    await asyncio.sleep(1)
    assert site.published[-1] == (0.5, "1")
    fetched = len(site.fetched)
    latest.want("never-comes")
    await asyncio.sleep(290)
    assert len(site.fetched) == fetched + 5, "and not for ever"


@story
async def test_a_dated_post_appears_at_its_second(loop, site, latest):
    site.moments = [loop.wall() + timedelta(seconds=100.25), loop.wall() + timedelta(seconds=200)]
    latest.want(site.push(a=1))
    await latest.idle()
    await asyncio.sleep(250)
    assert [moment for moment, _ in site.published[-2:]] == [100.25, 200.0]
    assert latest.next_moment is None


@story
async def test_a_dated_post_needs_no_remote(loop, site, latest):
    site.moments = [loop.wall() + timedelta(seconds=100)]
    latest.want(site.push(a=1))
    await latest.idle()
    site.troubles = [GitFailed("gone")] * 1000
    await asyncio.sleep(250)
    assert site.published[-1] == (100.0, "1")
    assert len(site.published) == 3
    assert isinstance(latest.error, GitFailed)
    assert len(site.fetched) < 20, "and nobody runs in circles"


@story
async def test_a_due_moment_does_not_run_in_circles_when_the_content_is_broken(loop, site, latest):
    site.moments = [loop.wall() + timedelta(seconds=10)]
    latest.want(site.push(a=1))
    await latest.idle()
    site.build_troubles = [author_error] * 1000
    await asyncio.sleep(1000)
    assert latest.builds < 10
    site.build_troubles = []
    await asyncio.sleep(300)
    assert not latest.failing
    assert site.on_show == site.commits[-1]


@story
async def test_a_builder_that_names_a_moment_long_past_is_not_asked_all_the_time(loop, site, latest):
    build = site.build

    async def backward(changed, commit):
        return Built((await build(changed, commit)).view, loop.wall() - timedelta(days=1))

    site.build = backward
    latest.want(site.push(a=1))
    await asyncio.sleep(10)
    assert latest.builds <= 12


@story
async def test_an_error_while_telling_of_an_error_does_not_end_the_worker(loop, site, latest):
    async def failed(error, commit):
        raise ZeroDivisionError

    site.failed, site.build_troubles = failed, [author_error]
    latest.want(site.push(a=1))
    await latest.idle()
    latest.want(site.push(b=1))
    await latest.idle()
    assert site.on_show == site.commits[-1]


@story
async def test_a_wall_clock_that_is_set_delays_a_dated_post_by_a_nap_at_the_most(loop, site, latest):
    site.moments = [loop.wall() + timedelta(days=3)]
    latest.want(site.push(a=1))
    await latest.idle()
    await asyncio.sleep(3600)
    loop.wall_offset += timedelta(days=3)
    now = loop.time()
    await asyncio.sleep(31)
    assert site.published[-1][0] - now <= 30
    assert len(site.published) == 3


@given(seed=st.integers(0, 2**32), pushes=st.integers(1, 40), lost=st.floats(0, 1))
@settings(max_examples=60, deadline=None)
def test_whatever_is_lost_and_whatever_fails_the_newest_commit_is_shown_in_the_end(seed, pushes, lost):
    chance = random.Random(seed)

    def some(*errors):
        return [chance.choice([None, None, *errors]) for _ in range(pushes)]

    async def whole(loop):
        site = Site(loop, build_seconds=0.3)
        site.troubles = some(GitFailed("gone"), ValueError())
        site.build_troubles = some(author_error, DiskFull("full"), KeyError())
        site.publish_troubles = some(DiskFull("full"), OperatorError("read-only"))
        latest = Latest("site", site, poll=60, now=loop.wall)
        latest.start()
        for number in range(pushes):
            commit = site.push(**{chance.choice("abcdef"): number})
            if chance.random() >= lost:
                latest.want(chance.choice([commit, ""]))
            await asyncio.sleep(chance.choice([0, 0.1, 0.5, 5, 100]))
        site.troubles, site.build_troubles, site.publish_troubles = [], [], []
        latest.want(site.push(last=1))  # the author mends the last error
        await asyncio.sleep(400)
        assert site.on_show == site.commits[-1]
        assert latest.commit == str(len(site.commits) - 1)
        assert not latest.failing
        await latest.close()

    simulate(whole)


def test_nothing_on_show_is_not_called_the_last_release(caplog):
    async def story(loop):
        site = Site(loop)
        site.build_troubles = [ContentError("broken"), None, ContentError("broken again")]
        latest = Latest("site", site, showing=lambda: bool(site.published))
        latest.start()
        await latest.idle()
        assert "site: nothing is on show yet: broken" in caplog.text
        for value in (1, 2):
            latest.want(site.push(a=value))
            await latest.idle()
        assert "site: the last release stays on show: broken again" in caplog.text
        await latest.close()

    simulate(story)
