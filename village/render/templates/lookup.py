"""Which template renders a page: Hugo's order (0.146 and later), with its older names mapped. Pure: names in, name out.

A template name is a path below layouts/ made of dot-separated identifiers: ``posts/section.ru.rss.xml``.
Identifiers are a kind, a
layout (list, single, all, or one of the site's own), a language, an output format; the last one is the suffix.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

KINDS = ("home", "page", "section", "taxonomy", "term", "404", "sitemap", "sitemapindex", "robots", "alias")
NODES = ("home", "section", "taxonomy", "term")
TEMPLATE_SUFFIXES = (".j2", ".jinja", ".jinja2")
CUSTOM, KIND, LIST, ALL, BARE = 6, 5, 4, 2, 1
LEGACY_KINDS = {"index": "home", "terms": "taxonomy", "indexes": "taxonomy"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be rendered. ``folders``: from the root to the page, e.g. ("", "posts", "posts/deep")."""

    kind: str
    layout: str = ""
    folders: tuple[str, ...] = ("",)
    lang: str = ""
    format: str = "html"
    suffix: str = "html"
    bare: bool = True  # a template that names no format is for this one as well: its suffix means the same media type
    base: bool = False  # looking for a baseof template


@dataclass(frozen=True, slots=True)
class Template:
    """A template name taken apart."""

    name: str
    folder: str
    words: tuple[str, ...]
    suffix: str


@dataclass(slots=True)
class Catalogue:
    """All templates of a site by normalised name; ``markup`` and shortcodes and partials stand apart."""

    pages: dict[str, Template] = field(default_factory=dict)
    partials: dict[str, str] = field(default_factory=dict)
    shortcodes: dict[str, str] = field(default_factory=dict)
    markup: dict[str, Template] = field(default_factory=dict)


def catalogue(names: Iterable[str]) -> Catalogue:
    """Sort template names (paths below layouts/, first come first served) into their places."""
    found = Catalogue()
    for name in names:
        folder, parts, suffix = take_apart(name)
        segments = folder.split("/") if folder else []
        if segments[:1] in (["_partials"], ["partials"]):
            found.partials.setdefault("/".join([*segments[1:], ".".join((*parts, suffix))]), name)
        elif "_shortcodes" in segments or "shortcodes" in segments:
            place = segments.index("_shortcodes" if "_shortcodes" in segments else "shortcodes")
            key = "/".join([*segments[place + 1 :], parts[0]])
            found.shortcodes.setdefault(key if suffix == "html" else f"{key}.{suffix}", name)
        elif "_markup" in segments:
            found.markup.setdefault(
                name, Template(name, "/".join(s for s in segments if s not in ("_markup", "_default")), parts, suffix)
            )
        else:
            template = page_template(name, segments, parts, suffix)
            found.pages.setdefault(name, template)
    return found


def take_apart(name: str) -> tuple[str, tuple[str, ...], str]:
    """(folder, identifiers, suffix) of a template's path."""
    folder, _, base = name.rpartition("/")
    for ending in TEMPLATE_SUFFIXES:
        base = base.removesuffix(ending)
    *parts, suffix = base.split(".") if "." in base else (base, "")
    return folder, tuple(parts), suffix


def page_template(name: str, segments: list[str], parts: tuple[str, ...], suffix: str) -> Template:
    """A page template with Hugo's older places mapped to the new ones."""
    segments = [segment for segment in segments if segment != "_default"]
    words = (
        tuple(LEGACY_KINDS.get(word, word) for word in parts)
        if not segments or parts[0] != "index"
        else ("list", *parts[1:])
    )
    if words and words[0].endswith("-baseof"):
        words = (
            "baseof",
            LEGACY_KINDS.get(words[0].removesuffix("-baseof"), words[0].removesuffix("-baseof")),
            *words[1:],
        )
    if (
        segments[:1] == ["section"]
        and len(segments) == 1
        and words[0] not in KINDS
        and words[0] not in ("list", "single", "all", "baseof")
    ):
        segments, words = [words[0]], ("section", *words[1:])
    elif len(segments) == 1 and words[0] == segments[0] and words[0] not in KINDS:
        words = ("section", *words[1:])
    return Template(name, "/".join(segments), words, suffix)


def choose(known: Catalogue, wanted: Wanted) -> str:
    """The name of the template that renders ``wanted``; "" when there is none."""
    best: tuple[tuple[int, ...], str] | None = None
    for template in known.pages.values():
        weights = weigh(template, wanted)
        if weights is None:
            continue
        rank = (*weights, -len(template.name))
        if best is None or rank > best[0] or (rank == best[0] and template.name < best[1]):
            best = (rank, template.name)
    return best[1] if best else ""


