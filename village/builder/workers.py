"""Nodes made in several processes (``forks``): what each needs to begin, what it reports, how that is taken over.

The results are those of one process, because a node's making depends on nothing but the site.
"""

from __future__ import annotations

import marshal
import os
import pickle
from array import array
from collections.abc import Callable, Iterable, Iterator
from typing import Any, BinaryIO

from village.builder import forks, singles
from village.builder.nodes import CONTENT, Key
from village.builder.state import CONTENT_FIELDS, made_bytes, made_from
from village.render.lens import Content
from village.render.questions import FIELD_BITS, FIELD_MASK, Numbers

Make = Callable[[Any, int], Iterable[int]]  # (item, part) → the further parts of the item that have to be made


def contents(workshop: Any, attempt: Any) -> None:
    """The dirty bodies. What is left over is made by the caller."""

    def make(identity: str, _part: int) -> Iterable[int]:
        attempt.content(identity)
        return ()

    share(workshop, attempt, list(attempt.dirty_contents), make)


def outputs(workshop: Any, attempt: Any) -> None:
    """The dirty outputs and the pagers that come to light. What is left over is made by the caller."""
    register, pages = attempt.memory.register, attempt.lens.site.pages

    def single(number: int) -> bool:
        page = pages.get(register.keys[number].name)
        return page is not None and page.kind == "page"

    def make(batch: list[int], pager: int) -> Iterable[int]:
        """Further pagers are made known for a node alone; those of a batch are left to the caller."""
        further: list[int] = []
        for number in batch:
            key = register.keys[number]
            if pager:
                key = Key(key.kind, key.name, key.format, pager)
                number = register.number(key)  # noqa: PLW2901 - that pager's
            attempt.dirty_outputs.pop(number, None)
            if number not in attempt.removed:
                made = attempt.make_output(number, key)
                further = [] if pager else new_pagers(key, made.pagers)
        return further if len(batch) == 1 else ()

    def new_pagers(key: Key, count: int) -> list[int]:
        if key.number != 1 or not key.format:
            return []
        pagers = range(2, count + 1)
        return [pager for pager in pagers if Key(key.kind, key.name, key.format, pager) not in register.numbers]

    feeds = [number for number in attempt.dirty_outputs if register.keys[number].format in singles.BUILT_IN]
    others = sorted(attempt.dirty_outputs.keys() - set(feeds), key=lambda number: (single(number), number))
    # Feeds in one batch, because the entry of a post is written once for all feeds of a process; then lists: what takes
    # long must not be begun when all else is done.
    share(workshop, attempt, [batch for batch in (feeds, *([number] for number in others)) if batch], make)


def share(workshop: Any, attempt: Any, todo: list[Any], make: Make) -> None:
    """Deal the nodes to processes and gather what they made."""
    processes = forks.count(len(todo), workshop.options.workers)
    if processes < 2:
        return
    for identity in attempt.lens.site.pages:
        attempt.lens.numbers.page(identity)
    marks = Marks(attempt)
    tickets = forks.Tickets(len(todo))
    parent = os.getpid()

    def work() -> None:
        if os.getpid() != parent:
            workshop.state.bodies.part()
        workshop.watch.start()
        for at, part in tickets.draw():
            for more in make(todo[at], part):
                if not tickets.add(at, more):
                    make(todo[at], more)

    workshop.watch.stop()
    try:
        forks.run(processes, work, lambda file: report(attempt, file, marks), lambda file: gather(attempt, file, marks))
    finally:
        tickets.close()


class Marks:
    """How far the parent had come when it forked: what lies beyond is the child's own."""

    def __init__(self, attempt: Any) -> None:
        numbers = attempt.lens.numbers
        self.fields = len(numbers.field_names)
        self.questions = len(numbers.question_names)
        self.contents = set(attempt.contents)
        self.made = set(attempt.made)
        self.complaints = len(attempt.desk.complaints.all)
        self.errors = set(attempt.errors)


