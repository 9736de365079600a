from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from tests.certs.lane import Stage, keeper_for, lane, obtained, running, until
from tests.certs.test_diagnosis import THUMBPRINT, Answering
from tests.certs.test_keeper_scripted import on_stage
from village.certs import doors
from village.certs.doors import Doors


class Opening(Answering):
    """A door that stays shut for the first questions, as behind a balancer that has not looked yet."""

    def __init__(self, shut: int) -> None:
        self.shut = shut
        self.asked = 0

    def challenge(self, host: str, token: str) -> str | None:
        self.asked += 1
        return super().challenge(host, token) if self.asked > self.shut else None


def test_a_name_is_waited_for_until_it_leads_here_several_times_in_a_row(monkeypatch) -> None:
    monkeypatch.setattr(doors, "BETWEEN", 0.0)

    async def journey() -> None:
        async with lane() as street:
            opening = Opening(shut=2)
            street.keepers.append(opening)
            waiting = Doors(30.0, street.http_port)
            await waiting.wait(["localhost"], THUMBPRINT)
            assert opening.asked == 2 + doors.LOOKS
            await waiting.wait(["localhost"], THUMBPRINT)
            assert opening.asked == 2 + doors.LOOKS, "a name is waited for once"

    asyncio.run(journey())


def test_patience_ends_and_without_patience_nobody_looks(monkeypatch) -> None:
    monkeypatch.setattr(doors, "BETWEEN", 0.0)

    async def journey() -> None:
        async with lane() as street:
            opening = Opening(shut=10**9)
            street.keepers.append(opening)
            await Doors(0.0, street.http_port).wait(["localhost"], THUMBPRINT)
            assert opening.asked == 0
            await Doors(0.2, street.http_port).wait(["localhost"], THUMBPRINT)
            assert opening.asked > 0

    asyncio.run(journey())


def test_behind_a_balancer_the_ca_is_asked_only_once_the_door_is_open(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(doors, "BETWEEN", 0.02)

    async def journey(scene: Stage) -> None:
        settings = scene.settings("localhost", http_port=scene.street.http_port)
        settings = replace(settings, proxy_protocol=("127.0.0.1/32",))
        keeper = keeper_for(settings, scene.storage, clock=scene.clock)
        shut = Opening(shut=10**9)
        scene.street.keepers.append(shut)
        async with running(keeper):
            await until(lambda: shut.asked > 3, "looks at the shut door")
            assert scene.ca.requests == []
            scene.street.keepers[:] = [keeper]
            await until(lambda: obtained(keeper), "the certificate")

    on_stage(tmp_path, journey)
