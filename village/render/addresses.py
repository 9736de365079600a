"""URLs as Hugo writes them. Pure."""

from __future__ import annotations

from urllib.parse import urlsplit


def is_absolute(link: str) -> bool:
    """Whether a link names a scheme or a host."""
    return link.startswith("//") or (":" in link.split("/", 1)[0].split("#", 1)[0] and bool(urlsplit(link).scheme))


def absolute(base: str, path: str, prefix: str = "") -> str:
    """Hugo's absURL: a leading slash drops the base's path only when the base has one to keep (server-relative)."""
    if is_absolute(path):
        return path
    parts = urlsplit(base)
    root = f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
    if path.startswith("/"):
        return root + prefix + path if not prefix or not within(path, prefix) else root + path
    return root + parts.path.rstrip("/") + prefix + "/" + path


def relative(base: str, path: str, prefix: str = "") -> str:
    """Hugo's relURL: below the base's path, without the host."""
    if is_absolute(path):
        return path.removeprefix(base.rstrip("/")) or "/" if base and path.startswith(base) else path
    parts = urlsplit(base)
    if path.startswith("/"):
        return prefix + path if prefix and not within(path, prefix) else path
    return parts.path.rstrip("/") + prefix + "/" + path


def within(path: str, prefix: str) -> bool:
    return path == prefix or path.startswith(prefix + "/")


def key_of(target: str) -> str:
    """The URL path that serves an output file: "/posts/index.html" → "/posts/"."""
    return target[: -len("index.html")] if target.endswith("/index.html") else target


def file_of(key: str) -> str:
    """The file an exported URL path is written to."""
    return key + "index.html" if key.endswith("/") else key
