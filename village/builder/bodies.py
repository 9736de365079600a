"""Rendered bodies on disk, not on the heap: 10,000 posts would fill it. A few of them stay in memory."""

from __future__ import annotations

import marshal
import sqlite3
from collections import OrderedDict

from village.render.lens import Body

KEPT = 64


class Bodies:
    """Page number → Body, in a table of the state's database."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self.database = database
        self.recent: OrderedDict[int, Body] = OrderedDict()

    def put(self, number: int, body: Body) -> None:
        """Part of the build's transaction: what a failed build rendered is rolled back."""
        packed = pack(body)
        self.database.execute("INSERT OR REPLACE INTO body VALUES (?, ?)", (number, packed))
        self.remember(number, body)

    def get(self, number: int) -> Body:
        """A body; KeyError when there is none."""
        body = self.recent.get(number)
        if body is None:
            row = self.database.execute("SELECT packed FROM body WHERE page = ?", (number,)).fetchone()
            if row is None:
                raise KeyError(number)
            body = unpack(row[0])
            self.remember(number, body)
        else:
            self.recent.move_to_end(number)
        return body

    def remember(self, number: int, body: Body) -> None:
        self.recent[number] = body
        self.recent.move_to_end(number)
        if len(self.recent) > KEPT:
            self.recent.popitem(last=False)

    def drop(self, number: int) -> None:
        self.database.execute("DELETE FROM body WHERE page = ?", (number,))
        self.recent.pop(number, None)

    def forget_recent(self) -> None:
        """After a rollback: what is in memory may be of the failed build."""
        self.recent.clear()


def pack(body: Body) -> bytes:
    return marshal.dumps((body.html, body.without_summary, body.toc, body.headings, body.links, body.shortcodes))


def unpack(packed: bytes) -> Body:
    return Body(*marshal.loads(packed))  # noqa: S302 - our own file, in a folder that only village writes
