"""What a build leaves on disk for the next process: one sqlite file, a cache. Damaged or foreign, it is begun anew.

Everything is written in one transaction after the release is on disk: a kill at any moment leaves the state
of a whole build, and
the next one compares the site with that.
"""

from __future__ import annotations

import contextlib
import copyreg
import dataclasses
import errno
import marshal
import operator
import pickle
import sqlite3
from array import array
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from village.builder import fingerprint
from village.builder.bodies import Bodies
from village.builder.incremental import Memory
from village.builder.nodes import Key, Made
from village.files import explain
from village.release.manifest import Entry
from village.render.lens import Content
from village.render.questions import Numbers
from village.site.content import files
from village.site.content.bundles import Node
from village.site.model import BuildOptions, Output, Page, Resource, Site, Source

TABLES = """
CREATE TABLE IF NOT EXISTS fact (name TEXT PRIMARY KEY, value BLOB);
CREATE TABLE IF NOT EXISTS piece (kind TEXT, key TEXT, value BLOB, PRIMARY KEY (kind, key));
CREATE TABLE IF NOT EXISTS name (kind TEXT, number INTEGER, value BLOB, PRIMARY KEY (kind, number));
CREATE TABLE IF NOT EXISTS content (page TEXT PRIMARY KEY, value BLOB);
CREATE TABLE IF NOT EXISTS place (page INTEGER PRIMARY KEY, pack TEXT, start INTEGER, length INTEGER);
CREATE TABLE IF NOT EXISTS node (number INTEGER PRIMARY KEY, key BLOB, trace BLOB, made BLOB);
CREATE TABLE IF NOT EXISTS file (path TEXT PRIMARY KEY, mtime INTEGER, size INTEGER, ctime INTEGER);
CREATE TABLE IF NOT EXISTS answer (code INTEGER PRIMARY KEY, digest INTEGER);
"""
CONTENT_FIELDS = [field.name for field in dataclasses.fields(Content)]


def by_position(kind: type) -> None:
    """Pickle records of a kind as their values in order. There is one pickle for each page, and half of it were names
    of fields: it is written and read in two thirds of the time.
    """
    values = operator.attrgetter(*(field.name for field in dataclasses.fields(kind)))
    copyreg.pickle(kind, lambda record: (kind, values(record)))


RECORDS = (Page, Source, Output, BuildOptions, Resource, Node, files.Entry)
for _kind in RECORDS:
    by_position(_kind)


@dataclasses.dataclass(slots=True)
class Saved:
    """What the disk already holds, so that only differences are written."""

    pages: dict[str, Any] = dataclasses.field(default_factory=dict)
    nodes: dict[str, Any] = dataclasses.field(default_factory=dict)
    counts: dict[str, int] = dataclasses.field(default_factory=dict)


