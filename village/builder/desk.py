"""Where one node is made: the lens, the templates and Markdown brought together for one page at a time.

It is what functions of templates (``render.functions.catalogue.Desk``) and shortcodes (``Surroundings``) talk to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from markupsafe import Markup

from village.builder import marking, project_files
from village.builder.asset_cache import AssetCache
from village.builder.bench import Bench
from village.builder.complaints import Complaint, Complaints
from village.builder.shelf import Shelf
from village.errors import TemplateError
from village.render.assets import resources
from village.render.functions import catalogue
from village.render.images import filters as image_filters
from village.render.lens import Body, Content, Lens, Rendering
from village.render.markdown import anchors, emoji
from village.render.templates import lookup
from village.render.templates.engine import Templates
from village.render.templates.sandbox import allow_any, asking
from village.render.templates.watch import Watch
from village.render.views.base_url import configured
from village.render.views.page import PageView
from village.render.views.values import MISSING, plain


class Desk:
    """One per workshop; ``lens`` and ``page`` change with the node being made."""

    def __init__(self, shelf: Shelf, watch: Watch, page_bytes: int, cache: AssetCache) -> None:
        self.shelf = shelf
        self.bench = Bench(self, cache)
        self.assets = resources.Assets(self.bench)
        self.lens: Lens = None  # type: ignore[assignment] # set by every build
        self.page: Any = None
        self.moment_of_build = datetime.min.replace(tzinfo=UTC)
        self.content_of: Callable[[str], Content] = None  # type: ignore[assignment] # set by every attempt
        self.body_of: Callable[[str], Body] = None  # type: ignore[assignment]
        self.complaints = Complaints()
        self.templates = Templates(shelf.template, shelf.find, lambda: shelf.files)
        self.templates.watch = self.watch = watch
        self.templates.longest = page_bytes
        names, filters, tests = catalogue.bind(self)
        self.templates.globals.update(names)
        self.templates.globals.update(resources=self.assets, images=image_filters.Filters())
        self.templates.filters.update(resources.FILTERS)
        for name in ("lipsum", "cycler", "joiner"):
            self.templates.globals.pop(name, None)
        self.templates.filters.pop("random", None)  # the same site must give the same release everywhere
        free = catalogue.FREE_FILTERS
        self.templates.filters.update(
            {name: each if each is free.get(name) else asking(each) for name, each in filters.items()}
        )
        self.templates.tests.update(tests)
        self.depth = 0
        self.stand_ins: dict[str, str] | None = None  # of pages that the body at hand includes; None: no body is
        self.pieces: dict[Any, dict[str, str]] = {}  # entries of feeds, once written: writer and author → page → text
        self.python_shortcodes: dict[str, Any] = {}

    def adopt(self, python: Any) -> None:
        """Let templates use the site's own Python; a name of its own goes before one of ours."""
        self.templates.filters.update({name: asking(each) for name, each in python.filters.items()})
        self.templates.globals.update(python.functions)
        self.templates.compiled.clear()
        self.python_shortcodes = dict(python.shortcodes)

    def sit(self, lens: Lens) -> None:
        """Work with the lens of a new moment."""
        self.lens = lens
        self.templates.lens = lens

    def forget_pieces(self, difference: Any) -> None:
        """Entries of feeds whose pages differ are written again."""
        if difference.everything:
            self.pieces.clear()
        for table in self.pieces.values():
            for identity in (*difference.replaced, *difference.removed):
                table.pop(identity, None)

    def forget_entry(self, identity: str) -> None:
        for table in self.pieces.values():
            table.pop(identity, None)

    @contextmanager
    def making(self, page: Any, form: str = "html", number: int = 1) -> Iterator[tuple[set[int], Rendering]]:
        """One node: its own trace and notebook; the node that demanded it goes on afterwards."""
        before = self.page, self.lens.rendering
        self.page = page
        self.lens.rendering = rendering = Rendering(page.identity if page else "", form, number)
        try:
            with self.lens.tracing() as trace:
                yield trace, rendering
        finally:
            self.page, self.lens.rendering = before

    # -- services of the lens

    def content(self, identity: str) -> Content:
        return self.content_of(identity)

    def body(self, identity: str) -> Body:
        return self.body_of(identity)

    def moment(self) -> datetime:
        return self.moment_of_build

    def publish(self, path: str, data: bytes, media_type: str, policy: str = "asset") -> None:
        """Add a file to the release that the node being made is answerable for; ``path`` is below the root of the
        page's host."""
        tree = self.lens.site.languages[self.page.page.lang].tree
        self.lens.rendering.published[tree + path] = (data, media_type, policy)

    def project_text(self, path: str) -> str:
        return project_files.read(self.lens, path)

    def project_entry(self, path: str) -> project_files.Entry | None:
        return project_files.entry(self.lens, path)

    def project_folder(self, path: str) -> tuple[project_files.Entry, ...]:
        return project_files.folder(self.lens, path)

    def render_string(self, page: Any, text: str, display: str) -> str:
        return marking.string(self, page, text, inline=display != "block")

    def render_shortcodes(self, page: Any, text: str) -> str:
        return marking.source(self, page, text)

    def fragment(self, name: str, lang: str) -> tuple[str, tuple[Any, ...]]:
        """A template that depends on the site alone."""
        home = self.lens.views.get(f"{lang}:/") or self.lens.view(f"{lang}:/")
        with self.making(home, self.lens.rendering.format) as (trace, rendering):
            text = self.templates.render(name, {"site": home.site})
            published = tuple(sorted(rendering.published.items()))
        self.lens.trace |= trace
        return text, published

    # -- functions of templates

    def context(self, page: Any, **more: Any) -> dict[str, Any]:
        """The names a template starts with."""
        return {"page": page, "site": page.site, "paginator": Pager(page), **more}

    def partial(self, name: str, context: Any) -> Markup:
        """A partial with a context of its own: a page, a table of names, or any value as ``context``."""
        found = self.shelf.find(name if name.startswith(("_partials/", "partials/")) else f"_partials/{name}", "")
        found = found or self.shelf.find(name, "")
        self.lens.ask("named", name, "")
        if not found:
            raise TemplateError(f"there is no partial {name!r}", hint="partials lie in layouts/_partials/")
        page = context if isinstance(context, PageView) else self.page
        names = self.context(page, context=context)
        if isinstance(context, Mapping):
            names.update({str(key): value for key, value in context.items()})
        self.depth += 1
        if self.depth > 50:
            raise TemplateError("partials include one another without end", hint=name)
        try:
            return Markup(self.templates.gather(self.templates.load(found), names))  # noqa: S704 - the template escaped it
        finally:
            self.depth -= 1

    def markdownify(self, text: str) -> str:
        return marking.string(self, self.page, text, inline=True)

    def anchorize(self, text: str) -> str:
        return anchors.heading_id(text, marking.options(self, self.page).auto_id_type)

    def highlight(self, code: str, lang: str, options: Any) -> str:
        return marking.highlighted(self, self.page, code, lang, options)

    def emojify(self, text: str) -> str:
        return emoji.replace(text)

    def translate(self, key: str, detail: Any) -> str:
        """A text of the i18n tables, else "" (Hugo)."""
        if detail is not None and not isinstance(detail, (int, float, str)):
            table = plain(detail)
            detail = tuple(sorted((str(k), v) for k, v in table.items())) if isinstance(table, Mapping) else None
        found = self.lens.ask("i18n", self.page.page.lang, key, detail)
        if found is None and configured(self.lens, self.page.page.lang, "enablemissingtranslationplaceholders"):
            return f"[i18n] {key}"
        return found or ""

    def warn(self, cause: str, file: str = "", line: int = 0, hint: str = "", *, name: str = "") -> None:
        """Tell the author, once for each cause; ``name`` is what it is about here where it can be about several."""
        self.complaints.add(Complaint(cause, name, file, line, hint))

    def forget_warnings(self) -> None:
        """A new build tells all of its own."""
        self.complaints = Complaints()

    # -- lookups

    def template_for(self, page: Any, form: str, layout: str = "") -> str:
        """The template that renders a page in a format; "" when there is none."""
        model = page.page
        assert (page.kind, page.type, page.layout) is not None  # noted: they decide
        return str(self.lens.ask("lookup", model.kind, layout or model.layout, self.folders(model), model.lang, form))

    def folders(self, model: Any) -> tuple[str, ...]:
        """The folders of layouts/ that a page looks in; asked as one question of all pages, not as one of each."""
        known = self.lens.ask("template_folders")
        return tuple(folder for folder in lookup.folders_of(model.path, model.kind, model.type) if folder in known)

    def template_named(self, name: str) -> str:
        """A template by name, "" when there is none."""
        return str(self.lens.ask("named", name, ""))

    def template_for_kind(self, kind: str, lang: str, form: str) -> str:
        """A template of an output that is no page: sitemap, robots."""
        return str(self.lens.ask("lookup", kind, "", ("",), lang, form))

    def asset(self, name: str) -> Any | None:
        """A file of assets/."""
        found = self.assets.get(name)
        return None if found is MISSING else found

    def asset_of(self, resource: Any) -> resources.Asset:
        """A file of a bundle, for the image functions."""
        return resources.Asset(
            self.bench,
            resource.name,
            resources.source(resource.read()),
            resource.resource.target,
            resource.resource.media_type,
        )

    def hook_for(self, page: Any, hook: str, variant: str = "") -> str:
        return str(self.lens.ask("hook", hook, variant, self.folders(page.page)))


class Pager:
    """The name ``paginator``: the pager of this output once the template called page.paginate, and Hugo's
    default one before.
    """

    __slots__ = ("_page",)

    def __init__(self, page: Any) -> None:
        self._page = page

    def __bool__(self) -> bool:
        return self._page.lens.rendering.paginator is not None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._page.paginate(), name)


allow_any(Pager)
