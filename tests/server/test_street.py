import dataclasses
import socket
import threading
import time

import pytest

from tests.parts.waiting import until
from tests.server.conftest import Running, html, parse, read_all, release
from village.errors import PortTaken
from village.metrics import Metrics
from village.release.manifest import Entry
from village.server import listeners
from village.server.street import Street
from village.settings.model import Settings, SiteSettings

GET = b"GET /tiny.txt HTTP/1.1\r\nHost: localhost\r\n\r\n"


def test_a_release_goes_live_whole_while_clients_ask(start):
    """Two pages always change together; no client ever sees a page of one release after one of a later release."""
    found = start(tls=False)

    def version(number):
        word = f"version-{number}-"
        extra = {}
        for path in ("/a/", "/b/"):
            data = html(word)
            extra[path] = Entry(found.store.put(data), len(data), "text/html")
        return release(found.store, extra)

    versions = [version(number) for number in range(6)]
    found.call(found.street.show, "one", versions[0])
    stop, seen, failures = threading.Event(), [], []

    def ask():
        with found.connect() as client:
            newest = 0
            while not stop.is_set():
                for path in (b"/a/", b"/b/"):
                    client.sendall(b"GET " + path + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    data = b""
                    while not data.endswith(b"</html>"):
                        data += client.recv(65536)
                    number = int(data.split(b"version-")[1].split(b"-")[0])
                    if number < newest:
                        failures.append((newest, number))
                    newest = number
                seen.append(newest)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for manifest in versions[1:]:
        before = len(seen)
        while len(seen) < before + 10:
            time.sleep(0.001)
        found.call(found.street.show, "one", manifest)
    before = len(seen)
    while len(seen) < before + 20:
        time.sleep(0.001)
    stop.set()
    for thread in threads:
        thread.join(20)
    assert not failures
    assert seen[-1] == 5


def test_a_taken_port_opens_nothing(tmp_path):
    import asyncio  # noqa: PLC0415

    taken = listeners.bind("127.0.0.1", 0)
    free = listeners.bind("127.0.0.1", 0)
    address = free.getsockname()
    free.close()
    settings = Settings(
        sites=(SiteSettings(),),
        http=(f"127.0.0.1:{address[1]}", f"127.0.0.1:{taken.getsockname()[1]}"),
        https=(),
        access_log="off",
    )

    async def run():
        street = Street(settings, Metrics(), None, {})
        with pytest.raises(PortTaken):
            await street.start()
        assert not street.bound

    asyncio.run(run())
    listeners.bind(*address).close()
    taken.close()


def test_before_the_first_release_there_is_no_site(tmp_path):
    found = Running(tmp_path, tls=False)
    found.street.hosts = found.street.arrange({})
    found.call(found.street.refresh)
    status, headers, _ = found.get("/")
    assert (status, headers["retry-after"], headers["cache-control"]) == (503, "2", "no-store")
    assert found.get("/-/health/live")[0] == 200
    found.close()


def test_well_behaved_clients_do_not_notice_an_attack(start):
    """Held connections, half requests and slow readers on the side: every good answer comes, and is right."""
    found = start(limits={"connections_per_ip": 0})
    held = [found.connect() for _ in range(200)]
    for number, client in enumerate(held):
        client.sendall(
            (b"GET / HTTP/1.1\r\nHost: local", b"GET /large.bin HTTP/1.1\r\nHost: localhost\r\n\r\n" * 5, b"\r\n")[
                number % 3
            ]
        )
    with found.connect() as good:
        for _ in range(300):
            good.sendall(b"GET /tiny.txt HTTP/1.1\r\nHost: localhost\r\n\r\n")
            data = b""
            while not data.endswith(b"tiny\n"):
                data += good.recv(65536)
            assert data.startswith(b"HTTP/1.1 200")
    for client in held:
        client.close()


def test_aborted_downloads_leave_nothing_behind(start):
    found = start()
    for scheme in ("http", "https"):
        for _ in range(10):
            with found.connect(scheme) as client:
                client.sendall(b"GET /large.bin HTTP/1.1\r\nHost: localhost\r\n\r\n")
                client.recv(1000)
    deadline = time.monotonic() + 10
    while (found.street.connections or found.street.tasks) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not found.street.connections
    assert not found.street.tasks
    assert found.street.seats.taken == 0
    assert parse(found.exchange(b"GET /tiny.txt HTTP/1.0\r\n\r\n"))[0] == 200


def test_last_modified_where_the_app_knows_it(start):
    found = start(tls=False)
    manifest = found.street.hosts.sites["one"].release
    found.call(lambda: found.street.show("one", manifest, modified=1_700_000_000))
    headers = found.get("/tiny.txt")[1]
    assert headers["last-modified"] == "Tue, 14 Nov 2023 22:13:20 GMT"
    assert found.get("/tiny.txt", If_Modified_Since=headers["last-modified"])[0] == 304


def test_a_connection_that_carried_a_body_goes_when_its_client_goes(start):
    """It stayed until the drain was over: SIGTERM took ten seconds after every push hook."""
    found = start(tls=False)
    with found.connect() as client:
        client.sendall(b"POST /hooks/redeploy HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}")
        assert client.recv(65536).startswith(b"HTTP/1.1 ")
        assert len(found.street.connections) == 1
    deadline = time.monotonic() + 10
    while found.street.connections and time.monotonic() < deadline:
        time.sleep(0.005)
    assert not found.street.connections


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("stage", ["accepted", "opened", "idle"])
def test_a_request_that_was_on_its_way_when_the_drain_began_is_answered(start, monkeypatch, scheme, stage):
    """Closed at once, a connection that a balancer had just made lost its first request: a visit failed at each update."""
    monkeypatch.setattr("village.server.street.IN_FLIGHT", 20.0)
    found = start()
    found.street.settings = dataclasses.replace(found.street.settings, drain=100.0)
    port = found.port(scheme)
    raw = socket.create_connection(("127.0.0.1", port), timeout=20)
    client = found.secured(raw) if scheme == "https" and stage != "accepted" else raw
    if stage == "idle":
        client.sendall(GET)
        assert client.recv(65536).startswith(b"HTTP/1.1 200 ")
    found.loop.call_soon_threadsafe(found.stop.set)
    until(lambda: refused(port), "the drain")
    client = found.secured(raw) if scheme == "https" and stage == "accepted" else client
    client.sendall(GET)
    status, headers, body = parse(read_all(client))
    assert (status, headers["connection"], body) == (200, "close", b"tiny\n")
    client.close()
    found.thread.join(20)
    assert not found.thread.is_alive()


def refused(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=20).close()
    except ConnectionRefusedError:
        return True
    return False
