"""The templates of a site: which there are, which text they have, which are written in another language and
set aside.
"""

from __future__ import annotations

from collections.abc import Iterable

from village.builder.union import Digests, UnionFile, scan, walk
from village.errors import AuthorError, TemplateError
from village.render.lens import Lens, question
from village.render.templates import lookup
from village.site.config.outputs import MEDIA, OutputFormat
from village.site.config.themes import ThemeMissing
from village.site.guard import relative
from village.site.model import Layer

PAGE_KINDS = ("home", "page", "section", "taxonomy", "term")


class Shelf:
    """Template files by name. ``site`` is the folder that shown paths are relative to."""

    def __init__(self, site: str) -> None:
        self.site = site
        self.files: dict[str, UnionFile] = {}
        self.sources: dict[str, tuple[tuple[int, int], str, str, str]] = {}
        self.known = lookup.Catalogue()
        self.digests = Digests()
        self.aside: dict[str, UnionFile] = {}  # templates in Go's language
        self.aside_shortcodes: set[str] = set()
        self.formats: dict[str, OutputFormat] = {}
        self.meanings: dict[str, str] = {}  # suffix of a template → the media type it stands for
        self.revision = 0
        self.fallen_back = False  # the bundled theme stands in for one that is missing or in another language

    def stock(self, layers: Iterable[Layer], fallback: Iterable[Layer]) -> list[AuthorError]:
        """Look at all layers again; ``fallback`` is the bundled theme, used when nothing that renders a page
        is left.
        """
        usable, self.aside = self.sorted_by_language(layers)
        self.aside_shortcodes = set(lookup.catalogue(self.aside).shortcodes) - set(lookup.catalogue(usable).shortcodes)
        warnings: list[AuthorError] = []
        self.fallen_back = not renders(usable)
        if self.fallen_back:
            usable = {name: file for name, file in usable.items() if not file.theme or "shortcodes/" in name}
            for name, file in scan(fallback, "layouts").items():
                usable.setdefault(name, file)
        if self.aside:
            warnings.append(self.set_aside())
        if usable != self.files:
            self.files = usable
            self.known = lookup.catalogue(usable)
            self.revision += 1
        return warnings

    def sorted_by_language(self, layers: Iterable[Layer]) -> tuple[dict[str, UnionFile], dict[str, UnionFile]]:
        """(templates, those in Go's language). One in Go's language hides nothing: a site that overrides a part of its
        Go theme shows a Jinja2 theme's own part in that place.
        """
        usable: dict[str, UnionFile] = {}
        aside: dict[str, UnionFile] = {}
        for layer in layers:
            for file in walk(layer) if layer.component == "layouts" else ():
                if file.name not in usable:
                    (aside if self.is_go(file) else usable).setdefault(file.name, file)
        return usable, aside

    def set_aside(self) -> AuthorError:
        count, example = len(self.aside), self.aside[min(self.aside)]
        what = (
            f"{count} templates in Go's template language are"
            if count > 1
            else "a template in Go's template language is"
        )
        return TemplateError(
            f"{what} set aside",
            file=relative(example.location, self.site),
            hint="village renders Jinja2 templates: "
            + ("its default theme shows the site" if self.fallen_back else "those of the theme stand in"),
        )

    def is_go(self, file: UnionFile) -> bool:
        return lookup.is_go(self.text(file)[0])

    def text(self, file: UnionFile) -> tuple[str, str, str]:
        """(source, shown path, digest), read once for each time stamp."""
        stamp = (file.mtime_ns, file.size)
        known = self.sources.get(file.location)
        if known is None or known[0] != stamp:
            source = file.read().decode("utf-8-sig", "replace").replace("\r\n", "\n")
            shown = relative(file.location, self.site)
            known = self.sources[file.location] = (stamp, source, shown, self.digests.of(file))
        return known[1:]

    def template(self, name: str) -> tuple[str, str, str]:
        """A template by its exact name."""
        return self.text(self.files[name])

    def find(self, name: str, near: str = "") -> str:
        """The template that a name means."""
        return lookup.choose_named(self.known, name, near)

    def shortcode(self, name: str) -> str:
        """The template of a shortcode; "" when there is none."""
        return self.known.shortcodes.get(name.lower()) or self.known.shortcodes.get(name) or ""

    def aside_text(self, name: str) -> str:
        """The Go source of a shortcode that is set aside."""
        found = lookup.catalogue(self.aside).shortcodes.get(name, "")
        return self.text(self.aside[found])[0] if found in self.aside else ""

    def choose(self, kind: str, layout: str, folders: tuple[str, ...], lang: str, form: str) -> str:
        media = self.formats[form].media_type if form in self.formats else MEDIA["text/html"]
        suffix = media.full_suffix.removeprefix(media.delimiter)
        bare = self.meanings.get(suffix, media.type) == media.type
        return lookup.choose(self.known, lookup.Wanted(kind, layout, folders, lang, form, suffix, bare))


def renders(names: Iterable[str]) -> bool:
    """Whether some template can render a page."""
    known = lookup.catalogue(names)
    return any(
        lookup.choose(known, lookup.Wanted(kind, folders=("", *(t.folder for t in known.pages.values()))))
        for kind in PAGE_KINDS
    )


def shelf_of(lens: Lens) -> Shelf:
    return lens.services.shelf  # type: ignore[attr-defined]


@question("template")
def answer_template(lens: Lens, name: str) -> str:
    shelf = shelf_of(lens)
    return shelf.template(name)[2] if name in shelf.files else ""


@question("named")
def answer_named(lens: Lens, name: str, near: str) -> str:
    return shelf_of(lens).find(name, near)


@question("lookup")
def answer_lookup(lens: Lens, kind: str, layout: str, folders: tuple[str, ...], lang: str, form: str) -> str:  # noqa: PLR0917 - the parts of one step
    return shelf_of(lens).choose(kind, layout, folders, lang, form)


@question("template_folders")
def answer_folders(lens: Lens) -> tuple[str, ...]:
    known = shelf_of(lens).known
    return ("", *sorted({t.folder for t in (*known.pages.values(), *known.markup.values())} - {""}))


@question("hook")
def answer_hook(lens: Lens, hook: str, variant: str, folders: tuple[str, ...]) -> str:
    return lookup.choose_hook(shelf_of(lens).known, hook, variant, folders)


@question("shortcode")
def answer_shortcode(lens: Lens, name: str) -> tuple[str, str]:
    """(template, why there is none: "aside", its template is in another language, or "elsewhere", it may belong to a
    theme that is not here)."""
    shelf = shelf_of(lens)
    template = shelf.shortcode(name)
    if template or name in shelf.aside_shortcodes:
        return template, "" if template else "aside"
    return "", "elsewhere" if any(isinstance(each, ThemeMissing) for each in lens.site.warnings) else ""
