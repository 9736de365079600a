"""``village explain URL``: source file, kind, template and why, dates, and what the output depends on."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

from village.builder.nodes import CONTENT, OUTPUT, Key
from village.release.manifest import Manifest
from village.render.addresses import file_of
from village.render.templates import lookup
from village.site.guard import relative


@dataclass(slots=True)
class Explanation:
    """Facts as (name, value) rows; ``depends``: what was asked, grouped by what it is about; ``known``: whether the
    URL is one of the site's.
    """

    url: str
    rows: list[tuple[str, str]] = field(default_factory=list)
    depends: list[tuple[str, str]] = field(default_factory=list)
    known: bool = True

    def __str__(self) -> str:
        lines = [self.url]
        lines += [f"  {name:<12} {value}" for name, value in self.rows if value]
        if self.depends:
            width = max(len(name) for name, _ in self.depends)
            lines += ["  depends on", *(f"    {name:<{width}}  {value}" for name, value in self.depends)]
        return "\n".join(lines)


def explain(workshop: Any, url: str) -> Explanation:
    """All that is known of a URL."""
    release = workshop.release
    path = address_of(release, url)
    for known in (path, path + "/", path.removesuffix("index.html")):
        if release is not None and known in release.entries:
            return known_path(workshop, known)
    found = Explanation(path, [("answer", "404: no page, file or redirect has this address")], known=False)
    for page in skipped(workshop, path):
        found.rows.append(("skipped", page))
    near = difflib.get_close_matches(path, release.entries if release else (), n=3, cutoff=0.6)
    found.rows.append(("like it", ", ".join(near)))
    return found


def address_of(release: Manifest | None, url: str) -> str:
    """The path in the release that a URL means; a language with a host of its own has its tree there."""
    parts = urlsplit(url)
    path = unquote(parts.path) or "/"
    for host in release.rules.hosts if release else ():
        if parts.hostname == host.name:
            return host.tree + path.removeprefix(host.base)
    return path


def skipped(workshop: Any, path: str) -> list[str]:
    """Pages that are not published now and whose file name looks like the path."""
    name = path.strip("/").rpartition("/")[2]
    rows = workshop.lens.site.skipped if workshop.lens else []
    return [
        f"{s.path}: {s.reason}" + (f" until {s.until.isoformat()}" if s.until else "")
        for s in rows
        if name and name in s.path
    ]


def known_path(workshop: Any, path: str) -> Explanation:
    entry = workshop.release.entries[path]
    found = Explanation(
        path, [("file", file_of(path)), ("answer", f"{entry.status} {entry.location or entry.media_type}".strip())]
    )
    if entry.length:
        found.rows.append(("size", f"{entry.length} bytes"))
    held = workshop.ledger.claims.wanted.get(path)
    owners = [claim[1] for claim in sorted(held, key=lambda claim: claim[:2])] if isinstance(held, list) else [held[1]]
    found.rows.append(("made by", "; hides ".join(owners)))
    register = workshop.memory.register
    for number, made in workshop.memory.made.items():
        if any(one[0] == path for one in made.entries):
            describe_node(workshop, found, number, register.keys[number], made)
            break
    return found


def describe_node(workshop: Any, found: Explanation, number: int, key: Key, made: Any) -> None:
    lens = workshop.lens
    if key.kind in (OUTPUT, CONTENT) and key.name in lens.site.pages:
        page = lens.site.pages[key.name]
        folders = lookup.folders_of(page.path, page.kind, page.type)
        found.rows += [
            ("source", relative(page.source.location, str(lens.site.folder)) if page.source else "no file of its own"),
            ("page", f"{page.kind}, type {page.type}, language {page.lang}, logical path {page.path}"),
            (
                "format",
                f"{key.format}, pager {key.number} of {made.pagers}"
                if made.pagers > 1 or key.number > 1
                else key.format,
            ),
            ("template", template_row(workshop, made.template)),
            ("because", reason(page.kind, page.layout, [f for f in folders if f]) if made.template else ""),
        ]
        found.rows += [
            (name, getattr(page, name).isoformat())
            for name in ("date", "lastmod", "publish_date", "expiry_date")
            if getattr(page, name)
        ]
    found.depends = grouped(dependencies(workshop, number))


def reason(kind: str, layout: str, folders: list[str]) -> str:
    """Why a template was chosen, in words."""
    wanted = f"kind {kind}" + (f" with layout {layout}" if layout else "")
    places = ["layouts/", *(f"layouts/{folder}/" for folder in folders)]
    return f"the nearest template for {wanted}, looked for in {', '.join(places)}"


# the first word of a question → (what its group is called, which of its other words tell one from another)
GROUPS = {
    "template": ("templates", slice(1, 2)),
    "fragment": ("templates", slice(1, 2)),
    "config": ("settings", slice(2, 3)),
    "site_title": ("settings", slice(0, 1)),
    "language": ("settings", slice(0, 1)),
    "languages": ("settings", slice(0, 1)),
    "site_params": ("site.params", slice(2, 3)),
    "menu": ("menus", slice(2, 3)),
    "i18n": ("words", slice(2, 3)),
    "data": ("data", slice(1, 2)),
    "asset": ("assets", slice(1, 2)),
    "named": ("", slice(0)),  # that a name means a template; the template itself is in the list
    "template_folders": ("", slice(0)),
    "lookup": ("", slice(0)),
}


def grouped(questions: Iterable[str]) -> list[tuple[str, str]]:
    """Questions as (group, what of it), for a reader who knows templates and not the engine."""
    groups: dict[str, dict[str, None]] = {}
    for question in questions:
        words = question.split(" ")
        about, _, page = question.partition(" of ")
        if words[0] in GROUPS:
            group, part = GROUPS[words[0]]
            named = " ".join(words[part])
        elif page:  # "title of en:/a and 3 more"
            group, named = "other pages" if page.endswith(" more") else page, about
        else:
            group, named = "lists", question
        if group and named:
            groups.setdefault(group, {})[named] = None
    return [(name, ", ".join(values)) for name, values in sorted(groups.items())]


def template_row(workshop: Any, name: str) -> str:
    return workshop.shelf.template(name)[1] if name in workshop.shelf.files else "built in"


def dependencies(workshop: Any, number: int) -> list[str]:
    """The questions of a node, those about pages counted by field."""
    codes = workshop.memory.traces.codes.get(number, ())
    numbers = workshop.numbers
    fields: Counter[str] = Counter()
    examples: dict[str, str] = {}
    rows = []
    for code in codes:
        words = numbers.spell(code)
        if code < 0:
            rows.append(words)
        else:
            page, _, name = words.rpartition(" ")
            fields[name] += 1
            examples.setdefault(name, page)
    for name, count in sorted(fields.items()):
        rows.append(f"{name} of {examples[name]}" + (f" and {count - 1} more" if count > 1 else ""))
    return sorted(rows)
