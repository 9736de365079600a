"""A certificate is obtained by HTTP-01 from a real CA and renewed without dropping a connection."""

from __future__ import annotations

import http.client
import socket
import ssl
from pathlib import Path

from tests.parts import pebble
from tests.parts.forge import Forge
from tests.parts.household import Household
from tests.parts.waiting import until


def served(house: Household, authority: Path, host: str) -> dict:
    """The certificate a verifying client is shown; raises when it does not verify."""
    context = ssl.create_default_context(cafile=str(authority))
    with (
        socket.create_connection(("127.0.0.1", house.https), 5) as plain,
        context.wrap_socket(plain, server_hostname=host) as tls,
    ):
        return tls.getpeercert()


def test_a_certificate_is_obtained_renewed_and_swapped(tmp_path: Path, forge: Forge):
    house = Household(
        tmp_path / "house",
        forge.url,
        VILLAGE_DOMAINS="example.com,www.example.com",
        VILLAGE_TLS="acme",
        VILLAGE_HTTPS_PORT="443",
    )
    with pebble.running(tmp_path / "pebble", house.http, validity=30) as authority:
        house.environment["VILLAGE_ACME_DIRECTORY"] = authority.directory
        house.environment["VILLAGE_ACME_CA_BUNDLE"] = str(authority.ca_bundle)
        root = tmp_path / "root.pem"
        root.write_bytes(authority.root())
        with house:
            first = until(lambda: served(house, root, "example.com"), "a certificate that verifies", 60)
            assert {name for _, name in first["subjectAltName"]} == {"example.com", "www.example.com"}
            house.ready()
            status, headers, _ = house.request("/posts/first/?q=1", host="www.example.com")
            assert (status, headers["location"]) == (301, "https://example.com/posts/first/?q=1")
            token = "a" * 43
            assert house.request(f"/.well-known/acme-challenge/{token}", host="example.com")[0] in {200, 404}
            context = ssl.create_default_context(cafile=str(root))
            context.check_hostname = False
            alive = http.client.HTTPSConnection("127.0.0.1", house.https, context=context, timeout=10)
            alive.request("GET", "/", headers={"Host": "example.com"})
            assert alive.getresponse().read()
            again = until(
                lambda: (now := served(house, root, "example.com"))["serialNumber"] != first["serialNumber"] and now,
                "the certificate was renewed",
                60,
            )
            assert again["subjectAltName"] == first["subjectAltName"]
            alive.request("GET", "/posts/first/", headers={"Host": "example.com"})
            assert b"The first post." in alive.getresponse().read()
            alive.close()
            assert house.terminate() == 0
        assert "Traceback" not in house.words()


def test_an_unreachable_ca_does_not_stop_the_site(tmp_path: Path, forge: Forge):
    house = Household(
        tmp_path / "house",
        forge.url,
        VILLAGE_DOMAINS="example.com",
        VILLAGE_TLS="acme",
        VILLAGE_ACME_DIRECTORY="https://127.0.0.1:1/dir",
    )
    with house:
        house.shows("/posts/first/", "The first post.", tls=True, host="example.com")
        # Nobody is sent to a certificate that a browser warns of: the site is there over plain HTTP meanwhile.
        status, headers, _ = house.request("/posts/first/", host="example.com")
        assert (status, headers.get("location")) == (200, None)
        assert "strict-transport-security" not in headers
        until(
            lambda: "unreachable" in str(house.status()["certificates"][0]["problems"]),
            "the status says why there is none",
        )
        assert "Traceback" not in house.words()
