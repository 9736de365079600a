"""The workshop's memory on disk: what cannot be kept is told as what it is."""

import sqlite3
from pathlib import Path

import pytest

from village.builder.state import State
from village.errors import DiskFull, OperatorError


@pytest.mark.parametrize(
    ("words", "kind"), [("database or disk is full", DiskFull), ("unable to open database file", OperatorError)]
)
def test_a_database_that_cannot_be_begun_is_the_disks_trouble(tmp_path: Path, monkeypatch, words: str, kind: type):
    def refuse(_: State) -> sqlite3.Connection:
        raise sqlite3.OperationalError(words)

    monkeypatch.setattr(State, "connect", refuse)
    with pytest.raises(kind, match=r"state\.db"):
        State(tmp_path)
