"""A street with a release of generated pages, for bench/serving.py: python serving_street.py FOLDER HTTP HTTPS
RELEASE.
"""

import asyncio
import random
import signal
import sys
from pathlib import Path

import uvloop

from village.certs.tls import hardened
from village.metrics import Metrics
from village.release.manifest import Entry, Rules
from village.release.store import Store
from village.server.control import Reply
from village.server.street import Street
from village.settings.model import LimitSettings, Settings, SiteSettings, TlsSettings

SIZE = 9400


class NoApp:
    """The app's half, asleep."""

    def challenge(self, host, token):
        return None

    async def hook(self, site, headers, body, remote):
        return Reply(202)

    async def sibling(self, headers, body):
        return Reply(204)

    def live(self):
        return True

    def ready(self):
        return True, {}

    def status(self):
        return {}


def page(number):
    """A page of 9.4 kB of words, each different."""
    source = random.Random(number)
    words = ["".join(source.choices("abcdefghiklmnoprstu", k=source.randint(2, 9))) for _ in range(600)]
    text = "<!doctype html><title>page</title><body>"
    while len(text) < SIZE - 16:
        text += source.choice(words) + " "
    return (text[: SIZE - 7] + "</body>").encode()


def write_site(folder, count):
    """Plain files for the peers, the same files as a release for village."""
    store, entries = Store(folder / "store"), {}
    large = random.Random(0).randbytes(1 << 20) * 100
    files = {"page/index.html": page(0), "large.bin": large}
    files.update({f"p/{number}/index.html": page(number) for number in range(1, count + 1)})
    for name, data in files.items():
        path = folder / "www" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.write_bytes(data)
        kind = "text/html; charset=utf-8" if name.endswith("html") else "application/octet-stream"
        entries["/" + name.removesuffix("index.html")] = Entry(store.put(data), len(data), kind)
    return store.write(entries, Rules()).id


async def main(folder, http, https, release):
    store = Store(folder / "store")
    settings = Settings(
        sites=(SiteSettings(name="bench"),),
        http=(f"127.0.0.1:{http}",),
        https=(f"127.0.0.1:{https}",),
        access_log="off",
        tls=TlsSettings(mode="internal"),
        limits=LimitSettings(connections_per_ip=0),
    )
    street = Street(settings, Metrics(), NoApp(), {"bench": store})
    await street.start()
    context = hardened()
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    street.set_tls(context)
    street.show("bench", store.load(release))
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await stop.wait()
    await street.close()


if __name__ == "__main__":
    uvloop.run(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]))
