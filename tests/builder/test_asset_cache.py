"""Kept by key, trusted by checksum."""

from __future__ import annotations

import os

import pytest

from village.builder.asset_cache import AssetCache
from village.errors import ContentError

KEY = "ab" + "0" * 62


def test_made_once(tmp_path):
    calls = []
    cache = AssetCache(tmp_path)
    for _ in range(3):
        assert cache(KEY, lambda: calls.append(1) or b"made") == b"made"
    assert AssetCache(tmp_path)(KEY, lambda: b"other") == b"made"
    assert len(calls) == 1


def test_a_torn_file_is_made_again(tmp_path):
    cache = AssetCache(tmp_path)
    cache(KEY, lambda: b"made")
    (tmp_path / "ab" / KEY).write_bytes(b"torn")
    assert cache(KEY, lambda: b"again") == b"again"


def test_errors_are_not_kept(tmp_path):
    cache = AssetCache(tmp_path)

    def broken():
        raise ContentError("no")

    with pytest.raises(ContentError):
        cache(KEY, broken)
    assert cache(KEY, lambda: b"made") == b"made"


def test_prune_goes_by_use(tmp_path):
    cache = AssetCache(tmp_path)
    cache(KEY, lambda: b"made")
    os.utime(tmp_path / "ab" / KEY, (1, 1))
    assert cache.prune(0) == 0
    assert cache.prune(2) == 1
    assert cache(KEY, lambda: b"again") == b"again"
