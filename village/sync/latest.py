"""One worker a site: from "look now" to a release on show, always towards the newest commit.

However many pushes arrive, one turn runs at a time and the next turn fetches whatever is newest then. What a
turn does is injected (``Steps``); when it does it is decided here:

    a push, a ring, a saved file    at once, or as soon as the running turn is over
    the poll                        every ``poll`` seconds, so that a lost push is a delay and no outage
    a moment                        when a dated post appears or expires
    a retry                         after any failure but the author's, by RETRIES

An author's error is not retried: the release on show stays, the error stays visible, the next push mends it.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from village.errors import AuthorError, BuildFailed, VillageError
from village.sync.git import Revision

log = logging.getLogger("village.sync")

RETRIES = (1.0, 2.0, 5.0, 15.0, 30.0, 60.0, 120.0, 300.0)  # seconds; the last one again and again
LOOK_AGAIN = (0.5, 2.0, 5.0, 15.0)  # a forge may ring before its own mirrors show the commit
LONGEST_NAP = 30.0  # seconds: how late a wall clock that was set may find us


class Built(Protocol):
    """What a build hands to publish."""

    @property
    def next_moment(self) -> datetime | None:
        """When a future or expiring page next changes the site."""


class Steps(Protocol):
    """What the app does for the worker."""

    async def fetch(self) -> Revision:
        """Bring the newest content into the tree, or what is here with the failure in ``behind``. Raises
        GitFailed.
        """

    async def build(self, changed: frozenset[Path] | None, commit: str) -> Built:
        """Make a release; None = everything may have changed. Raises BuildFailed."""

    async def publish(self, built: Any, commit: str) -> None:
        """Put the release on show."""

    async def failed(self, error: Exception, commit: str) -> None:
        """Tell whoever shows errors; never raises."""


class Latest:
    """State in words: waiting, fetching, building, publishing. ``repr`` says all of it."""

    def __init__(
        self,
        name: str,
        steps: Steps,
        *,
        poll: float = 300.0,
        retries: tuple[float, ...] = RETRIES,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        telling: bool = True,  # log what fails and what is mended; a preview says it in words of its own
        showing: Callable[[], bool] = lambda: True,  # a release is on show
    ) -> None:
        self.name = name
        self._telling = telling
        self._showing = showing
        self.poll = poll
        self.state = "waiting"
        self.commit = ""  # of the last release that was published
        self.seen = ""  # newest commit fetched
        self.error: Exception | None = None
        self.next_moment: datetime | None = None
        self.builds = 0
        self.turns = 0
        self._steps = steps
        self._retries = retries
        self._now = now
        self._wanted = asyncio.Event()
        self._idle = asyncio.Event()
        self._expected = ""
        self._looks = 0
        self._failures = 0
        self._due = 0.0  # on the loop's clock: the next poll, retry or second look
        self._pending: frozenset[Path] | None = None  # changed since the last good build; None = unknown
        self._published = False  # what was last built is on show
        self._moment = False  # a dated page is due
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin; the first turn is at once."""
        self._wanted.set()
        self._task = asyncio.create_task(self._run(), name=f"latest {self.name}")

    async def close(self) -> None:
        """Stop after the current step's next await."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def want(self, commit: str = "") -> None:
        """Look now. ``commit``: what the sender says is newest, a hint; if the fetch does not find it, look
        again soon.
        """
        if commit and commit not in {self.seen, self.commit}:
            self._expected, self._looks = commit, 0
        self._idle.clear()
        self._wanted.set()

    async def idle(self) -> None:
        """Wait until everything wanted so far was looked at."""
        await self._idle.wait()

    @property
    def failing(self) -> bool:
        """True while the newest content is not what is on show."""
        return self.error is not None

    async def _run(self) -> None:
        while True:
            await self._until_due()
            asked = self._wanted.is_set()
            self._wanted.clear()
            self.turns += 1
            try:
                await self._turn(asked=asked)
            except AuthorError as error:
                await self._keep_old(error, retry=False)
            except VillageError as error:  # the operator's too: nobody tells us of a volume that is back
                await self._keep_old(error, retry=True)
            except Exception as error:
                log.exception("%s: an error in village itself", self.name)
                await self._keep_old(error, retry=True)
            else:
                self._succeeded()
            self.state = "waiting"
            if not self._wanted.is_set():
                self._idle.set()

    async def _until_due(self) -> None:
        """Sleep until a push, the poll, a retry or a moment. Naps are short, for wall clocks jump and
        monotonic ones do not.
        """
        loop = asyncio.get_running_loop()
        while not self._wanted.is_set():
            rest = self._due - loop.time()
            if self.next_moment:
                rest = min(rest, (self.next_moment - self._now()).total_seconds())
            if rest <= 0:
                return
            try:
                async with asyncio.timeout(min(rest, LONGEST_NAP)):
                    await self._wanted.wait()
            except TimeoutError:
                continue

    async def _turn(self, *, asked: bool) -> None:
        if self.next_moment and self._now() >= self.next_moment:
            self.next_moment, self._moment = None, True
        self.state = "fetching"
        revision = await self._steps.fetch()
        self._arrived(revision)
        unchanged = self._published and self._pending == frozenset() and revision.commit == self.commit
        if not unchanged or self._moment:
            await self._remake(revision, asked=asked)
        if revision.behind:  # shown is what is here; a dated post needs no more
            raise revision.behind

    async def _remake(self, revision: Revision, *, asked: bool) -> None:
        """Make a release of a revision, unless it is known to fail."""
        if isinstance(self.error, AuthorError) and revision.changed == frozenset() and not (self._moment or asked):
            raise self.error  # the same content fails the same way
        if revision.errors:
            raise BuildFailed(revision.errors)
        self.state = "building"
        self.builds += 1
        built = await self._steps.build(self._pending, revision.commit)
        self._pending, self._published, self._moment = frozenset(), False, False
        soonest = self._now() + timedelta(seconds=1)
        self.next_moment = max(built.next_moment, soonest) if built.next_moment else None
        self.state = "publishing"
        await self._steps.publish(built, revision.commit)
        self.commit, self._published = revision.commit, True

    def _arrived(self, revision: Revision) -> None:
        """Add up what changed since the last good build, over failed ones too."""
        if revision.commit != self.seen or revision.commit == self._expected:
            self._expected = ""
        self.seen = revision.commit
        if revision.changed is None or self._pending is None:
            self._pending = None
        else:
            self._pending |= revision.changed

    def _succeeded(self) -> None:
        if self.failing and self._telling:
            what = f"commit {self.commit[:12]}" if self.commit else "the folder as it is now"
            log.info("%s: mended, %s is on show", self.name, what)
        self.error, self._failures = None, 0
        self._schedule(self.poll)
        if self._expected and self._looks < len(LOOK_AGAIN):
            self._schedule(LOOK_AGAIN[self._looks])
            self._looks += 1

    async def _keep_old(self, error: Exception, *, retry: bool) -> None:
        """The release on show stays; say so once for each new failure."""
        new = type(error) is not type(self.error) or spelt_out(error) != spelt_out(self.error)
        self.error = error
        if retry:
            self._schedule(self._retries[min(self._failures, len(self._retries) - 1)] * random.uniform(0.8, 1.2))  # noqa: S311
            self._failures += 1
        else:
            self._schedule(self.poll)
        if new:
            if self._telling:
                so_far = "the last release stays on show" if self._showing() else "nothing is on show yet"
                log.warning("%s: %s: %s", self.name, so_far, spelt_out(error))
            try:
                await self._steps.failed(error, self.seen)
            except Exception:
                log.exception("%s: an error while telling of an error", self.name)

    def _schedule(self, seconds: float) -> None:
        self._due = asyncio.get_running_loop().time() + seconds

    def status(self) -> dict[str, Any]:
        """For the status page; no secrets."""
        return {
            "state": self.state,
            "commit": self.commit,
            "seen": self.seen,
            "builds": self.builds,
            "next_moment": self.next_moment.isoformat() if self.next_moment else "",
            "error": described(self.error),
            "whose": self.error.whose if isinstance(self.error, VillageError) else "",
        }

    def __repr__(self) -> str:
        words = [self.state, f"commit {self.commit[:12] or 'none'}"]
        words += [f"newest {self.seen[:12]}"] if self.seen != self.commit else []
        words += ["wanted"] if self._wanted.is_set() else []
        words += [f"failing {self._failures}: {self.error}"] if self.error else []
        words += [f"next moment {self.next_moment.isoformat()}"] if self.next_moment else []
        return f"<Latest {self.name}: {', '.join(words)}>"


def spelt_out(error: Exception | None) -> str:
    """All that an error says: two failed builds are told apart by what is in them, not by how many errors are."""
    return error.describe() if isinstance(error, VillageError) else repr(error)


def described(error: Exception | None) -> str:
    """An error for the operator: an author's or the world's in full, a defect by its type."""
    if error is None:
        return ""
    return error.describe() if isinstance(error, (VillageError, BuildFailed)) else type(error).__name__
