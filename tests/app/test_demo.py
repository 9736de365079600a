"""demo: a repository that rings village after a push, on ports that are free."""

import itertools
import socket
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from village.app import demo
from village.errors import PortTaken
from village.settings.model import Settings


def test_the_prepared_repository_holds_the_example_and_rings_after_a_push(tmp_path: Path):
    settings = demo.prepare(tmp_path, "127.0.0.1:8080", "127.0.0.1:8443")
    (site,) = settings.sites
    assert site.source == (tmp_path / "forge.git").as_uri()
    assert settings.tls.mode == "internal"
    hook = tmp_path / "forge.git" / "hooks" / "post-receive"
    assert hook.stat().st_mode & stat.S_IXUSR
    assert site.hook_secret[0] in hook.read_text()
    assert (tmp_path / "site" / "content").is_dir()
    again = demo.prepare(tmp_path, "127.0.0.1:8081", "127.0.0.1:8443")
    assert "127.0.0.1:8081" in hook.read_text()
    assert again.sites[0].hook_secret != site.hook_secret


def test_a_held_port_is_replaced_by_a_free_one():
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        chosen = demo.free(f"127.0.0.1:{port}")
    assert chosen.startswith("127.0.0.1:")
    assert chosen != f"127.0.0.1:{port}"


def test_a_port_that_was_taken_between_the_look_and_the_bind_is_replaced_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    tried, others = [], itertools.count(1)

    def serve(settings: Settings, *, on_ready: Callable[[], None]) -> None:
        tried.append(settings.http)
        if len(tried) != 3:
            raise PortTaken(f"{settings.http[0]} is taken by another program")
        on_ready()

    monkeypatch.setattr(demo, "free", lambda _: f"127.0.0.1:{next(others)}")
    monkeypatch.setattr(demo.process, "main", serve)
    demo.run(tmp_path, ":80", ":443", kept=True)
    assert tried == [("127.0.0.1:1",), ("127.0.0.1:3",), ("127.0.0.1:5",)]
    with pytest.raises(PortTaken):
        demo.run(tmp_path, ":80", ":443", kept=True)
    assert len(tried) == 6
