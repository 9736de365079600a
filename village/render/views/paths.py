"""Addresses of pages and their files: permalinks, output formats, source files, bundle resources, references."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from village.errors import ContentError
from village.render.lens import Lens
from village.render.views.base_url import absolute, relative
from village.render.views.resources import FileFacts, OutputFormat, PageResource, Resources
from village.render.views.values import MISSING
from village.site.config import outputs
from village.site.model import Output, Page


def main_output(page: Page) -> Output | None:
    """The output that the page's own address means: HTML where there is one."""
    for output in page.outputs:
        if output.format == "html":
            return output
    return page.outputs[0] if page.outputs else None


def own_output(lens: Lens, page: Page) -> Output | None:
    """The output that the page's address means while a format is rendered: that format where it is
    permalinkable (amp).
    """
    form = lens.rendering.format
    if form != "html" and page.build.render != "never" and (known := formats(lens).get(form)) and known.permalinkable:
        for output in page.outputs:
            if output.format == form:
                return output
    return main_output(page) if page.build.render != "never" else None


def rel_permalink(lens: Lens, page: Page) -> str:
    """Path of the page below the host, escaped; "" for a page without one."""
    output = own_output(lens, page)
    return relative(lens, page.lang, output.url) if output else ""


def permalink(lens: Lens, page: Page) -> str:
    output = own_output(lens, page)
    return absolute(lens, page.lang, output.url) if output else ""


def output_rows(lens: Lens, page: Page) -> tuple[tuple[str, str, str], ...]:
    """(format, path, permalink) of each output."""
    return tuple(
        (output.format, relative(lens, page.lang, output.url), absolute(lens, page.lang, output.url))
        for output in page.outputs
    )


def formats(lens: Lens) -> dict[str, outputs.OutputFormat]:
    """The site's output formats by name."""
    config = lens.site.config
    media = lens.once("media", lambda: outputs.media_types(config.get("mediatypes") or {}))
    return lens.once("formats", lambda: outputs.formats(config.get("outputformats") or {}, media))


def show_formats(view: Any, rows: tuple[tuple[str, str, str], ...]) -> Any:
    main = next((row[0] for row in rows if row[0] == "html"), rows[0][0] if rows else "")
    known = formats(view.lens)
    return OutputFormats(
        OutputFormat(name, path, link, known[name], main == name) for name, path, link in rows if name in known
    )


class OutputFormats(list[OutputFormat]):
    """A page's output formats; ``get("rss")`` finds one."""

    def get(self, name: str) -> Any:
        """The format of that name, else MISSING."""
        return next((item for item in self if item.name.lower() == name.lower()), MISSING)


def file_facts(lens: Lens, page: Page) -> tuple[str, bool]:
    del lens
    return (page.source.path, bool(page.bundle)) if page.source else ("", False)


def show_file(view: Any, facts: tuple[str, bool]) -> FileFacts | None:
    path, bundled = facts
    return FileFacts(path, bundled, view.page.lang, str(view.page.source.file)) if path else None


def resource_rows(lens: Lens, page: Page) -> tuple[tuple[Any, ...], ...]:
    """What identifies each resource and its content."""
    del lens
    return tuple(
        (item.name, item.title, item.target, item.media_type, item.mtime_ns, item.size, str(item.params), item.page)
        for item in page.resources
    )


def resources(view: Any) -> Resources:
    del_note = view.resources_rows  # the question; the views below read the same rows
    return Resources(view, [PageResource(view, item) for item in view.page.resources] if del_note else [])


def dotted(table: Any, key: str) -> Any:
    """``table.a.b`` read part by part, each read noted."""
    for part in key.split("."):
        table = table.lookup(part) if hasattr(table, "lookup") else MISSING
    return table


def refer(view: Any, target: Any, *, absolute: bool, position: str = "") -> str:
    """Hugo's ref and relref. Raises ContentError when the page does not exist or the name is ambiguous."""
    wanted: Mapping[str, Any] = target if isinstance(target, Mapping) else {"path": str(target)}
    path, _, fragment = str(wanted.get("path", "")).partition("#")
    path = path.partition("?")[0]
    if not path:
        return f"#{fragment}" if fragment else ""
    identity = view.lens.ask("find", view.identity, path, str(wanted.get("lang", "")))
    if not identity or identity.startswith("?"):
        raise missing(view, path, identity, position)
    page = view.lens.view(identity)
    wanted_format = str(wanted.get("outputFormat", wanted.get("output_format", "")))
    if wanted_format:
        found = page.output_formats.get(wanted_format)
        link = (found.permalink if absolute else found.rel_permalink) if found else ""
    else:
        link = page.permalink if absolute else page.rel_permalink
    return str(link) + (f"#{fragment}" if fragment else "")


def missing(view: Any, path: str, answer: str, position: str) -> ContentError:
    file = view.page.source.path if view.page.source else view.page.path
    line = 0
    if position.count(":") >= 2:
        file, number, _ = position.rsplit(":", 2)
        line = int(number) if number.isdigit() else 0
    if answer.startswith("?"):
        return ContentError(
            f"{path!r} names several pages: {answer[1:]}", file=file, line=line, hint="write the path from the root"
        )
    return ContentError(
        f"there is no page {path!r}", file=file, line=line, hint="ref and relref take a path below content/"
    )


def sitemap(lens: Lens, page: Page) -> dict[str, Any]:
    """Hugo's .Sitemap: the page's own words over the config's."""
    return {**(lens.site.languages[page.lang].config.get("sitemap") or {}), **page.sitemap}
