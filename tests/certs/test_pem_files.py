from __future__ import annotations

from pathlib import Path

import pytest

from village.certs import minting
from village.certs.pem_files import PemFiles
from village.errors import OperatorError, VillageError


def write(folder: Path, names: list[str]) -> tuple[bytes, bytes]:
    chain, key = minting.self_signed(names)
    (folder / "chain.pem").write_bytes(chain)
    (folder / "key.pem").write_bytes(key)
    return chain, key


def test_read_once_and_again_when_changed(tmp_path: Path) -> None:
    chain, _ = write(tmp_path, ["one.test"])
    files = PemFiles(str(tmp_path / "chain.pem"), str(tmp_path / "key.pem"))
    first = files.changed()
    assert first
    assert first.chain == chain
    assert files.changed() is None
    write(tmp_path, ["two.test"])
    second = files.changed()
    assert second
    assert second.facts.names == ("two.test",)


def test_a_pair_caught_in_the_middle_of_its_replacement_is_tried_again(tmp_path: Path) -> None:
    write(tmp_path, ["one.test"])
    files = PemFiles(str(tmp_path / "chain.pem"), str(tmp_path / "key.pem"))
    assert files.changed()
    chain, key = minting.self_signed(["two.test"])
    (tmp_path / "chain.pem").write_bytes(chain)
    for _ in range(2):
        with pytest.raises(VillageError, match="belong together"):
            files.changed()
    (tmp_path / "key.pem").write_bytes(key)
    assert files.changed()


def test_a_link_that_moves_is_a_change(tmp_path: Path) -> None:
    """certbot's `live` folder and Kubernetes' secrets are links that move."""
    for version in ("v1", "v2"):
        (tmp_path / version).mkdir()
        write(tmp_path / version, [f"{version}.test"])
    live = tmp_path / "live"
    live.symlink_to(tmp_path / "v1")
    files = PemFiles(str(live / "chain.pem"), str(live / "key.pem"))
    assert files.changed()
    live.unlink()
    live.symlink_to(tmp_path / "v2")
    moved = files.changed()
    assert moved
    assert moved.facts.names == ("v2.test",)


def test_a_missing_file_is_the_operators_move(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="cannot read") as caught:
        PemFiles(str(tmp_path / "none.pem"), str(tmp_path / "none.key")).changed()
    assert "VILLAGE_TLS_CERT" in caught.value.hint
