"""A real street in a thread of its own, and blocking clients that see every byte."""

import asyncio
import dataclasses
import os
import socket
import ssl
import threading

import pytest
import trustme
import uvloop

from village.errors import HookRefused
from village.metrics import Metrics
from village.release.manifest import Entry, HeaderRule, RedirectRule, Rules
from village.release.store import Store
from village.server.control import Reply
from village.server.street import Street
from village.settings.model import LimitSettings, Settings, SiteSettings, TlsSettings

TEXT = "".join(f"<p>paragraph {number} of a page that is long enough to be compressed</p>\n" for number in range(60))


class Recorder:
    """The app's half, as a recorder."""

    def __init__(self):
        self.hooks = []
        self.begun = 0
        self.gate = None  # an Event that hooks wait for
        self.is_ready = True

    def challenge(self, host, token):
        return f"{token}.thumbprint-of-{host}" if token == "known-token" else None

    async def hook(self, site, headers, body, remote):
        self.begun += 1
        if self.gate:
            await self.gate.wait()
        if headers.get("x-refuse"):
            raise HookRefused(401, "bad_signature", "the signature does not match")
        self.hooks.append((site, body, remote))
        return Reply(202, b'{"accepted": true}')

    async def sibling(self, headers, body):
        return Reply(204)

    def live(self):
        return True

    def ready(self):
        return self.is_ready, {"certificate": "usable"}

    def status(self):
        return {"title": "<b>bold</b>", "builds": [{"commit": "abc", "ok": True}, {"commit": "def", "ok": False}]}


def html(word):
    return f"<!doctype html><html><head><title>{word}</title></head><body>{word}{TEXT}</body></html>".encode()


def release(store, extra=None, rules=None):
    """A small site with one of everything."""
    entries = {}

    def add(path, data, media_type, **more):
        entries[path] = Entry(store.put(data), len(data), media_type, **more)

    add("/", html("home"), "text/html; charset=utf-8")
    add("/posts/hello/", html("hello"), "text/html; charset=utf-8")
    add("/привет/", html("привет"), "text/html; charset=utf-8")
    add("/ugly.html", html("ugly"), "text/html")
    add("/404.html", html("own 404"), "text/html; charset=utf-8")
    add("/ru/404.html", html("нет такой"), "text/html; charset=utf-8")
    add("/style.css", b"body { color: teal }\n" * 40, "text/css", policy="asset")
    add("/app.0123456789abcdef.js", b"console.log('hello, world');\n" * 30, "text/javascript", policy="immutable")
    add("/tiny.txt", b"tiny\n", "text/plain", policy="asset")
    add("/picture.png", bytes(range(256)) * 8, "image/png", policy="asset")
    add("/large.bin", os.urandom(64) * 16384, "application/octet-stream", policy="asset")
    add("/.git/config", b"secret\n", "text/plain")
    add("/.well-known/security.txt", b"Contact: mailto:a@example.com\n", "text/plain")
    entries["/old/"] = Entry(status=301, location="/posts/hello/")
    entries["/gone/"] = Entry(status=410)
    entries.update(extra or {})
    return store.write(
        entries,
        rules
        or Rules(
            redirects=(
                RedirectRule("/blog/*", "/posts/:splat", 301),
                RedirectRule("/secret/", "/", 302, force=True),
                RedirectRule("/app/*", "/ugly.html", 200),
                RedirectRule("/dead/*", "", 410),
                RedirectRule("/welcome", "/ru/", 302, conditions=(("Language", "ru"),)),
                RedirectRule("/welcome", "/posts/hello/", 302),
            ),
            headers=(
                HeaderRule("/*", (("X-Everywhere", "yes"),)),
                HeaderRule("/posts/*", (("X-Frame-Options", "DENY"), ("Link", "</a>; rel=a"), ("Link", "</b>; rel=b"))),
                HeaderRule("/tiny.txt", (("Cache-Control", "no-store"),)),
            ),
            not_found=(("/ru/", "/ru/404.html"), ("/", "/404.html")),
        ),
    )


