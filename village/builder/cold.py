"""A cold build of a large site in a process of its own, so that the one that serves keeps its time and its memory."""

from __future__ import annotations

from typing import Any


def wanted(workshop: Any) -> bool:
    del workshop
    return False


def build(workshop: Any) -> None:
    del workshop
