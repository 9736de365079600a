"""Shortcodes rendered: a template of the site first, then the site's own Python, then the built-in ones."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from markupsafe import Markup

from village.errors import TemplateError
from village.render.assets.media_types import media_type
from village.render.functions.compare import snake
from village.render.shortcodes import bodies, library
from village.render.shortcodes.calls import Call
from village.render.shortcodes.context import ShortcodeContext
from village.render.views import paths
from village.render.views.base_url import relative
from village.render.views.values import MISSING

GO_MARKDOWN = ("markdownify", "RenderString")
INNER = re.compile(r"\binner(_deindent)?\b")


class Around:
    """What a shortcode may ask of the site (``shortcodes.context.Surroundings``); every answer is noted
    through the lens.
    """

    def __init__(self, desk: Any, page: Any) -> None:
        self.desk = desk
        self.page = page
        self.site = page.site

    def markdownify(self, text: str) -> str:
        return str(self.desk.render_string(self.page, text, "inline"))

    def markdown(self, text: str) -> str:
        return str(self.desk.render_string(self.page, text, "block"))

    def ref(self, target: Mapping[str, Any], *, absolute: bool, position: str) -> str:
        return paths.refer(self.page, target, absolute=absolute, position=position)

    def highlight(self, code: str, lang: str, options: str | Mapping[str, Any]) -> str:
        return str(self.desk.highlight(code, lang, options))

    def resource(self, name: str) -> Any | None:
        """A file of the page's bundle, else one of assets/."""
        found = self.page.resources.get(name)
        return found if found is not MISSING else self.desk.asset(name)

    def publish(self, target: str, content: bytes) -> str:
        self.desk.publish(target, content, media_type(target), "asset")
        return relative(self.desk.lens, self.page.page.lang, target)

    def param(self, name: str) -> Any | None:
        value = self.page.param(name)
        return None if value is MISSING else value

    def config(self, name: str) -> Any | None:
        return self.desk.lens.ask("config", self.page.page.lang, name)

    def warn(self, message: str, position: str) -> None:
        file, _, rest = position.partition(":")
        self.desk.warn(message, file, int(rest.partition(":")[0] or 0))


def template_of(desk: Any, name: str) -> tuple[str, str]:
    """(template, "aside") of a shortcode's name; Hugo's and ours spell it the same."""
    found: tuple[str, str] = desk.lens.ask("shortcode", name)
    return found


def reader_of_inner(desk: Any, body: str) -> Callable[[str], bool | None]:
    """Whether a shortcode of a body has an end tag: its template reads ``inner``. None: there is no such shortcode.

    One that belongs to a theme that is not here has an end tag where the body closes it somewhere.
    """
    closed = bodies.closed_names(body)

    def read(name: str) -> bool | None:
        known = takes_inner(desk, name)
        return name in closed if known is None and template_of(desk, name)[1] else known

    return read


def takes_inner(desk: Any, name: str) -> bool | None:
    """Whether a shortcode's template reads ``inner``; None when there is no template."""
    template, absence = template_of(desk, name)
    if template:
        desk.lens.ask("template", template)
        return bool(INNER.search(desk.shelf.template(template)[0]))
    if name in desk.python_shortcodes:
        return bool(getattr(desk.python_shortcodes[name], "takes_inner", False))
    if absence == "aside":  # in Go's language; it has its end tag, or not, all the same
        return ".Inner" in desk.shelf.aside_text(name)
    return library.BUILT_IN[name].takes_inner if name in library.BUILT_IN else None


def invoke(desk: Any, around: Around, call: Call, inner: str | None) -> str:
    """The output of one shortcode. Raises ContentError, TemplateError."""
    context = ShortcodeContext(call, Markup(inner or ""), around)  # noqa: S704 - rendered by the site's own rules
    template, absence = template_of(desk, call.name)
    if template:
        names = desk.context(around.page, shortcode=context, **shorthand(context))
        try:
            return str(desk.templates.render(template, names))
        except TemplateError as error:  # the template's mistake, or of the page that calls it
            error.chain = (f"{call.file}:{call.line}", *error.chain)
            raise
    if call.name in desk.python_shortcodes:
        return str(desk.python_shortcodes[call.name](context))
    if call.name in library.BUILT_IN and (absence != "aside" or takes_inner(desk, call.name) is not True):
        return str(library.render(context))
    return stand_in(desk, context, absence)


def stand_in(desk: Any, context: ShortcodeContext, absence: str) -> str:
    """What is shown for a shortcode that cannot be run: its inner content, as Markdown where its template or the
    look of the content says that it is Markdown."""
    call = context.call
    why = "whose template is in Go's language" if absence == "aside" else "of a theme that is not here"
    hint = f"to show more of one, write it in Jinja2: layouts/_shortcodes/{call.name}.html"
    desk.warn(f"only the inner content is shown of shortcodes {why}", call.file, call.line, hint, name=call.name)
    inner = str(context.inner)
    if call.markup or not inner.strip():
        return inner
    if absence == "aside":
        is_markdown = any(word in desk.shelf.aside_text(call.name) for word in GO_MARKDOWN)
    else:
        is_markdown = not inner.lstrip().startswith("<")
    return context.around.markdown(str(context.inner_deindent)) if is_markdown else inner


def shorthand(context: ShortcodeContext) -> dict[str, Any]:
    """The names a shortcode template may use without ``shortcode.``."""
    names = (
        "params",
        "inner",
        "inner_deindent",
        "get",
        "is_named_params",
        "ordinal",
        "position",
        "parent",
        "name",
        "store",
    )
    return {snake(name): getattr(context, name) for name in names}
