"""Rings over real sockets."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web
from aiohttp.test_utils import unused_port

from village.errors import SiblingSilent
from village.sync.ring import HEADER, PATH, Bell, addresses, post, within


def test_a_ring_is_a_request_that_a_real_server_understands():
    async def story():
        heard = []

        async def sibling(request):
            heard.append((request.headers[HEADER], await request.read()))
            return web.Response(status=202)

        app = web.Application()
        app.router.add_post(PATH, sibling)
        runner = web.AppRunner(app)
        await runner.setup()
        port = unused_port()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        bell = Bell("secret")
        body, signature = bell.write({"from": "me", "big": "x" * 100_000})
        assert await post("127.0.0.1", port, body, signature) == 202
        assert Bell("secret").read({HEADER: heard[0][0]}, heard[0][1])["from"] == "me"
        await runner.cleanup()
        with pytest.raises(SiblingSilent):
            await post("127.0.0.1", port, body, signature)

    asyncio.run(story())


def test_a_listener_that_demands_the_proxy_protocol_is_greeted_with_it():
    async def story():
        heard = []

        async def serve(reader, writer):
            heard.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        assert await post("127.0.0.1", port, b"", "s", ["10.0.0.0/8", "127.0.0.0/8"]) == 200
        assert heard[0].startswith(b"PROXY UNKNOWN\r\nPOST /-/sibling HTTP/1.1\r\n")
        await post("127.0.0.1", port, b"", "s", ["10.0.0.0/8"])
        assert heard[1].startswith(b"POST ")
        server.close()
        await server.wait_closed()

    asyncio.run(story())


@pytest.mark.parametrize("answer", [b"", b"\r\n", b"garbage\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n"])
def test_an_answer_that_is_none_is_silence(answer):
    async def story():
        async def serve(reader, writer):
            writer.write(answer)
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        with pytest.raises(SiblingSilent):
            await post("127.0.0.1", server.sockets[0].getsockname()[1], b"", "s")
        server.close()
        await server.wait_closed()

    asyncio.run(story())


def test_peers_are_names_with_our_port_or_bring_their_own():
    async def story():
        assert ("127.0.0.1", 80) in await addresses("localhost", 80)
        peers = "127.0.0.1:8001, 127.0.0.1:8002,[::1]:8003,::1,nosuch.invalid"
        expected = [("127.0.0.1", 8001), ("127.0.0.1", 8002), ("::1", 8003), ("::1", 80)]
        assert await addresses(peers, 80) == expected
        assert await addresses(" , ", 80) == []

    asyncio.run(story())


def test_networks():
    assert within("::ffff:10.1.2.3", ["10.0.0.0/8"])
    assert not within("192.168.0.1", ["10.0.0.0/8", "::/0"])
    assert within("fe80::1%eth0", ["fe80::/10"])
