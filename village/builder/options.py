"""What the caller of a build decides, and what it gets back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from village.errors import AuthorError
from village.release.manifest import Manifest
from village.site.model import Skipped


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class BuildOptions:
    """``None`` for drafts, future and expired means: as the site's own config says.

    ``local``: languages with hosts of their own become hosts below localhost, at the port of ``base_url``.
    ``segments``: names of the config's segments, the only parts to render; () = as the config says.
    ``minify``: pages and feeds with fewer bytes.
    ``python``: the site's own Python may run. ``workers``: processes of a cold build, 0 = as many as there are CPUs.
    ``cache``: folder of the state kept between restarts; None = in the store's folder. ``root``: nothing
    outside is read.
    """

    drafts: bool | None = None
    future: bool | None = None
    expired: bool | None = None
    environment: str = "production"
    base_url: str = ""
    local: bool = False
    minify: bool = False
    segments: tuple[str, ...] = ()
    python: bool = False
    page_seconds: float = 10.0
    page_bytes: int = 16 * 1024 * 1024
    workers: int = 0
    now: Callable[[], datetime] = utc_now
    cache: Path | None = None
    root: Path | None = None
    keep_state: bool = True


@dataclass(slots=True)
class BuildReport:
    """One build. ``remade``: URL paths made again; ``seconds`` by stage; ``next_moment``: when a page appears
    or goes by itself.
    """

    release: Manifest
    remade: list[str] = field(default_factory=list)
    kept: int = 0
    removed: list[str] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    next_moment: datetime | None = None
    warnings: list[AuthorError] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    contents: list[str] = field(default_factory=list)  # page ids whose bodies were rendered
