"""One content file, read once: its front matter as a table, and where its body lies."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from village.errors import FrontMatterError
from village.site import guard, tables
from village.site.content.files import MARKUP, Entry
from village.site.formats import decoding, frontmatter
from village.site.model import Source


def digest(data: bytes) -> str:
    """The short name of some bytes."""
    return hashlib.sha256(data).hexdigest()[:32]


# Hangul, Hiragana, Katakana and Han, as UTF-8: what Hugo takes for a CJK text.
CJK = re.compile(
    "[\u1100-\u11ff\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3038-\u303b\u3041-\u3096\u309d-\u309f\u30a1-\u30fa"
    "\u30fd-\u30ff\u3131-\u318e\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97c\uac00-\ud7a3\uf900-\ufad9"
    "\uff66-\uff9d\U00020000-\U0003134a]"
)


def has_cjk(data: bytes) -> bool:
    """Whether a file, front matter included, has a character of Chinese, Japanese or Korean."""
    return not data.isascii() and CJK.search(data.decode("utf-8", "replace")) is not None


def read(entry: Entry, *, cjk: bool) -> tuple[Source, dict[str, Any], bool | None]:
    """(the source, its front matter with lower-cased keys, whether it is CJK where that is asked). Raises
    FrontMatterError.
    """
    data = guard.read_bounded(entry.location)
    if data is None:
        hint = "it must be a readable file of less than 64 MB"
        raise FrontMatterError("cannot be read", file=entry.path, hint=hint)
    matter = frontmatter.find(data, entry.path)
    table = tables.lower_keys(frontmatter.parse(data, matter, entry.path))
    return source_of(entry, data, matter), table, has_cjk(data) if cjk else None


def source_of(entry: Entry, data: bytes, matter: frontmatter.Matter) -> Source:
    """The source of a file's bytes."""
    return Source(
        location=entry.location,
        path=entry.path,
        digest=digest(data),
        body_start=matter.body,
        body_line=data.count(b"\n", 0, matter.body) + 1,
        body_digest=digest(data[matter.body :]),
        matter_digest=digest(data[: matter.body]),
        mtime_ns=entry.mtime_ns,
        size=entry.size,
        ctime_ns=entry.ctime_ns,
        markup=MARKUP[entry.extension],
    )


def locate(raw: bytes, key: str) -> int:
    """The line, within the front matter, that sets ``key`` (1-based; 0 = not found)."""
    found = re.search(
        rb"^[ \t\"']*" + re.escape(key.encode()) + rb"[\"']?[ \t]*[:=]", raw, re.MULTILINE | re.IGNORECASE
    )
    return raw.count(b"\n", 0, found.start()) + 1 if found else 0


def locate_error(error: FrontMatterError, entry: Entry) -> FrontMatterError:
    """The error of a field, with the line of the file that sets it (what a section handed down has none)."""
    data = guard.read_bounded(entry.location) or b""
    matter = frontmatter.find(data, entry.path)
    raw = data[matter.start : matter.end]
    key = re.match(r"[\w.]+", error.message)
    line = locate(raw, key[0].split(".")[0]) if key else 0
    above = data.count(b"\n", 0, matter.start)
    excerpt = decoding.excerpt(raw.decode("utf-8", "replace").rstrip("\n"), line, above=above)
    whole = line + above if line else 1
    return FrontMatterError(error.message, file=entry.path, line=whole, hint=error.hint, excerpt=excerpt)
