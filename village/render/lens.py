"""The one object through which templates, shortcodes and feeds read (site, page); what was read is noted.

While a node of the build is made, ``trace`` is the set of its questions (see ``questions``). A question's
answer is plain,
comparable data (ids, strings, numbers), so the builder can ask the lens of the last good build and the lens
of now and compare.
Free of any template language: Jinja2 stands in front of these views, and Hugo's own language can stand there too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from village.render.questions import FIELD_BITS, FIELD_MASK, Numbers
from village.site.model import Page, PageId, Site


@dataclass(slots=True)
class Content:
    """What is known of a rendered body without its text; the text itself is a ``Body``, fetched when asked."""

    summary: str = ""
    truncated: bool = False
    word_count: int = 0
    fuzzy_word_count: int = 0
    reading_time: int = 0
    html_digest: int = 0
    plain_digest: int = 0
    toc_digest: int = 0


@dataclass(slots=True)
class Body:
    """The text of a rendered body. ``headings``: (level, id, title HTML, plain); ``links``: (kind,
    destination, text, line).
    """

    html: str = ""
    without_summary: str = ""
    toc: str = ""
    headings: list[tuple[int, str, str, str]] = field(default_factory=list)
    links: list[tuple[str, str, str, int]] = field(default_factory=list)
    shortcodes: tuple[str, ...] = ()


class Services(Protocol):
    """What the lens needs and cannot know: rendered bodies, the clock, files. The builder implements it."""

    def content(self, identity: PageId) -> Content: ...

    def body(self, identity: PageId) -> Body: ...

    def moment(self) -> datetime: ...

    def render_string(self, page: Any, text: str, display: str) -> str: ...

    def render_shortcodes(self, page: Any, text: str) -> str: ...

    def publish(self, path: str, data: bytes, media_type: str, policy: str) -> None: ...


Evaluator = Callable[..., Any]
EVALUATORS: dict[str, Evaluator] = {}


def question(kind: str) -> Callable[[Evaluator], Evaluator]:
    """Register how questions of ``kind`` are answered: ``function(lens, *arguments)`` → comparable data."""

    def register(function: Evaluator) -> Evaluator:
        EVALUATORS[kind] = function
        return function

    return register


@dataclass(frozen=True, slots=True)
class Grounds:
    """What an answer was computed from: the fields read (of whichever pages) and the kinds of questions asked
    on the way.
    """

    fields: frozenset[int] = frozenset()
    kinds: frozenset[str] = frozenset()


NOWHERE = Grounds()


@dataclass(slots=True)
class Rendering:
    """The one output being made: which pager it is, and what its template decided on the way."""

    page: PageId = ""
    format: str = "html"
    number: int = 1
    paginator: Any = None
    published: dict[str, tuple[bytes, str, str]] = field(default_factory=dict)
    scratch: dict[Any, dict[str, Any]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


class Lens:
    """A site at one moment, seen through questions."""

    def __init__(self, site: Site, numbers: Numbers, services: Services, view: Callable[[Lens, Page], Any]) -> None:
        self.site = site
        self.numbers = numbers
        self.services = services
        self.make_view = view
        self.trace: set[int] = set()
        self.memo: dict[int, Any] = {}
        self.grounds: dict[int, Grounds] = {}
        self.derived: dict[Any, Any] = {}
        self.views: dict[PageId, Any] = {}
        self.rendering = Rendering()
        self.evaluating = 0

    def view(self, identity: PageId) -> Any:
        """The view of a page; KeyError when there is none of that id."""
        view = self.views.get(identity)
        if view is None:
            view = self.views[identity] = self.make_view(self, self.site.pages[identity])
        return view

    def base(self, identity: PageId) -> int:
        """The code of a page's field 0."""
        return self.numbers.page(identity) << FIELD_BITS

    def ask(self, *asked: Any) -> Any:
        """The answer to a question that is not one field of one page; noted, computed once."""
        code = self.numbers.question(asked)
        self.trace.add(code)
        if code in self.memo:
            return self.memo[code]
        return self.evaluate(code, asked)

    def evaluate(self, code: int, asked: tuple[Any, ...]) -> Any:
        """Compute and keep an answer together with its grounds; the reads it takes are not the asking node's."""
        with self.tracing() as inner:
            value = EVALUATORS[asked[0]](self, *asked[1:])
        if inner:
            self.grounds[code] = self.ground(inner)
        self.memo[code] = value
        return value

    def ground(self, inner: set[int]) -> Grounds:
        """A trace reduced to what decides whether the answer must be computed again."""
        fields = {code & FIELD_MASK for code in inner if code >= 0}
        kinds = set()
        for code in inner:
            if code < 0:
                kinds.add(self.numbers.asked(code)[0])
                below = self.grounds.get(code, NOWHERE)
                fields |= below.fields
                kinds |= below.kinds
        return Grounds(frozenset(fields), frozenset(kinds))

    @contextmanager
    def tracing(self) -> Iterator[set[int]]:
        """Questions asked inside are noted in a set of their own."""
        outer = self.trace
        inner: set[int] = set()
        self.trace = inner
        try:
            yield inner
        finally:
            self.trace = outer

    def once(self, key: Any, compute: Callable[[], Any]) -> Any:
        """A table derived from the whole site (neighbours, path index), computed when first needed."""
        if key not in self.derived:
            self.derived[key] = compute()
        return self.derived[key]


class Field:
    """A page field as a descriptor: reading it notes the question.

    ``answer(lens, page)`` is the comparable answer; ``show(view, answer)`` what a template gets, when that differs.
    """

    __slots__ = ("answer", "number", "show")

    def __init__(
        self, number: int, answer: Callable[[Lens, Page], Any], show: Callable[[Any, Any], Any] | None = None
    ) -> None:
        self.number = number
        self.answer = answer
        self.show = show

    def __get__(self, view: Any, owner: Any = None) -> Any:
        if view is None:
            return self
        lens = view.lens
        lens.trace.add(view.base | self.number)
        value = self.answer(lens, view.page)
        return value if self.show is None else self.show(view, value)
