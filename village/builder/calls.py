"""Shortcodes rendered: a template of the site first, then the site's own Python, then the built-in ones."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from village.errors import TemplateError
from village.render.assets.media_types import media_type
from village.render.functions.compare import snake
from village.render.shortcodes import library
from village.render.shortcodes.calls import Call
from village.render.shortcodes.context import ShortcodeContext
from village.render.views import paths
from village.render.views.base_url import relative
from village.render.views.values import MISSING

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


def takes_inner(desk: Any, name: str) -> bool | None:
    """Whether a shortcode has an end tag: its template reads ``inner``. None: there is no such shortcode."""
    template, aside = template_of(desk, name)
    if template:
        desk.lens.ask("template", template)
        return bool(INNER.search(desk.shelf.template(template)[0]))
    if name in desk.python_shortcodes:
        return bool(getattr(desk.python_shortcodes[name], "takes_inner", False))
    if name in library.BUILT_IN and not aside:
        return library.BUILT_IN[name].takes_inner
    if aside:
        return reads_inner_in_go(desk, name)
    return None


def reads_inner_in_go(desk: Any, name: str) -> bool:
    """A shortcode whose template is in Go's language still has its end tag, or not, as that template says."""
    return ".Inner" in desk.shelf.aside_text(name)


def invoke(desk: Any, around: Around, call: Call, inner: str | None) -> str:
    """The output of one shortcode. Raises ContentError, TemplateError."""
    context = ShortcodeContext(call, Markup(inner or ""), around)  # noqa: S704 - rendered by the site's own rules
    template, aside = template_of(desk, call.name)
    if template:
        names = desk.context(around.page, shortcode=context, **shorthand(context))
        try:
            return str(desk.templates.render(template, names))
        except TemplateError as error:  # the template's mistake, or of the page that calls it
            error.chain = (f"{call.file}:{call.line}", *error.chain)
            raise
    if call.name in desk.python_shortcodes:
        return str(desk.python_shortcodes[call.name](context))
    if call.name in library.BUILT_IN and not aside:
        return str(library.render(context))
    desk.warn(
        f"shortcode {call.name!r} has a template in Go's language: only its inner content is shown",
        call.file,
        call.line,
    )
    return str(library.set_aside(context))


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
