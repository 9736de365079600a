"""The nodes of a build: bodies of pages, and outputs. Each has a key, a number, and what it made."""

from __future__ import annotations

from dataclasses import dataclass

from village.release.manifest import Entry

CONTENT, OUTPUT, FILE = "content", "output", "file"


@dataclass(frozen=True, slots=True)
class Key:
    """``kind`` content: page; output: page, format and pager number; file: a name such as "sitemap en"."""

    kind: str
    name: str
    format: str = ""
    number: int = 1

    def __str__(self) -> str:
        return " ".join(
            str(part) for part in (self.kind, self.name, self.format, self.number if self.number > 1 else "") if part
        )


@dataclass(slots=True)
class Made:
    """What an output node gives the release: entries by URL path, each with its rank (a lower one wins a
    contested path).

    ``pagers``: how many outputs its list was cut into. ``template``: what rendered it.
    """

    entries: tuple[tuple[str, int, Entry], ...] = ()
    pagers: int = 1
    template: str = ""


# Ranks: who keeps a URL path that several want. AUTOMATIC is the page of a list or term that no file names, GUEST any
# page that lies below the prefix of another language.
PAGE, AUTOMATIC, GUEST, GENERATED, BUNDLED, STATIC, ALIAS = range(7)


class Register:
    """Keys as numbers."""

    def __init__(self) -> None:
        self.keys: list[Key] = []
        self.numbers: dict[Key, int] = {}

    def number(self, key: Key) -> int:
        number = self.numbers.get(key)
        if number is None:
            number = self.numbers[key] = len(self.keys)
            self.keys.append(key)
        return number

    def adopt(self, number: int, key: Key) -> None:
        """A number handed out by an earlier process; gaps are numbers of nodes that are gone."""
        while len(self.keys) < number:
            self.keys.append(Key("", ""))
        self.keys.append(key)
        self.numbers[key] = number
