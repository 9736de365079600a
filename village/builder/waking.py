"""Going on where an earlier process stopped: only what changed since is made, and nothing where nothing did."""

from __future__ import annotations

import gc
import time
from datetime import datetime
from typing import Any

from village.builder import cold, fingerprint
from village.builder.incremental import Attempt, digest
from village.builder.options import BuildReport
from village.builder.state import made_bytes, made_from
from village.errors import BuildFailed, ReleaseBroken
from village.release.manifest import Manifest
from village.render.lens import EVALUATORS, Lens
from village.render.questions import Numbers
from village.render.views.page import PageView
from village.site.model import Site


def wake(workshop: Any, started: float) -> BuildReport | None:
    """The release of an earlier process where nothing changed since; None when there is something to build."""
    told: dict[str, Any] = {}
    if not workshop.asleep:
        told = cold.build(workshop)  # another process builds, so that the one that serves is not disturbed
        workshop.asleep = workshop.state.fact("stamp") == workshop.stamp
        if not workshop.asleep:
            return None
    try:
        report = unchanged(workshop, started)
    except Exception:  # noqa: BLE001 - as below
        report = None
    if report is None:
        rouse(workshop)
    if report is not None and told:
        report.remade, report.contents, report.seconds = told["remade"], told["contents"], told["seconds"]
    return report


def rouse(workshop: Any) -> None:
    """Have the last build in memory; what is damaged is forgotten, and the next build begins from nothing. Raises
    BuildFailed, by the site's own Python.
    """
    try:
        recall(workshop)
    except BuildFailed:
        raise
    except Exception:  # noqa: BLE001 - the state is a cache: whatever is wrong with it, the site is built from nothing
        workshop.state.forget()
        workshop.begin_anew()
    workshop.asleep = False


def unchanged(workshop: Any, started: float) -> BuildReport | None:
    """The last report again, when nothing that decided it changed. Only time stamps are read."""
    last: dict[str, Any] | None = workshop.state.fact("last")
    shell = workshop.state.fact("shell")
    if not last or not shell or not last["restful"] or not same_clock(workshop, shell[0], last["clock"]):
        return None
    moment: datetime | None = last["next_moment"]
    if (moment and moment <= workshop.options.now()) or fingerprint.files(shell[0]) != workshop.state.files():
        return None
    release = whole_release(workshop, last["release"])
    workshop.ledger.release = release
    return BuildReport(
        release,
        kept=len(release.entries),
        skipped=last["skipped"],
        next_moment=moment,
        warnings=last["warnings"],
        seconds={"wake": time.perf_counter() - started},
    )


def whole_release(workshop: Any, identity: str) -> Manifest:
    """A release with every blob on disk. Raises ReleaseBroken."""
    release: Manifest = workshop.store.load(identity)
    if next(workshop.store.missing(release), None):
        raise ReleaseBroken("blobs of the last release are missing")
    return release


def same_clock(workshop: Any, site: Site, asked: list[tuple[Any, int]]) -> bool:
    """Whether the templates that look at the clock would see what they saw."""
    workshop.desk.moment_of_build = workshop.options.now()
    lens = Lens(site, Numbers(), workshop.desk, PageView)
    return all(digest(EVALUATORS["now"](lens, *question[1:])) == known for question, known in asked)


def recall(workshop: Any) -> None:
    """Load what the last build left, as the ground of this one. Raises whatever a damaged state raises."""
    release = whole_release(workshop, workshop.state.fact("last")["release"])
    workshop.begin_anew()
    site = workshop.state.load(workshop.numbers, workshop.memory)
    workshop.digests.known.update(workshop.state.fact("digests") or {})
    workshop.ledger.restore(workshop.memory, made_from(workshop.state.fact("stocked")), release)
    workshop.lens = Lens(site, workshop.numbers, workshop.desk, PageView)
    workshop.desk.sit(workshop.lens)
    workshop.load_python()
    workshop.stock(site)
    gc.freeze()  # a site in memory need not be walked at every collection; 10,000 pages take the collector 0.1 s


def remember(workshop: Any, attempt: Attempt, report: BuildReport, moment: fingerprint.Moment, *, quiet: bool) -> None:
    """The state on disk follows the release. Raises sqlite3.Error."""
    site, numbers = workshop.lens.site, workshop.numbers
    answers = workshop.memory.answers.items()
    last = {
        "release": report.release.id,
        "next_moment": report.next_moment,
        "skipped": report.skipped,
        "warnings": report.warnings,
        "clock": [(asked, answer) for code, answer in answers if (asked := numbers.asked(code))[0] == "now"],
        "restful": not site.config.get("enablegitinfo"),
    }
    facts: dict[str, Any] = {"stamp": workshop.stamp, "last": last}
    if not quiet:
        facts |= {"digests": workshop.digests.known, "stocked": made_bytes(workshop.ledger.stocked)}
    workshop.state.save(facts, site, numbers, workshop.memory, attempt, moment, quiet=quiet)
    if not quiet:
        workshop.state.bodies.sweep()
