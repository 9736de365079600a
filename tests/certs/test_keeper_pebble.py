"""The keeper against the real Pebble."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from tests.certs.lane import Lane, handshake, keeper_for, lane, obtained, running, settings_for, until
from tests.parts import pebble
from village.certs.certificate import chain_ends_at, common_name, load
from village.certs.keeper import Keeper
from village.storage.folder import FolderStorage
from village.storage.memory import MemoryStorage

EAB = {"kid-1": "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W"}


def with_pebble(tmp_path: Path, journey: Callable[[Lane, pebble.Pebble], Awaitable[None]], **options: Any) -> None:
    async def whole() -> None:
        async with lane() as street:
            with pebble.running(tmp_path / "ca", street.http_port, **options) as ca:
                await journey(street, ca)

    asyncio.run(whole())


def keeper_of(street: Lane, ca: pebble.Pebble, *names: str, storage: Any = None, **acme: Any) -> Keeper:
    sources = {"directory": (ca.directory,), "ca_bundle": str(ca.ca_bundle), **acme}
    made = keeper_for(settings_for(ca.folder, *names, **sources), storage or MemoryStorage())
    street.keepers.append(made)
    return made


def test_obtains_through_rejected_nonces_and_serves_a_trusted_certificate(tmp_path: Path) -> None:
    async def journey(street: Lane, ca: pebble.Pebble) -> None:
        keeper = keeper_of(street, ca, "one.test", "www.one.test")
        before = await handshake(keeper.context, "one.test")
        assert before.getpeercert(binary_form=True)
        assert not keeper.ready()
        async with running(keeper):
            await until(lambda: obtained(keeper), "a certificate for both names")
        assert keeper.ready()
        client = ssl.create_default_context(cadata=ca.root().decode())
        for name in ("one.test", "www.one.test"):
            assert (await handshake(keeper.context, name, client)).version() == "TLSv1.3"
        (entry,) = keeper.status()
        assert entry["last_error"] is None
        assert entry["source"] == ca.directory
        assert ":" in street.challenged[0], "Pebble sends the port in Host"

    with_pebble(tmp_path, journey, nonce_reject=30)


def test_certificates_of_seconds_are_renewed_under_the_eyes_of_visitors(tmp_path: Path) -> None:
    async def journey(street: Lane, ca: pebble.Pebble) -> None:
        keeper = keeper_of(street, ca, "one.test")
        seen: set[str] = set()

        async def visit() -> bool:
            client = ssl.create_default_context(cadata=ca.root().decode())
            await handshake(keeper.context, "one.test", client)  # fails when expired or self-signed
            seen.add(keeper.status()[0]["fingerprint"])
            return len(seen) >= 3

        async with running(keeper):
            await until(lambda: obtained(keeper), "the first certificate")
            await until(visit, "two renewals", 40)

    with_pebble(tmp_path, journey, nonce_reject=30, validity=8)


def test_replicas_sharing_a_folder_order_one_certificate(tmp_path: Path) -> None:
    async def journey(street: Lane, ca: pebble.Pebble) -> None:
        stores = [FolderStorage(tmp_path / "shared") for _ in range(4)]
        keepers = [keeper_of(street, ca, "one.test", "two.test", storage=store) for store in stores]
        async with running(*keepers):
            await until(lambda: all(map(obtained, keepers)), "the certificate everywhere")
        assert len({keeper.status()[0]["fingerprint"] for keeper in keepers}) == 1
        assert (ca.folder / "pebble.log").read_text().count("Issued certificate") == 1
        for store in stores:
            assert await store.held() == []
            await store.close()

    with_pebble(tmp_path, journey)


def test_a_wrong_aaaa_sets_one_name_aside_and_says_so(tmp_path: Path) -> None:
    async def journey(street: Lane, ca: pebble.Pebble) -> None:
        ca.dns_set("add-aaaa", host="six.test.", addresses=["::1"])
        keeper = keeper_of(street, ca, "one.test", "six.test")
        async with running(keeper):
            await until(lambda: keeper.status()[0]["missing"] == ["six.test"], "a certificate for the good name")
        assert "six.test" in keeper.status()[0]["last_error"]["message"]

    with_pebble(tmp_path, journey)


def test_a_dead_name_server_sets_one_name_aside(tmp_path: Path) -> None:
    async def journey(street: Lane, ca: pebble.Pebble) -> None:
        ca.dns_set("set-servfail", host="dead.test.")
        keeper = keeper_of(street, ca, "one.test", "dead.test")
        async with running(keeper):
            await until(lambda: keeper.status()[0]["missing"] == ["dead.test"], "a certificate for the good name")

    with_pebble(tmp_path, journey)


def test_a_name_on_the_block_list_sets_one_name_aside(tmp_path: Path) -> None:
    async def journey(street: Lane, ca: pebble.Pebble) -> None:
        keeper = keeper_of(street, ca, "one.test", "blocked.test")
        async with running(keeper):
            await until(lambda: keeper.status()[0]["missing"] == ["blocked.test"], "a certificate for the good name")
        assert keeper.status()[0]["last_error"]["kind"] == "rejectedIdentifier"

    with_pebble(tmp_path, journey, config_more={"domainBlocklist": ["blocked.test"]})


def test_external_account_binding(tmp_path: Path) -> None:
    async def journey(street: Lane, ca: pebble.Pebble) -> None:
        keeper = keeper_of(street, ca, "one.test", eab_kid="kid-1", eab_hmac=EAB["kid-1"])
        async with running(keeper):
            await until(lambda: obtained(keeper), "a certificate")

    required = {"externalAccountBindingRequired": True, "externalAccountMACKeys": EAB}
    with_pebble(tmp_path, journey, config_more=required)


def test_an_alternate_chain_is_preferred_by_the_name_of_its_root(tmp_path: Path) -> None:
    async def journey(street: Lane, ca: pebble.Pebble) -> None:
        root = load(ca.ask(f"https://127.0.0.1:{ca.management}/roots/1"))[0]
        keeper = keeper_of(street, ca, "one.test", preferred_chain=common_name(root.subject))
        async with running(keeper):
            await until(lambda: obtained(keeper), "a certificate")
        (bundle,) = keeper._view.pool.newest.values()
        assert chain_ends_at(bundle.chain, common_name(root.subject))
        client = ssl.create_default_context(cadata=ca.ask(f"https://127.0.0.1:{ca.management}/roots/1").decode())
        await handshake(keeper.context, "one.test", client)

    with_pebble(tmp_path, journey, environment_more={"PEBBLE_ALTERNATE_ROOTS": "1"})
