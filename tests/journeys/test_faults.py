"""The long journey: pushes and visitors while everything that can fail does, on both kinds of storage.

Seeded: VILLAGE_FAULTS_SEED and VILLAGE_FAULTS_SECONDS choose another storm than CI's. In the end nothing was pushed for
nothing, no visitor was turned away, and one certificate was ordered for each lifetime.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import random
import re
import ssl
import time
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest

from tests.parts import haproxy, pebble
from tests.parts.relay import Relay
from tests.parts.storm import Storm, Village, Visitor, pushes
from tests.parts.waiting import free_ports, until

SEED = int(os.environ.get("VILLAGE_FAULTS_SEED", "1"))
SECONDS = float(os.environ.get("VILLAGE_FAULTS_SECONDS", "35"))
LONGEST = SECONDS + 45  # on a busy machine every fault takes longer, and each of them should have its turn
PUSHES, VISITS = 10, 100  # more than these, or it was no storm
LIFETIME = 60  # seconds of a certificate: it is renewed once during the storm


def moments_of_issue(log: Path) -> list[datetime]:
    found = re.findall(r"(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d) .*Issued certificate serial", log.read_text())
    return [datetime.strptime(text, "%Y/%m/%d %H:%M:%S").astimezone() for text in found]


@pytest.mark.timeout(LONGEST + 150)
@pytest.mark.parametrize("kind", ["folder", "redis"])
def test_nothing_is_lost_while_everything_fails(tmp_path: Path, kind: str):
    http, https = free_ports(2)
    with contextlib.ExitStack() as stack:
        village = Village(
            tmp_path,
            kind,
            posts=20,
            VILLAGE_TLS="acme",
            VILLAGE_CLUSTER_SECRET="cluster-secret-of-the-tests",
            VILLAGE_HTTPS_PORT=str(https),
            VILLAGE_PROXY_PROTOCOL=f"{haproxy.ADDRESS}/32",
            VILLAGE_ACME_SELF_CHECK="3",  # only Pebble's resolver knows where the name leads
            VILLAGE_DRAIN="5",
        )
        stack.callback(village.close)
        village.give_clock(village.houses[2])
        replicas = [(house.http, house.https) for house in village.houses]
        stack.enter_context(haproxy.balancing(tmp_path / "haproxy", replicas, (http, https)))
        authority = stack.enter_context(pebble.running(tmp_path / "pebble", http, nonce_reject=25, validity=LIFETIME))
        relay = Relay(authority.api)
        stack.callback(relay.shut)
        for house in village.houses:
            house.environment["VILLAGE_ACME_DIRECTORY"] = f"https://127.0.0.1:{relay.port}/dir"
            house.environment["VILLAGE_ACME_CA_BUNDLE"] = str(authority.ca_bundle)
            house.start()
        root = authority.root().decode()

        def context() -> ssl.SSLContext:
            return ssl.create_default_context(cadata=root)

        def served() -> set[str]:
            return {ssl.get_server_certificate(("127.0.0.1", house.https)) for house in village.houses}

        probe = Visitor(https, context)
        until(lambda: probe.look() == "" and len(served()) == 1, "all serve one certificate", 60)
        visitor = Visitor(https, context)
        visitor.start()
        storm = Storm(village, SEED, authority=relay, pause=1.0, longest=3.0).start()
        chance, told, begun = random.Random(SEED), Counter(), time.monotonic()

        def enough() -> bool:
            """However slow the machine: all kinds of faults, and all that is asked for in the end."""
            long = time.monotonic() - begun >= SECONDS
            return long and storm.whole and told["pushes"] > PUSHES and visitor.visits > VISITS

        while not storm.error and time.monotonic() - begun < LONGEST and not enough():
            told += pushes(village, storm, chance, 0.6)
        storm.stop()
        # The newest push is not pushed again: only a delivery that the forge saw fail is delivered again.
        until(lambda: village.hook(chance.choice(village.houses)) is not None, "the hook is heard")
        until(lambda: all(village.shows(house) for house in village.houses), "all show the newest commit", 30)
        until(lambda: len(village.releases()) == 1, "all are on one release")
        until(lambda: len(served()) == 1, "all serve one certificate")
        visitor.stop()
        assert visitor.failures == [], (SEED, storm.counts)
        calm = [why for moment, why in visitor.broken if storm.calm(moment)]
        assert calm == [], f"connections broke although nobody was killed or stopped: {len(calm)}, {storm.counts}"
        issued = moments_of_issue(tmp_path / "pebble" / "pebble.log")
        pauses = [(later - earlier).total_seconds() for earlier, later in itertools.pairwise(issued)]
        assert all(pause >= LIFETIME / 4 for pause in pauses), f"two orders for one renewal: {pauses}"
        assert issued
        for house in village.houses:
            assert "Traceback" not in house.words()
            (row,) = house.status()["certificates"]
            assert row["missing"] == []
        assert told["pushes"] > PUSHES
        assert visitor.visits > VISITS
        print(f"seed {SEED}: {dict(told)}, {dict(storm.counts)}, {visitor.visits} visits, {len(visitor.broken)} again")