def report(attempt: Any, file: BinaryIO, marks: Marks) -> None:
    """In the child: everything made, as a file."""
    numbers, register, bodies = attempt.lens.numbers, attempt.memory.register, attempt.bodies
    names = numbers.field_names[marks.fields :], numbers.question_names[marks.questions :]
    pickle.dump(
        (names, attempt.desk.complaints.since(marks.complaints), own_errors(attempt, marks), attempt.counts), file
    )
    for identity, content in attempt.contents.items():
        if identity not in marks.contents:
            number = numbers.page(identity)
            trace = attempt.traces[register.number(Key(CONTENT, identity))]
            facts = tuple(getattr(content, name) for name in CONTENT_FIELDS)
            marshal.dump((identity, facts, bodies.fresh[number], trace.tobytes()), file)
    marshal.dump(None, file)
    for number, made in attempt.made.items():
        if number not in marks.made:
            trace = attempt.traces.get(number, array("q"))
            marshal.dump((tuple_of(register.keys[number]), made_bytes(made), trace.tobytes()), file)
    marshal.dump(None, file)


def own_errors(attempt: Any, marks: Marks) -> dict[Any, Any]:
    return {key: error for key, error in attempt.errors.items() if key not in marks.errors}


def tuple_of(key: Key) -> tuple[str, str, str, int]:
    return key.kind, key.name, key.format, key.number


def gather(attempt: Any, file: BinaryIO, marks: Marks) -> None:
    """In the parent: take over what a child made."""
    (fields, questions), complaints, errors, counts = pickle.load(file)  # noqa: S301 - written by our own child
    renumber = Renumbering(attempt.lens.numbers, fields, questions, marks)
    for record in records(file):
        take_content(attempt, renumber, *record)
    for record in records(file):
        take_output(attempt, renumber, *record)
    for complaint in complaints:
        attempt.desk.complaints.add(complaint)
    for key, error in errors.items():
        attempt.errors.setdefault(key, error)
    for key, times in counts.items():
        attempt.counts[key] = attempt.counts.get(key, 0) + times


def take_content(attempt: Any, renumber: Renumbering, identity: str, facts: Any, place: Any, trace: bytes) -> None:  # noqa: PLR0917 - as reported
    attempt.dirty_contents.pop(identity, None)
    if identity not in attempt.contents:
        attempt.contents[identity] = Content(*facts)
        attempt.bodies.fresh[attempt.lens.numbers.page(identity)] = place
        attempt.traces[attempt.memory.register.number(Key(CONTENT, identity))] = renumber(trace)


def take_output(attempt: Any, renumber: Renumbering, key: Any, made: bytes, trace: bytes) -> None:
    number = attempt.memory.register.number(Key(*key))
    attempt.dirty_outputs.pop(number, None)
    attempt.made[number] = made_from(made)
    if trace:
        attempt.traces[number] = renumber(trace)


def records(file: Any) -> Iterator[Any]:
    while (record := marshal.load(file)) is not None:  # noqa: S302 - written by our own child
        yield record


class Renumbering:
    """A child's numbers of questions and fields as the parent's."""

    def __init__(self, numbers: Numbers, fields: list[str], questions: list[Any], marks: Marks) -> None:
        self.fields = {marks.fields + at: numbers.field(name) for at, name in enumerate(fields)}
        self.questions = {-(marks.questions + at) - 1: numbers.question(asked) for at, asked in enumerate(questions)}

    def __call__(self, trace: bytes) -> array[int]:
        codes = array("q")
        codes.frombytes(trace)
        if not self.fields and not (codes and codes[0] in self.questions):
            return codes
        return array("q", sorted(map(self.code, codes)))

    def code(self, code: int) -> int:
        if code < 0:
            return self.questions.get(code, code)
        field = code & FIELD_MASK
        other = self.fields.get(field, field)
        return code if other == field else code >> FIELD_BITS << FIELD_BITS | other
