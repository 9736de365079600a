"""The reviewed list of differences that stay, each with its reason (allowed.toml)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from parity_kit.compare import Difference

LIST = Path(__file__).parent.parent / "allowed.toml"


@dataclass(frozen=True, slots=True)
class Allowed:
    """Globs of site, URL and field; why it stays."""

    site: str
    url: str
    field: str
    reason: str

    def covers(self, difference: Difference) -> bool:
        return (
            fnmatchcase(difference.site, self.site)
            and fnmatchcase(difference.url, self.url)
            and fnmatchcase(difference.field, self.field)
        )


def read(path: Path = LIST) -> list[Allowed]:
    """Every entry needs all four keys; a missing one raises TypeError."""
    return [Allowed(**entry) for entry in tomllib.loads(path.read_text("utf-8")).get("allowed", [])]


def remaining(differences: list[Difference], allowed: list[Allowed]) -> list[Difference]:
    """What no entry covers."""
    return [d for d in differences if not any(entry.covers(d) for entry in allowed)]


def unused(site: str, differences: list[Difference], allowed: list[Allowed]) -> list[Allowed]:
    """Entries written for ``site`` that cover nothing any more: the list must not outlive its reasons."""
    return [entry for entry in allowed if entry.site == site and not any(entry.covers(d) for d in differences)]
