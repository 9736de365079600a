"""What both sides yield for a URL: bytes, or where it redirects to."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit


@dataclass(frozen=True, slots=True)
class Redirect:
    """An alias: Hugo writes a stub page, village answers 301."""

    location: str

    def path(self) -> str:
        """Where it leads, without scheme and host: both sides may write it absolute or not."""
        return unquote(urlsplit(self.location).path)


Output = bytes | Redirect
