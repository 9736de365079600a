"""The floor plan drawn in village/__init__.py, held against every import, deferred and typing ones included."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import village

PACKAGE = Path(village.__file__).parent
DOORS = {
    "mistune": {"render"},
    "jinja2": {"render"},
    "acme": {"certs"},
    "josepy": {"certs"},
    "cryptography": {"certs", "storage"},  # storage seals private values at rest
    "redis": {"storage"},
    "aiohttp": {"server", "sync", "app", "certs"},
    "h2": {"server"},
    "watchfiles": {"sync"},
    "PIL": {"render", "builder"},
    "click": {"cli", "app"},
}


def drawing() -> dict[str, tuple[int, str]]:
    """room → (floor, wing); wing is "workshop", "street" or "" for the ground and what stands on both."""
    header = re.search(r"^( +floor +)workshop.*?(?=street)", village.__doc__, re.MULTILINE)
    left, right = len(header.group(1)), len(header.group(0))
    plan = {}
    for row in village.__doc__.splitlines():
        match = re.match(r" +(\d) ", row)
        for word in re.finditer(r"[a-z]+", row) if match else ():
            column = word.start()
            first = re.search(r"[a-z]", row).start()
            wing = "street" if (column >= right and first != column) or first >= right else "workshop"
            plan[word.group()] = (int(match.group(1)), wing if first == left or column >= right else "")
    ground = max(floor for room, (floor, _) in plan.items() if room in {"settings", "release", "metrics", "logs"})
    return {room: (floor, "" if floor <= ground else wing) for room, (floor, wing) in plan.items()}


def imports(path: Path) -> list[tuple[int, str]]:
    """(line, dotted name) of every import anywhere in the file."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            if node.module == "village":
                found += [(node.lineno, f"village.{alias.name}") for alias in node.names]
            else:
                found.append((node.lineno, node.module or ""))
    return found


def modules() -> list[Path]:
    return [path for path in sorted(PACKAGE.rglob("*.py")) if "_bundled" not in path.parts]


def room_of(path: Path) -> str:
    relative = path.relative_to(PACKAGE)
    return relative.parts[0].removesuffix(".py")


PLAN = drawing()


def test_the_drawing_reads_as_meant():
    assert PLAN["cli"] == (7, "")
    assert PLAN["builder"] == (5, "workshop")
    assert PLAN["server"] == PLAN["certs"] == PLAN["sync"] == (5, "street")
    assert PLAN["storage"] == (4, "street")
    assert PLAN["render"] == (4, "workshop")
    assert PLAN["release"] == (2, "")


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_down(path: Path):
    room = room_of(path)
    if room in {"__init__", "__main__"}:
        return
    assert room in PLAN, f"{room} is not on the floor plan"
    floor, wing = PLAN[room]
    for line, name in imports(path):
        parts = name.split(".")
        if parts[0] != "village" or len(parts) == 1 or parts[1] in {room, "__version__"}:
            continue
        assert parts[1] in PLAN, f"{path}:{line}: village.{parts[1]} is not on the floor plan"
        their_floor, their_wing = PLAN[parts[1]]
        assert their_floor < floor, f"{path}:{line}: {room} (floor {floor}) imports {parts[1]} (floor {their_floor})"
        assert not wing or not their_wing or wing == their_wing, f"{path}:{line}: {room} reaches into the other wing"


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_one_door_for_each_library(path: Path):
    for line, name in imports(path):
        library = name.split(".")[0]
        if library in DOORS:
            assert room_of(path) in DOORS[library], f"{path}:{line}: {library} is imported outside {DOORS[library]}"


def test_rooms_have_no_facade():
    for path in PACKAGE.glob("*/**/__init__.py"):
        if "_bundled" in path.parts:
            continue
        body = ast.parse(path.read_text()).body
        assert len(body) <= 1, f"{path} holds more than its sentence"


def test_no_vague_names():
    vague = {"utils", "helpers", "common", "misc"}
    assert not [path for path in modules() if path.stem in vague]


def test_no_room_runs_in_a_circle():
    """Within a room, too, imports lead down: typing imports count, as they say who knows whom."""
    known = {".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts): path for path in modules()}
    leads = {name: {each for _, each in imports(path) if each in known} for name, path in known.items()}
    for name, path in known.items():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom):
                leads[name] |= {f"{node.module}.{alias.name}" for alias in node.names} & known.keys()
    assert not circles(leads)


def circles(leads: dict[str, set[str]]) -> set[frozenset[str]]:
    """The sets of modules that reach one another."""
    reach = {name: set(found) for name, found in leads.items()}
    for middle in leads:
        for name, found in reach.items():
            if middle in found:
                reach[name] = found | reach[middle]
    return {
        frozenset(other for other in found if name in reach[other]) for name, found in reach.items() if name in found
    }
