"""Media types of files by their suffix, the same on every system."""

from __future__ import annotations

from village.site.config import outputs

# What Debian's mime.types says and Hugo's table of media types does not.
TYPES = {
    "js": "text/javascript",
    "map": "application/json",
    "ico": "image/x-icon",
    "eot": "application/vnd.ms-fontobject",
    "gz": "application/gzip",
    "tar": "application/x-tar",
    "m4a": "audio/mp4",
    "asc": "text/plain",
    "rtf": "application/rtf",
    "epub": "application/epub+zip",
    "xsl": "application/xslt+xml",
    "log": "text/plain",
    "webmanifest": "application/manifest+json",
    "htm": "text/html",
    "xhtml": "application/xhtml+xml",
    "svgz": "image/svg+xml",
    "7z": "application/x-7z-compressed",
    "bz2": "application/x-bzip2",
    "xz": "application/x-xz",
    "doc": "application/msword",
    "flac": "audio/flac",
    "opus": "audio/ogg",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "vtt": "text/vtt",
    "mkv": "video/x-matroska",
}
UNKNOWN = "application/octet-stream"


def by_suffix() -> dict[str, str]:
    table = {suffix: media.type for media in outputs.MEDIA.values() for suffix in media.suffixes}
    return {**table, **TYPES}


SUFFIXES = by_suffix()


def media_type(path: str) -> str:
    """The media type of a file, by its last suffix."""
    name = path.rsplit("/", 1)[-1]
    return SUFFIXES.get(name.rpartition(".")[2].lower(), UNKNOWN) if "." in name else UNKNOWN
