"""git over HTTP with a real git-http-backend: credentials arrive where they are meant for, and nowhere else."""

from __future__ import annotations

import asyncio
import base64
import os
import socket
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from village.errors import GitFailed
from village.sync import command, objects
from village.sync.git import Checkout
from village.sync.source import remote_of

TOKEN = "token-with-%-and-'quotes'-$HOME"


class GitOverHttp(BaseHTTPRequestHandler):
    """CGI to git-http-backend behind basic authentication."""

    def do_GET(self):
        self.answer(b"")

    def do_POST(self):
        self.answer(self.rfile.read(int(self.headers["Content-Length"])))

    def answer(self, body: bytes) -> None:
        kind, _, given = self.headers.get("Authorization", "").partition(" ")
        user, _, password = base64.b64decode(given).decode().partition(":")
        if kind != "Basic" or password != TOKEN:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="forge"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.server.users.append(user)
        path, _, query = self.path.partition("?")
        environment = {
            **os.environ,
            "GIT_PROJECT_ROOT": str(self.server.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
        }
        result = subprocess.run(["git", "http-backend"], input=body, env=environment, capture_output=True, check=True)
        head, _, answer = result.stdout.partition(b"\r\n\r\n")
        fields = [line.split(": ", 1) for line in head.decode().split("\r\n")]
        status = next((int(value.split()[0]) for name, value in fields if name == "Status"), 200)
        self.send_response(status)
        for name, value in fields:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


@pytest.fixture
def http_forge(forge):
    server = ThreadingHTTPServer(("127.0.0.1", 0), GitOverHttp)
    server.root, server.users = forge.bare.parent, []
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    forge.http = f"http://127.0.0.1:{server.server_address[1]}/{forge.bare.name}"
    forge.users = server.users
    yield forge
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def argument_lists(monkeypatch):
    seen = []
    real = asyncio.create_subprocess_exec

    async def recorded(*words, **options):
        seen.append(words)
        return await real(*words, **options)

    monkeypatch.setattr(asyncio, "create_subprocess_exec", recorded)
    return seen


def test_a_token_opens_a_private_repository_and_stands_in_no_argument_list(http_forge, tmp_path, argument_lists):
    async def story():
        commit = http_forge.push({"a": "1"})
        checkout = Checkout(tmp_path / "checkout", http_forge.http, token=TOKEN)
        assert await checkout.fetch() == commit
        assert set(http_forge.users) == {"x-access-token"}
        assert not any(TOKEN in word for words in argument_lists for word in words)
        assert TOKEN.encode() not in b"".join(
            path.read_bytes() for path in Path(tmp_path / "checkout").rglob("*") if path.is_file()
        )

    asyncio.run(story())


def test_credentials_in_the_url_are_taken_out_of_it(http_forge, tmp_path, argument_lists):
    async def story():
        commit = http_forge.push({"a": "1"})
        quoted = TOKEN.replace("%", "%25").replace("$", "%24")
        url = http_forge.http.replace("http://", f"http://ada:{quoted}@")
        checkout = Checkout(tmp_path / "checkout", url)
        assert await checkout.remote_commit() == commit
        assert set(http_forge.users) == {"ada"}
        assert not any("ada" in word or TOKEN in word for words in argument_lists for word in words)

    asyncio.run(story())


@pytest.mark.parametrize("token", ["", "wrong-token"])
def test_refused_credentials_are_said_without_them(http_forge, tmp_path, token):
    async def story():
        checkout = Checkout(tmp_path / "checkout", http_forge.http, token=token)
        with pytest.raises(GitFailed, match="refuses these credentials") as caught:
            await checkout.fetch()
        assert "VILLAGE_GIT_TOKEN" in caught.value.hint
        assert not token or token not in caught.value.describe()

    asyncio.run(story())


def test_an_unreachable_forge_is_said_in_words(tmp_path):
    async def story():
        for url, words in (
            ("http://127.0.0.1:9/x.git", "cannot be reached"),
            ("http://nosuch.invalid/x.git", "not found"),
        ):
            with pytest.raises(GitFailed, match=words):
                await Checkout(tmp_path / "checkout", url).fetch()

    asyncio.run(story())


def test_ssh_never_asks_and_knows_only_what_it_is_given(tmp_path):
    variables = command.environment(remote_of("git@example.com:x.git"), tmp_path, key="/key file", known_hosts="/known")
    ssh = variables["GIT_SSH_COMMAND"]
    for word in (
        "BatchMode=yes",
        "StrictHostKeyChecking=yes",
        "UserKnownHostsFile=/known",
        "IdentitiesOnly=yes",
        "'/key file'",
    ):
        assert word in ssh
    ssh = command.environment(remote_of("git@example.com:x.git"), tmp_path)["GIT_SSH_COMMAND"]
    assert "StrictHostKeyChecking=accept-new" in ssh
    assert variables["GIT_ALLOW_PROTOCOL"] == "https:http:ssh:git"


def test_git_over_ssh_with_a_deploy_key_as_it_is_mounted(forge, tmp_path, monkeypatch):
    """There is no sshd to ask here: a program in its place checks what ssh would be told, and runs what it would run."""
    program = tmp_path / "bin" / "ssh"
    program.parent.mkdir()
    program.write_text(
        f'#!/bin/sh\nfor word; do last="$word"; echo "$word" >> {tmp_path}/told; done\nexec sh -c "$last"\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    hosts = tmp_path / "known hosts"
    hosts.touch()
    key = tmp_path / "deploy_key"
    key.write_bytes(b"-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n-----END OPENSSH PRIVATE KEY-----")
    key.chmod(0o644)

    async def story():
        commit = forge.push({"a": "1"})
        for number, source in enumerate(
            (f"git@forge.invalid:{forge.bare}", f"ssh://git@forge.invalid:2222{forge.bare}")
        ):
            checkout = Checkout(tmp_path / f"checkout{number}", source, key=str(key), known_hosts=str(hosts))
            assert await checkout.fetch() == commit
            told = (tmp_path / "told").read_text().splitlines()
            copy = Path(told[told.index("-i") + 1])
            assert copy.read_bytes() == key.read_bytes() + b"\n"
            assert copy.stat().st_mode & 0o777 == 0o600
            assert "git@forge.invalid" in told
            assert f"UserKnownHostsFile={hosts}" in told
        assert told[told.index("-p") + 1] == "2222"

    asyncio.run(story())


def test_a_remote_that_accepts_and_never_answers_is_given_up(tmp_path, monkeypatch):
    """What a firewall, or a machine out of memory, looks like."""
    monkeypatch.setattr(objects, "ANSWER", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server:
        checkout = Checkout(tmp_path / "checkout", f"git://127.0.0.1:{server.getsockname()[1]}/site.git")
        with pytest.raises(GitFailed, match="longer than") as caught:
            asyncio.run(checkout.newest())
    assert caught.value.kind == "slow"
    assert caught.value.retry


def test_submodules_on_the_sources_own_host_come_by_https_too(tmp_path):
    """What .gitmodules calls git@host:… needs a key that a site published by token has not."""
    for source, key, expected in (
        ("https://ada:x@forge.example:8443/a/site.git", "", "https://forge.example:8443/b/theme.git"),
        ("https://forge.example/a/site.git", "/key", "git@forge.example:b/theme.git"),
        ("git@forge.example:a/site.git", "", "git@forge.example:b/theme.git"),
        ("https://elsewhere.example/a/site.git", "", "git@forge.example:b/theme.git"),
    ):
        variables = command.environment(remote_of(source), tmp_path, key=key)
        words = ["git", "ls-remote", "--get-url", "git@forge.example:b/theme.git"]
        asked = subprocess.run(words, env=variables, cwd=tmp_path, capture_output=True, text=True, check=True)
        assert asked.stdout.strip() == expected
