"""What a build, a status and a certificate are in words a person reads in a terminal. Pure."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from village.builder.options import BuildReport
from village.errors import AuthorError, Untidy
from village.server.status import span as ago
from village.site.model import Skipped

NAMED = 12  # how many remade outputs, or skipped pages, are named one by one


def remade(report: BuildReport, commit: str = "") -> str:
    """One log line: what was remade and why it was quick."""
    names = sorted(report.remade)
    listed = ", ".join(names[:NAMED]) + (f", … {len(names) - NAMED} more" if len(names) > NAMED else "")
    source = f"commit {commit[:10]}, " if commit else ""
    counts = f"{len(names)} remade, {report.kept} kept, {len(report.removed)} removed"
    milliseconds = sum(report.seconds.values()) * 1000
    head = f"release {report.release.id[:12]} ({source}{counts}, {milliseconds:.0f} ms)"
    return f"{head}: {listed}" if listed else head


def previewed(report: BuildReport, *, healed: bool = False) -> str:
    """One line for the author who has just saved something."""
    names = sorted(report.remade)
    listed = ", ".join(names[:NAMED]) + (f", … {len(names) - NAMED} more" if len(names) > NAMED else "")
    total, milliseconds = len(report.release.entries), sum(report.seconds.values()) * 1000
    head = f"{len(names)} of {total} remade" if names else f"nothing to remake of {total}"
    gone = f", {len(report.removed)} gone" if report.removed else ""
    line = f"{'mended: ' if healed else ''}{head}{gone} in {milliseconds:.0f} ms"
    return f"{line}: {listed}" if listed else line


def built(report: BuildReport, seconds: float, out: str, written: int) -> str:
    """What ``village build`` says."""
    count = len(report.release.entries)
    lines = [
        f"{count} outputs in {out}: {len(report.remade)} remade, {report.kept} kept, {written} written, {seconds:.2f} s"
    ]
    lines += [warning.describe() for warning in report.warnings]
    lines += skipped(report.skipped)
    return "\n".join(lines)


def checked(findings: Sequence[AuthorError]) -> str:
    """The last line of ``village check``."""
    notes = sum(isinstance(each, Untidy) for each in findings)
    parts = [counted(len(findings) - notes, "finding"), counted(notes, "note")]
    return ", ".join(part for part in parts if part) or "nothing to mend"


def counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}" if number else ""


def skipped(pages: Iterable[Skipped]) -> list[str]:
    """Why pages are missing, and when they come."""
    listed = list(pages)
    lines = [f"skipped {len(listed)}:"] if listed else []
    for page in listed[:NAMED]:
        moment = f", until {stamp(page.until)}" if page.until else ""
        lines.append(f"  {page.path} ({page.reason}{moment})")
    return [*lines, f"  … {len(listed) - NAMED} more"] if len(listed) > NAMED else lines


def stages(report: BuildReport) -> str:
    """Where the time went."""
    return "\n".join(f"  {stage:<12} {seconds * 1000:8.1f} ms" for stage, seconds in report.seconds.items())


def stamp(moment: datetime) -> str:
    """A moment with its zone."""
    return moment.isoformat(" ", "seconds")


def status(snapshot: Mapping[str, Any]) -> str:
    """The status page as text."""
    lines = [f"village {snapshot.get('version', '')}, up {ago(snapshot.get('uptime', 0))}"]
    for site in snapshot.get("sites", []):
        release = site.get("release") or {}
        lines.append(f"\n{site['name']}  {', '.join(site.get('domains', [])) or 'every host'}")
        lines.append(f"  source    {site.get('source', '')}")
        if release:
            lines.append(
                f"  release   {release['id'][:12]}  commit {release.get('commit', '')[:10] or '-'}  "
                f"{release['outputs']} outputs, on show for {ago(release['age'])}"
            )
        else:
            lines.append("  release   none yet")
        lines.append(f"  state     {site.get('state', '')}")
        lines += [f"  ! {row}" for problem in site.get("problems", []) for row in problem.splitlines()]
        lines += [f"  {row}" for row in site.get("skipped", [])]
    lines.append("\ncertificates")
    lines.append(certificates(snapshot.get("certificates", [])))
    replicas = snapshot.get("replicas", [])
    if replicas:
        lines.append("\nreplicas")
        lines += [replica(row) for row in replicas]
    return "\n".join(lines)


def replica(row: Mapping[str, Any]) -> str:
    """One replica: who, what it shows, when it was last heard of."""
    shown = ", ".join(f"{name} {site['release'][:12]}" for name, site in row["sites"].items())
    return f"  {row['id'][:24]:<24}  {row['state']:<8}  {shown}  heard {ago(row['age'])} ago"


def certificates(rows: Iterable[Mapping[str, Any]]) -> str:
    """One certificate a line: names, issuer, end; below it what is wrong and what comes next."""
    lines = []
    for row in rows:
        names = ", ".join(row.get("domains") or row.get("names") or [])
        issued = f"{row.get('issuer') or row.get('source', '-')}  until {row.get('not_after') or '-'}"
        temporary = row.get("source") == "self-signed"
        lines.append(f"  {names}  {'none yet, only a self-signed one that browsers refuse' if temporary else issued}")
        for label in ("missing", "renews_at", "next_attempt", "last_error", "problems"):
            if value := row.get(label):
                lines.append(f"      {label.replace('_', ' ')}: {told(value)}")
    return "\n".join(lines) or "  none"


def told(value: Any) -> str:
    """A field of a certificate's row: a text, a list of texts, or a failure."""
    if isinstance(value, Mapping):
        hint = f"; {value['hint']}" if value.get("hint") else ""
        return f"{value.get('message', '')}{hint} (attempt {value.get('attempts', 1)}, {value.get('at', '')})"
    return value if isinstance(value, str) else "; ".join(map(str, value))


def since(moment: float) -> float:
    """Seconds since a UNIX moment, never negative."""
    return max(0.0, time.time() - moment)
