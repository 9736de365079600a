"""Which node answers at which URL path: claims by rank, and the error when two pages want one."""

from __future__ import annotations

from collections.abc import Iterable

from village.builder.nodes import PAGE, Made
from village.release.manifest import Entry

Claim = tuple[int, str, Entry]  # rank, owner's key, entry


class Claims:
    """URL path → everyone who wants it. The lowest rank wins, then the owner's name."""

    def __init__(self) -> None:
        self.wanted: dict[str, Claim | list[Claim]] = {}

    def replace(self, owner: str, before: Made | None, after: Made | None) -> set[str]:
        """Exchange what an owner wants; returns the paths touched."""
        old = before.entries if before else ()
        new = after.entries if after else ()
        if old == new:
            return set()
        for path, _, _ in old:
            self.remove(path, owner)
        for path, rank, entry in new:
            self.add(path, (rank, owner, entry))
        return {path for path, _, _ in old} | {path for path, _, _ in new}

    def add(self, path: str, claim: Claim) -> None:
        held = self.wanted.get(path)
        if held is None:
            self.wanted[path] = claim
        elif isinstance(held, list):
            held.append(claim)
        else:
            self.wanted[path] = [held, claim]

    def remove(self, path: str, owner: str) -> None:
        held = self.wanted.get(path)
        if isinstance(held, list):
            left = [claim for claim in held if claim[1] != owner]
            if len(left) > 1:
                self.wanted[path] = left
            elif left:
                self.wanted[path] = left[0]
            else:
                del self.wanted[path]
        elif held is not None and held[1] == owner:
            del self.wanted[path]

    def winner(self, path: str) -> Entry | None:
        """The entry that the release shows at a path."""
        held = self.wanted.get(path)
        if held is None:
            return None
        return min(held, key=lambda claim: claim[:2])[2] if isinstance(held, list) else held[2]

    def entries(self) -> dict[str, Entry]:
        return {path: entry for path in self.wanted if (entry := self.winner(path)) is not None}

    def contested(self, paths: Iterable[str]) -> list[tuple[str, list[Claim]]]:
        """Of ``paths`` those that more than one owner wants, best claim first."""
        found = []
        for path in paths:
            held = self.wanted.get(path)
            if isinstance(held, list):
                found.append((path, sorted(held, key=lambda claim: claim[:2])))
        return found


def clash(claims: list[Claim]) -> bool:
    """Whether two pages want one URL (anything else is settled by rank)."""
    return len(claims) > 1 and claims[1][0] == PAGE
