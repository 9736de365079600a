"""The notebook of a rendering: Hugo's Scratch and Store."""

from __future__ import annotations

from typing import Any

from village.render.lens import Lens
from village.render.views.values import MISSING


class Scratch:
    """Hugo's Scratch/Store: set, get, add, delete, set_in_map, values."""

    __slots__ = ("table",)

    def __init__(self, table: dict[str, Any]) -> None:
        self.table = table

    def set(self, key: str, value: Any) -> str:
        self.table[key] = value
        return ""

    def get(self, key: str, default: Any = MISSING) -> Any:
        return self.table.get(key, default)

    def add(self, key: str, value: Any) -> str:
        """Numbers are summed, strings joined, lists extended."""
        before = self.table.get(key)
        if isinstance(before, list):
            value = before + (list(value) if isinstance(value, (list, tuple)) else [value])
        elif before is not None:
            value = before + value
        self.table[key] = value
        return ""

    def delete(self, key: str) -> str:
        self.table.pop(key, None)
        return ""

    def set_in_map(self, key: str, name: str, value: Any) -> str:
        self.table.setdefault(key, {})[name] = value
        return ""

    def delete_in_map(self, key: str, name: str) -> str:
        self.table.get(key, {}).pop(name, None)
        return ""

    def get_sorted_map_values(self, key: str) -> list[Any]:
        table = self.table.get(key, {})
        return [table[name] for name in sorted(table)]

    @property
    def values(self) -> dict[str, Any]:
        return self.table


def scratch(lens: Lens, owner: str) -> Scratch:
    return Scratch(lens.rendering.scratch.setdefault(owner, {}))
