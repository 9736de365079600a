"""What a build tells without failing: each cause once, with its first place, the names that it is about, and how many
more places there are. A real site calls one shortcode on hundreds of pages; hundreds of lines hide what matters."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from village.errors import AuthorError, ContentError

MOST_NAMED = 12


class Complaint(NamedTuple):
    """One occurrence. ``name``: what the cause is about here (a shortcode, a page) where it can be about several."""

    cause: str
    name: str
    file: str
    line: int
    hint: str


class Complaints:
    """Those of one build, in the order in which they came."""

    def __init__(self) -> None:
        self.all: dict[tuple[str, str, str, int], Complaint] = {}

    def add(self, complaint: Complaint) -> None:
        self.all.setdefault(complaint[:4], complaint)

    def since(self, count: int) -> list[Complaint]:
        """Those after the first so many."""
        return list(self.all.values())[count:]

    def told(self) -> list[AuthorError]:
        """One warning for each cause."""
        causes: dict[str, list[Complaint]] = defaultdict(list)
        for complaint in self.all.values():
            causes[complaint.cause].append(complaint)
        return [warning(cause, occurrences) for cause, occurrences in causes.items()]


def warning(cause: str, occurrences: list[Complaint]) -> AuthorError:
    """A cause with its occurrences: names where it has any, else the other places."""
    first, *others = sorted(occurrences, key=lambda each: (each.file, each.line))
    hint = next((each.hint for each in (first, *others) if each.hint), "")
    if first.name:
        message, also = f"{cause}: {named(each.name for each in occurrences)}", list[str]()
    else:
        message, also = cause, [f"{each.file}:{each.line}" if each.line else each.file for each in others]
    return ContentError(message, file=first.file, line=first.line, hint=hint, also=also)


def named(names: Iterable[str]) -> str:
    """The names, the most frequent first, with how often each occurred; in the same order on every machine."""
    counts = sorted(Counter(names).items(), key=lambda item: (-item[1], item[0]))
    shown = [f"{name} ({count} times)" if count > 1 else name for name, count in counts[:MOST_NAMED]]
    more = len(counts) - MOST_NAMED
    return ", ".join([*shown, f"{more} more"] if more > 0 else shown)