def weigh(template: Template, wanted: Wanted) -> tuple[int, ...] | None:
    """How well a template fits; None when it does not.

    Ranked by classes first (own layout, format named, language named), then by nearness of the folder, then
    by how precise the
    layout word is: a nearer folder wins unless it is of a lower class.
    """
    named = template.suffix == wanted.format  # home.headers, without the media type's own suffix
    if template.folder not in wanted.folders or (template.suffix != wanted.suffix and not named):
        return None
    layout = language = 0
    form = int(named)
    words = template.words
    if wanted.base != ("baseof" in words):
        return None
    for word in words:
        if word == "baseof":
            continue
        if word == wanted.layout and word:
            layout = max(layout, CUSTOM)
        elif word == wanted.kind:
            layout = max(layout, KIND)
            form = max(form, int(word == wanted.format))  # sitemap and robots are kinds and formats
        elif word == ("list" if wanted.kind in NODES else "single") and wanted.kind not in KINDS[5:]:
            layout = max(layout, LIST)
        elif word == "all" and wanted.kind not in KINDS[6:]:
            layout = max(layout, ALL)
        elif word == wanted.lang and word:
            language = 1
        elif word == wanted.format:
            form = 1
        else:
            return None
    if not layout and not form and not wanted.base:
        return None
    if not (form or wanted.bare or wanted.base):
        return None  # list.xml is RSS: it is no sitemap and no format of one's own in application/xml
    near = wanted.folders.index(template.folder)
    return (int(layout == CUSTOM), form, language, near, layout or BARE)


@lru_cache(maxsize=256)  # a page asks once for each of its hooks
def folders_of(path: str, kind: str, page_type: str) -> tuple[str, ...]:
    """The folders of layouts/ to look in, from the root down to the page; the type replaces the first segment."""
    segments = [segment for segment in path.strip("/").split("/") if segment]
    if kind == "home":
        return ("",)
    if page_type and (page_type != "page" or len(segments) < 2):
        segments = [page_type, *segments[1:]] if len(segments) > 1 or kind != "page" else [page_type]
    return ("", *("/".join(segments[: depth + 1]) for depth in range(len(segments))))


def choose_hook(known: Catalogue, hook: str, variant: str, folders: tuple[str, ...], form: str = "html") -> str:
    """The template of a Markdown render hook ("link"), for a variant ("go" of codeblock) where there is one."""
    best: tuple[tuple[int, int, int], str] | None = None
    for template in known.markup.values():
        words = template.words
        stem = words[0].removeprefix("render-")
        if (
            template.folder not in folders
            or stem not in (hook, f"{hook}-{variant}")
            or any(word != form for word in words[1:])
        ):
            continue
        rank = (int(stem != hook), folders.index(template.folder), len(words))
        if best is None or rank > best[0]:
            best = (rank, template.name)
    return best[1] if best else ""


def choose_named(known: Catalogue, name: str, near: str = "") -> str:
    """The template that ``include``, ``extends`` or ``partial`` means by a name: as written, in _default,
    among the partials.
    """
    bare = name.removeprefix("/").removeprefix("layouts/")
    folder = near.rpartition("/")[0]
    tries = [bare, f"_default/{bare}", f"{folder}/{bare}" if folder else bare]
    for candidate in tries:
        for ending in ("", *TEMPLATE_SUFFIXES):
            if candidate + ending in known.pages:
                return candidate + ending
    partial = bare.removeprefix("_partials/").removeprefix("partials/")
    for candidate in (partial, f"{partial}.html"):
        if candidate in known.partials:
            return known.partials[candidate]
    for markup in (bare, f"_default/{bare}"):
        if markup in known.markup:
            return markup
    return ""


def is_go(source: str) -> bool:
    """Whether a template is written in Go's template language: its actions cannot be Jinja expressions."""
    return any(mark in source for mark in GO_MARKS) or bool(GO_ACTION.search(source))


GO_MARKS = (
    "{{ end }}",
    "{{end}}",
    "{{- end",
    "{{ end -",
    "{{/*",
    "{{- /*",
    "{{ .",
    "{{- .",
    "{{.",
    "{{ $",
    "{{- $",
    "{{$",
)
GO_ACTION = re.compile(
    r"\{\{-?\s*(?:(?:define|block|template|range|with|if|partialCached|partial|printf|print|i18n|T|relURL|absURL|safeHTML|errorf|warnf|dict"
    r"|slice|index|len|return|else if|else with)\s+[\"`.$(]|(?:end|else|break|continue)\s*-?\}\}|(?:site|hugo)\.[A-Z]"
    r"|resources\.[A-Z]"
    r"|(?:if|with|range|return|else if)\s+\w)"
)
