"""One build: from what changed to the nodes that must be made again, and their making, with early cut-off.

Bodies are made first; where one is demanded before its turn it is made on the spot. A body that comes out as
before touches
nobody. Answers to questions are computed once and compared by digest. Nothing of an attempt is kept unless it succeeds.
"""

from __future__ import annotations

import hashlib
import logging
import time
from array import array
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from village.builder import marking, recipes
from village.builder.bodies import Bodies
from village.builder.nodes import CONTENT, Key, Made, Register
from village.builder.traces import Traces
from village.errors import AuthorError, ContentError, VillageError
from village.render.lens import Body, Content, Lens
from village.render.questions import Numbers
from village.render.templates.watch import TookTooLong, TookTooMuch
from village.render.views.page import FIELD_NAMES

CONTENT_FIELDS = frozenset(
    FIELD_NAMES.index(name)
    for name in ("content", "content_without_summary", "summary", "truncated", "plain", "plain_digest", "word_count",
                 "fuzzy_word_count", "reading_time", "table_of_contents", "fragments", "shortcodes_used", "feed_entry")
)  # fmt: skip
MOST_ERRORS = 200


def digest(answer: Any) -> int:
    """What is remembered of an answer."""
    return int.from_bytes(hashlib.blake2b(repr(answer).encode("utf-8", "surrogatepass"), digest_size=7).digest(), "big")


@dataclass(slots=True)
class Memory:
    """What the last good build left: for every node its trace and what it made, for every question the digest
    of its answer.
    """

    register: Register = field(default_factory=Register)
    traces: Traces = field(default_factory=Traces)
    contents: dict[str, Content] = field(default_factory=dict)
    made: dict[int, Made] = field(default_factory=dict)
    answers: dict[int, int] = field(default_factory=dict)


