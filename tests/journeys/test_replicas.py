"""Three replicas behind a thin balancer: one push reaches all, one certificate is ordered, a killed replica is not noticed."""

from __future__ import annotations

import socket
import ssl
from contextlib import ExitStack
from pathlib import Path

from tests.journeys.conftest import post
from tests.parts import haproxy, pebble
from tests.parts.forge import Forge
from tests.parts.household import Household
from tests.parts.waiting import free_ports, until

SECRET = "hook-secret-of-the-tests"


def test_three_replicas_are_one_site(tmp_path: Path, forge: Forge):
    http, https = free_ports(2)
    shared = tmp_path / "shared"
    houses = [
        Household(
            tmp_path / f"replica{number}",
            forge.url,
            VILLAGE_DOMAINS="example.com",
            VILLAGE_TLS="acme",
            VILLAGE_STORAGE=f"folder://{shared}",
            VILLAGE_CLUSTER_SECRET="cluster-secret-of-the-tests",
            VILLAGE_HTTPS_PORT="443",
            VILLAGE_PROXY_PROTOCOL=f"{haproxy.ADDRESS}/32",
        )
        for number in range(3)
    ]
    peers = ",".join(f"127.0.0.1:{house.http}" for house in houses)
    with ExitStack() as stack:
        stack.enter_context(haproxy.balancing(tmp_path / "haproxy", [(h.http, h.https) for h in houses], (http, https)))
        authority = stack.enter_context(pebble.running(tmp_path / "pebble", http, nonce_reject=20))
        root = tmp_path / "root.pem"
        root.write_bytes(authority.root())
        for house in houses:
            house.environment.update(
                VILLAGE_PEERS=peers,
                VILLAGE_ACME_DIRECTORY=authority.directory,
                VILLAGE_ACME_CA_BUNDLE=str(authority.ca_bundle),
                # only Pebble's resolver knows where the name leads; what remains of the look is its patience
                VILLAGE_ACME_SELF_CHECK="5",
            )
            stack.enter_context(house)
        for house in houses:
            house.ready(60)
        context = ssl.create_default_context(cafile=str(root))

        def visit(house: Household) -> str:
            return house.request("/posts/first/", tls=True, host="example.com")[2].decode()

        def serials() -> set[str]:
            return {ssl.get_server_certificate(("127.0.0.1", house.https)) for house in houses}

        until(lambda: len(serials()) == 1, "all serve one certificate", 60)
        assert all("The first post." in visit(house) for house in houses)
        issued = (tmp_path / "pebble" / "pebble.log").read_text().count("Issued certificate serial")
        assert issued == 1
        commit = forge.push({"content/posts/first.md": post("First", "Seen by all three.")})
        headers, body = forge.hook(commit, SECRET)
        assert houses[1].request("/hooks/redeploy", method="POST", headers=headers, body=body)[0] == 202
        until(lambda: all("Seen by all three." in visit(house) for house in houses), "all three show the new page")
        ids = {house.status()["sites"][0]["release"]["id"] for house in houses}
        assert len(ids) == 1
        houses[0].kill()
        with (
            socket.create_connection(("127.0.0.1", https), 5) as plain,
            context.wrap_socket(plain, server_hostname="example.com") as tls,
        ):
            tls.sendall(b"GET /posts/first/ HTTP/1.1\r\nHost: example.com\r\nConnection: close\r\n\r\n")
            assert b"200 OK" in tls.recv(100)
        assert houses[2].request("/posts/first/", tls=True, host="example.com")[0] == 200
        later = forge.push({"content/posts/first.md": post("First", "While one was down.")})
        headers, body = forge.hook(later, SECRET)
        assert houses[2].request("/hooks/redeploy", method="POST", headers=headers, body=body)[0] == 202
        until(lambda: all("While one" in visit(house) for house in houses[1:]), "the living show it")
        houses[0].start().ready()
        until(lambda: "While one" in visit(houses[0]), "the one that was down catches up")
        for house in houses:
            assert "Traceback" not in house.words()
