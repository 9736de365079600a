"""Taxonomies as templates see them, and what .Data of their pages is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from village.render.lens import Lens, question
from village.render.views.lists import PageList
from village.render.views.values import MISSING
from village.site.addresses import urls
from village.site.order import queries


@question("taxonomy")
def answer_taxonomy(lens: Lens, lang: str, plural: str) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    """(key, term page id, ids of its pages), by key."""
    terms = queries.taxonomy(lens.site, lang, plural)
    return tuple((key, queries.term_page(lens.site, lang, plural, key) or "", tuple(terms[key])) for key in terms)


@question("taxonomy_names")
def answer_names(lens: Lens, lang: str) -> tuple[str, ...]:
    return tuple(lens.site.taxonomies.get(lang, {}))


class Term:
    """One term with its pages: an entry of a taxonomy."""

    __slots__ = ("_page", "key", "lens", "pages")

    def __init__(self, lens: Lens, key: str, page: str, ids: tuple[str, ...]) -> None:
        self.lens = lens
        self.key = key
        self._page = page
        self.pages = PageList(lens, ("ids", ids))

    @property
    def page(self) -> Any:
        return self.lens.view(self._page) if self._page else MISSING

    name = property(lambda self: self.key)
    term = property(lambda self: self.page.data.term if self._page else self.key)
    title = property(lambda self: self.page.title if self._page else self.key)
    link_title = property(lambda self: self.page.link_title if self._page else self.key)
    permalink = property(lambda self: self.page.permalink if self._page else "")
    rel_permalink = property(lambda self: self.page.rel_permalink if self._page else "")
    weighted_pages = property(lambda self: self.pages)
    count = property(lambda self: len(self.pages))

    def __len__(self) -> int:
        return len(self.pages)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.pages)


class Terms(list[Term]):
    """Terms in an order of their own."""

    @property
    def reverse(self) -> Any:
        return CallableTerms(reversed(self))


class CallableTerms(Terms):
    """May be called, because Hugo's methods have no brackets."""

    def __call__(self) -> Terms:
        return self


class Taxonomy:
    """One taxonomy: a mapping of term to its pages, with Hugo's orders."""

    __slots__ = ("lang", "lens", "plural")

    def __init__(self, lens: Lens, lang: str, plural: str) -> None:
        self.lens = lens
        self.lang = lang
        self.plural = plural

    @property
    def entries(self) -> list[Term]:
        return [Term(self.lens, *row) for row in self.lens.ask("taxonomy", self.lang, self.plural)]

    @property
    def alphabetical(self) -> Terms:
        return CallableTerms(self.entries)  # the site keeps them in the order of the language's collation

    @property
    def by_count(self) -> Terms:
        """Most used first, then by name."""
        return CallableTerms(sorted(self.entries, key=lambda term: (-term.count, term.key)))

    def lookup(self, key: Any) -> Any:
        wanted = urls.lower(str(key))
        return next((term for term in self.entries if term.key in (wanted, wanted.replace(" ", "-"))), MISSING)

    def get(self, key: str, default: Any = None) -> Any:
        return self.lookup(key) or default

    def __getattr__(self, name: str) -> Any:
        """``site.taxonomies.tags.go``."""
        found = MISSING if name.startswith("_") else self.lookup(name)
        if found is MISSING:
            raise AttributeError(name)
        return found

    def count(self, key: str) -> int:
        return len(self.lookup(key))

    def __getitem__(self, key: str) -> Any:
        return self.lookup(key)

    def __contains__(self, key: str) -> bool:
        return self.lookup(key) is not MISSING

    def keys(self) -> list[str]:
        return [term.key for term in self.entries]

    def values(self) -> list[Term]:
        return self.entries

    def items(self) -> list[tuple[str, Term]]:
        return [(term.key, term) for term in self.entries]

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def __len__(self) -> int:
        return len(self.lens.ask("taxonomy", self.lang, self.plural))


class Taxonomies:
    """All taxonomies of a language by their plural names."""

    __slots__ = ("lang", "lens")

    def __init__(self, lens: Lens, lang: str) -> None:
        self.lens = lens
        self.lang = lang

    def lookup(self, plural: Any) -> Any:
        name = str(plural).lower()
        names = self.lens.ask("taxonomy_names", self.lang)
        return Taxonomy(self.lens, self.lang, name) if name in names else MISSING

    def get(self, plural: str, default: Any = None) -> Any:
        return self.lookup(plural) or default

    def __getitem__(self, plural: str) -> Any:
        return self.lookup(plural)

    def __contains__(self, plural: str) -> bool:
        return self.lookup(plural) is not MISSING

    def keys(self) -> tuple[str, ...]:
        return self.lens.ask("taxonomy_names", self.lang)

    def items(self) -> list[tuple[str, Any]]:
        return [(plural, self.lookup(plural)) for plural in self.keys()]

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def __len__(self) -> int:
        return len(self.keys())


class Data:
    """Hugo's .Data: terms, singular and plural on taxonomy pages; term and pages on term pages."""

    __slots__ = ("view",)

    def __init__(self, view: Any) -> None:
        self.view = view

    plural = property(lambda self: self.view.page.taxonomy)
    pages = property(lambda self: self.view.pages)

    @property
    def singular(self) -> str:
        names = self.view.lens.ask("config", self.view.page.lang, "taxonomies") or {}
        return next((str(one) for one, many in names.items() if many == self.plural), self.plural)

    @property
    def terms(self) -> Any:
        return Taxonomy(self.view.lens, self.view.page.lang, self.plural)

    @property
    def term(self) -> str:
        return str(self.view.page.term or self.view.title)


def data(view: Any) -> Data:
    assert view.title is not None  # noted: a term page's own data changes with it
    return Data(view)
