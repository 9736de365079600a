"""demo: a repository that rings village after a push, on ports that are free."""

import socket
import stat
from pathlib import Path

from village.app import demo


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
