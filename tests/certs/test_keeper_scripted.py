"""The keeper against a CA that does as it is told: everything that Debian's Pebble cannot do."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import threading
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from tests.certs.lane import Stage, keeper_for, obtained, running, stage, until
from tests.fakes import ca as scripted
from village.certs import keys, minting
from village.certs.certificate import chain_ends_at
from village.certs.keeper import Keeper
from village.certs.renewal import parse_time
from village.errors import StorageError
from village.settings.model import SiteSettings

Journey = Callable[[Stage], Awaitable[None]]


def on_stage(tmp_path: Path, journey: Journey) -> None:
    async def whole() -> None:
        async with stage(tmp_path) as scene:
            await journey(scene)
            assert not scene.storage.locks, "a lock is left"

    asyncio.run(whole())


def error_of(keeper: Keeper) -> dict | None:
    return keeper.status()[0]["last_error"]


def failed(keeper: Keeper, kind: str) -> Callable[[], bool]:
    return lambda: (error_of(keeper) or {}).get("kind") == kind


async def settle(scene: Stage, keeper: Keeper) -> None:
    """Run until the certificate is there, then stop."""
    async with running(keeper):
        await until(lambda: obtained(keeper), "a certificate")


def test_a_429_is_remembered_with_its_retry_after_and_obeyed_by_every_replica(tmp_path: Path) -> None:
    async def journey(scene: Stage) -> None:
        scene.ca.fail("newOrder", 429, "rateLimited", headers={"Retry-After": "7200"}, times=1)
        keeper = scene.keeper()
        async with running(keeper):
            await until(failed(keeper, "rateLimited"), "the failure on the status page")
        sibling = scene.keeper()
        async with running(sibling):
            await until(sibling.ready, "a look at storage")
            wait = parse_time(sibling.status()[0]["next_attempt"]).timestamp() - scene.clock()
            assert 7100 < wait <= 7200
            orders = scene.ca.count("newOrder")
            scene.clock.ahead = 3600
            await asyncio.sleep(0.7)
            assert scene.ca.count("newOrder") == orders, "asked again before Retry-After was over"
            scene.clock.ahead = 7300
            await until(lambda: obtained(sibling), "the certificate after the wait")
        assert error_of(sibling) is None

    on_stage(tmp_path, journey)


def test_a_503_without_a_problem_document_waits_as_its_date_says(tmp_path: Path) -> None:
    async def journey(scene: Stage) -> None:
        until_then = (datetime.now(UTC) + timedelta(minutes=30)).strftime("%a, %d %b %Y %H:%M:%S GMT")
        scene.ca.fail("newOrder", 503, headers={"Retry-After": until_then})
        keeper = scene.keeper()
        async with running(keeper):
            await until(failed(keeper, "unreachable"), "the failure on the status page")
            wait = parse_time(keeper.status()[0]["next_attempt"]).timestamp() - scene.clock()
            assert 1700 < wait <= 1801

    on_stage(tmp_path, journey)


def test_a_burst_of_bad_nonces_costs_nothing(tmp_path: Path) -> None:
    async def journey(scene: Stage) -> None:
        scene.ca.bad_nonces = 5
        await settle(scene, scene.keeper())
        assert scene.issued() == 1

    on_stage(tmp_path, journey)


def test_a_renewal_replaces_and_a_refused_replacement_is_ordered_without(tmp_path: Path) -> None:
    async def journey(scene: Stage) -> None:
        keeper = scene.keeper()
        await settle(scene, keeper)
        (identifier,) = {bundle.facts.cert_id for bundle in keeper._view.pool.newest.values()}
        scene.ca.replaced.add(identifier)  # 409 alreadyReplaced
        scene.clock.ahead = 70 * 86400
        async with running(keeper):
            await until(lambda: scene.issued() == 2, "the renewal")
        asked = [payload.get("replaces") for name, payload in scene.ca.requests if name == "newOrder"]
        assert asked == [None, identifier, None]

    on_stage(tmp_path, journey)


def test_an_accepted_replacement_names_its_predecessor(tmp_path: Path) -> None:
    async def journey(scene: Stage) -> None:
        keeper = scene.keeper()
        await settle(scene, keeper)
        scene.clock.ahead = 70 * 86400
        async with running(keeper):
            await until(lambda: scene.issued() == 2, "the renewal")
        asked = [payload.get("replaces") for name, payload in scene.ca.requests if name == "newOrder"]
        assert asked[0] is None
        assert asked[1:] == list(scene.ca.replaced)

    on_stage(tmp_path, journey)


def test_the_moment_drawn_from_the_window_is_shared_and_a_moved_window_moves_it(tmp_path: Path) -> None:
    async def journey(scene: Stage) -> None:
        first, second = scene.keeper(), scene.keeper()
        async with running(first, second):
            await until(lambda: wish(first) and wish(second), "the wish on both replicas")
            assert wish(first) == wish(second)
            before = wish(first)
            soon = datetime.now(UTC) + timedelta(days=2)
            times = {"start": soon.isoformat(), "end": (soon + timedelta(hours=1)).isoformat()}
            scene.ca.window = lambda leaf: {"suggestedWindow": times}
            scene.clock.ahead = 7 * 3600
            await until(lambda: wish(second) and wish(second) != before, "the moved window")
            assert soon <= wish(second).selected <= soon + timedelta(hours=1)
            scene.clock.ahead = 49.5 * 3600
            await until(lambda: scene.issued() == 2, "the early renewal")

    on_stage(tmp_path, journey)


def wish(keeper: Keeper):
    return keeper._view.state(keeper.plans[0]).wish


def test_windows_without_sense_leave_the_lifetime_in_charge(tmp_path: Path) -> None:
    odd = [
        {},
        {"suggestedWindow": None},
        {"suggestedWindow": {"start": "soon", "end": 7}},
        {"suggestedWindow": {"start": "2031-01-02T00:00:00Z", "end": "2031-01-01T00:00:00Z"}},
        {"suggestedWindow": {"start": "2001-01-01T00:00:00Z", "end": "2001-01-02T00:00:00Z"}},
        [],
    ]

    async def journey(scene: Stage) -> None:
        keeper = scene.keeper()
        await settle(scene, keeper)
        for number, window in enumerate(odd):
            scene.ca.window = lambda leaf, window=window: window
            asked = scene.ca.count("renewalInfo")
            scene.clock.ahead = (number + 1) * 2 * 86400
            async with running(keeper):
                await until(lambda asked=asked: scene.ca.count("renewalInfo") > asked, "a look at the window")
                await until(lambda: keeper._view.state(keeper.plans[0]).wish_again > scene.clock(), "the answer kept")
            assert wish(keeper) is None
        assert scene.issued() == 1

    on_stage(tmp_path, journey)


def test_a_slow_finalisation_is_waited_for(tmp_path: Path) -> None:
    async def journey(scene: Stage) -> None:
        scene.ca.processing, scene.ca.processing_retry_after = 3, "1"
        await settle(scene, scene.keeper())
        assert scene.issued() == 1

    on_stage(tmp_path, journey)


def test_a_vanished_account_is_registered_again_with_the_same_key(tmp_path: Path) -> None:
    async def journey(scene: Stage) -> None:
        keeper = scene.keeper()
        await settle(scene, keeper)
        thumbprint = keeper._thumbprint
        scene.ca.accounts.clear()
        await keeper.renew("one.test")
        async with running(keeper):
            await until(lambda: scene.issued() == 2, "the renewal")
        assert {account["mark"] for account in scene.ca.accounts.values()} == {thumbprint}

    on_stage(tmp_path, journey)


def test_one_bad_name_does_not_block_the_others_and_joins_them_when_it_works(tmp_path: Path) -> None:
    async def journey(scene: Stage) -> None:
        names = ("one.test", "bad.test", "www.one.test")
        scene.ca.rejected.add("bad.test")
        keeper = scene.keeper(*names)
        async with running(keeper):
            await until(lambda: keeper.status()[0]["missing"] == ["bad.test"], "a certificate for the good names")
            entry = keeper.status()[0]
            assert any("bad.test" in line for line in entry["problems"])
            scene.ca.rejected.clear()
            scene.clock.ahead = 70
            await until(lambda: obtained(keeper), "a certificate for all names")
        assert scene.issued(*names) == 1

    on_stage(tmp_path, journey)


def test_a_name_that_policy_forbids_is_set_aside_by_the_words_of_the_refusal(tmp_path: Path) -> None:
    async def journey(scene: Stage) -> None:
        scene.ca.forbidden.add("bad.test")
        keeper = scene.keeper("one.test", "bad.test")
        async with running(keeper):
            await until(lambda: keeper.status()[0]["missing"] == ["bad.test"], "a certificate for the good name")

    on_stage(tmp_path, journey)


def test_a_retry_goes_to_staging_first_and_to_the_real_ca_after_success(tmp_path: Path) -> None:
    async def journey(scene: Stage) -> None:
        with scripted.running(tmp_path / "staging", scene.street.http_port) as staging:
            joined = tmp_path / "both.pem"
            joined.write_bytes(b"".join(Path(each.ca_bundle).read_bytes() for each in (scene.running, staging)))
            for ca in (scene.ca, staging.ca):
                ca.rejected.add("one.test")
            keeper = scene.keeper(staging=staging.directory, ca_bundle=str(joined))
            async with running(keeper):
                await until(failed(keeper, "unauthorized"), "the first failure")
                assert staging.ca.count("newOrder") == 0
                scene.clock.ahead = 70
                await until(lambda: error_of(keeper)["attempts"] == 2, "the failed rehearsal")
                assert (scene.ca.count("newOrder"), staging.ca.count("newOrder")) == (1, 1)
                for ca in (scene.ca, staging.ca):
                    ca.rejected.clear()
                scene.clock.ahead += 700
                await until(lambda: obtained(keeper), "the certificate")
            assert keeper.status()[0]["source"] == scene.running.directory
            assert (scene.issued(), staging.ca.valid_orders()["one.test",]) == (1, 1)

    on_stage(tmp_path, journey)


def test_another_ca_steps_in_when_the_first_is_broken(tmp_path: Path) -> None:
    async def journey(scene: Stage) -> None:
        with scripted.running(tmp_path / "second", scene.street.http_port) as second:
            joined = tmp_path / "both.pem"
            joined.write_bytes(b"".join(Path(each.ca_bundle).read_bytes() for each in (scene.running, second)))
            scene.ca.fail("newOrder", 500, "serverInternal", times=99)
            directories = (scene.running.directory, second.directory)
            keeper = scene.keeper(directory=directories, ca_bundle=str(joined))
            await settle(scene, keeper)
            assert keeper.status()[0]["source"] == second.directory

    on_stage(tmp_path, journey)


def test_external_account_binding_and_a_hint_without_it(tmp_path: Path) -> None:
    async def journey(scene: Stage) -> None:
        scene.ca.eab = {"kid-1": "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W"}
        bare = scene.keeper()
        async with running(bare):
            await until(failed(bare, "externalAccountRequired"), "the failure")
            assert "VILLAGE_ACME_EAB_KID" in error_of(bare)["hint"]
        scene.clock.ahead = 100
        await settle(scene, scene.keeper(eab_kid="kid-1", eab_hmac=scene.ca.eab["kid-1"]))

    on_stage(tmp_path, journey)


def test_a_profile_is_ordered_and_an_unknown_one_is_refused_with_the_list(tmp_path: Path) -> None:
    async def journey(scene: Stage) -> None:
        wrong = scene.keeper(profile="shortlife")
        async with running(wrong):
            await until(failed(wrong, "invalidProfile"), "the refusal")
            assert "classic, shortlived" in error_of(wrong)["message"]
        scene.clock.ahead = 100
        keeper = scene.keeper(profile="shortlived")
        await settle(scene, keeper)
        assert keeper.status()[0]["expires_in"] < 7 * 86400

    on_stage(tmp_path, journey)


def test_the_preferred_chain_is_taken(tmp_path: Path) -> None:
    async def journey(scene: Stage) -> None:
        keeper = scene.keeper(preferred_chain="Other Root")
        await settle(scene, keeper)
        (bundle,) = keeper._view.pool.newest.values()
        assert bundle.chain.count(b"BEGIN") == 2
        assert chain_ends_at(bundle.chain, "Other Root")

    on_stage(tmp_path, journey)


def test_five_replicas_order_one_certificate(tmp_path: Path) -> None:
    async def journey(scene: Stage) -> None:
        keepers = [scene.keeper() for _ in range(5)]
        async with running(*keepers):
            await until(lambda: all(map(obtained, keepers)), "the certificate on all replicas")
        assert scene.issued() == 1
        assert scene.ca.count("newAccount") == 1
        assert len({keeper.status()[0]["fingerprint"] for keeper in keepers}) == 1

    on_stage(tmp_path, journey)


def test_a_restart_loop_orders_nothing_new(tmp_path: Path) -> None:
    async def journey(scene: Stage) -> None:
        await settle(scene, scene.keeper())
        requests = scene.ca.count("newOrder")
        for _ in range(10):
            keeper = scene.keeper()
            async with running(keeper):
                await until(keeper.ready, "a look at storage")
                assert obtained(keeper)
        assert scene.ca.count("newOrder") == requests

    on_stage(tmp_path, journey)


@pytest.mark.parametrize("step", ["newAccount", "newOrder", "authz", "challenge", "order", "finalize", "cert"])
@pytest.mark.parametrize("when", ["gate", "after"])
def test_an_issuer_that_dies_at_any_step_leaves_its_order_to_the_next(tmp_path: Path, step: str, when: str) -> None:
    """The heart of "one valid order for each name": stopped before or after any step, a sibling finishes the work."""

    async def journey(scene: Stage) -> None:
        scene.ca.processing = 1
        reached, loop = asyncio.Event(), asyncio.get_running_loop()
        gone = threading.Event()

        def stop_here(endpoint: str) -> None:
            if endpoint == step and not reached.is_set():
                loop.call_soon_threadsafe(reached.set)
                gone.wait(5)

        setattr(scene.ca, when, stop_here)
        witness, victim, survivor = (scene.keeper() for _ in range(3))
        scene.street.keepers[:] = [witness]  # any replica answers challenges
        await witness.look()
        async with running(victim):
            await asyncio.wait_for(reached.wait(), 20)
        gone.set()
        await settle(scene, survivor)
        assert scene.issued() == 1
        assert len(scene.ca.orders) == (2 if step == "newOrder" else 1)  # an order whose answer was never read is lost

    on_stage(tmp_path, journey)


def test_an_error_nobody_foresaw_is_not_tried_again_at_once(tmp_path: Path) -> None:
    async def journey(scene: Stage) -> None:
        keeper = scene.keeper()
        scene.ca.fail("cert", 200, "whatever")  # a certificate that is a JSON text
        async with running(keeper):
            await until(lambda: error_of(keeper) or keeper.status()[0]["problems"], "the failure")
            orders = scene.ca.count("newOrder")
            await asyncio.sleep(0.5)
            assert scene.ca.count("newOrder") == orders

    on_stage(tmp_path, journey)


def test_an_unreachable_ca_does_not_hold_back_other_replicas(tmp_path: Path) -> None:
    async def journey(scene: Stage) -> None:
        cut_off = scene.keeper(directory=("https://127.0.0.1:9/directory",))
        async with running(cut_off):
            await until(lambda: cut_off.status()[0]["problems"], "the failure")
            assert "Connection refused" in cut_off.status()[0]["problems"][0]
            assert error_of(cut_off) is None
            await settle(scene, scene.keeper())

    on_stage(tmp_path, journey)


def test_a_clock_that_is_off_is_told(tmp_path: Path) -> None:
    async def journey(scene: Stage) -> None:
        scene.ca.date_skew = 900
        keeper = scene.keeper()
        await settle(scene, keeper)
        assert any("clock is -900 s" in line for line in keeper.status()[0]["problems"])

    on_stage(tmp_path, journey)


def test_names_that_left_the_settings_are_neither_renewed_nor_kept_for_ever(tmp_path: Path) -> None:
    async def journey(scene: Stage) -> None:
        await settle(scene, scene.keeper("old.test"))
        keeper = scene.keeper("one.test")
        await settle(scene, keeper)
        scene.clock.ahead = 15 * 86400
        async with running(keeper):
            await until(
                lambda: not any("bundles/old.test" in key for key in scene.storage.values), "old.test forgotten"
            )
        assert scene.issued("old.test") == 1
        assert any("bundles/one.test" in key for key in scene.storage.values)
        assert not any("old.test" in key for key in scene.storage.values)

    on_stage(tmp_path, journey)


def test_a_site_that_loses_a_name_orders_nothing(tmp_path: Path) -> None:
    async def journey(scene: Stage) -> None:
        await settle(scene, scene.keeper("one.test", "www.one.test"))
        keeper = scene.keeper("one.test")
        async with running(keeper):
            await until(keeper.ready, "a look at storage")
            assert obtained(keeper)
            await asyncio.sleep(0.4)
        assert scene.ca.count("newOrder") == 1

    on_stage(tmp_path, journey)


def test_a_damaged_bundle_gives_way_to_the_one_before(tmp_path: Path) -> None:
    async def journey(scene: Stage) -> None:
        keeper = scene.keeper()
        await settle(scene, keeper)
        await keeper.renew()
        async with running(keeper):
            await until(lambda: scene.issued() == 2, "a second certificate")
            await until(lambda: any("previous" in key for key in scene.storage.values), "the generation before")
        (path,) = [key for key in scene.storage.values if "bundles/" in key]
        previous = json.loads(scene.storage.values[path.replace("bundles", "previous")])
        scene.storage.values[path] = scene.storage.values[path][:-400]
        sibling = scene.keeper()
        await sibling.look()
        assert next(iter(sibling._showcase.served.values())).chain.decode() == previous["bundle"]["chain"]

    on_stage(tmp_path, journey)


def test_a_caa_record_that_forbids_sets_one_name_aside(tmp_path: Path) -> None:
    async def journey(scene: Stage) -> None:
        scene.ca.rejected, scene.ca.rejection = {"bad.test"}, "caa"
        keeper = scene.keeper("one.test", "bad.test")
        async with running(keeper):
            await until(lambda: keeper.status()[0]["missing"] == ["bad.test"], "a certificate for the good name")
        assert error_of(keeper)["kind"] == "caa"

    on_stage(tmp_path, journey)


def test_a_name_that_fails_at_renewal_is_served_from_the_certificate_before(tmp_path: Path) -> None:
    async def journey(scene: Stage) -> None:
        keeper = scene.keeper("one.test", "bad.test")
        await settle(scene, keeper)
        first = keeper.status()[0]["fingerprint"]
        scene.ca.rejected = {"bad.test"}
        await keeper.renew()
        async with running(keeper):
            await until(lambda: scene.issued("one.test") == 1, "the renewal without the bad name")
            await until(lambda: keeper._showcase.served["one.test"].facts.fingerprint != first, "the new certificate")
        assert keeper._showcase.served["bad.test"].facts.fingerprint == first

    on_stage(tmp_path, journey)


def test_a_loop_of_renewals_on_a_spoilt_clock_stays_within_the_limits(tmp_path: Path) -> None:
    """A clock a year ahead makes every certificate look expired."""

    async def journey(scene: Stage) -> None:
        scene.clock.ahead = 365 * 86400
        for _ in range(4):
            keeper = scene.keeper()
            async with running(keeper):
                await until(lambda keeper=keeper: error_of(keeper), "the trouble is told")
                assert error_of(keeper)["kind"] == "clock"
                await asyncio.sleep(0.3)
        assert scene.ca.count("newOrder") == 1

    on_stage(tmp_path, journey)


def test_two_sites_are_served_although_one_fails(tmp_path: Path) -> None:
    async def journey(scene: Stage) -> None:
        scene.ca.rejected = {"bad.test"}
        more = (SiteSettings(name="second", domains=("two.test",)),)
        settings = dataclasses.replace(scene.settings("bad.test"), sites=(*scene.settings("bad.test").sites, *more))
        keeper = keeper_for(settings, scene.storage, clock=scene.clock)
        scene.street.keepers.append(keeper)
        async with running(keeper):
            await until(lambda: keeper.status()[1]["missing"] == [], "the second site's certificate")
        assert keeper.status()[0]["missing"] == ["bad.test"]
        assert keeper.status()[0]["next_attempt"]

    on_stage(tmp_path, journey)


def test_a_window_that_is_always_now_does_not_use_up_the_week(tmp_path: Path) -> None:
    async def journey(scene: Stage) -> None:
        now = datetime.now(UTC)
        times = {"start": (now - timedelta(minutes=5)).isoformat(), "end": (now + timedelta(minutes=5)).isoformat()}
        scene.ca.window = lambda leaf: {"suggestedWindow": times}
        scene.clock.ahead = 600
        keeper = scene.keeper()
        async with running(keeper):
            for _ in range(12):
                scene.clock.ahead += 5 * 3600
                await until(lambda: keeper._attempts.held_until(keeper.plans[0]) or obtained(keeper), "a turn")
                await asyncio.sleep(0.4)
        assert 2 <= scene.issued() <= 3

    on_stage(tmp_path, journey)


def test_a_refusal_that_names_nobody_leaves_the_canonical_name_its_certificate(tmp_path: Path) -> None:
    async def journey(scene: Stage) -> None:
        for _ in range(2):
            scene.ca.fail("newOrder", 400, "rejectedIdentifier", detail="one of these is not for us")
        keeper = scene.keeper("one.test", "bad.test")
        async with running(keeper):
            await until(failed(keeper, "rejectedIdentifier"), "the first refusal")
            scene.clock.ahead = 70
            await until(lambda: len(keeper._view.state(keeper.plans[0]).by_name) == 1, "the second")
            scene.clock.ahead = 700
            await until(lambda: scene.issued("one.test") or obtained(keeper), "a certificate")

    on_stage(tmp_path, journey)


def test_no_order_before_visitors_can_be_sent_here(tmp_path: Path) -> None:
    async def journey(scene: Stage) -> None:
        open_doors: list[bool] = []
        settings = scene.settings("one.test")
        keeper = keeper_for(settings, scene.storage, clock=scene.clock, may_order=lambda: bool(open_doors))
        scene.street.keepers.append(keeper)
        async with running(keeper):
            await until(keeper.ready, "a look")
            await asyncio.sleep(0.4)
            assert scene.ca.requests == []
            open_doors.append(True)
            await until(lambda: obtained(keeper), "the certificate")

    on_stage(tmp_path, journey)


def test_a_storage_that_lost_everything_gets_it_back_and_nothing_is_ordered_again(tmp_path: Path) -> None:
    async def journey(scene: Stage) -> None:
        keepers = [scene.keeper() for _ in range(3)]
        async with running(*keepers):
            await until(lambda: all(map(obtained, keepers)), "the certificate everywhere")
            served = keepers[0].status()[0]["fingerprint"]
            thumbprint = keepers[0]._thumbprint
            scene.storage.values.clear()  # Redis without persistence was restarted
            await until(lambda: any("bundles" in key for key in scene.storage.values), "the certificate is put back")
            await asyncio.sleep(0.5)
            assert {keeper.status()[0]["fingerprint"] for keeper in keepers} == {served}
            assert {keeper._thumbprint for keeper in keepers} == {thumbprint}
            await keepers[0].renew()
            await until(lambda: scene.issued() == 2, "a renewal works")
        assert scene.ca.count("newOrder") == 2

    on_stage(tmp_path, journey)


def test_a_damaged_account_key_costs_a_registration_and_no_visitor(tmp_path: Path) -> None:
    async def journey(scene: Stage) -> None:
        await settle(scene, scene.keeper())
        scene.storage.values["certs/account/key"] = b"-----BEGIN PRIVATE KEY-----\nMIG"
        keeper = scene.keeper()
        scene.street.keepers[:] = [keeper]
        async with running(keeper):
            await until(lambda: obtained(keeper), "what is in storage")
            assert scene.issued() == 1
            await keeper.renew()
            await until(lambda: scene.issued() == 2, "a renewal with a new account")
        assert scene.ca.count("newAccount") == 2

    on_stage(tmp_path, journey)


def test_a_damage_beside_the_certificates_keeps_none_from_its_visitors(tmp_path: Path) -> None:
    async def journey(scene: Stage) -> None:
        await settle(scene, scene.keeper())
        whole = scene.storage.get

        async def get(key: str) -> bytes:
            if "bundles" not in key:
                raise StorageError("Input/output error")
            return await whole(key)

        scene.storage.get = get
        keeper = scene.keeper()
        async with running(keeper):
            await until(lambda: obtained(keeper), "what is in storage")
            assert keeper.ready()
            assert "Input/output error" in keeper.status()[0]["problems"]

    on_stage(tmp_path, journey)


@pytest.mark.parametrize("names", [["one.test"], ["other.test"]])
def test_a_certificate_that_was_not_ordered_is_refused_and_not_asked_for_again_at_once(tmp_path: Path, names) -> None:
    """For another key, or for another name: by the table, as any failure, and never in a loop."""

    async def journey(scene: Stage) -> None:
        issue = scene.ca.issue
        foreign = x509.load_pem_x509_csr(minting.request(keys.new_key(), names))

        def wrong(csr: x509.CertificateSigningRequest, validity: float) -> bytes:
            return issue(foreign, validity)

        scene.ca.issue = wrong
        keeper = scene.keeper()
        async with running(keeper):
            await until(failed(keeper, "unforeseen"), "the failure")
            assert "what the CA issued is" in error_of(keeper)["message"]
            await asyncio.sleep(0.5)
            assert scene.ca.count("newOrder") == 1
            scene.ca.issue = issue
            scene.clock.ahead = 70
            await until(lambda: obtained(keeper), "the right one")
        assert scene.ca.count("newOrder") == 2

    on_stage(tmp_path, journey)


def test_a_ca_that_never_ends_its_answer_holds_neither_the_lock_nor_the_next_attempt(
    tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr("village.certs.issuance.CALL", 0.5)

    async def journey(scene: Stage) -> None:
        stuck, gone = [True], threading.Event()

        def hold(endpoint: str) -> None:
            if endpoint == "newOrder" and stuck:
                stuck.clear()
                gone.wait(15)

        scene.ca.gate = hold
        keeper = scene.keeper()
        async with running(keeper):
            await until(lambda: "did not end an answer" in str(keeper.status()[0]["problems"]), "the failure")
            await until(lambda: not scene.storage.locks, "the lock is free")
            scene.clock.ahead = 70
            await until(lambda: obtained(keeper), "the certificate")
            gone.set()

    on_stage(tmp_path, journey)


def test_the_pace_of_looks_at_a_validation_is_the_cas(tmp_path: Path) -> None:
    async def journey(scene: Stage) -> None:
        scene.ca.validation_seconds, scene.ca.authorization_retry_after = 1.5, "1"
        await settle(scene, scene.keeper())
        assert scene.ca.count("authz") <= 4, "looked more often than the CA asked for"

    on_stage(tmp_path, journey)
