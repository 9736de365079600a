"""Hugo's ``path.*`` and what ``urls.*`` has that needs no site. Pure."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from village.render.functions.text import text
from village.render.views.values import plain


def clean(value: Any) -> str:
    """Go's path.Clean: "." for nothing, two slashes at the beginning are one."""
    tidy = posixpath.normpath(text(value).replace("\\", "/")) if text(value) else "."
    return "/" + tidy.lstrip("/") if tidy.startswith("//") else tidy


def base(value: Any) -> str:
    """The last element; "." for nothing, "/" for slashes alone."""
    whole = text(value)
    return posixpath.basename(whole.rstrip("/")) or ("/" if whole else ".")


def extension(value: Any) -> str:
    name = posixpath.basename(text(value))
    return name[name.rindex(".") :] if "." in name else ""


def bare_name(value: Any) -> str:
    """The last element without its extension."""
    name = base(value)
    return name.removesuffix(extension(name))


def join(*parts: Any) -> str:
    """Go's path.Join; a list counts as its items."""
    words = [text(word) for part in parts for word in (plain(part) if isinstance(plain(part), list) else [part])]
    whole = "/".join(word for word in words if word)
    return clean(whole) if whole else ""


def split(value: Any) -> dict[str, str]:
    head, slash, tail = text(value).rpartition("/")
    return {"dir": head + slash, "file": tail}


def join_url(*parts: Any) -> str:
    """Elements joined to the first one's path, tidied; its scheme and host stay (Go's url.JoinPath)."""
    words = [text(word) for part in parts for word in (plain(part) if isinstance(plain(part), list) else [part])]
    if not words:
        return ""
    if not words[0]:
        return clean("/".join(words[1:])).removeprefix(".") if len(words) > 1 else ""
    split_first = urlsplit(words[0])
    place = f"{split_first.scheme}://{split_first.netloc}" if split_first.netloc else ""
    whole = "/".join([split_first.path, *words[1:]]) if len(words) > 1 else split_first.path
    tidy = clean(("/" + whole) if place else whole)
    tidy = "" if tidy == "." else tidy
    return place + (tidy.rstrip("/") + "/" if (words[-1] or whole).endswith("/") and tidy and words[-1] else tidy)


def parse_url(value: Any) -> dict[str, Any]:
    """The parts of a URL, as Go's url.Parse names them. Raises ValueError."""
    whole = text(value)
    parts = urlsplit(whole)
    opaque = bool(parts.scheme) and not parts.netloc and not parts.path.startswith("/")
    return {
        "scheme": parts.scheme, "host": parts.netloc.rpartition("@")[2], "hostname": parts.hostname or "",
        "port": str(parts.port or ""), "user": parts.netloc.rpartition("@")[0],
        "path": "" if opaque else unquote(parts.path), "opaque": parts.path if opaque else "",
        "raw_query": parts.query, "fragment": unquote(parts.fragment), "is_abs": bool(parts.scheme), "string": whole,
    }  # fmt: skip


PATH: dict[str, Callable[..., Any]] = {
    "base": base,
    "base_name": bare_name,
    "clean": clean,
    "dir": lambda value: clean(text(value).rpartition("/")[0] or ("/" if text(value).startswith("/") else "")),
    "ext": extension,
    "join": join,
    "split": split,
}
URLS: dict[str, Callable[..., Any]] = {
    "join_path": join_url,
    "parse": parse_url,
    "path_escape": lambda value: quote(text(value), safe="$&+:=@-_.~"),
    "path_unescape": lambda value: unquote(text(value)),
}
