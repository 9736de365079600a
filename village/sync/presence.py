"""Who is there: every replica's own record of itself, and how long ago it last changed as seen from here.

A record carries a beat that grows. Nobody's wall clock is trusted: a replica is live when its record changed
within WINDOW seconds of *our* monotonic clock. A record seen for the first time counts as just changed: the
benefit of the doubt.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

BEAT = 2.0  # seconds between two records
WINDOW = 8.0  # seconds without a change until a replica counts as gone
FORGET = 600.0  # seconds without a change until its record is swept away


@dataclass(frozen=True, slots=True)
class SiteState:
    """What a replica has of one site. ``built``: (release, commit) of its last builds, newest last."""

    release: str = ""
    commit: str = ""
    built: tuple[tuple[str, str], ...] = ()
    failing: bool = False

    def has_built(self, release: str, commit: str) -> bool:
        """The same release, or the same commit (another version of village makes another release of it)."""
        return any(release == one or (commit and commit == other) for one, other in self.built)


@dataclass(frozen=True, slots=True)
class Record:
    """A replica's word about itself. ``run`` differs for each start, ``beat`` grows within a run."""

    id: str
    run: str = ""
    beat: int = 0
    leaving: bool = False
    sites: Mapping[str, SiteState] = field(default_factory=dict)
    about: Mapping[str, Any] = field(default_factory=dict)

    def encoded(self) -> bytes:
        sites = {name: [s.release, s.commit, list(s.built), s.failing] for name, s in self.sites.items()}
        table = {"id": self.id, "run": self.run, "beat": self.beat, "leaving": self.leaving}
        return json.dumps({**table, "sites": sites, "about": dict(self.about)}, default=str).encode()


def decoded(data: bytes) -> Record | None:
    """A record from its bytes; None when they are none (another version's, or damaged)."""
    try:
        table = json.loads(data)
        sites = {
            str(name): SiteState(str(release), str(commit), tuple((str(r), str(c)) for r, c in built), bool(failing))
            for name, (release, commit, built, failing) in table["sites"].items()
        }
        about = table.get("about")
        return Record(
            str(table["id"]),
            str(table["run"]),
            int(table["beat"]),
            bool(table["leaving"]),
            sites,
            about if isinstance(about, dict) else {},
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


class Presence:
    """The other replicas, as heard through storage and rings: of each the newest record and when it came."""

    def __init__(self, own: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.own = own
        self._clock = clock
        self._seen: dict[str, tuple[Record, float]] = {}

    def note(self, record: Record) -> bool:
        """Take a record; True when it says something new."""
        known = self._seen.get(record.id)
        if record.id == self.own or (known and known[0].run == record.run and known[0].beat >= record.beat):
            return False
        self._seen[record.id] = record, self._clock()
        return True

    def age(self, identity: str) -> float:
        """Seconds since a replica's record last changed."""
        return self._clock() - self._seen[identity][1]

    def others(self) -> list[Record]:
        """Every other replica that was heard of and not yet forgotten."""
        return [record for record, _ in self._seen.values()]

    def live(self) -> list[Record]:
        """Those that are there and mean to stay."""
        return [each for each in self.others() if not each.leaving and self.age(each.id) < WINDOW]

    def missing(self, site: str, release: str, commit: str) -> list[str]:
        """Live replicas of ``site`` that have not built this yet and are able to."""
        return [
            each.id
            for each in self.live()
            if site in each.sites and not each.sites[site].failing and not each.sites[site].has_built(release, commit)
        ]

    def forget(self) -> list[str]:
        """Drop the replicas that are gone for good; their ids."""
        gone = [identity for identity in self._seen if self.age(identity) > FORGET]
        for identity in gone:
            del self._seen[identity]
        return gone