class State:
    """The database of one workshop; ``folder`` None: nothing is kept, bodies lie in a temporary folder."""

    def __init__(self, folder: Path | None) -> None:
        self.path = folder / "state.db" if folder else None
        self.bodies = Bodies(folder)
        self.saved = Saved()
        self.database = self.open() if self.path else None

    def open(self) -> sqlite3.Connection:
        """The database, begun anew when it cannot be read. Raises DiskFull, OperatorError."""
        assert self.path
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(sqlite3.DatabaseError):
            return self.connect()
        self.discard()
        try:
            return self.connect()
        except sqlite3.DatabaseError as error:
            number = errno.ENOSPC if "full" in str(error) else errno.EIO
            raise explain(OSError(number, str(error)), self.path) from error

    def connect(self) -> sqlite3.Connection:
        database = sqlite3.connect(str(self.path), check_same_thread=False, timeout=30)
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=NORMAL")
        database.executescript(TABLES)
        return database

    def discard(self) -> None:
        for ending in ("", "-wal", "-shm", "-journal"):
            with contextlib.suppress(OSError):
                Path(f"{self.path}{ending}").unlink()

    def rollback(self) -> None:
        """The attempt failed: what is on disk is still the last good build's."""
        if self.database:
            self.database.rollback()
        self.bodies.rollback()

    def close(self) -> None:
        if self.database:
            with contextlib.suppress(sqlite3.Error):
                self.database.close()
        self.bodies.close()

    # -- writing

    def save(  # noqa: PLR0917 - the parts of one step
        self,
        facts: dict[str, Any],
        site: Site,
        numbers: Numbers,
        memory: Memory,
        attempt: Any,
        moment: fingerprint.Moment,
        *,
        quiet: bool,
    ) -> None:
        """Write what differs from the last save. ``facts`` are small values, pickled whole. ``quiet``: only
        bodies of pages differ.
        """
        places = self.bodies.commit()
        if not self.database:
            return
        write = self.database.executemany
        if not self.saved.counts:
            for table in ("piece", "name", "content", "place", "node", "answer", "file", "fact"):
                self.database.execute(f"DELETE FROM {table}")  # noqa: S608 - names from the line above
            places, quiet = self.bodies.places, False
        self.save_site(site, quiet=quiet)
        self.save_files(site, moment, quiet=quiet)
        self.save_names(numbers)
        write("INSERT OR REPLACE INTO content VALUES (?, ?)", content_rows(attempt.contents))
        write(
            "INSERT OR REPLACE INTO place VALUES (?, ?, ?, ?)", ((number, *place) for number, place in places.items())
        )
        write("INSERT OR REPLACE INTO node VALUES (?, ?, ?, ?)", node_rows(attempt, memory))
        write("INSERT OR REPLACE INTO answer VALUES (?, ?)", attempt.answers.items())
        for number in attempt.removed:
            key = memory.register.keys[number]
            self.database.execute("DELETE FROM node WHERE number = ?", (number,))
            if key.kind == "content":
                self.database.execute("DELETE FROM content WHERE page = ?", (key.name,))
                self.database.execute("DELETE FROM place WHERE page = ?", (numbers.page(key.name),))
        write(
            "INSERT OR REPLACE INTO fact VALUES (?, ?)", ((name, pickle.dumps(value)) for name, value in facts.items())
        )
        self.database.commit()

    def save_site(self, site: Site, *, quiet: bool) -> None:
        """Pages and nodes of the harvest one by one; the rest in one piece, unless only bodies differ."""
        assert self.database
        harvest = site.harvest
        self.save_pieces("page", self.saved.pages, harvest.pages)
        self.saved.pages = harvest.pages
        if quiet:
            return
        self.save_pieces("node", self.saved.nodes, harvest.nodes)
        self.saved.nodes = harvest.nodes
        self.database.execute("DELETE FROM piece WHERE kind = 'own'")
        self.save_pieces("own", {}, own_pages(site))
        shell = dataclasses.replace(site, pages={}, index={}, harvest=dataclasses.replace(harvest, pages={}, nodes={}))
        published = [identity for identity, page in site.pages.items() if harvest.pages.get(identity) is page]
        value = pickle.dumps((shell, published, list(site.pages)), 5)
        self.database.execute("INSERT OR REPLACE INTO fact VALUES ('shell', ?)", (value,))

    def save_pieces(self, kind: str, before: dict[str, Any], now: dict[str, Any]) -> None:
        """What replaced another object since the last save."""
        assert self.database
        rows = ((kind, key, pickle.dumps(value, 5)) for key, value in now.items() if before.get(key) is not value)
        self.database.executemany("INSERT OR REPLACE INTO piece VALUES (?, ?, ?)", rows)
        if before and before.keys() != now.keys():
            gone = [(kind, key) for key in before if key not in now]
            self.database.executemany("DELETE FROM piece WHERE kind = ? AND key = ?", gone)

    def save_files(self, site: Site, moment: fingerprint.Moment, *, quiet: bool) -> None:
        """Time stamps of the files that this build read."""
        assert self.database
        if not quiet:
            self.database.execute("DELETE FROM file")
            found: dict[str, fingerprint.Signature | None] = dict(fingerprint.files(site))
        else:
            found = {path: fingerprint.of(path) for path in map(str, moment.changed or ())}
        rows = ((path, *moment.settled(facts)) for path, facts in found.items() if facts)
        self.database.executemany("INSERT OR REPLACE INTO file VALUES (?, ?, ?, ?)", rows)

    def files(self) -> dict[str, fingerprint.Signature]:
        """Time stamps of the files that the last build read."""
        assert self.database
        return {path: (mtime, size, ctime) for path, mtime, size, ctime in self.database.execute("SELECT * FROM file")}

    def save_names(self, numbers: Numbers) -> None:
        assert self.database
        for kind, names in (
            ("page", numbers.page_names),
            ("field", numbers.field_names),
            ("question", numbers.question_names),
        ):
            known = self.saved.counts.get(kind, 0)
            rows = ((kind, known + at, pickle.dumps(name)) for at, name in enumerate(names[known:]))
            self.database.executemany("INSERT OR REPLACE INTO name VALUES (?, ?, ?)", rows)
            self.saved.counts[kind] = len(names)

    # -- reading

    def fact(self, name: str) -> Any:
        """A small value; None when there is none or it cannot be read."""
        if not self.database:
            return None
        try:
            row = self.database.execute("SELECT value FROM fact WHERE name = ?", (name,)).fetchone()
            return pickle.loads(row[0]) if row else None  # noqa: S301 - our own file
        except Exception:  # noqa: BLE001 - a cache: whatever is wrong with it, it is begun anew
            return None

    def forget(self) -> None:
        """Nothing on disk counts any more; the next save writes all of it."""
        self.saved = Saved()
        if self.database:
            with contextlib.suppress(sqlite3.Error):
                self.database.rollback()
                self.database.execute("DELETE FROM fact")
                self.database.commit()

    def load(self, numbers: Numbers, memory: Memory) -> Site:
        """Fill ``numbers``, ``memory`` and the bodies, and return the site of the last good build."""
        assert self.database
        rows = self.database.execute
        for kind, adopt in (("page", numbers.page), ("question", numbers.question)):
            for (value,) in rows("SELECT value FROM name WHERE kind = ? ORDER BY number", (kind,)):
                adopt(pickle.loads(value))  # noqa: S301
        for (value,) in rows("SELECT value FROM name WHERE kind = 'field' ORDER BY number"):
            numbers.field(pickle.loads(value))  # noqa: S301
        self.load_memory(memory)
        site = self.load_site()
        self.saved = Saved(
            site.harvest.pages,
            site.harvest.nodes,
            {
                "page": len(numbers.page_names),
                "field": len(numbers.field_names),
                "question": len(numbers.question_names),
            },
        )
        return site

    def load_memory(self, memory: Memory) -> None:
        assert self.database
        rows = self.database.execute
        for page, value in rows("SELECT page, value FROM content"):
            memory.contents[page] = Content(*marshal.loads(value))  # noqa: S302
        for page, name, start, length in rows("SELECT page, pack, start, length FROM place"):
            self.bodies.places[page] = (name, start, length)
        for number, key, trace, made in rows("SELECT number, key, trace, made FROM node ORDER BY number"):
            memory.register.adopt(number, Key(*marshal.loads(key)))  # noqa: S302
            codes = array("q")
            codes.frombytes(trace)
            memory.traces.codes[number] = codes
            if made is not None:
                memory.made[number] = made_from(made)
        memory.answers.update(rows("SELECT code, digest FROM answer"))

    def load_site(self) -> Site:
        assert self.database
        shell, published, order = self.fact("shell")
        pieces: dict[str, dict[str, Any]] = {"page": {}, "node": {}, "own": {}}
        for kind, key, value in self.database.execute("SELECT kind, key, value FROM piece ORDER BY rowid"):
            pieces[kind][key] = pickle.loads(value)  # noqa: S301
        shell.harvest.pages, shell.harvest.nodes = pieces["page"], pieces["node"]
        found = {**{identity: pieces["page"][identity] for identity in published}, **pieces["own"]}
        shell.pages = {identity: found[identity] for identity in order}
        return shell


