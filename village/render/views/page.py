"""A page as templates see it: Hugo's fields, Python's spelling. Each read is noted as a question (see ``lens``)."""

# ruff: noqa: ARG005 - every answer is given (lens, page), needed or not
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from village.render.lens import Field, Lens
from village.render.questions import FIELD_BITS
from village.render.views import content as views_content
from village.render.views import paginator as paging
from village.render.views import paths as views_paths
from village.render.views import scratch, tree
from village.render.views import terms as views_terms
from village.render.views.lists import PageList
from village.render.views.site import SiteView
from village.render.views.values import MapView, ignore
from village.site.model import Page

FIELD_NAMES: list[str] = ["body"]  # the source text itself: asked by content nodes only


def field(name: str, answer: Any, show: Any = None) -> Any:
    """A field with the next free number."""
    FIELD_NAMES.append(name)
    return Field(len(FIELD_NAMES) - 1, answer, show)


def listed(view: PageView, ids: Any) -> PageList:
    return PageList(view.lens, ("ids", tuple(ids)))


def one(view: PageView, identity: str) -> PageView | None:
    """A view of the page an answer names; None for ""."""
    return view.lens.view(identity) if identity else None


class PageView:
    """A page. Equal views are views of one page."""

    __slots__ = ("base", "identity", "lens", "page", "place")

    def __init__(self, lens: Lens, page: Page) -> None:
        self.lens = lens
        self.page = page
        self.identity = page.id
        self.base = lens.numbers.page(self.identity) << FIELD_BITS
        self.place: dict[str, Any] = {}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PageView) and other.identity == self.identity

    def __hash__(self) -> int:
        return hash(self.identity)

    def __repr__(self) -> str:
        return f"page {self.page.path}"

    # as written
    title = field("title", lambda lens, page: page.title)
    link_title = field("link_title", lambda lens, page: page.link_title or page.title)
    description = field("description", lambda lens, page: page.description)
    keywords = field("keywords", lambda lens, page: page.keywords, lambda view, words: list(words))
    slug = field("slug", lambda lens, page: page.slug)
    kind = field("kind", lambda lens, page: page.kind)
    type = field("type", lambda lens, page: page.type)
    section = field("section", lambda lens, page: page.section)
    layout = field("layout", lambda lens, page: page.layout)
    weight = field("weight", lambda lens, page: page.weight)
    draft = field("draft", lambda lens, page: page.draft)
    date = field("date", lambda lens, page: page.date)
    lastmod = field("lastmod", lambda lens, page: page.lastmod)
    publish_date = field("publish_date", lambda lens, page: page.publish_date)
    expiry_date = field("expiry_date", lambda lens, page: page.expiry_date)
    aliases = field("aliases", lambda lens, page: page.aliases, lambda view, paths: list(paths))
    translation_key = field("translation_key", lambda lens, page: page.translation_key or page.path)
    bundle_type = field("bundle_type", lambda lens, page: page.bundle)
    path = field("path", lambda lens, page: page.path)
    lang = field("lang", lambda lens, page: page.lang)
    sitemap = field("sitemap", views_paths.sitemap)
    git_info = field("git_info", lambda lens, page: page.git, lambda view, git: MapView(git, ignore) if git else None)
    file = field("file", views_paths.file_facts, views_paths.show_file)
    is_home = field("is_home", lambda lens, page: page.kind == "home")
    is_page = field("is_page", lambda lens, page: page.kind == "page")
    is_section = field("is_section", lambda lens, page: page.kind == "section")
    is_node = field("is_node", lambda lens, page: page.kind not in ("page", "404"))

    # addresses
    rel_permalink = field("rel_permalink", views_paths.rel_permalink)
    permalink = field("permalink", views_paths.permalink)
    output_formats = field("output_formats", views_paths.output_rows, views_paths.show_formats)

    # the body
    content = field("content", views_content.html_digest, views_content.show_html)
    content_without_summary = field("content_without_summary", views_content.html_digest, views_content.show_rest)
    summary = field("summary", views_content.summary, views_content.safe)
    truncated = field("truncated", lambda lens, page: views_content.of(lens, page).truncated)
    plain = field("plain", views_content.plain_digest, views_content.show_plain)
    plain_digest = field("plain_digest", views_content.plain_digest)
    len = field("len", views_content.html_digest, views_content.show_length)
    plain_words = field("plain_words", views_content.plain_digest, views_content.show_words)
    raw_content = field("raw_content", views_content.raw_digest, views_content.show_raw)
    word_count = field("word_count", lambda lens, page: views_content.of(lens, page).word_count)
    fuzzy_word_count = field("fuzzy_word_count", lambda lens, page: views_content.of(lens, page).fuzzy_word_count)
    reading_time = field("reading_time", lambda lens, page: views_content.of(lens, page).reading_time)
    table_of_contents = field("table_of_contents", views_content.toc_digest, views_content.show_toc)
    fragments = field("fragments", views_content.toc_digest, views_content.show_fragments)
    shortcodes_used = field("shortcodes_used", views_content.html_digest, views_content.show_shortcodes)

    # the tree
    parent = field("parent", tree.parent, one)
    ancestors = field("ancestors", tree.ancestors, listed)
    current_section = field("current_section", tree.current_section, one)
    first_section = field("first_section", tree.first_section, one)
    pages_ids = field("pages", tree.pages)
    regular_pages_ids = field("regular_pages", tree.regular_pages)
    regular_pages_recursive_ids = field("regular_pages_recursive", tree.regular_pages_recursive)
    sections_ids = field("sections", tree.sections)
    next = field("next", lambda lens, page: tree.neighbour(lens, page, 0), one)
    prev = field("prev", lambda lens, page: tree.neighbour(lens, page, 1), one)
    next_in_section = field("next_in_section", lambda lens, page: tree.sibling(lens, page, 0), one)
    prev_in_section = field("prev_in_section", lambda lens, page: tree.sibling(lens, page, 1), one)
    translations = field("translations", tree.translations, listed)
    all_translations = field("all_translations", tree.all_translations, listed)
    resources_rows = field("resources", views_paths.resource_rows)
    term_ids = field("terms", tree.terms)
    params_all = field("params", lambda lens, page: page.params)

    # pieces that feeds are put together from: one question for an entry instead of one for each of its fields
    feed_entry = field("feed_entry", views_content.feed_entry)
    sitemap_entry = field("sitemap_entry", views_content.sitemap_entry)

    @property
    def params(self) -> MapView:
        lens, base = self.lens, self.base

        def note(dotted: str) -> None:
            lens.trace.add(base | lens.numbers.field(f"params.{dotted}" if dotted else "params"))

        return MapView(self.page.params, note)

    def param(self, key: str) -> Any:
        """The page's param, else the site's (Hugo's .Param)."""
        value = views_paths.dotted(self.params, key)
        return value if value or value is False or value == 0 else self.site.param(key)

    @property
    def pages(self) -> PageList:
        return PageList(self.lens, ("page", self.identity, "pages"))

    @property
    def regular_pages(self) -> PageList:
        return PageList(self.lens, ("page", self.identity, "regular_pages"))

    @property
    def regular_pages_recursive(self) -> PageList:
        return PageList(self.lens, ("page", self.identity, "regular_pages_recursive"))

    @property
    def sections(self) -> PageList:
        return PageList(self.lens, ("page", self.identity, "sections"))

    @property
    def site(self) -> Any:
        return self.lens.once(("site", self.page.lang), lambda: SiteView(self.lens, self.page.lang))

    sites = property(lambda self: self.site.sites)

    @property
    def language(self) -> Any:
        return self.site.language

    @property
    def is_translated(self) -> bool:
        return bool(self.translations)

    @property
    def lang_code(self) -> str:
        return self.lang

    # methods
    @property
    def resources(self) -> Any:
        return views_paths.resources(self)

    def terms(self, taxonomy: str) -> PageList:
        """The term pages of this page in a taxonomy, in the order written."""
        return PageList(self.lens, ("ids", tuple(dict(self.term_ids).get(taxonomy.lower(), ()))))

    get_terms = terms

    @property
    def data(self) -> Any:
        """Hugo's .Data of taxonomy and term pages."""
        return views_terms.data(self)

    @property
    def alternative_output_formats(self) -> list[Any]:
        current = self.lens.rendering.format
        others = (item for item in self.output_formats if item.name != current)
        return [item for item in others if not item.format.not_alternative]

    def paginate(self, pages: Any = None, size: int = 0) -> Any:
        """The pager of this output over ``pages``; the first call decides (Hugo)."""
        return paging.paginate(self, pages, size)

    @property
    def paginator(self) -> Any:
        """Hugo's .Paginator: over the page's own regular pages."""
        return self.paginate()

    def get_page(self, path: str) -> PageView | None:
        """Another page by path, relative to this one or from the root."""
        found = self.lens.ask("get_page", self.identity, path)
        return one(self, found)

    def ref(self, path: Any) -> str:
        """The permalink of another page (Hugo's ref)."""
        return views_paths.refer(self, path, absolute=True)

    def relref(self, path: Any) -> str:
        """The path of another page (Hugo's relref)."""
        return views_paths.refer(self, path, absolute=False)

    rel_ref = relref

    def is_ancestor(self, other: PageView) -> bool:
        """Whether this page stands above ``other``."""
        return self in other.ancestors

    def is_descendant(self, other: PageView) -> bool:
        return other in self.ancestors

    def in_section(self, other: PageView) -> bool:
        return bool(self.current_section == other.current_section)

    def eq(self, other: Any) -> bool:
        return self == other

    def has_shortcode(self, *names: str) -> bool:
        return any(name in self.shortcodes_used for name in names)

    def is_menu_current(self, menu: str, entry: Any) -> bool:
        """Whether ``entry`` of ``menu`` is this page."""
        return bool(entry.menu == menu and entry.page is not None and entry.page == self)

    def has_menu_current(self, menu: str, entry: Any) -> bool:
        """Whether this page is below ``entry`` of ``menu``."""
        if entry.menu != menu:
            return False
        if any(self.is_menu_current(menu, child) or self.has_menu_current(menu, child) for child in entry.children):
            return True
        return entry.page is not None and entry.page.is_section and entry.page != self and entry.page in self.ancestors

    def render_string(self, text: Any, options: Any = None) -> Any:
        """Markdown (and shortcodes) in the context of this page; options may stand first, as in Hugo."""
        if isinstance(text, Mapping):
            text, options = options, text
        display = str((options or {}).get("display", "inline"))
        return views_content.safe(self, self.lens.services.render_string(self, text, display))

    def render_shortcodes(self) -> Any:
        """The page's source with its shortcodes rendered, still Markdown: for a shortcode that includes pages."""
        return views_content.safe(self, self.lens.services.render_shortcodes(self, self.raw_content))

    @property
    def scratch(self) -> Any:
        """A notebook that lives as long as the rendering of one output."""
        return scratch.scratch(self.lens, self.identity)

    store = scratch
