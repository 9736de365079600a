"""Jinja2 behind the lens: every template read is a question, every error says file, line and who included whom."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from itertools import islice
from typing import Any

from jinja2 import Template, TemplateSyntaxError
from jinja2.exceptions import TemplateNotFound
from jinja2.ext import do, loopcontrols

from village.errors import AuthorError, TemplateError
from village.render.lens import Lens
from village.render.templates import bounded, fragments, mistakes
from village.render.templates.sandbox import Sandbox, Undefined
from village.render.templates.watch import TookTooLong, TookTooMuch, Watch
from village.site.formats import decoding

PARTS = 16  # of a page looked at together; each is no longer than the longest text an expression may make
ESCAPED = (".html", ".htm", ".xml", ".svg", ".xhtml")


class Templates(Sandbox):
    """All templates of a site. ``read(name)`` → (source, shown path, digest); ``find(name, near)`` → the name
    meant, or "". ``names()`` → those there are, for the hint when one is not.
    """

    def __init__(
        self,
        read: Callable[[str], tuple[str, str, str]],
        find: Callable[[str, str], str],
        names: Callable[[], Iterable[str]] = tuple,
    ) -> None:
        super().__init__(
            undefined=Undefined,
            autoescape=lambda name: name is None or strip_ending(name).endswith(ESCAPED),
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            extensions=[do, loopcontrols],
            cache_size=0,
        )
        self.filters.update(bounded.FILTERS)
        self.read = read
        self.find = find
        self.names = names
        self.lens: Lens = None  # type: ignore[assignment] # set by the desk before anything is rendered
        self.compiled: dict[str, tuple[str, Template]] = {}
        self.pure: dict[str, tuple[str, bool]] = {}
        self.longest = 16 * 1024 * 1024
        self.watch: Watch | None = None

    # Every extends, include and import passes here at render time; Jinja's own cache would hide re-use from the trace.

    def get_template(self, name: Any, parent: str | None = None, globals: Any = None) -> Any:  # noqa: A002
        """The template behind a name written in another template."""
        if isinstance(name, Template):
            return name
        found = self.find(name, parent or "")
        self.lens.ask("named", name, parent or "")
        if not found:
            raise TemplateNotFound(name)
        template = self.load(found)
        if parent and fragments.is_pure(self, found):
            return fragments.Fragment(self, found, template)
        return template

    def select_template(self, names: Any, parent: str | None = None, globals: Any = None) -> Any:  # noqa: A002
        """The first of several names that exists."""
        for name in names:
            if isinstance(name, Template) or self.find(name, parent or ""):
                return self.get_template(name, parent, globals)
            self.lens.ask("named", name, parent or "")
        raise TemplateNotFound(names[-1] if names else "")

    def get_or_select_template(self, names: Any, parent: str | None = None, globals: Any = None) -> Any:  # noqa: A002
        if isinstance(names, (str, Template)):
            return self.get_template(names, parent, globals)
        return self.select_template(names, parent, globals)

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """The names every template has. A plain table: each context begins as a copy of it, and one of Jinja's
        ``ChainMap`` takes longer than a small page."""
        return {**self.globals, **d} if d else self.globals

    def check(self, name: str) -> None:
        """Raises TemplateError when a template does not parse; nothing is asked or kept."""
        source, shown, _ = self.read(name)
        try:
            self.parse(source, name, shown)
        except TemplateSyntaxError as error:
            raise self.syntax_error(error, source, shown) from None

    def load(self, name: str) -> Template:
        """A template by its exact name, compiled once for each text. Raises TemplateError."""
        self.lens.ask("template", name)
        source, shown, digest = self.read(name)
        known = self.compiled.get(name)
        if known and known[0] == digest:
            return known[1]
        try:
            code = self.compile(source, name, shown)
        except TemplateSyntaxError as error:
            raise self.syntax_error(error, source, shown) from None
        template = self.template_class.from_code(self, code, self.make_globals(None), None)
        self.compiled[name] = (digest, template)
        return template

    def render(self, name: str, context: Mapping[str, Any]) -> str:
        """The text of a template. Raises TemplateError; AuthorErrors of what it shows pass through."""
        template = self.load(name)
        try:
            if self.watch is None:
                return self.gather(template, context)
            with self.watch.rendering():
                return self.gather(template, context)
        except AuthorError as error:
            if isinstance(error, TemplateError) and not error.file:
                raise self.located(error, error.message, error.hint, template) from error
            raise
        except TookTooLong as error:
            assert self.watch is not None
            hint = "look for a loop that does not end; the limit is the operator's page_seconds"
            raise self.located(error, f"took longer than {self.watch.seconds:g} seconds", hint, template) from None
        except TookTooMuch as error:
            hint = "look for texts that are collected in a loop"
            raise self.located(error, "took more memory than there is for one page", hint, template) from None
        except TemplateNotFound as error:
            hint = (
                mistakes.near(str(error.name), self.names())
                or "templates are looked for in layouts/ and its _partials/"
            )
            raise self.located(error, f"there is no template {error.name!r}", hint, template) from None
        except Exception as error:
            raise self.located(error, *mistakes.running(error, self.known_names(context)), template) from error

    def render_source(self, source: str, name: str, context: Mapping[str, Any]) -> str:
        """A text that is not a template file (an asset executed as one)."""
        known = self.compiled.get(name)
        if known is None:
            try:
                code = self.compile(source, name, name)
            except TemplateSyntaxError as error:
                raise self.syntax_error(error, source, name) from None
            known = self.compiled[name] = ("", self.template_class.from_code(self, code, self.make_globals(None), None))
        return self.gather(known[1], context)

    def gather(self, template: Template, context: Mapping[str, Any]) -> str:
        parts: list[str] = []
        length = 0
        rendered = template.root_render_func(template.new_context(dict(context)))
        while some := list(islice(rendered, PARTS)):
            parts += some
            length += sum(map(len, some))
            if length > self.longest:
                hint = "look for a loop that shows too much; the limit is the operator's page_bytes"
                raise TemplateError(f"made more than {self.longest / 1024 / 1024:g} MiB of text", hint=hint)
        return "".join(parts)

    def syntax_error(self, error: TemplateSyntaxError, source: str, shown: str) -> TemplateError:
        """What does not parse, where, and how it would."""
        message = error.message or "does not parse"
        hint = mistakes.syntax(message, self.filters, self.tests)
        return TemplateError(
            message, file=shown, line=error.lineno, hint=hint, excerpt=decoding.excerpt(source, error.lineno)
        )

    def known_names(self, context: Mapping[str, Any]) -> list[str]:
        """What a template can call by name."""
        return [*self.globals, *context]

    def located(self, error: BaseException, message: str, hint: str, outermost: Template) -> TemplateError:
        """A TemplateError at the innermost template line of a traceback, with the lines that led there."""
        places = []
        for frame, line in traceback.walk_tb(error.__traceback__):
            template = frame.f_globals.get("__jinja_template__")
            if template is not None:
                places.append(
                    (template.filename or template.name, template.get_corresponding_lineno(line), template.name)
                )
        chain = [f"{file}:{line}" for file, line, _ in places[:-1]]
        file, line, name = places[-1] if places else (outermost.filename or "", 0, "")
        excerpt = decoding.excerpt(self.read(name)[0], line) if name else ""
        return TemplateError(
            message, file=file, line=line, hint=hint, excerpt=excerpt, chain=list(dict.fromkeys(chain))
        )


def strip_ending(name: str) -> str:
    for ending in (".j2", ".jinja", ".jinja2"):
        name = name.removesuffix(ending)
    return name
