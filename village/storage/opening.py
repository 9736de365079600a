"""Which backend a storage URL means."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from village.errors import SettingsError
from village.storage.base import Storage
from village.storage.folder import FolderStorage
from village.storage.memory import MemoryStorage
from village.storage.redis import RedisStorage
from village.storage.sealed import Sealed


def open_storage(url: str, data: Path, secret: str = "") -> Storage:
    """The storage that ``url`` names: ``folder:///path``, ``redis://…``, ``rediss://…``, ``memory://``; empty
    = a folder in ``data``.

    With a ``secret`` every value is sealed at rest; without one, sealed values are refused. Opens no connection yet.
    Raises SettingsError.
    """
    parts = urlsplit(url)
    storage: Storage
    if not url:
        storage = FolderStorage(data / "storage")
    elif parts.scheme == "folder":
        storage = FolderStorage(Path(unquote(parts.netloc + parts.path)))
    elif parts.scheme in {"redis", "rediss"}:
        storage = RedisStorage(url)
    elif parts.scheme == "memory":
        storage = MemoryStorage()
    else:
        raise SettingsError("storage", "settings", "expected folder:///path, redis://… or rediss://…")
    return Sealed(storage, secret)
