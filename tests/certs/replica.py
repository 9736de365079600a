"""One replica's keeper as a process that can be killed: ``python -m tests.certs.replica FOLDER DIRECTORY CA_BUNDLE NAME``."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from tests.certs.lane import keeper_for, settings_for
from village.certs import keeper
from village.storage.folder import FolderStorage


async def main(folder: str, directory: str, ca_bundle: str, name: str) -> None:
    keeper.LOCK_LIFE = 1.5
    settings = settings_for(Path(folder), name, directory=(directory,), ca_bundle=ca_bundle)
    await keeper_for(settings, FolderStorage(Path(folder))).run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
