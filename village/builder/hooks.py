"""Markdown render hooks: templates ``_markup/render-link.html`` and its like, and where links lead."""

from __future__ import annotations

import difflib
import hashlib
import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from markupsafe import Markup

from village.render.addresses import is_absolute
from village.render.templates.sandbox import allow_any
from village.render.views.values import MISSING

WORDS = re.compile(r"<[^>]*>")
MARKDOWN = (".md", ".markdown", ".mdown")


@dataclass(frozen=True, slots=True)
class Position:
    """Where in the content an element stands; prints as file:line:column."""

    filename: str
    line_number: int
    column_number: int = 1

    def __str__(self) -> str:
        return f"{self.filename}:{self.line_number}:{self.column_number}"


allow_any(Position)


MOST_SOUGHT = 20  # warnings, from which on the nearest file is no longer looked for

# A URL in an attribute of Go's html/template: these too are encoded, for they would end a url(…) or a quoted value.
GO_URL = str.maketrans({"(": "%28", ")": "%29", "'": "%27"})


class TemplateHooks:
    """The hooks of one page. A kind without a template answers None: the default rendering."""

    def __init__(self, desk: Any, page: Any, first_line: int, text: str = "") -> None:
        self.desk = desk
        self.page = page
        self.first_line = first_line
        self.text = text
        self.searched = 0
        self.found: dict[tuple[str, str], str] = {}
        self.taken: dict[str, bool] = {}  # hook → whether Hugo's embedded one is

    def template(self, hook: str, variant: str = "") -> str:
        key = (hook, variant)
        if key not in self.found:
            self.found[key] = self.desk.hook_for(self.page, hook, variant)
        return self.found[key]

    def render(self, template: str, **names: Any) -> str:
        context = self.desk.context(self.page, page_inner=self.page, **names)
        return str(self.desk.templates.render(template, context))

    def position(self, words: str, above: int = 0) -> Position:
        """Where an element with these words stands: found from where the last one stood; ``above``: how many lines its
        first one is above them. Its page's first line when they are not in the text as they are (an emphasis)."""
        model = self.page.page
        file = str(model.source.file) if model.source else model.path
        at = self.text.find(words, self.searched) if words else -1
        if at < 0:
            return Position(file, max(self.first_line, 1))
        self.searched = at
        return Position(file, self.first_line + self.text.count("\n", 0, at) - above)

    def prefix(self) -> str:
        """A short name of the page; Hugo's is 17 characters too, of a hash of its own."""
        return "h" + hashlib.blake2b(str(self.page.identity).encode(), digest_size=8).hexdigest()

    def resolve(self, destination: str, is_image: bool, line: int) -> str:
        """Where a destination leads: ``.md`` links to their pages always; in a multilingual site also paths
        of pages and files, spelt as Go's templates spell an attribute.

        The latter is Hugo's embedded render hook (useEmbedded = auto). What is not found stays as it was written.
        """
        known = self.resolved(destination, is_image, line)
        return known.translate(GO_URL) if self.embedded("image" if is_image else "link") else known

    def resolved(self, destination: str, is_image: bool, line: int) -> str:
        if not destination or destination.startswith("?") or is_absolute(destination):
            return destination
        path, mark, fragment = destination.partition("#")
        path, question, query = path.partition("?")
        bare = unquote(path).removeprefix("./")
        if bare.lower().endswith(MARKDOWN):
            found = str(self.desk.lens.ask("find", self.page.identity, bare, ""))
            if not found or found.startswith("?"):
                self.missing(destination, found, line)
                return destination
            return self.address(found) + question + query + mark + fragment
        if not self.embedded("image" if is_image else "link"):
            return destination
        known = self.embedded_address(bare, is_image) if bare else str(self.page.rel_permalink)
        return known + question + query + mark + fragment if known else destination

    def address(self, identity: str) -> str:
        return str(self.desk.lens.view(identity).rel_permalink)

    def embedded(self, hook: str) -> bool:
        """Whether Hugo's embedded link and image hooks are on. Asked once of a page, for some have a hundred links."""
        if hook not in self.taken:
            self.taken[hook] = self.takes_embedded(hook)
        return self.taken[hook]

    def takes_embedded(self, hook: str) -> bool:
        """They are on one host where ``languages`` is configured, be it a single one, unless the config says otherwise
        (``useEmbedded``, once ``enableDefault``).
        """
        ask, lang = self.desk.lens.ask, self.page.page.lang
        settings = ask("config", lang, f"markup.goldmark.renderhooks.{hook}") or {}
        use = settings.get("useembedded") or "auto"
        if use == "auto" and "enabledefault" in settings:
            use = "fallback" if settings["enabledefault"] else "never"
        if use != "auto":
            return bool(use in ("always", "fallback"))
        copies = ask("config", lang, "markup.goldmark.duplicateresourcefiles")
        return bool(ask("languages_configured") and not ask("language", lang)[8] and not copies)

    def embedded_address(self, path: str, is_image: bool) -> str:
        """A page, a file of the bundle, or an asset; "" when there is none."""
        if not path:
            return ""
        if not is_image:
            found = str(self.desk.lens.ask("get_page", self.page.identity, path))
            if found:
                return self.address(found)
        resource = self.page.resources.get(path)
        if resource is MISSING:
            resource = self.desk.assets.get(path)
        return "" if resource is MISSING else str(resource.rel_permalink)

    def wiki(self, name: str, line: int) -> str | None:
        """The address of ``[[name]]``: a page by path, base name or title."""
        path, mark, fragment = name.partition("#")
        found = self.desk.lens.ask("wiki", self.page.identity, path.strip())
        if not found or found.startswith("?"):
            self.missing(name, found, line)
            return None
        return str(self.desk.lens.view(found).rel_permalink) + mark + fragment

    def missing(self, destination: str, found: str, line: int) -> None:
        """A link into the content that leads nowhere: a warning, because Hugo writes such links out without a word."""
        model = self.page.page
        message = (
            f"the link {destination!r} leads to no page"
            if not found
            else f"{destination!r} names several pages: {found[1:]}"
        )
        place = self.first_line + line - 1 if line else 0
        hint = "write the path from the root of content/" if found else self.near(destination)
        self.desk.warn(message, model.source.shown if model.source else model.path, place, hint)

    def near(self, destination: str) -> str:
        """The hint that names the file meant, for the first few links of a build that lead nowhere."""
        if len(self.desk.complaints.all) > MOST_SOUGHT:
            return ""
        wanted = posixpath.basename(unquote(destination).partition("#")[0])
        paths = [page.source.path for page in self.desk.lens.site.pages.values() if page.source]
        names = {posixpath.basename(path): path for path in paths}
        found = difflib.get_close_matches(wanted, names, n=1, cutoff=0.7)
        return f'did you mean "/{names[found[0]]}"?' if found else ""

    def link(  # noqa: PLR0917 - the parts of one step
        self, destination: str, title: str, text_html: str, plain_text: str, is_image: bool, ordinal: int,
        *, attributes: Mapping[str, Any], is_block: bool,
    ) -> str | None:  # fmt: skip
        template = self.template("image" if is_image else "link")
        if not template:
            return None
        return self.render(
            template, destination=destination, title=title, text=Markup(text_html), plain_text=plain_text,  # noqa: S704
            ordinal=ordinal, attributes=dict(attributes), is_block=is_block,
        )  # fmt: skip

    def heading(  # noqa: PLR0917 - the parts of one step
        self, level: int, anchor: str, text_html: str, plain_text: str, attributes: Mapping[str, Any], ordinal: int
    ) -> str | None:
        template = self.template("heading")
        if not template:
            return None
        return self.render(template, level=level, anchor=anchor, text=Markup(text_html), plain_text=plain_text,  # noqa: S704
                           attributes=dict(attributes), ordinal=ordinal)  # fmt: skip

    def codeblock(
        self, lang: str, inner: str, attributes: Mapping[str, Any], options: Mapping[str, Any], ordinal: int
    ) -> str | None:
        template = self.template("codeblock", lang.lower())
        if not template or (lang.lower() == "goat" and "-goat." not in template):  # Hugo's own hook is more special
            return None
        return self.render(
            template,
            type=lang,
            lang=lang,
            inner=inner,
            attributes=dict(attributes),
            options=dict(options),
            ordinal=ordinal,
            position=self.position(inner.partition("\n")[0], 1),
        )

    def blockquote(
        self,
        kind: str,
        text_html: str,
        attributes: Mapping[str, Any],
        ordinal: int,
        *,
        alert_type: str,
        alert_title: str,
        alert_sign: str,
    ) -> str | None:
        template = self.template("blockquote", kind)
        if not template:
            return None
        start = self.position("[!" if alert_type else WORDS.sub("\n", text_html).strip().partition("\n")[0])
        return self.render(template, type=kind, text=Markup(text_html), attributes=dict(attributes), ordinal=ordinal,  # noqa: S704
                           alert_type=alert_type, alert_title=Markup(alert_title), alert_sign=alert_sign,  # noqa: S704
                           position=start)  # fmt: skip

    def table(
        self,
        head: Sequence[Sequence[tuple[str, str]]],
        body: Sequence[Sequence[tuple[str, str]]],
        attributes: Mapping[str, Any],
        ordinal: int,
    ) -> str | None:
        template = self.template("table")
        if not template:
            return None
        words = WORDS.sub("\n", head[0][0][1]).strip().partition("\n")[0] if head and head[0] else ""
        return self.render(
            template,
            thead=cells(head),
            tbody=cells(body),
            attributes=dict(attributes),
            ordinal=ordinal,
            position=self.position(words),
        )

    def passthrough(self, inner: str, kind: str, attributes: Mapping[str, Any], ordinal: int) -> str | None:
        template = self.template("passthrough", kind)
        if not template:
            return None
        start = self.position(inner)
        return self.render(
            template, inner=inner, type=kind, attributes=dict(attributes), ordinal=ordinal, position=start
        )


def cells(rows: Sequence[Sequence[tuple[str, str]]]) -> list[list[dict[str, Any]]]:
    return [[{"alignment": alignment, "text": Markup(html)} for alignment, html in row] for row in rows]  # noqa: S704
