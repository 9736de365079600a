"""The site as templates see it, one view for each language."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from village.render.lens import Lens, question
from village.render.views import finding
from village.render.views.base_url import base_url
from village.render.views.lists import PageList
from village.render.views.scratch import Scratch, scratch
from village.render.views.terms import Taxonomies
from village.render.views.values import MISSING, MapView, dig, ignore
from village.site import i18n
from village.site.model import MenuEntry, page_id
from village.site.order import ordering, queries


@question("config")
def answer_config(lens: Lens, lang: str, dotted: str) -> Any:
    """A value of the configuration as a language sees it, by its lower-cased dotted name."""
    language = lens.site.languages.get(lang)
    value = dig(language.config, dotted) if language and language.config else None
    return dig(lens.site.config, dotted) if value is None else value


@question("site_params")
def answer_site_params(lens: Lens, lang: str, dotted: str) -> Any:
    return dig(site_params(lens, lang), dotted)


def site_params(lens: Lens, lang: str) -> dict[str, Any]:
    language = lens.site.languages.get(lang)
    own = language.config.get("params") if language and language.config else None
    params = own if isinstance(own, dict) else dict(lens.site.config.get("params") or {})
    return {**params, **language.params} if language else params


@question("language")
def answer_language(lens: Lens, lang: str) -> tuple[Any, ...]:
    one = lens.site.languages[lang]
    bare = lang == lens.site.default_language and not lens.site.config.get("defaultcontentlanguageinsubdir")
    shown = one.prefix or ("" if bare else one.tree)  # Hugo's .LanguagePrefix knows nothing of hosts
    return one.lang, one.name, one.locale, one.direction, one.weight, one.title, one.prefix, shown, bool(one.tree)


@question("site_title")
def answer_title(lens: Lens, lang: str) -> str:
    return lens.site.languages[lang].title


@question("base_url")
def answer_base_url(lens: Lens, lang: str) -> str:
    return base_url(lens, lang)


@question("languages_configured")
def answer_configured(lens: Lens) -> bool:
    return bool(lens.site.config.get("languages"))


@question("languages")
def answer_languages(lens: Lens) -> tuple[str, ...]:
    return tuple(lens.site.languages)


@question("default_language")
def answer_default(lens: Lens) -> str:
    return lens.site.default_language


@question("environment")
def answer_environment(lens: Lens) -> str:
    return lens.site.environment


@question("variable")
def answer_variable(lens: Lens, name: str) -> str:
    """A variable of the environment that templates may see."""
    return lens.site.options.variables.get(name, "")


@question("data")
def answer_data(lens: Lens, dotted: str) -> Any:
    return dig(lens.site.data, dotted)


@question("site_pages")
def answer_site_pages(lens: Lens, lang: str, which: str) -> tuple[str, ...]:
    """All pages of a language in default order: "all", "regular", or "everywhere" (all languages)."""
    return finding.site_pages(lens.site, lang, which)


@question("site_lastmod")
def answer_lastmod(lens: Lens, lang: str) -> Any:
    return queries.lastmod(lens.site, lang)


@question("get_page")
def answer_get_page(lens: Lens, near: str, path: str) -> str:
    """The page a page's GetPage means, "" for none."""
    return finding.find(lens.site, near, path, bare=False)


@question("find")
def answer_find(lens: Lens, near: str, path: str, lang: str) -> str:
    """The page a reference means; "" for none, "?…" for several."""
    return finding.find(lens.site, near, path, lang)


@question("wiki")
def answer_wiki(lens: Lens, near: str, name: str) -> str:
    """The page ``[[name]]`` means: by path or base name, else by title; "" for none, "?…" for several."""
    found = finding.find(lens.site, near, name)
    if found:
        return found
    lang = near.partition(":")[0]
    titles = lens.once(("titles", lang), lambda: by_title(lens, lang))
    ids = titles.get(name.casefold(), [])
    return ids[0] if len(ids) == 1 else f"?{', '.join(ids)}" if ids else ""


def by_title(lens: Lens, lang: str) -> dict[str, list[str]]:
    """The pages of a language by their titles, whatever the case."""
    table: dict[str, list[str]] = {}
    for page in lens.site.pages.values():
        if page.lang == lang and page.title and page.build.render != "never":
            table.setdefault(page.title.casefold(), []).append(page.id)
    return table


@question("main_sections")
def answer_main_sections(lens: Lens, lang: str) -> tuple[str, ...]:
    return tuple(queries.main_sections(lens.site, lang))


