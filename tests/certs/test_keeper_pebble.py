"""The keeper against the real Pebble."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

from tests.certs.lane import handshake, keeper_for, lane, obtained, running, settings_for, until
from tests.parts import pebble
from village.storage.memory import MemoryStorage


def acme(ca: pebble.Pebble, **more: object) -> dict:
    return {"directory": (ca.directory,), "ca_bundle": str(ca.ca_bundle), **more}


def test_obtains_through_rejected_nonces_and_serves_a_trusted_certificate(tmp_path: Path) -> None:
    async def journey() -> None:
        async with lane() as street:
            with pebble.running(tmp_path / "ca", street.http_port, nonce_reject=30) as ca:
                settings = settings_for(tmp_path, "one.test", "www.one.test", **acme(ca))
                keeper = keeper_for(settings, MemoryStorage())
                street.keepers.append(keeper)
                before = await handshake(keeper.context, "one.test")
                assert before.getpeercert(binary_form=True)
                assert not keeper.ready()
                async with running(keeper):
                    await until(lambda: obtained(keeper), "a certificate for both names")
                assert keeper.ready()
                client = ssl.create_default_context(cadata=ca.root().decode())
                for name in ("one.test", "www.one.test"):
                    side = await handshake(keeper.context, name, client)
                    assert side.version() == "TLSv1.3"
                (entry,) = keeper.status()
                assert entry["last_error"] is None
                assert entry["source"] == ca.directory
                assert not keeper._storage.locks

    asyncio.run(journey())
