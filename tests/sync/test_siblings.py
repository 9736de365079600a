"""Replicas keep in step, and lose no push whatever fails; in simulated time."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sync.cluster import SITE, Cluster
from tests.sync.simulation import simulate
from village.errors import HookRefused
from village.settings.model import Settings, SiteSettings
from village.storage.memory import MemoryStorage
from village.sync.presence import WINDOW, decoded
from village.sync.ring import HEADER, Bell
from village.sync.siblings import TOGETHER, Siblings, replica_id, shared_secret


def story(function):
    def test():
        async def whole(loop):
            cluster = Cluster(loop)
            await cluster.start()
            await function(loop, cluster)
            await cluster.stop()

        simulate(whole)

    test.__name__ = function.__name__
    return test


@story
async def test_a_push_at_one_replica_is_on_all_three_together(loop, cluster):
    cluster.slowest_build = 1.0
    for _ in range(5):
        before = loop.time()
        await cluster.push()
        await asyncio.sleep(5)
        assert cluster.all_show(cluster.head)
        moments = [moment for moment, _, commit in cluster.switches if commit == cluster.head]
        assert max(moments) - min(moments) < 0.2
        assert max(moments) - before < 1.5
    assert all(replica.outcomes[-5:] == ["together"] * 5 for replica in cluster.replicas)


@story
async def test_rings_lost_storage_is_enough(loop, cluster):
    cluster.loss = 1.0
    await cluster.push()
    await asyncio.sleep(10)
    assert cluster.all_show(cluster.head)


@pytest.mark.parametrize("how", ["down", "hanging"])
def test_storage_lost_rings_are_enough_and_a_hook_does_not_wait(how):
    async def whole(loop):
        cluster = Cluster(loop)
        await cluster.start()
        for replica in cluster.replicas:
            replica.storage.state = how
        await asyncio.sleep(10)
        assert all(replica.siblings.alone for replica in cluster.replicas)
        before = loop.time()
        await cluster.push()
        assert loop.time() - before <= 0.1
        await asyncio.sleep(3)
        assert cluster.all_show(cluster.head)
        assert [replica.outcomes[-1] for replica in cluster.replicas] == ["together"] * 3
        for replica in cluster.replicas:
            replica.storage.state = "up"
        await asyncio.sleep(10)
        assert not any(replica.siblings.alone for replica in cluster.replicas)
        await cluster.stop()

    simulate(whole)


@pytest.mark.parametrize("how", ["down", "hanging", "stubborn"])
def test_nobody_waits_longer_than_allowed_whatever_the_storage_does(how):
    async def whole(loop):
        cluster = Cluster(loop)
        await cluster.start()
        cluster.loss = 1.0
        for replica in cluster.replicas:
            replica.storage.state = how
        waiting = cluster.replicas[0].siblings
        for number in range(10):
            before = loop.time()
            outcome = await waiting.together(SITE, f"only-here-{number}", f"c{number}")
            assert number or outcome == "late"
            assert loop.time() - before <= TOGETHER * 1.1
        for replica in cluster.replicas:
            replica.storage.state = "up"
        await asyncio.sleep(10)
        await cluster.stop()

    simulate(whole)


@story
async def test_a_slow_write_does_not_hide_a_newer_record(loop, cluster):
    cluster.loss = 1.0
    first = cluster.replicas[0]
    put, delays = first.storage.put, [1.5]

    async def slow_once(key, data):
        if "replicas" in key and delays:
            await asyncio.sleep(delays.pop())
        await put(key, data)

    first.storage.put = slow_once
    await asyncio.gather(*(first.siblings.shown(SITE, f"release-{number}", str(number)) for number in range(3)))
    record = decoded(await cluster.shared.get("sync/replicas/replica-0"))
    assert record.sites[SITE].release == "release-2"
    assert record.beat == first.siblings.record().beat


@story
async def test_a_replica_that_was_down_catches_up(loop, cluster):
    down = cluster.replicas[1]
    cluster.running.remove(down)
    await down.kill()
    await cluster.push()
    await cluster.push()
    await asyncio.sleep(20)
    await cluster.start(down)
    await asyncio.sleep(5)
    assert cluster.all_show(cluster.head)


@story
async def test_nobody_waits_long_for_a_dead_one_and_not_at_all_for_one_that_left(loop, cluster):
    dead, left, alive = cluster.replicas
    cluster.running.remove(dead)
    await dead.kill()
    before = loop.time()
    await cluster.push(alive)
    await asyncio.sleep(TOGETHER + 1)
    assert alive.outcomes[-1] == "late"
    assert cluster.switches[-1][0] - before < TOGETHER + 0.5
    await asyncio.sleep(WINDOW)
    await cluster.push(alive)
    await asyncio.sleep(1)
    assert (alive.outcomes[-1], left.outcomes[-1]) == ("together", "together")
    cluster.running.remove(left)
    await left.stop()
    await asyncio.sleep(0.1)
    await cluster.push(alive)
    await asyncio.sleep(1)
    assert alive.outcomes[-1] == "alone"
    states = {row["id"]: row["state"] for row in alive.siblings.status()}
    assert states == {"replica-0": "gone", "replica-1": "leaving", "replica-2": "here"}


@story
async def test_nobody_waits_for_one_that_cannot_build(loop, cluster):
    broken, *others = cluster.replicas
    broken.git_gone = True
    await cluster.push()
    await asyncio.sleep(5)
    await cluster.push()
    await asyncio.sleep(1)
    assert [replica.outcomes[-1] for replica in others] == ["together", "together"]
    broken.git_gone = False
    await asyncio.sleep(60)
    assert cluster.all_show(cluster.head)


@story
async def test_records_of_the_long_gone_are_swept(loop, cluster):
    dead = cluster.replicas[0]
    cluster.running.remove(dead)
    await dead.kill()
    assert await cluster.shared.exists("sync/replicas/replica-0")
    await asyncio.sleep(700)
    assert not await cluster.shared.exists("sync/replicas/replica-0")
    assert len(cluster.replicas[1].siblings.status()) == 2


async def faults(loop, cluster, moments: int) -> None:
    """Every fault of the list, at random, mending itself after a while."""
    chance = cluster.chance
    for _ in range(moments):
        await asyncio.sleep(chance.uniform(0.5, 8))
        fault = chance.choice(["kill", "roll", "storage", "git", "deaf", "loss", "clock"])
        replica = chance.choice(cluster.replicas)
        if fault in {"kill", "roll"} and replica in cluster.running and len(cluster.running) > 1:
            cluster.running.remove(replica)
            await (replica.kill() if fault == "kill" else replica.stop())
            await asyncio.sleep(chance.uniform(0, 15))
            await cluster.start(replica)
        elif fault == "storage":
            for each in cluster.replicas if chance.random() < 0.5 else [replica]:
                each.storage.state = chance.choice(["down", "hanging", "stubborn"])
            await asyncio.sleep(chance.uniform(0, 20))
            for each in cluster.replicas:
                each.storage.state = "up"
        elif fault == "git":
            replica.git_gone = True
            await asyncio.sleep(chance.uniform(0, 20))
            replica.git_gone = False
        elif fault == "deaf":
            replica.deaf = True
            await asyncio.sleep(chance.uniform(0, 20))
            replica.deaf = False
        elif fault == "loss":
            cluster.loss = chance.choice([0.0, 0.3, 1.0])
        elif fault == "clock":
            loop.wall_offset = timedelta(seconds=chance.uniform(-1e6, 1e6))


@story
async def test_a_push_that_met_a_stopped_replica_while_storage_was_away_is_followed_later(loop, cluster):
    stopped, hooked = cluster.replicas[:2]
    for replica in cluster.replicas:
        replica.storage.state = "down"
    stopped.deaf = True
    await cluster.push(hooked)
    await asyncio.sleep(5)
    assert stopped.on_show != cluster.head
    for replica in cluster.replicas:
        replica.storage.state = "up"
    await asyncio.sleep(5)
    stopped.deaf = False
    await asyncio.sleep(10)
    assert cluster.all_show(cluster.head)
    turns = [replica.latest.turns for replica in cluster.replicas]
    await asyncio.sleep(300)
    assert [replica.latest.turns for replica in cluster.replicas] == turns, "followed once, not for ever"


@given(seed=st.integers(0, 2**32))
@settings(max_examples=4, deadline=None)
def test_500_pushes_at_random_replicas_while_faults_run_none_lost(seed):
    async def whole(loop):
        cluster = Cluster(loop, seed=seed)  # without a poll: what heals is seen to heal by itself
        await cluster.start()
        storm = asyncio.create_task(faults(loop, cluster, 60))
        for _ in range(500):
            await cluster.push()
            await asyncio.sleep(cluster.chance.expovariate(1.2))
        await storm
        cluster.loss = 0.0
        await asyncio.sleep(60)
        assert len(cluster.running) == 3
        assert cluster.all_show(cluster.head), [(replica.name, replica.on_show) for replica in cluster.running]
        assert all(not replica.latest.failing for replica in cluster.running)
        await cluster.push()
        await asyncio.sleep(2)
        assert cluster.all_show(cluster.head)
        assert [replica.outcomes[-1] for replica in cluster.replicas] == ["together"] * 3
        await cluster.stop()

    simulate(whole)


def lonely(**more) -> Siblings:
    wanted = []
    siblings = Siblings(MemoryStorage(), "me", sites=[SITE], on_wanted=lambda *pair: wanted.append(pair), **more)
    siblings.wanted = wanted
    return siblings


def test_rings_are_proved_and_a_replay_does_nothing():
    siblings, bell = lonely(secret="s"), Bell("s")
    body, signature = bell.write({"from": "other", "wanted": {"site": SITE, "token": "t", "commit": "c"}})
    for wrong in ({}, {HEADER: "sha256=" + "0" * 64}, {HEADER: Bell("other").sign(body)}, {HEADER: "\udcff"}):
        with pytest.raises(HookRefused) as caught:
            siblings.receive(wrong, body)
        assert caught.value.status == 403
    assert siblings.wanted == []
    assert siblings.receive({"X-Village-Signature": signature}, body) == 202
    assert siblings.receive({HEADER: signature}, body) == 200
    assert siblings.wanted == [(SITE, "c")]
    foreign, signature = bell.write({"from": "other", "wanted": {"site": "unknown", "token": "u", "commit": ""}})
    siblings.receive({HEADER: signature}, foreign)
    assert len(siblings.wanted) == 1


@given(
    message=st.recursive(
        st.none() | st.integers() | st.text(max_size=9),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["from", "record", "wanted", "nonce", "sites", "id", "beat", "run"]), inner
            )
        ),
        max_leaves=9,
    )
)
def test_another_versions_ring_is_no_crash(message):
    siblings, bell = lonely(secret="s"), Bell("s")
    if isinstance(message, dict):
        body, signature = bell.write(message)
    else:
        body = json.dumps(message).encode()
        signature = bell.sign(body)
    try:
        assert siblings.receive({HEADER: signature}, body) in {200, 202}
    except HookRefused as refusal:
        assert refusal.status == 400  # noqa: PT017 - either outcome is right


def test_without_a_secret_the_replicas_share_one_through_storage():
    async def whole(loop):
        storage = MemoryStorage(loop.time)
        first = Siblings(storage, "first", sites=[SITE], on_wanted=lambda *_: None, clock=loop.time)
        second = Siblings(storage, "second", sites=[SITE], on_wanted=lambda *_: None, clock=loop.time)
        await first.start()
        await second.start()
        assert first._bell.sign(b"x") == second._bell.sign(b"x")
        await first.close()
        await second.close()
        assert await storage.list("sync/replicas/") == []

    simulate(whole)


def test_the_shared_secret_is_the_first_there_is():
    site = SiteSettings(hook_secret=("hook",))
    assert shared_secret(Settings()) == ""
    assert shared_secret(Settings(admin_token="admin")) == "admin"
    assert shared_secret(Settings(admin_token="admin", sites=(site,))) == "hook"
    assert shared_secret(Settings(cluster_secret="cluster", sites=(site,))) == "cluster"


def test_a_restart_is_the_same_replica(tmp_path):
    one = replica_id(tmp_path / "one")
    assert replica_id(tmp_path / "one") == one
    assert replica_id(tmp_path / "two") != one
    (tmp_path / "one" / "replica").write_bytes(b"\xff\0../..")
    assert "/" not in replica_id(tmp_path / "one")