@question("menu")
def answer_menu(lens: Lens, lang: str, name: str) -> Any:
    return lens.site.menus.get(lang, {}).get(name, [])


@question("menu_names")
def answer_menu_names(lens: Lens, lang: str) -> tuple[str, ...]:
    return tuple(lens.site.menus.get(lang, {}))


@question("i18n")
def answer_i18n(lens: Lens, lang: str, key: str, detail: Any) -> str | None:
    """A text of the tables; ``detail`` is a count or pairs of a context."""
    return i18n.translate(lens.site, lang, key, dict(detail) if isinstance(detail, tuple) else detail)


class LanguageView:
    """One language."""

    __slots__ = ("lang", "lens")

    def __init__(self, lens: Lens, lang: str) -> None:
        self.lens = lens
        self.lang = lang

    def facts(self) -> tuple[Any, ...]:
        return self.lens.ask("language", self.lang)

    label = property(lambda self: self.facts()[1])
    language_name = label
    name = property(lambda self: self.lang)
    locale = property(lambda self: self.facts()[2] or self.lang)
    language_code = locale
    direction = property(lambda self: self.facts()[3])
    language_direction = direction
    weight = property(lambda self: self.facts()[4])
    title = property(lambda self: self.facts()[5])
    is_default = property(lambda self: self.lens.ask("default_language") == self.lang)
    params = property(lambda self: SiteView(self.lens, self.lang).params)

    def __str__(self) -> str:
        return self.lang

    def __eq__(self, other: object) -> bool:
        return str(self) == str(other)

    def __hash__(self) -> int:
        return hash(self.lang)


class MenuEntryView:
    """A menu entry; ``page`` where it points at one."""

    __slots__ = ("entry", "lang", "lens", "menu")

    def __init__(self, lens: Lens, lang: str, menu: str, entry: MenuEntry) -> None:
        self.lens = lens
        self.lang = lang
        self.menu = menu
        self.entry = entry

    identifier = property(lambda self: self.entry.identifier)
    key_name = property(lambda self: self.entry.identifier or self.entry.name)
    weight = property(lambda self: self.entry.weight)
    parent = property(lambda self: self.entry.parent)
    params = property(lambda self: MapView(self.entry.params, ignore))
    pre = property(lambda self: markup(self.entry.pre))
    post = property(lambda self: markup(self.entry.post))
    has_children = property(lambda self: bool(self.entry.children))
    children = property(
        lambda self: [MenuEntryView(self.lens, self.lang, self.menu, one) for one in self.entry.children]
    )

    @property
    def page(self) -> Any:
        known = self.entry.page and self.entry.page in self.lens.site.pages
        return self.lens.view(self.entry.page) if known else None

    @property
    def page_ref(self) -> str:
        """The path of the page it points at."""
        return str(self.page.path) if self.page else ""

    @property
    def name(self) -> str:
        return self.entry.name or (self.page.link_title if self.page else "")

    @property
    def title(self) -> str:
        return self.entry.title or (self.page.title if self.page else "")

    @property
    def url(self) -> str:
        if self.page:
            return str(self.page.rel_permalink)
        return finding.menu_url(self.lens.ask("base_url", self.lang), self.entry.url)


def markup(text: str) -> Any:
    from markupsafe import Markup  # noqa: PLC0415

    return Markup(text)  # noqa: S704 - menu pre and post come from the site's config


class Menu(list[MenuEntryView]):
    """Entries in order, by weight first; and Hugo's other orders."""

    @property
    def by_weight(self) -> Menu:
        return self

    @property
    def by_name(self) -> Menu:
        return Menu(sorted(self, key=lambda entry: ordering.collate(entry.name)))

    @property
    def reverse(self) -> Menu:  # type: ignore[override] # Hugo's, which leaves the menu as it is
        return Menu(self[::-1])

    def limit(self, count: int) -> Menu:
        return Menu(self[: int(count)])


class Menus:
    """The menus of a language by name."""

    __slots__ = ("lang", "lens")

    def __init__(self, lens: Lens, lang: str) -> None:
        self.lens = lens
        self.lang = lang

    def lookup(self, name: Any) -> Menu:
        entries = self.lens.ask("menu", self.lang, str(name))
        return Menu(MenuEntryView(self.lens, self.lang, str(name), entry) for entry in entries)

    __getitem__ = lookup

    def get(self, name: str, default: Any = None) -> Any:
        return self.lookup(name) or default

    def __contains__(self, name: str) -> bool:
        return name in self.lens.ask("menu_names", self.lang)

    def __iter__(self) -> Iterator[str]:
        return iter(self.lens.ask("menu_names", self.lang))

    def __len__(self) -> int:
        return len(self.lens.ask("menu_names", self.lang))


