"""A push becomes a page over HTTPS, and nothing that goes wrong on the way takes the site down."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import ssl
from pathlib import Path

from tests.journeys.conftest import post
from tests.parts.forge import Forge
from tests.parts.household import Household
from tests.parts.waiting import until

SECRET = "hook-secret-of-the-tests"


def ring(house: Household, forge: Forge, commit: str, **changes: str | bytes) -> tuple[int, bytes]:
    headers, body = forge.hook(commit, str(changes.get("secret", SECRET)), str(changes.get("branch", "")))
    status, _, answer = house.request("/hooks/redeploy", method="POST", headers=headers, body=body)
    return status, answer


def state(house: Household) -> str:
    return json.dumps(house.status())


def test_a_push_becomes_a_page(tmp_path: Path, forge: Forge):
    with Household(tmp_path / "house", forge.url) as house:
        house.ready()
        house.shows("/posts/first/", "The first post.", tls=True)
        commit = forge.push({"content/posts/first.md": post("First", "The first post, mended.", tags="[one]")})
        assert ring(house, forge, commit)[0] == 202
        house.shows("/posts/first/", "mended", tls=True)
        until(lambda: commit[:10] in house.words(), "the log names the commit")
        remade = [line for line in house.words().splitlines() if commit[:10] in line and "remade" in line][-1]
        assert "/posts/first/" in remade
        assert "/posts/second/" not in remade
        assert house.terminate() == 0
        assert "Traceback" not in house.words()


def test_signals(tmp_path: Path, forge: Forge):
    """HUP and USR1, which every log rotation and every reload sends, ended the process; QUIT cut answers off."""
    with Household(tmp_path / "house", forge.url) as house:
        house.ready()
        forge.push({"content/posts/first.md": post("First", "Found without a hook.", tags="[one]")})
        house.process.send_signal(signal.SIGUSR1)
        house.process.send_signal(signal.SIGHUP)
        house.shows("/posts/first/", "without a hook")
        assert "SIGUSR1" in house.words()
        assert house.kill(signal.SIGQUIT) == 0
        assert "draining" in house.words()
        assert "Traceback" not in house.words()


def test_the_seed_article_comes_out_whole(tmp_path: Path, forge: Forge):
    with Household(tmp_path / "house", forge.url) as house:
        text = house.ready().shows("/posts/docker-in-the-village/", "Docker в деревне").decode()
    assert "2017-08-25T04:03:46-06:00" in text
    assert "<li>использование docker</li>" in text or "<li>использование docker" in text
    assert text.count("<pre") == 5
    assert "RUN go get -v github.com/spf13/hugo" in text
    assert 'src="https://d2one.ru/images/docker-in-the-village/traefic-backend.png"' in text


def test_a_hook_must_prove_itself(tmp_path: Path, forge: Forge):
    with Household(tmp_path / "house", forge.url) as house:
        house.ready()
        commit = forge.push({"content/posts/first.md": post("First", "Unproved words.")})
        status, answer = ring(house, forge, commit, secret="wrong")
        assert status == 403
        assert SECRET.encode() not in answer
        assert house.request("/hooks/redeploy", method="POST", body=b"{}")[0] == 401
        assert ring(house, forge, commit, branch="feature/x")[0] in {200, 202, 204}
        assert b"Unproved" not in house.request("/posts/first/")[2]
        big = house.request("/hooks/redeploy", method="POST", headers={"Content-Length": str(30 * 2**20)}, body=b"")
        assert big[0] == 413
        assert house.request("/posts/first/")[0] == 200
        assert "Traceback" not in house.words()


def test_a_broken_post_leaves_the_last_good_release_up(tmp_path: Path, forge: Forge):
    with Household(tmp_path / "house", forge.url) as house:
        house.ready()
        broken = forge.push({"content/posts/second.md": "---\ntitle: [Second\n---\nBroken.\n"})
        ring(house, forge, broken)
        until(lambda: "second.md" in state(house), "the status names the broken file")
        assert "The second post." in house.request("/posts/second/")[2].decode()
        mended = forge.push({"content/posts/second.md": post("Second", "Mended words.", "2024-06-01")})
        ring(house, forge, mended)
        house.shows("/posts/second/", "Mended words.")
        until(lambda: "second.md:" not in state(house), "the status forgets the error")
        assert "Traceback" not in house.words()


def test_the_poll_finds_what_no_hook_told(tmp_path: Path, forge: Forge):
    with Household(tmp_path / "house", forge.url, VILLAGE_POLL="1") as house:
        house.ready()
        forge.push({"content/posts/third.md": post("Third", "Nobody rang.")})
        house.shows("/posts/third/", "Nobody rang.")


def test_a_force_push_is_followed(tmp_path: Path, forge: Forge):
    with Household(tmp_path / "house", forge.url) as house:
        house.ready()
        forge.git("commit", "-q", "--amend", "-m", "history rewritten")
        commit = forge.push({"content/posts/first.md": post("First", "Another past.")}, force=True)
        ring(house, forge, commit)
        house.shows("/posts/first/", "Another past.")


def test_after_a_restart_without_the_forge_the_last_release_is_on_show(tmp_path: Path, forge: Forge):
    house = Household(tmp_path / "house", forge.url)
    with house:
        house.ready()
        house.kill()
        shutil.move(forge.bare, forge.bare.with_suffix(".gone"))
        house.start().shows("/posts/first/", "The first post.", seconds=5)
        until(lambda: "forge.git" in house.words(), "the log says that the forge is gone")
        shutil.move(forge.bare.with_suffix(".gone"), forge.bare)
        assert "Traceback" not in house.words()


def test_a_link_out_of_the_repository_is_never_published(tmp_path: Path, forge: Forge):
    os.symlink("/etc/passwd", forge.clone / "content" / "posts" / "passwd.md")
    (forge.clone / "static").mkdir()
    os.symlink("/etc/passwd", forge.clone / "static" / "passwd.txt")
    forge.push({"content/posts/third.md": post("Third")})
    with Household(tmp_path / "house", forge.url) as house:
        house.ready()
        for path in ("/posts/passwd/", "/passwd.txt", "/posts/passwd.md"):
            assert b"root:" not in house.request(path)[2]


def test_a_folder_is_a_source_too(tmp_path: Path, forge: Forge):
    with Household(tmp_path / "house", str(forge.clone)) as house:
        house.ready()
        (forge.clone / "content/posts/first.md").write_text(post("First", "Saved in place."))
        house.shows("/posts/first/", "Saved in place.")


def test_a_taken_port_is_the_operators_move(tmp_path: Path, forge: Forge):
    house = Household(tmp_path / "house", forge.url)
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", house.http))
        holder.listen()
        assert house.start().process.wait(timeout=30) == 2
    assert str(house.http) in house.words()
    assert "Traceback" not in house.words()


def test_an_unknown_setting_is_named(tmp_path: Path, forge: Forge):
    house = Household(tmp_path / "house", forge.url, VILLAGE_DOMAIN="example.com")
    assert house.start().process.wait(timeout=30) == 2
    assert "did you mean VILLAGE_DOMAINS" in house.words()


def test_https_answers_with_a_certificate_of_its_own(tmp_path: Path, forge: Forge):
    with Household(tmp_path / "house", forge.url, VILLAGE_DOMAINS="example.com") as house:
        house.ready()
        pem = ssl.get_server_certificate(("127.0.0.1", house.https))
        assert "BEGIN CERTIFICATE" in pem
        until(lambda: house.request("/posts/first/", host="example.com")[0] in {301, 308}, "visitors are redirected")
        _, headers, _ = house.request("/posts/first/", host="example.com")
        assert headers["location"].startswith("https://example.com")
        assert house.request("/posts/first/", host="example.com", tls=True)[0] == 200
