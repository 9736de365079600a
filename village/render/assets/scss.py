"""The child process that compiles SCSS: a request on stdin, the answer on stdout, as JSON. The only import of
libsass.

It reads no file: what may be imported comes with the request, so a style sheet cannot look at the machine.
"""

from __future__ import annotations

import contextlib
import json
import posixpath
import re
import resource
import sys
from collections.abc import Mapping
from typing import Any

CPU_SECONDS = 8
MEMORY = 1 << 28
PLACE = re.compile(r"on line (\d+)(?::(\d+))? of ([^\s,]+)")


class Missing(Exception):
    """An import that names no file of the site."""


def resolve(path: str, previous: str, files: Mapping[str, str]) -> str:
    """The file an ``@import`` means: beside the importing file, then from the root; as a partial (``_x.scss``) or a
    folder."""
    folders = [posixpath.dirname(previous), ""]
    for folder in folders:
        whole = posixpath.normpath(posixpath.join(folder, path.lstrip("/"))).lstrip("./")
        head, tail = posixpath.split(whole)
        for name in (tail, f"{tail}.scss", f"_{tail}.scss", f"_{tail}", f"{tail}.sass", f"_{tail}.sass", f"{tail}.css"):
            candidate = posixpath.join(head, name)
            if candidate in files:
                return candidate
        for index in ("_index.scss", "index.scss"):
            if posixpath.join(whole, index) in files:
                return posixpath.join(whole, index)
    raise Missing(path)


def compiled(name: str, files: Mapping[str, str], options: Mapping[str, str]) -> dict[str, Any]:
    """``{"css": …}`` or ``{"error", "file", "line", "column"}``."""
    import sass  # noqa: PLC0415 - the parent only imports this module's rules

    def importer(path: str, previous: str) -> list[tuple[str, str]]:
        base = "" if previous == "stdin" else previous
        found = resolve(path, base or name, files)
        return [(found, files[found])]

    style = "compressed" if options.get("outputStyle", options.get("output_style")) == "compressed" else "expanded"
    try:
        css = sass.compile(
            string=files[name],
            importers=[(0, importer)],
            output_style=style,
            indented=name.endswith(".sass"),
            precision=8,
        )
    except sass.CompileError as error:
        return explained(str(error), name)
    return {"css": css}


def explained(message: str, name: str) -> dict[str, Any]:
    """libsass's message as parts."""
    missing = re.search(r"Missing: (.*)", message)
    place = PLACE.search(message)
    found: dict[str, Any] = {"error": message.strip().splitlines()[0].removeprefix("Error: "), "file": name}
    if missing:
        found["error"] = f"@import {missing[1].strip()!r} names no file of the assets"
    if place:
        found |= {"line": int(place[1]), "column": int(place[2] or 0)}
        found["file"] = name if place[3] == "stdin" else place[3]
    return found


def main() -> None:
    """Read a request, write an answer."""
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    request = json.load(sys.stdin)
    json.dump(compiled(request["name"], request["files"], request["options"]), sys.stdout)


if __name__ == "__main__":
    main()
