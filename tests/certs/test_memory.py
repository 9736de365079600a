"""A storage that forgets, at any moment: what one replica remembers is brought back, and nothing is ordered twice."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.certs.lane import Forgetful, Stage, keeper_for, obtained, running, settings_for, stage, until
from village.certs import keeper as room
from village.certs import memory, minting
from village.certs.bundle import Bundle, Pool
from village.certs.keeper import Keeper
from village.certs.memory import Memory
from village.certs.plans import Plan

CA = "https://ca.example/directory"
PLAN = Plan("blog", ("one.test",), ("one.test",), (), (CA,))
NOW = datetime.now(UTC)


def bundle(source: str = CA, *, age: int = 0) -> Bundle:
    """A certificate that began ``age`` days ago, for ten days."""
    root, key = minting.authority()
    made = Bundle.of(*minting.issued(root, key, ["one.test"], lifetime=timedelta(days=10)), source)
    begun = made.facts.not_before - timedelta(days=age)
    facts = replace(made.facts, not_before=begun, not_after=begun + timedelta(days=10))
    return replace(made, facts=facts, at=begun.timestamp())


def remembering(folder: Path, *bundles: Bundle) -> Memory:
    made = Memory(settings_for(folder), [PLAN], monotonic=lambda: clock[0])
    made.bundles.update((PLAN.key, each) for each in bundles)
    return made


clock = [0.0]


def test_what_is_owed_is_what_is_missing_or_younger_and_still_of_use(tmp_path: Path) -> None:
    young, old = bundle(), bundle(age=5)
    stored = {"older": Pool({PLAN.key: old}, {}), "same": Pool({PLAN.key: young}, {}), "nothing": Pool({}, {})}
    owed = {name: remembering(tmp_path, young).owed(pool, NOW) for name, pool in stored.items()}
    assert owed == {"older": {PLAN.key: young}, "same": {}, "nothing": {PLAN.key: young}}
    assert remembering(tmp_path, old).owed(stored["same"], NOW) == {}
    assert remembering(tmp_path, bundle(age=11)).owed(stored["nothing"], NOW) == {}
    assert remembering(tmp_path, bundle("https://other.example")).owed(stored["nothing"], NOW) == {}


def test_an_older_certificate_in_storage_does_not_make_the_younger_one_forgotten(tmp_path: Path) -> None:
    mind = remembering(tmp_path)
    young = asyncio.run(mind.hold(PLAN.key, bundle(), NOW.timestamp()))
    asyncio.run(mind.learn(Pool({PLAN.key: bundle(age=3), "foreign": young}, {})))
    assert mind.bundles == {PLAN.key: young}


def test_a_certificate_counts_as_younger_than_the_one_before_it_whatever_the_clock_says(tmp_path: Path) -> None:
    mind, now = remembering(tmp_path), NOW.timestamp()
    ats = [asyncio.run(mind.hold(PLAN.key, bundle(age=9), moment)).at for moment in (now, now - 3600, now + 7)]
    assert ats == [now, now + 1, now + 7]


def test_after_a_loss_there_is_time_to_bring_things_back_but_no_more_than_a_tenth_of_a_life(tmp_path: Path) -> None:
    clock[0] = 1000.0
    mind, empty = remembering(tmp_path, bundle()), remembering(tmp_path)
    for each in (mind, empty):
        each.observe("one")
        assert each.settling(PLAN.key) == 0
        each.observe("one")
        assert each.settling(PLAN.key) == 0
        each.observe("two")
    assert mind.settling(PLAN.key) == memory.SETTLING
    assert empty.settling(PLAN.key) == memory.SETTLING_NOTHING
    minutes = replace(
        bundle(), facts=replace(bundle().facts, not_after=bundle().facts.not_before + timedelta(minutes=1))
    )
    mind.bundles[PLAN.key] = minutes
    assert mind.settling(PLAN.key) == pytest.approx(6, abs=0.2)
    clock[0] += 60
    assert mind.settling(PLAN.key) == 0


def fingerprints(keepers: Iterable[Keeper]) -> set[str]:
    return {keeper.status()[0]["fingerprint"] for keeper in keepers}


async def first_certificate(scene: Stage, keepers: list[Keeper]) -> str:
    await until(lambda: all(map(obtained, keepers)), "the first certificate everywhere")
    (first,) = fingerprints(keepers)
    return first


@pytest.mark.parametrize("away", [0.0, 0.6])
@pytest.mark.parametrize("when", ["gate", "after"])
@pytest.mark.parametrize("step", ["newOrder", "authz", "challenge", "order", "finalize", "cert"])
def test_a_storage_that_forgets_at_any_step_of_a_renewal_costs_no_second_certificate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, when: str, away: float
) -> None:
    monkeypatch.setattr(room, "AFTER_TROUBLE", 0.1)
    monkeypatch.setattr(memory, "SETTLING", 3.0)

    async def journey() -> None:
        async with stage(tmp_path) as scene:
            scene.storage = storage = Forgetful()
            keepers, loop, done = [scene.keeper() for _ in range(3)], asyncio.get_running_loop(), threading.Event()

            async def lose() -> None:
                storage.forget()
                storage.away = bool(away)
                done.set()
                await asyncio.sleep(away)
                storage.away = False

            def lose_here(endpoint: str) -> None:
                if endpoint == step and not done.is_set():
                    asyncio.run_coroutine_threadsafe(lose(), loop)
                    done.wait(5)

            scene.ca.validity = 3600
            async with running(*keepers):
                first = await first_certificate(scene, keepers)
                scene.ca.validity = 90 * 86400
                setattr(scene.ca, when, lose_here)
                scene.clock.ahead = 3000  # past the end of the window in which the CA wants it renewed
                await until(lambda: len(fingerprints(keepers) - {first}) == 1 == len(fingerprints(keepers)), "renewed")
                await until(lambda: any("bundles" in key for key in storage.values), "it is in storage")
                assert done.is_set()
            assert scene.issued() == 2

    asyncio.run(journey())


def test_a_sibling_that_brings_back_the_older_certificate_first_makes_nobody_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "SETTLING", 3.0)

    async def journey() -> None:
        async with stage(tmp_path) as scene:
            issuer, sleeper = scene.keeper(), scene.keeper()
            scene.ca.validity = 3600
            async with running(issuer):
                first = await first_certificate(scene, [issuer])
                await sleeper.look()
                scene.ca.validity = 90 * 86400
                scene.clock.ahead = 3000  # past the end of the window in which the CA wants it renewed
                await until(lambda: fingerprints([issuer]) != {first}, "the renewal")
            scene.storage.values.clear()
            await sleeper.look()
            assert fingerprints([sleeper]) == {first}
            async with running(sleeper):
                await until(lambda: scene.storage.values, "it looks")
                async with running(issuer):
                    await until(
                        lambda: fingerprints([issuer, sleeper]) == fingerprints([issuer]) != {first}, "the younger"
                    )
            assert scene.issued() == 2
            assert await keeper_for(scene.settings(), scene.storage, clock=scene.clock)._shelf.pool() != Pool({}, {})

    asyncio.run(journey())


def test_a_certificate_that_nobody_could_store_outlives_the_process_that_obtained_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The storage is lost while the CA issues, and the issuer is killed before it comes back."""
    monkeypatch.setattr(room, "AFTER_TROUBLE", 0.1)

    async def journey() -> None:
        async with stage(tmp_path) as scene:
            storage = Forgetful()
            settings = replace(scene.settings(), storage="redis://elsewhere")
            victim, later = (keeper_for(settings, storage, clock=scene.clock) for _ in range(2))
            scene.street.keepers.append(victim)

            def lose_here(endpoint: str) -> None:
                if endpoint == "cert":
                    storage.away = True

            scene.ca.gate = lose_here
            async with running(victim):
                await until(lambda: obtained(victim), "the issuer shows it, storage or not")
            storage.forget()
            storage.away = False
            async with running(later):
                await until(lambda: obtained(later), "its successor on the same disk has it")
                await until(lambda: any("bundles" in key for key in storage.values), "and gives it to the storage")
            assert scene.issued() == 1

    asyncio.run(journey())
