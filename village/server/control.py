"""What the app knows and the street does not: challenges, hooks, health, status. The app implements it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Reply:
    """The app's answer to a hook or a sibling."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class Control(Protocol):
    """Called by the street for village's own paths."""

    def challenge(self, host: str, token: str) -> str | None:
        """The key authorization of an HTTP-01 challenge, None when it is not ours."""

    async def hook(self, site: str, headers: Mapping[str, str], body: bytes, remote: str) -> Reply:
        """A push hook for ``site``; lower-case header names. May raise HookRefused."""

    async def sibling(self, headers: Mapping[str, str], body: bytes) -> Reply:
        """Another replica rings."""

    def live(self) -> bool:
        """The process is worth keeping."""

    def ready(self) -> tuple[bool, dict[str, Any]]:
        """Whether visitors should be sent here, and why not."""

    def status(self) -> dict[str, Any]:
        """What the status page shows."""