class Running:
    """A street at work, with clients."""

    def __init__(
        self, folder, *, domains=(), preview=False, tls=True, proxy=(), limits=None, admin_token="", authority=None
    ):
        self.store = Store(folder / "store")
        self.control = Recorder()
        self.metrics = Metrics()
        self.log = folder / "access.log"
        self.settings = Settings(
            sites=(SiteSettings(name="one", domains=tuple(domains)),),
            http=("127.0.0.1:0",),
            https=("127.0.0.1:0",) if tls else (),
            proxy_protocol=tuple(proxy),
            admin_token=admin_token,
            tls=TlsSettings(mode="acme" if tls else "off"),
            limits=dataclasses.replace(LimitSettings(), **(limits or {})),
            drain=2.0,
        )
        self.descriptor = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self.street = Street(
            self.settings,
            self.metrics,
            self.control,
            {"one": self.store},
            preview=preview,
            log_descriptor=self.descriptor,
        )
        self.context = None
        if tls:
            self.authority = authority or trustme.CA()
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.authority.issue_cert("localhost", "127.0.0.1", "example.com").configure_cert(self.context)
            self.context.set_alpn_protocols(["h2", "http/1.1"])
        self.ready = threading.Event()
        self.thread = threading.Thread(target=lambda: uvloop.run(self.main()), daemon=True)
        self.thread.start()
        assert self.ready.wait(20)

    async def main(self):
        self.loop = asyncio.get_running_loop()
        self.stop = asyncio.Event()
        await self.street.start()
        if self.context:
            self.street.set_tls(self.context)
        self.street.show("one", release(self.store))
        self.ready.set()
        await self.stop.wait()
        await self.street.close()

    def port(self, scheme="http"):
        return next(port for kind, _, port in self.street.bound if kind == scheme)

    def call(self, function, *arguments):
        """Run something in the street's own loop."""

        async def run():
            return function(*arguments)

        return asyncio.run_coroutine_threadsafe(run(), self.loop).result(20)

    def connect(self, scheme="http", alpn=("http/1.1",), timeout=20):
        raw = socket.create_connection(("127.0.0.1", self.port(scheme)), timeout=timeout)
        return raw if scheme == "http" else self.secured(raw, alpn)

    def secured(self, raw, alpn=("http/1.1",)):
        """TLS over a connection that is there."""
        context = ssl.create_default_context()
        self.authority.configure_trust(context)
        context.set_alpn_protocols(list(alpn))
        return context.wrap_socket(raw, server_hostname="localhost")

    def exchange(self, data, scheme="http", timeout=20):
        """Send ``data``, read until the server closes."""
        with self.connect(scheme, timeout=timeout) as client:
            client.sendall(data)
            return read_all(client)

    def get(self, target, scheme="http", method="GET", **headers):
        """One request with Connection: close; returns (status, headers, body)."""
        host = headers.pop("host", "localhost")
        rows = [f"{method} {target} HTTP/1.1", f"Host: {host}", "Connection: close"]
        rows += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        return parse(self.exchange(("\r\n".join(rows) + "\r\n\r\n").encode("utf-8"), scheme))

    def close(self):
        if not self.thread.is_alive():
            return
        self.loop.call_soon_threadsafe(self.stop.set)
        self.thread.join(20)
        assert not self.thread.is_alive()
        os.close(self.descriptor)


def read_all(client):
    found = b""
    try:
        while piece := client.recv(65536):
            found += piece
    except (ConnectionResetError, ssl.SSLError):
        pass
    return found


def parse(data):
    """(status, list of header pairs as a case-insensitive dict of the last, body)."""
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    status = int(lines[0].split(" ")[1])
    headers = {}
    for line in lines[1:]:
        name, _, value = line.partition(":")
        headers.setdefault(name.lower(), value.strip())
    return status, headers, body


@pytest.fixture(scope="session")
def running(tmp_path_factory):
    found = Running(tmp_path_factory.mktemp("street"))
    yield found
    found.close()


@pytest.fixture
def start(tmp_path):
    """Start a street with settings of one's own."""
    opened = []

    def begin(**options):
        found = (
            Running(tmp_path / str(len(opened)), **options) if (tmp_path / str(len(opened))).mkdir() is None else None
        )
        opened.append(found)
        return found

    yield begin
    for found in opened:
        found.close()
