"""What a shortcode sees: its own call, and through ``Surroundings`` the page and site it stands in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from markupsafe import Markup

from village.errors import ContentError
from village.render.shortcodes import bodies
from village.render.shortcodes.calls import Call


class Surroundings(Protocol):
    """What a shortcode may ask of the site. The engine answers, so that every answer is noted for the incremental
    build."""

    page: Any  # views of the lens
    site: Any

    def markdownify(self, text: str) -> str:
        """Inline Markdown: one paragraph's ``<p>`` stripped."""

    def markdown(self, text: str) -> str:
        """Block Markdown, as Hugo's RenderString with display block."""

    def ref(self, target: Mapping[str, Any], *, absolute: bool, position: str) -> str:
        """The URL of ``{"path": …, "lang": …, "outputFormat": …}``. Raises ContentError when nothing or too much is
        found."""

    def highlight(self, code: str, lang: str, options: str | Mapping[str, Any]) -> str:
        """Highlighted code, options as in Hugo's highlight function ("linenos=table,hl_lines=1 3-4")."""

    def resource(self, name: str) -> Any | None:
        """A page resource, or else a global one: an object with ``rel_permalink``."""

    def publish(self, target: str, content: bytes) -> str:
        """Write a generated file at a site path ("/qr.png"); returns its link below the base URL."""

    def param(self, name: str) -> Any | None:
        """A parameter of the page, or else of the site; the name may be dotted."""

    def config(self, name: str) -> Any | None:
        """A value of the site's configuration by its dotted, lower-cased name ("privacy.youtube.disable")."""

    def warn(self, message: str, position: str) -> None:
        """Tell the author, and go on."""


@dataclass(slots=True)
class ShortcodeContext:
    """Hugo's shortcode methods with Python's names."""

    call: Call
    inner: Markup
    around: Surroundings

    @property
    def name(self) -> str:
        return self.call.name

    @property
    def params(self) -> list[Any] | dict[str, Any]:
        return self.call.params

    @property
    def is_named_params(self) -> bool:
        return isinstance(self.call.params, dict)

    @property
    def inner_deindent(self) -> Markup:
        return Markup(bodies.deindent(self.inner, self.call.indentation))  # noqa: S704 - the same text, moved left

    @property
    def ordinal(self) -> int:
        return self.call.ordinal

    @property
    def position(self) -> str:
        return self.call.position

    @property
    def parent(self) -> ShortcodeContext | None:
        """The shortcode around this one; its inner content is not known yet."""
        return ShortcodeContext(self.call.parent, Markup(), self.around) if self.call.parent else None

    @property
    def store(self) -> dict[str, Any]:
        return self.call.store

    @property
    def page(self) -> Any:
        return self.around.page

    @property
    def site(self) -> Any:
        return self.around.site

    def get(self, key: int | str, default: Any = "") -> Any:
        """A parameter by position or name. Names are compared as written, as Hugo does; a missing one is the
        default."""
        params = self.call.params
        if isinstance(params, dict):
            return params.get(key, default) if isinstance(key, str) else default
        if isinstance(key, int) and 0 <= key < len(params):
            return params[key]
        return default

    def ref(self, target: str | Mapping[str, Any]) -> str:
        return self.around.ref(arguments(target), absolute=True, position=self.position)

    def relref(self, target: str | Mapping[str, Any]) -> str:
        return self.around.ref(arguments(target), absolute=False, position=self.position)

    def markdownify(self, text: str) -> Markup:
        return Markup(self.around.markdownify(text))  # noqa: S704 - Markdown is rendered by the site's own rules

    def error(self, message: str, hint: str = "") -> ContentError:
        """An error at this shortcode's place, ready to raise."""
        call = self.call
        return ContentError(
            f"shortcode {call.name!r}: {message}", file=call.file, line=call.line, column=call.column, hint=hint
        )


def arguments(target: str | Mapping[str, Any]) -> Mapping[str, Any]:
    return {"path": target} if isinstance(target, str) else target