class SiteView:
    """Hugo's .Site with Python's names."""

    __slots__ = ("lang", "lens")

    def __init__(self, lens: Lens, lang: str) -> None:
        self.lens = lens
        self.lang = lang

    def config_value(self, dotted: str, default: Any = "") -> Any:
        value = self.lens.ask("config", self.lang, dotted)
        return default if value is None else value

    title = property(lambda self: self.lens.ask("site_title", self.lang))
    base_url = property(lambda self: self.lens.ask("base_url", self.lang))
    copyright = property(lambda self: self.config_value("copyright"))
    language = property(lambda self: LanguageView(self.lens, self.lang))
    language_code = property(lambda self: self.language.locale)
    language_prefix = property(lambda self: self.language.facts()[7])
    languages = property(lambda self: [LanguageView(self.lens, lang) for lang in self.lens.ask("languages")])
    sites = property(lambda self: Sites(SiteView(self.lens, lang) for lang in self.lens.ask("languages")))
    is_multilingual = property(lambda self: len(self.lens.ask("languages")) > 1)
    is_multi_lingual = is_multilingual
    pages = property(lambda self: PageList(self.lens, ("site_pages", self.lang, "all")))
    regular_pages = property(lambda self: PageList(self.lens, ("site_pages", self.lang, "regular")))
    all_pages = property(lambda self: PageList(self.lens, ("site_pages", self.lang, "everywhere")))
    sections = property(lambda self: self.home.sections)
    taxonomies = property(lambda self: Taxonomies(self.lens, self.lang))
    menus = property(lambda self: Menus(self.lens, self.lang))
    main_sections = property(lambda self: list(self.lens.ask("main_sections", self.lang)))
    lastmod = property(lambda self: self.lens.ask("site_lastmod", self.lang))
    last_change = lastmod
    environment = property(lambda self: self.lens.ask("environment"))
    author = property(lambda self: self.table("author"))
    config = property(lambda self: self.table(""))
    social = property(lambda self: self.table("social"))
    disqus_shortname = property(lambda self: self.config_value("services.disqus.shortname"))
    google_analytics = property(lambda self: self.config_value("services.googleanalytics.id"))
    build_drafts = property(lambda self: bool(self.config_value("builddrafts", False)))
    is_server = property(lambda self: self.environment == "development")

    @property
    def home(self) -> Any:
        return self.lens.view(page_id(self.lang, "/"))

    @property
    def params(self) -> MapView:
        lens, lang = self.lens, self.lang
        return MapView(site_params(lens, lang), lambda dotted: lens.ask("site_params", lang, dotted))

    def param(self, key: str) -> Any:
        """A site param by its dotted name."""
        value = self.params
        for part in key.split("."):
            value = value.lookup(part) if isinstance(value, MapView) else MISSING
        return value

    @property
    def data(self) -> MapView:
        lens = self.lens
        return MapView(lens.site.data, lambda dotted: lens.ask("data", dotted))

    def table(self, name: str) -> MapView:
        """A table of the configuration, read key by key."""
        lens, lang = self.lens, self.lang
        whole = answer_config(lens, lang, name)
        prefix = f"{name}." if name else ""
        return MapView(
            whole if isinstance(whole, dict) else {}, lambda dotted: lens.ask("config", lang, prefix + dotted)
        )

    def get_page(self, path: str, *more: str) -> Any:
        """A page by path from the content root; Hugo's old way names the kind first, then the parts of the path."""
        path = "/".join(("", *more)) if more else path
        if path.startswith("."):  # relative to nothing
            return None
        found = self.lens.ask("find", page_id(self.lang, "/"), path, "")
        return self.lens.view(found) if found and not found.startswith("?") else None

    @property
    def store(self) -> Scratch:
        return scratch(self.lens, f"site {self.lang}")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SiteView) and other.lang == self.lang

    def __hash__(self) -> int:
        return hash(self.lang)


class Sites(list[SiteView]):
    """The sites of all languages."""

    @property
    def default(self) -> SiteView:
        """The site of the default language."""
        main = self[0].lens.ask("default_language")
        return next((site for site in self if site.lang == main), self[0])
