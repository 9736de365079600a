"""Whether the storage outlives the container: a CA's weekly limits are burnt by volumes that nobody mounted."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

from village import mounts
from village.settings.model import Settings


def doubt(settings: Settings, table: str | None = None) -> str:
    """Why the storage will not last, or "" when nothing speaks against it; ``table``: see ``mounts.filesystem``."""
    if settings.storage.startswith(("redis://", "rediss://")):
        return ""
    folder = Path(unquote(settings.storage.removeprefix("folder://"))) if settings.storage else settings.data
    mount, kind = mounts.filesystem(folder.absolute(), table)
    if kind in mounts.MEMORY:
        return f"{folder} lies in memory ({kind})"
    if kind in mounts.LAYERS and mount == "/":
        return f"{folder} lies on the container's own layer"
    return ""
