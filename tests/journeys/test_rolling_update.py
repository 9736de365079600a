"""A new name arrives with a rolling update: the replicas that do not know it yet must not spoil its first validation."""

from __future__ import annotations

import ssl
from contextlib import ExitStack
from pathlib import Path

from tests.parts import haproxy, pebble
from tests.parts.forge import Forge
from tests.parts.household import Household
from tests.parts.waiting import free_ports, until

NEW = (
    "127.0.0.1"  # a name that both this machine and Pebble's resolver lead to the balancer; RFC 8738 lets it be signed
)


def names(house: Household) -> set[str]:
    """What the certificate that ``house`` serves is for."""
    (row,) = house.status()["certificates"]
    return set(row["names"]) if row["source"].startswith("https://") else set()


def test_a_name_that_only_the_new_replica_knows_is_validated_through_the_old_ones(tmp_path: Path, forge: Forge):
    http, https = free_ports(2)
    houses = [
        Household(
            tmp_path / f"replica{number}",
            forge.url,
            VILLAGE_DOMAINS="example.com",
            VILLAGE_TLS="acme",
            VILLAGE_STORAGE=f"folder://{tmp_path / 'shared'}",
            VILLAGE_PROXY_PROTOCOL=f"{haproxy.ADDRESS}/32",
            VILLAGE_ACME_HTTP_PORT=str(http),
            VILLAGE_ACME_SELF_CHECK="5",  # only Pebble knows where example.com leads
        )
        for number in range(3)
    ]
    with ExitStack() as stack:
        stack.enter_context(haproxy.balancing(tmp_path / "haproxy", [(h.http, h.https) for h in houses], (http, https)))
        authority = stack.enter_context(pebble.running(tmp_path / "pebble", http))
        for house in houses:
            house.environment["VILLAGE_PEERS"] = ",".join(f"127.0.0.1:{each.http}" for each in houses)
            house.environment["VILLAGE_ACME_DIRECTORY"] = authority.directory
            house.environment["VILLAGE_ACME_CA_BUNDLE"] = str(authority.ca_bundle)
            stack.enter_context(house)
        until(lambda: all(names(house) == {"example.com"} for house in houses), "the certificate everywhere", 60)
        assert houses[0].terminate() == 0
        houses[0].environment.update(VILLAGE_DOMAINS=f"example.com,{NEW}", VILLAGE_ACME_SELF_CHECK="30")
        houses[0].start().ready()
        until(lambda: names(houses[0]) == {"example.com", NEW}, "a certificate with the new name", 60)
        (row,) = houses[0].status()["certificates"]
        assert row["problems"] == []
        log = (tmp_path / "pebble" / "pebble.log").read_text()
        assert "now invalid" not in log.lower()
        assert log.count("Issued certificate serial") == 2
        assert all("could not be validated" not in house.words() for house in houses)
        pem = ssl.get_server_certificate(("127.0.0.1", houses[1].https))
        assert pem.startswith("-----BEGIN"), "the old replicas go on serving"