def own_pages(site: Site) -> dict[str, Any]:
    """Pages that the assembly made or altered: not one object with the harvest's."""
    return {identity: page for identity, page in site.pages.items() if site.harvest.pages.get(identity) is not page}


def content_rows(contents: dict[str, Content]) -> Iterable[tuple[str, bytes]]:
    return (
        (page, marshal.dumps(tuple(getattr(content, name) for name in CONTENT_FIELDS)))
        for page, content in contents.items()
    )


def node_rows(attempt: Any, memory: Memory) -> Iterable[tuple[int, bytes, bytes, bytes | None]]:
    for number in attempt.traces:
        key, made = memory.register.keys[number], memory.made.get(number)
        codes = memory.traces.codes.get(number)
        if codes is not None:
            packed = made_bytes(made) if made is not None else None
            yield number, marshal.dumps((key.kind, key.name, key.format, key.number)), codes.tobytes(), packed


def made_bytes(made: Made) -> bytes:
    return marshal.dumps(
        ([(path, rank, entry.row()) for path, rank, entry in made.entries], made.pagers, made.template)
    )


def made_from(packed: bytes) -> Made:
    entries, pagers, template = marshal.loads(packed)  # noqa: S302 - our own file
    return Made(tuple((path, rank, Entry(*row)) for path, rank, row in entries), pagers, template)
