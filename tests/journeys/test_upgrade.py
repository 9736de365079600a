"""A newer village moves into the folders of an older one, and an older one back into those of a newer one.

``data/house-0.1.0.tar.gz`` is the data folder that village 0.1.0 left behind (releases and storage; neither checkout nor
caches), with a certificate until 2086 from a test CA that is no more. It is never made anew: a change of format keeps
reading it, and adds a folder of its own beside it.
"""

from __future__ import annotations

import hashlib
import json
import ssl
import tarfile
from pathlib import Path

import pytest

from tests.journeys.conftest import post
from tests.parts.forge import Forge
from tests.parts.household import Household

HOUSES = sorted((Path(__file__).parent / "data").glob("house-*.tar.gz"))
THUMBPRINT = {"house-0.1.0.tar.gz": "AFv0RvlBrMjkVJFzy2cknJ3vudkAYp41K5S1J_ZrtxY"}
CERTIFICATE = {"house-0.1.0.tar.gz": "355aba20edaa3356294e042309a77f3161146f778e36526ddab085eb3d8037ce"}
CA = {"house-0.1.0.tar.gz": "https://127.0.0.1:24044/dir"}
TOKEN = "a-token-of-the-tests-0123456789"


@pytest.fixture(params=HOUSES, ids=lambda path: path.name)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Path]:
    """(which house, the folder where it was unpacked)."""
    folder = tmp_path / "house"
    with tarfile.open(request.param) as archive:
        archive.extractall(folder, filter="data")
    return request.param.name, folder


def moved_in(name: str, folder: Path, source: str) -> Household:
    return Household(
        folder,
        source,
        VILLAGE_DOMAINS="kept.example",
        VILLAGE_TLS="acme",
        VILLAGE_CLUSTER_SECRET="cluster-secret-of-the-tests",
        VILLAGE_ACME_DIRECTORY=CA[name],
    )


def test_the_last_release_and_its_certificate_are_on_show_without_a_forge_or_a_ca(old: tuple[str, Path]):
    name, folder = old
    with moved_in(name, folder, "file:///nowhere/blog.git") as house:
        house.shows("/posts/first/", "Kept words.", tls=True, host="kept.example")
        status, headers, _ = house.request("/posts/first/", tls=True, host="kept.example")
        assert (status, headers["x-kept"]) == (200, "yes")
        assert house.request("/old/", tls=True, host="kept.example")[0] == 301
        status, headers, _ = house.request("/moved/a", tls=True, host="kept.example")
        assert (status, headers["location"]) == (301, "/posts/a")
        assert house.request("/gone/", tls=True, host="kept.example")[0] == 410
        served = ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate(("127.0.0.1", house.https)))
        assert hashlib.sha256(served).hexdigest() == CERTIFICATE[name]
        answer = house.request(f"/.well-known/acme-challenge/{TOKEN}", host="kept.example")[2]
        assert answer.decode() == f"{TOKEN}.{THUMBPRINT[name]}", "the account is the same"
        assert "ordering a certificate" not in house.words()
        assert house.terminate() == 0
        assert "Traceback" not in house.words()


def test_a_push_is_published_over_it(old: tuple[str, Path], forge: Forge):
    name, folder = old
    forge.push({"content/posts/first.md": post("First", "Words after the upgrade.")})
    with moved_in(name, folder, forge.url) as house:
        house.shows("/posts/first/", "Words after the upgrade.", tls=True, host="kept.example")
        assert "Traceback" not in house.words()


def test_after_a_rollback_the_releases_of_a_newer_village_are_passed_over(old: tuple[str, Path]):
    name, folder = old
    store = folder / "data" / "sites" / "site"
    pointed = json.loads((store / "current").read_text())
    root = json.loads((store / "releases" / pointed["id"]).read_text())
    newer = json.dumps({**root, "format": 99, "rules": {"of": "the future"}}).encode()
    identity = hashlib.sha256(newer).hexdigest()
    (store / "releases" / identity).write_bytes(newer)
    (store / "current").write_text(json.dumps({**pointed, "id": identity}))
    with moved_in(name, folder, "file:///nowhere/blog.git") as house:
        house.shows("/posts/first/", "Kept words.", tls=True, host="kept.example")
        assert "format 99" in house.words()
        assert "Traceback" not in house.words()
