"""files: a whole file or none, and errors that say whose move it is."""

import errno
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from village import files
from village.errors import DiskFull, OperatorError


@given(first=st.binary(max_size=50), second=st.binary(max_size=50))
def test_the_last_write_wins_and_leaves_nothing_else(tmp_path_factory, first: bytes, second: bytes):
    folder = tmp_path_factory.mktemp("files")
    files.write_whole(folder / "a" / "b", first)
    files.write_whole(folder / "a" / "b", second, durable=True, mode=0o600)
    assert (folder / "a" / "b").read_bytes() == second
    assert os.listdir(folder / "a") == ["b"]
    assert (folder / "a" / "b").stat().st_mode & 0o777 == 0o600


def test_a_failed_write_keeps_the_old_file(tmp_path: Path, monkeypatch):
    path = tmp_path / "pointer"
    files.write_whole(path, b"old")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(DiskFull):
        files.write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["pointer"]


def test_a_forbidden_folder_is_the_operators_move(tmp_path: Path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(OperatorError):
        files.write_whole(tmp_path / "file" / "x", b"")


def test_within_follows_links(tmp_path: Path):
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "link").symlink_to("/etc/passwd")
    (tmp_path / "site" / "page").write_text("x")
    assert files.within(tmp_path / "site", tmp_path / "site" / "page")
    assert not files.within(tmp_path / "site", tmp_path / "site" / "link")
    assert not files.within(tmp_path / "site", tmp_path / "site" / ".." / "other")
