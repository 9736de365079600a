"""What is written beside content and is none: by editors, version control, tools, and by village itself."""

from __future__ import annotations

import re

FOLDERS = frozenset((
    ".git", ".hg", ".svn", ".idea", ".venv", ".tox", ".mypy_cache", ".pytest_cache", ".hypothesis", "node_modules",
    "__pycache__",
))  # fmt: skip
OWN = frozenset(("public", ".village", ".hugo_build.lock"))  # at the top only: content may have a folder "public"
LEFTOVERS = re.compile(
    r"~$|\.sw.$|^4913$"  # Vim's backup, swap file, and its probe of a folder
    r"|^\.?#"  # Emacs: .#lock and #autosave#
    r"|\.___jb_...___$|^flycheck_|\.part$|\.py[cod]$|^\.DS_Store$"
)


def is_noise(inner: str) -> bool:
    """Whether a path below the watched folder says nothing about the site."""
    parts = inner.split("/")
    if parts[0] in OWN or not FOLDERS.isdisjoint(parts):
        return True
    return LEFTOVERS.search(parts[-1]) is not None
