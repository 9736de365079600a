"""What a build leaves on disk for the next process: one sqlite file, a cache. Damaged or foreign, it is begun anew."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from village.builder.bodies import Bodies

TABLES = """
CREATE TABLE IF NOT EXISTS body (page INTEGER PRIMARY KEY, packed BLOB);
CREATE TABLE IF NOT EXISTS fact (name TEXT PRIMARY KEY, value BLOB);
"""


class State:
    """The database of one workshop; ``path`` None: a temporary one that goes with the process."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.database = self.open()
        self.bodies = Bodies(self.database)

    def open(self) -> sqlite3.Connection:
        """The database, begun anew when it cannot be read."""
        if self.path is not None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            return self.connect()
        except sqlite3.DatabaseError:
            self.discard()
            return self.connect()

    def connect(self) -> sqlite3.Connection:
        database = sqlite3.connect(str(self.path) if self.path else "", check_same_thread=False)
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=NORMAL")
        database.executescript(TABLES)
        return database

    def discard(self) -> None:
        if self.path is not None:
            for ending in ("", "-wal", "-shm", "-journal"):
                with contextlib.suppress(OSError):
                    Path(f"{self.path}{ending}").unlink()

    def commit(self) -> None:
        self.database.commit()

    def rollback(self) -> None:
        self.database.rollback()
        self.bodies.forget_recent()

    def close(self) -> None:
        with contextlib.suppress(sqlite3.Error):
            self.database.close()