class Attempt:
    """One try at a build over a Memory. ``failed`` collects errors; ``fresh_*`` is what success will keep."""

    def __init__(self, desk: Any, memory: Memory, bodies: Bodies, put: Callable[[bytes], str]) -> None:
        self.desk = desk
        self.lens: Lens = desk.lens
        self.memory = memory
        self.bodies = bodies
        self.put = put
        self.contents: dict[str, Content] = {}
        self.made: dict[int, Made] = {}
        self.traces: dict[int, array[int]] = {}  # sorted codes
        self.answers: dict[int, int] = {}
        self.dirty_contents: dict[str, None] = {}
        self.dirty_outputs: dict[int, None] = {}
        self.removed: set[int] = set()
        self.making: list[str] = []
        self.errors: dict[tuple[str, int, str], AuthorError] = {}
        self.counts: dict[tuple[str, int, str], int] = {}
        self.seconds: dict[str, float] = {}
        desk.content_of = self.content
        desk.body_of = self.body

    # -- bodies

    def content(self, identity: str) -> Content:
        """What is known of a rendered body, made now if it must be."""
        found = self.contents.get(identity)
        if found is not None:
            return found
        if identity not in self.dirty_contents:
            found = self.memory.contents.get(identity)
            if found is not None:
                return found
        return self.make_content(identity)

    def body(self, identity: str) -> Body:
        """The text of a rendered body; made again when its pack is torn or gone."""
        self.content(identity)
        number = self.lens.numbers.page(identity)
        try:
            return self.bodies.get(number)
        except (LookupError, ValueError, EOFError, TypeError, OSError):
            if identity in self.contents:
                return Body()
        self.make_content(identity)
        return self.bodies.get(number)

    def make_content(self, identity: str) -> Content:
        """Render a body. An error is collected and an empty body goes on, so that all errors of a build are found."""
        if identity in self.making:
            ring = [self.name_of(each) for each in (*self.making[self.making.index(identity) :], identity)]
            hint = (
                "a shortcode or render hook in it asks for page.content; use page.plain of another page, or a summary"
            )
            message = f"these pages show one another's content without end: {' → '.join(ring)}"
            raise ContentError(message, file=ring[0], line=1, hint=hint)
        page = self.lens.view(identity)
        self.making.append(identity)
        trace: set[int] = set()
        try:
            with self.desk.making(page) as (trace, rendering), self.guarded(marking.shown(page)):
                content, body = marking.body(self.desk, page)
                if rendering.published:
                    self.publish_of_content(identity, rendering.published)
        except AuthorError as error:
            self.fail(error, identity)
            content, body = Content(), Body()
        finally:
            self.making.pop()
        self.dirty_contents.pop(identity, None)
        self.contents[identity] = content
        self.bodies.put(self.lens.numbers.page(identity), body)
        self.traces[self.memory.register.number(Key(CONTENT, identity))] = array("q", sorted(trace))
        return content

    def publish_of_content(self, identity: str, published: dict[str, tuple[bytes, str, str]]) -> None:
        entries = tuple(recipes.published(path, *what, self.put) for path, what in sorted(published.items()))
        self.made[self.memory.register.number(Key(CONTENT, identity))] = Made(entries)

    def make_contents(self, changed: Callable[[Iterable[int]], None]) -> None:
        """All dirty bodies; answers that came out differently are passed to ``changed``, which may add more."""
        started = time.perf_counter()
        settled: set[str] = set()
        while True:
            while self.dirty_contents:
                self.content(next(iter(self.dirty_contents)))
            fresh = [identity for identity in self.contents if identity not in settled]
            if not fresh:
                break
            settled.update(fresh)
            changed([code for identity in fresh for code in self.changed_fields(identity)])
        self.seconds["contents"] = self.seconds.get("contents", 0.0) + time.perf_counter() - started

    def changed_fields(self, identity: str) -> list[int]:
        """Codes of the content fields that differ from the last good build."""
        old, new = self.memory.contents.get(identity), self.contents[identity]
        base = self.lens.base(identity)
        if old is None:
            return [base | number for number in CONTENT_FIELDS]
        if old == new:
            return []
        changed = set()
        if old.summary != new.summary:
            changed |= {"feed_entry", "summary"}
            self.desk.forget_entry(identity)
        if old.html_digest != new.html_digest:
            changed |= {"content", "content_without_summary", "shortcodes_used"}
        elif changed:
            changed.add("content_without_summary")
        if old.plain_digest != new.plain_digest:
            changed |= {"plain", "plain_digest"}
        if old.toc_digest != new.toc_digest:
            changed |= {"table_of_contents", "fragments"}
        for name in ("truncated", "word_count", "fuzzy_word_count", "reading_time"):
            if getattr(old, name) != getattr(new, name):
                changed.add(name)
        return [base | FIELD_NAMES.index(name) for name in changed]

    # -- outputs

    def make_outputs(self, wanted: Callable[[Key, int], None]) -> None:
        """All dirty outputs. ``wanted(key, pagers)`` is told how many pagers each first page has."""
        started = time.perf_counter()
        while self.dirty_outputs:
            number = next(iter(self.dirty_outputs))
            del self.dirty_outputs[number]
            if number in self.removed:
                continue
            key = self.memory.register.keys[number]
            made = self.make_output(number, key)
            if key.number == 1 and key.format:
                wanted(key, made.pagers)
        self.seconds["outputs"] = self.seconds.get("outputs", 0.0) + time.perf_counter() - started

    def make_output(self, number: int, key: Key) -> Made:
        made, trace = Made(), set[int]()
        page = self.lens.view(key.name) if key.kind == "output" else None
        try:
            with self.desk.making(page, key.format, key.number) as (trace, rendering), self.guarded(str(key)):
                made = recipes.make(self.desk, key, rendering, self.put)
        except AuthorError as error:
            self.fail(error, key.name)
        self.made[number] = made
        self.traces[number] = array("q", sorted(trace))
        return made

    @contextmanager
    def guarded(self, file: str) -> Iterator[None]:
        """Within the time of one page; whatever hostile input breaks is an error of that page, never of the build."""
        watch = self.desk.watch
        try:
            with watch.rendering():
                yield
        except VillageError:
            raise
        except TookTooLong as error:
            hint = "the limit is the operator's page_seconds"
            raise ContentError(f"took longer than {watch.seconds:g} seconds", file=file, hint=hint) from error
        except TookTooMuch as error:
            raise ContentError("took more memory than there is for one page", file=file) from error
        except RecursionError as error:
            raise ContentError("is nested too deeply", file=file) from error
        except Exception as error:
            logging.getLogger(__name__).warning("%s could not be made", file, exc_info=error)
            message = f"could not be rendered: {type(error).__name__}: {error}"
            raise ContentError(
                message, file=file, hint="village should have said this better; please report it"
            ) from error

    def fail(self, error: AuthorError, name: str) -> None:
        """Collect an error once; the same one from many pages is counted."""
        key = (error.file, error.line, error.message)
        self.counts[key] = self.counts.get(key, 0) + 1
        if key not in self.errors and len(self.errors) < MOST_ERRORS:
            shown = self.name_of(name)
            if not any(
                place.startswith(shown) for place in (error.file, *error.chain)
            ):  # a template, an image: on behalf of which page
                error.chain = (*error.chain, shown)
            self.errors[key] = error

    def name_of(self, identity: str) -> str:
        """A page as its author knows it: its file, or the page that village made; another output by its name."""
        page = self.lens.site.pages.get(identity)
        if page is None:
            return identity
        return marking.shown(self.lens.view(identity)) if page.source else f"the {page.kind} {page.path}"

    # -- questions

    def changed_answers(self, codes: Iterable[int]) -> list[int]:
        """Of these questions those whose answer differs from the last good build's."""
        found = []
        for code in codes:
            value = self.answer(code)
            if self.answers.get(code, self.memory.answers.get(code)) != value:
                found.append(code)
            self.answers[code] = value
        return found

    def answer(self, code: int) -> int:
        lens = self.lens
        asked = lens.numbers.asked(code)
        if code not in lens.memo:
            try:
                lens.evaluate(code, asked)
            except (
                KeyError,
                AuthorError,
            ):  # about a page or template that is gone: whoever asked is made again and says so
                return -1
        return digest(lens.memo[code])

    def record_answers(self) -> None:
        """Digests of all questions that fresh traces name."""
        for trace in self.traces.values():
            for code in trace:
                if code >= 0:
                    break
                if code not in self.answers:
                    known = self.memory.answers.get(code)
                    self.answers[code] = self.answer(code) if known is None or code in self.lens.memo else known

    # -- the end

    def described(self) -> list[AuthorError]:
        """The errors in order of place, each saying how many pages it struck."""
        found = []
        for key in sorted(self.errors):
            error = self.errors[key]
            if self.counts[key] > 1:
                others = self.counts[key] - 1
                error.message += f" (and on {others} more page{'s' if others > 1 else ''})"
                error.args = (error.message,)
            found.append(error)
        return found

    def keep(self, numbers: Numbers, bodies: Bodies) -> None:
        """What was made becomes the memory."""
        memory = self.memory
        memory.contents.update(self.contents)
        for identity in self.contents:
            number = memory.register.number(Key(CONTENT, identity))
            if number not in self.made:
                memory.made.pop(number, None)
        memory.made.update(self.made)
        memory.answers.update(self.answers)
        for number, trace in self.traces.items():
            memory.traces.put(number, trace)
        for number in self.removed:
            memory.traces.drop(number)
            memory.made.pop(number, None)
            key = memory.register.keys[number]
            if key.kind == CONTENT:
                memory.contents.pop(key.name, None)
                bodies.drop(numbers.page(key.name))
