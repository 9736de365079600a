"""The site's own Python: ``village/*.py`` beside the content, read only when the operator allows it.

    village/filters.py      every public function is a filter of templates
    village/functions.py    … a function of templates
    village/shortcodes.py   … a shortcode; it gets a ShortcodeContext (``takes_inner = True`` as an attribute:
    with an end tag)

Nothing here is sandboxed: it runs with the rights of the process.
"""

from __future__ import annotations

import hashlib
import inspect
import traceback
import types
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from village.errors import TemplateError

KINDS = ("filters", "functions", "shortcodes")


@dataclass(slots=True)
class SitePython:
    """The functions found, and a digest of the code they came from."""

    digest: str = ""
    filters: dict[str, Callable[..., Any]] = field(default_factory=dict)
    functions: dict[str, Callable[..., Any]] = field(default_factory=dict)
    shortcodes: dict[str, Callable[..., Any]] = field(default_factory=dict)


def digest(folder: Path) -> str:
    """A hash of all code; "" when there is none."""
    found = hashlib.sha256()
    files = sorted((folder / "village").glob("*.py"))
    for path in files:
        found.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest() if files else ""


def load(folder: Path) -> SitePython:
    """Run the site's modules. Raises TemplateError with the line of the site's own code."""
    loaded = SitePython(digest(folder))
    for kind in KINDS:
        path = folder / "village" / f"{kind}.py"
        if path.is_file():
            getattr(loaded, kind).update(public(run(path)))
    return loaded


def run(path: Path) -> types.ModuleType:
    """One module, executed; not entered into sys.modules, so that an edited one is simply run again."""
    module = types.ModuleType(f"site_{path.stem}")
    module.__file__ = str(path)
    try:
        exec(compile(path.read_bytes(), str(path), "exec"), module.__dict__)  # noqa: S102 - the operator allowed it
    except Exception as error:
        raise located(error, path) from error
    return module


def public(module: types.ModuleType) -> dict[str, Callable[..., Any]]:
    """Functions the module itself defines, without a leading underscore."""
    return {
        name: value
        for name, value in vars(module).items()
        if not name.startswith("_") and inspect.isfunction(value) and value.__globals__ is module.__dict__
    }


def located(error: Exception, path: Path) -> TemplateError:
    lines = [line for frame, line in traceback.walk_tb(error.__traceback__) if frame.f_code.co_filename == str(path)]
    line = lines[-1] if lines else getattr(error, "lineno", 0) or 0
    return TemplateError(
        f"{type(error).__name__}: {error}", file=f"village/{path.name}", line=line, hint="the site's own Python failed"
    )
