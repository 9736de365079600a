"""Output formats and media types: Hugo's tables, and a site's own on top (config/output, media)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from village.site import tables

KINDS = ("page", "home", "section", "taxonomy", "term")


@dataclass(frozen=True, slots=True)
class MediaType:
    """A media type with the suffixes of its files, the preferred one first."""

    type: str
    suffixes: tuple[str, ...] = ()
    delimiter: str = "."

    @property
    def full_suffix(self) -> str:
        """``.html``; empty where the type has none."""
        return f"{self.delimiter}{self.suffixes[0]}" if self.suffixes else ""


@dataclass(frozen=True, slots=True)
class OutputFormat:
    """One way of writing a page."""

    name: str
    media_type: MediaType
    base_name: str = "index"
    path: str = ""
    rel: str = "alternate"
    protocol: str = ""
    is_plain_text: bool = False
    is_html: bool = False
    no_ugly: bool = False
    ugly: bool = False
    root: bool = False
    permalinkable: bool = False
    not_alternative: bool = False
    weight: int = 0


MEDIA = {
    media.type: media
    for media in (
        MediaType("text/html", ("html", "htm")), MediaType("text/plain", ("txt",)), MediaType("text/css", ("css",)),
        MediaType("text/csv", ("csv",)), MediaType("text/calendar", ("ics",)), MediaType("text/markdown", ("md",
        "mdown", "markdown")),
        MediaType("text/javascript", ("js", "jsm", "mjs")), MediaType("text/typescript", ("ts",)),
        MediaType("text/tsx", ("tsx",)),
        MediaType("text/jsx", ("jsx",)), MediaType("text/x-scss", ("scss",)), MediaType("text/x-sass", ("sass",)),
        MediaType("text/asciidoc", ("adoc", "asciidoc", "ad")), MediaType("text/pandoc", ("pandoc", "pdc")),
        MediaType("text/rst", ("rst",)), MediaType("text/org", ("org",)),
        MediaType("application/json", ("json",)), MediaType("application/feed+json", ("json",)),
        MediaType("application/manifest+json", ("webmanifest",)),
        MediaType("application/rss+xml", ("xml", "rss")), MediaType("application/atom+xml", ("atom",)),
        MediaType("application/xml", ("xml",)), MediaType("application/toml", ("toml",)),
        MediaType("application/yaml", ("yaml", "yml")),
        MediaType("application/pdf", ("pdf",)), MediaType("application/wasm", ("wasm",)), MediaType("application/zip",
        ("zip",)),
        MediaType("application/octet-stream", ()), MediaType("image/svg+xml", ("svg",)), MediaType("image/png",
        ("png",)),
        MediaType("image/jpeg", ("jpg", "jpeg", "jpe", "jif", "jfif")), MediaType("image/gif", ("gif",)),
        MediaType("image/tiff", ("tif", "tiff")),
        MediaType("image/bmp", ("bmp",)), MediaType("image/webp", ("webp",)), MediaType("image/avif", ("avif",)),
        MediaType("image/heic", ("heic", "heif")), MediaType("image/x-icon", ("ico",)), MediaType("video/x-msvideo",
        ("avi",)),
        MediaType("video/mp4", ("mp4",)), MediaType("video/mpeg", ("mpg", "mpeg")), MediaType("video/ogg", ("ogv",)),
        MediaType("video/webm", ("webm",)), MediaType("video/3gpp", ("3gpp", "3gp")), MediaType("audio/mpeg", ("mp3",)),
        MediaType("audio/ogg", ("ogg",)), MediaType("audio/wav", ("wav",)), MediaType("font/ttf", ("ttf",)),
        MediaType("font/otf", ("otf",)),
        MediaType("font/woff", ("woff",)), MediaType("font/woff2", ("woff2",)), MediaType("text/x-gotmpl", ("gotmpl",)),
    )
}  # fmt: skip

FORMATS = {
    form.name: form
    for form in (
        OutputFormat("html", MEDIA["text/html"], rel="canonical", is_html=True, permalinkable=True, weight=10),
        OutputFormat("amp", MEDIA["text/html"], path="amp", rel="amphtml", is_html=True, permalinkable=True),
        OutputFormat("rss", MEDIA["application/rss+xml"], no_ugly=True),
        OutputFormat("atom", MEDIA["application/atom+xml"], no_ugly=True, base_name="index"),
        OutputFormat("json", MEDIA["application/json"], is_plain_text=True),
        OutputFormat("jsonfeed", MEDIA["application/feed+json"], base_name="feed", is_plain_text=True, no_ugly=True),
        OutputFormat("search", MEDIA["application/json"], base_name="search", is_plain_text=True, no_ugly=True,
        not_alternative=True),
        OutputFormat("csv", MEDIA["text/csv"], is_plain_text=True),
        OutputFormat("css", MEDIA["text/css"], base_name="styles", rel="stylesheet", is_plain_text=True,
        not_alternative=True),
        OutputFormat("calendar", MEDIA["text/calendar"], protocol="webcal://", is_plain_text=True),
        OutputFormat("markdown", MEDIA["text/markdown"], is_plain_text=True),
        OutputFormat("gotmpl", MEDIA["text/x-gotmpl"], is_plain_text=True, not_alternative=True),
        OutputFormat("webappmanifest", MEDIA["application/manifest+json"], base_name="manifest", rel="manifest",
        is_plain_text=True, not_alternative=True),
        OutputFormat("robots", MEDIA["text/plain"], base_name="robots", is_plain_text=True, root=True),
        OutputFormat("sitemap", MEDIA["application/xml"], base_name="sitemap", rel="sitemap", ugly=True),
        OutputFormat("sitemapindex", MEDIA["application/xml"], base_name="sitemap", rel="sitemap", ugly=True,
        root=True),
        OutputFormat("404", MEDIA["text/html"], base_name="404", is_html=True, ugly=True, not_alternative=True),
        OutputFormat("alias", MEDIA["text/html"], is_html=True, ugly=True),
    )
}  # fmt: skip

DEFAULT_OUTPUTS = {
    "page": ["html"], "home": ["html", "rss"], "section": ["html", "rss"], "taxonomy": ["html", "rss"],
    "term": ["html", "rss"],
}  # fmt: skip


def media_types(configured: Mapping[str, Any]) -> dict[str, MediaType]:
    """Hugo's media types with the site's ``mediaTypes`` laid over them."""
    types = dict(MEDIA)
    for name, table in configured.items():
        if not isinstance(table, Mapping):
            continue
        base = types.get(name, MediaType(name))
        suffixes = tuple(filter(None, tables.strings(table.get("suffixes")))) or base.suffixes
        types[name] = MediaType(name, suffixes, str(table.get("delimiter") or base.delimiter))  # Hugo: never ""
    return types


def formats(configured: Mapping[str, Any], media: Mapping[str, MediaType]) -> dict[str, OutputFormat]:
    """Hugo's output formats with the site's ``outputFormats`` laid over them; unknown media types are skipped.

    A format of Hugo's keeps its suffix whatever ``mediaTypes`` says, unless ``outputFormats`` names its media type.
    """
    known = dict(FORMATS)
    for name, table in configured.items():
        if isinstance(table, Mapping):
            known[name] = overlay(known.get(name), name, table, media)
    return known


def meanings(formats: Iterable[OutputFormat]) -> dict[str, str]:
    """Suffix of a template's name → the media type it stands for: that of the format of this name (json, html), else
    the first by name (xml is application/rss+xml)."""
    found: dict[str, str] = {}
    for form in sorted(formats, key=lambda form: form.media_type.type):
        for suffix in form.media_type.suffixes:
            if form.name == suffix:
                found[suffix] = form.media_type.type
            else:
                found.setdefault(suffix, form.media_type.type)
    return found


def overlay(
    base: OutputFormat | None, name: str, table: Mapping[str, Any], media: Mapping[str, MediaType]
) -> OutputFormat:
    """One configured format over the built-in one of that name, or over Hugo's blank one."""
    wanted = str(table.get("mediatype") or "").lower()
    form = base or OutputFormat(name, MediaType(wanted, ()))
    form = replace(form, media_type=media.get(wanted, form.media_type))
    words = {"basename": "base_name", "path": "path", "rel": "rel", "protocol": "protocol"}
    flags = {
        "isplaintext": "is_plain_text", "ishtml": "is_html", "nougly": "no_ugly", "ugly": "ugly",
        "root": "root", "permalinkable": "permalinkable", "notalternative": "not_alternative",
    }  # fmt: skip
    changes: dict[str, Any] = {field: str(table[key]) for key, field in words.items() if key in table}
    changes |= {field: tables.truth(table[key]) for key, field in flags.items() if key in table}
    if "weight" in table:
        changes["weight"] = tables.number(table["weight"])
    return replace(form, **changes)


def by_kind(
    configured: Mapping[str, Any], known: Mapping[str, OutputFormat], disabled: frozenset[str]
) -> dict[str, list[str]]:
    """Which formats each kind is written in: the config's ``outputs`` replaces Hugo's list kind by kind; "rss"
    may be disabled.
    """
    chosen = {kind: list(names) for kind, names in DEFAULT_OUTPUTS.items()}
    for kind, names in configured.items():
        if kind in chosen:
            chosen[kind] = [name.lower() for name in tables.words(names) if name.lower() in known]
    return {kind: [name for name in names if name not in disabled] for kind, names in chosen.items()}
