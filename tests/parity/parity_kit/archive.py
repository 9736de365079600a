"""A whole small site in one readable file: a comment, then ``-- path --`` lines, each followed by that file's text.

The site is laid out twice. Files below ``village/`` are for village only (Jinja2 templates), laid over the rest; files
below ``layouts/`` are written in Hugo's template language and are for Hugo only.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from make_content import make

HERE = Path(__file__).parent.parent
SITES = HERE / "sites"
MARK = re.compile(r"^-- (.+) --$", re.MULTILINE)
ESCAPES = {"%BOM%": "\ufeff", "%CR%\n": "\r\n", "%EOF%\n": ""}


def read(archive: Path) -> dict[str, str]:
    """Path → text. ``%CR%`` at a line's end stands for CRLF, ``%BOM%`` for a byte order mark, ``%EOF%`` as the last
    line for a file without a final newline."""
    parts = MARK.split(archive.read_text("utf-8"))
    return {path: unescape(text.removeprefix("\n")) for path, text in zip(parts[1::2], parts[2::2], strict=True)}


def unescape(text: str) -> str:
    if text.endswith("\n%EOF%\n"):
        text = text.removesuffix("\n%EOF%\n")
    for mark, meaning in ESCAPES.items():
        text = text.replace(mark, meaning)
    return text


def for_hugo(files: dict[str, str]) -> dict[str, str]:
    return {path: text for path, text in files.items() if not path.startswith("village/")}


def for_village(files: dict[str, str]) -> dict[str, str]:
    own = {path: text for path, text in files.items() if not re.match(r"(themes/\w+/)?layouts/|village/", path)}
    return own | {path.removeprefix("village/"): text for path, text in files.items() if path.startswith("village/")}


def lay(files: dict[str, str], folder: Path, theme: Path) -> Path:
    """Write ``files`` into ``folder`` and the dumping theme's layouts under them (the site's own win)."""
    for path, text in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode("utf-8"))
    for source in (theme / "layouts").rglob("*"):
        target = folder / source.relative_to(theme)
        if source.is_file() and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
    return folder


def names() -> list[str]:
    """The specimen sites."""
    return sorted(path.stem for path in SITES.glob("*.txtar"))


def specimen(name: str, folder: Path) -> None:
    """Lay a specimen out for both sides: ``folder/hugo`` and ``folder/village``."""
    files = read(SITES / f"{name}.txtar")
    lay(for_hugo(files), folder / "hugo", HERE / "theme_hugo")
    lay(for_village(files), folder / "village", HERE / "theme_village")


def content(folder: Path) -> None:
    """Lay the large content set out for both sides."""
    for side in ("hugo", "village"):
        lay({}, make(folder / side), HERE / f"theme_{side}")
